"""Durations and ratios as people write them, kept exact."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

# OpenSLO's duration shorthand: m is minutes, M is months.
# Source: https://github.com/OpenSLO/OpenSLO/blob/main/README.md#data-types-and-their-formats
UNITS: Final = "mhdwMQY"
_FIXED_S: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}
_NAMES: Final = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
# Nominal lengths for comparisons only; a calendar window is counted on the calendar.
_NOMINAL_S: Final = {**_FIXED_S, "M": 30 * 86_400, "Q": 90 * 86_400, "Y": 365 * 86_400}
_SHORTHAND: Final = re.compile(rf"([1-9][0-9]{{0,8}})([{UNITS}])")
_SECONDS: Final = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
# How many of a unit a second has.
PER_SECOND: Final = {"seconds": 1, "milliseconds": 1000, "microseconds": 1_000_000}
_TIME: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?) ?(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True, order=False)
class Duration:
    """An OpenSLO duration such as `28d` or `1M`; `count` is at least 1, `unit` one of m h d w M Q Y."""

    count: int
    unit: str

    @property
    def months(self) -> int:
        """Calendar months of an M, Q or Y duration, else 0."""
        return self.count * _MONTHS.get(self.unit, 0)

    @property
    def nominal_s(self) -> int:
        """Seconds, with a month of 30, a quarter of 90 and a year of 365 days."""
        return self.count * _NOMINAL_S[self.unit]

    @property
    def delta(self) -> timedelta:
        """The nominal length as a timedelta."""
        return timedelta(seconds=self.nominal_s)

    @property
    def spoken(self) -> str:
        """`4 weeks`, `1 month`."""
        return f"{self.count} {_NAMES[self.unit]}{'s' if self.count != 1 else ''}"

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def parse_duration(text: str) -> Duration:
    """Read OpenSLO's shorthand: a whole number from 1 and one unit of m h d w M Q Y.

    Raises ValueError for anything else, also for `0d`, `1.5h`, `30s` and `1h30m`.
    """
    match = _SHORTHAND.fullmatch(text)
    if not match:
        raise ValueError(f"not a duration shorthand: {text}")
    return Duration(int(match[1]), match[2])


def parse_seconds(text: str) -> Decimal:
    """Read a time such as `200ms`, `0.5s`, `5m` or `28d` as exact seconds.

    Raises ValueError without a unit: a bare number does not say whether it means seconds.
    """
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a time with a unit (ms, s, m, h, d): {text}")
    return Decimal(match[1]) * _SECONDS[match[2]]


def parse_percent(text: str) -> Decimal:
    """Read `99.9%` as the exact ratio 0.999. Raises ValueError without the sign or outside 0 to 100."""
    body = text.strip()
    if not body.endswith("%"):
        raise ValueError(f"not a percentage: {text}")
    try:
        ratio = Decimal(body[:-1].strip()) / 100
    except InvalidOperation:
        raise ValueError(f"not a percentage: {text}") from None
    if not (ratio.is_finite() and 0 <= ratio <= 1):
        raise ValueError(f"not between 0% and 100%: {text}")
    return ratio


def spoken_seconds(seconds: Decimal) -> str:
    """`0.2` as `200 ms`, `90` as `90 s`: the form in which a threshold is named."""
    if 0 < seconds < 1:
        return f"{plain(seconds * 1000)} ms"
    return f"{plain(seconds)} s"


def plain(number: Decimal) -> str:
    """A Decimal without exponent and without trailing zeros: 0.999, 300, 0.00001."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
