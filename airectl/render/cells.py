"""Cells as people read them. Every rounding of the tool happens here."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Context, Decimal
from math import isfinite
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.report import Cell, Column, Kind
from airectl.render.exact import in_utc

UNKNOWN: Final = "?"
OVER: Final = "over"
# Kinds whose cells align on the decimal.
NUMERIC: Final = frozenset({Kind.RATIO, Kind.COUNT, Kind.MONEY, Kind.NUMBER})
# Kinds whose unit stands in the header; a ratio and a duration carry theirs in the cell.
_UNIT_IN_HEADER: Final = frozenset({Kind.TEXT, Kind.COUNT, Kind.MONEY, Kind.NUMBER})
# Enough digits to hold any number that is shown in full.
_WIDE: Final = Context(prec=120)
_FAR: Final = 24


def header(column: Column) -> str:
    """`cost (USD)`; the unit is left out where the cells carry it."""
    return f"{column.title} ({column.unit})" if column.unit and column.kind in _UNIT_IN_HEADER else column.title


def shown(value: Cell, column: Column) -> str:
    """`value` for people, without bars: a ratio as `99.94 %`, seconds as `16 h 48 min`, a count as `4,800`.

    Text is returned as it is, in any kind of column. An unknown number is `?`, unknown text is empty.
    At most `column.digits` decimals; without that, as many as the value has, up to what reads well.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return shown_moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = known(value)
    if number is None:
        return "" if column.kind in (Kind.TEXT, Kind.BAR) else UNKNOWN
    return _formatted(number, column)


def tally(findings: Sequence[Finding]) -> list[tuple[Severity, str]]:
    """`3 errors`, `1 warning`: each severity that occurs, the worst first."""
    counts = Counter(finding.severity for finding in findings)
    return [(each, _counted(counts[each], each)) for each in Severity if counts[each]]


def _counted(count: int, severity: Severity) -> str:
    plural = "s" if count != 1 and severity is not Severity.INFO else ""
    return f"{count:,} {severity.value}{plural}"


def known(value: float | Decimal | None) -> Decimal | None:
    """The number exactly as it prints; None for none, NaN and infinity."""
    if value is None or not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def bar(ratio: Cell, cells: int) -> str:
    """`####......` for 0.4 in ten cells. Full only from 1, empty only at 0; `over` below 0."""
    number = None if isinstance(ratio, str | datetime) else known(ratio)
    if number is None:
        return ratio if isinstance(ratio, str) else ""
    if number < 0:
        return OVER
    filled = int(min(Decimal(1), number) * cells)
    return ("#" * max(filled, int(number > 0))).ljust(cells, ".")


def _formatted(number: Decimal, column: Column) -> str:
    if number.adjusted() > _FAR:
        return f"{number:.3e}"
    return _FORMATTERS[column.kind](number, column.digits)


def _rounded(number: Decimal, digits: int) -> Decimal:
    return _WIDE.quantize(number, Decimal(1).scaleb(-digits))


def _fixed(number: Decimal, digits: int) -> str:
    """At most `digits` decimals, and never 0 for what is not: `<0.01`.

    Zeros at the end stay where rounding made them, for they are true digits: 91.2003 is 91.20, 95 is 95.
    """
    rounded = _rounded(number, digits)
    if not rounded:
        return _near_zero(number, digits)
    text = f"{rounded:,f}"
    return _stripped(text) if rounded == number else text


def _near_zero(number: Decimal, digits: int) -> str:
    if not number:
        return "0"
    return f"{'<' if number > 0 else '>-'}{Decimal(1).scaleb(-digits):f}"


def _stripped(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(number: Decimal, digits: int | None) -> str:
    """All decimals of a short number, else four significant digits."""
    if abs(number.adjusted()) > _FAR:
        return f"{number:.3e}"
    if digits is None:
        short = len(number.normalize(_WIDE).as_tuple().digits) <= 6
        digits = _decimals(number) if short else max(0, 3 - number.adjusted())
    return _fixed(number, digits)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize(_WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _percent(ratio: Decimal, digits: int | None) -> str:
    """Never 100 % or 0 % for what is not: more digits where the column leaves that open, else `>99.99 %`."""
    percent = _WIDE.multiply(ratio, Decimal(100))
    if digits is None:
        digits = _percent_digits(percent)
    if _rounded(percent, digits) == 100 and ratio != 1:
        return f">{100 - Decimal(1).scaleb(-digits):f} %" if ratio < 1 else ">100 %"
    return f"{_fixed(percent, digits)} %"


def _percent_digits(percent: Decimal) -> int:
    """A target such as 99.995 in full; two decimals of a measured one, more next to 0 and 100."""
    own = _decimals(percent)
    if own <= 4:
        return own
    return next((n for n in range(2, 12) if _rounded(percent, n) not in (0, 100)), 12)


def _money(amount: Decimal, digits: int | None) -> str:
    places = 2 if digits is None else digits
    rounded = _rounded(amount, places)
    return f"{rounded:,f}" if rounded or not amount else _near_zero(amount, places)


def _count(number: Decimal, digits: int | None) -> str:
    return _fixed(number, digits or 0)


def _text(number: Decimal, _digits: int | None) -> str:
    return f"{number:f}" if number.adjusted() > -_FAR else f"{number:.3e}"


def _duration(seconds: Decimal, digits: int | None) -> str:
    return ("-" if seconds < 0 else "") + _span(abs(seconds), 2 if digits is None else digits)


def _span(seconds: Decimal, digits: int) -> str:
    """`200 ms`, `12.5 s`, `43 min 12 s`, `16 h 48 min`, `2 d 3 h`: three digits or two units.

    Rounded first and split after, so that no `60 s` appears.
    """
    if not seconds:
        return "0 s"
    for size, unit, most in ((seconds * 1000, "ms", 1000), (seconds, "s", 60)):
        places = max(0, min(2, digits, 2 - size.adjusted()))
        if _rounded(size, places) < most:
            return f"{_fixed(size, places)} {unit}"
    unit_s, most_places, small, each, large, _ = next(
        pair for pair in _PAIRS if _rounded(seconds / pair[0], min(pair[1], digits)) < pair[5]
    )
    whole, rest = divmod(_rounded(seconds / unit_s, min(most_places, digits)), each)
    return f"{whole:,f} {large}" + (f" {_stripped(f'{rest:f}')} {small}" if rest else "")


# Seconds of the small unit, its decimals, its name, how many make a large one, its name, below how many small ones.
_PAIRS: Final = (
    (1, 1, "s", 60, "min", Decimal(3600)),
    (60, 0, "min", 60, "h", Decimal(1440)),
    (3600, 0, "h", 24, "d", Decimal("Infinity")),
)


def shown_moment(moment: datetime) -> str:
    """`2026-11-20 12:00Z`, with seconds where there are some."""
    utc = in_utc(moment)
    whole = not (utc.second or utc.microsecond)
    return utc.isoformat(" ", "minutes" if whole else "seconds").removesuffix("+00:00") + "Z"


_FORMATTERS: Final[dict[Kind, Callable[[Decimal, int | None], str]]] = {
    Kind.TEXT: _text,
    Kind.TIME: _text,
    Kind.RATIO: _percent,
    Kind.DURATION: _duration,
    Kind.COUNT: _count,
    Kind.MONEY: _money,
    Kind.NUMBER: _number,
    Kind.BAR: _percent,
}
