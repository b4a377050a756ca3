"""Values of flags that are more than a number: rates, gaps, lengths, prefixes, times."""

from __future__ import annotations

import re
from typing import Final

from airectl.core.lengths import LONGEST, Lengths, Shape
from airectl.core.schedule import EVEN, POISSON, Open, Segment, steady
from airectl.core.units import parse_seconds
from airectl.errors import UsageError
from airectl.load.plan import Prefix

_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_BOUNDS: Final = re.compile(r"(.*)@([0-9]{1,8})-([0-9]{1,8})")
_PREFIX: Final = re.compile(r"(?:([0-9]{1,8})|([0-9]{1,3}(?:\.[0-9]{1,6})?)%)(?:x([0-9]{1,7}))?")
_RATE: Final = "write requests per second: 20, a ramp such as 1..50, or steps such as 10,20,40"
_ARRIVAL: Final = "one of: poisson, constant, gamma:SHAPE (below 1: in bursts)"
_LENGTH: Final = (
    "write 512, normal:512,128, lognormal:512,300 or uniform:100,900, and bounds as in normal:512,128@1-4096"
)
_FLIGHT: Final = "write a number; with `:drop` a request that finds no place is dropped, else it waits in a queue"
_MOST_RPS: Final = 1e6


def time_s(option: str, text: str) -> float:
    """A time from 0, in seconds. Raises UsageError."""
    try:
        return 0.0 if text == "0" else float(parse_seconds(text))
    except ValueError:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 30s") from None


def positive_time_s(option: str, text: str) -> float:
    """A time above 0, in seconds. Raises UsageError."""
    seconds = time_s(option, text)
    if seconds <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time above 0, such as 500ms")
    return seconds


def rate(text: str, burstiness: float | None, duration_s: float | None) -> Open:
    """A rate, a ramp or steps of equal length over the whole duration. Raises UsageError."""
    if ".." not in text and "," not in text:
        return steady(_number("--rate", text, _RATE, _MOST_RPS), burstiness)
    if duration_s is None:
        raise UsageError(f"--rate {text} needs to know for how long", help="give --duration")
    if ".." in text:
        low, high = (_number("--rate", each, _RATE, _MOST_RPS, zero=True) for each in _two(text))
        if low == high == 0:
            raise UsageError(f"--rate cannot be `{text}`", help=_RATE)
        segments = [Segment(duration_s=duration_s, from_rps=low, to_rps=high)]
    else:
        rates = [_number("--rate", each, _RATE, _MOST_RPS) for each in text.split(",")]
        segments = [Segment(duration_s=duration_s / len(rates), from_rps=each, to_rps=each) for each in rates]
    return Open(segments=tuple(segments), burstiness=burstiness)


def _two(text: str) -> tuple[str, str]:
    first, _, last = text.partition("..")
    return first, last


def arrival(text: str) -> float | None:
    """How gaps are spread: the shape of gamma. Raises UsageError."""
    if text == "poisson":
        return POISSON
    if text == "constant":
        return EVEN
    kind, _, shape = text.partition(":")
    value = _number("--arrival", shape, _ARRIVAL, 1000) if kind == "gamma" and shape else 0.0
    if value < 0.001:
        raise UsageError(f"--arrival cannot be `{text}`", help=_ARRIVAL)
    return value


def lengths(option: str, text: str, most: int = LONGEST) -> Lengths:
    """How lengths are spread. Raises UsageError."""
    bounds = _BOUNDS.fullmatch(text)
    plain, least, largest = (bounds[1], int(bounds[2]), int(bounds[3])) if bounds else (text, 1, most)
    kind, colon, rest = plain.rpartition(":")
    numbers = [_number(option, each, _LENGTH, LONGEST, zero=True) for each in rest.split(",")]
    shape = Shape(kind or "fixed") if kind in (*Shape, "") and bool(kind) == bool(colon) else None
    if shape is None or len(numbers) != (1 if shape is Shape.FIXED else 2) or (bounds and shape is Shape.UNIFORM):
        raise UsageError(f"{option} cannot be `{text}`", help=_LENGTH)
    if shape is Shape.UNIFORM:
        found = Lengths(shape=shape, least=round(numbers[0]), most=round(numbers[1]))
    else:
        found = Lengths(shape=shape, mean=numbers[0], deviation=(*numbers, 0.0)[1], least=least, most=largest)
    middle = found.least if shape is Shape.UNIFORM else found.mean
    if not 1 <= found.least <= middle <= found.most <= most:
        help = f"they are from 1 to {most:,}; the smaller number comes first, the mean is within the bounds"
        raise UsageError(f"{option} cannot be `{text}`", help=help)
    return found


def prefix(text: str) -> Prefix:
    """`512` tokens or `50%` of each prompt, `x4`: one of four. Raises UsageError."""
    match = _PREFIX.fullmatch(text)
    help = "write how many tokens prompts begin alike with, 512, or which part, 50%; of four such texts: 512x4"
    if not match:
        raise UsageError(f"--shared-prefix cannot be `{text}`", help=help)
    found = Prefix(count=int(match[3] or 1), tokens=int(match[1] or 0), share=float(match[2] or 0) / 100)
    if not (found.tokens or 0 < found.share <= 1) or not 1 <= found.count <= 1_000_000:
        raise UsageError(f"--shared-prefix cannot be `{text}`", help=help)
    return found


def in_flight(text: str) -> tuple[int, str]:
    """`N`, `N:queue` or `N:drop`. Raises UsageError."""
    count, _, full = text.partition(":")
    if not (count.isascii() and count.isdigit() and 0 < int(count[:9]) <= 1_000_000) or full not in (
        "",
        "queue",
        "drop",
    ):
        raise UsageError(f"--max-in-flight cannot be `{text}`", help=_FLIGHT)
    return int(count), full or "queue"


def _number(option: str, text: str, help: str, most: float, *, zero: bool = False) -> float:
    value = float(text) if _NUMBER.fullmatch(text.strip()) else -1.0
    if 0 < value <= most or (zero and value == 0):
        return value
    raise UsageError(f"{option} cannot be `{text}`", help=help)
