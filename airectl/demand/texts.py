"""What options and plans say, read from text: spans of time, ratios, growth, events. All raise UsageError."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from math import log, log1p
from typing import TYPE_CHECKING, Final

from airectl.core.units import parse_duration, parse_percent, parse_seconds
from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.demand.service import Day, Growth

_NAMED: Final = {"day": "1d", "week": "1w", "month": "1M", "quarter": "1Q", "year": "1Y"}
_MOST_GROWTH: Final = 1_000_000
_EVENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:/([1-9][0-9]{0,2})d)?=([^=*]+?)(?:\*([0-9.]{1,9}))?")
_GROWTH: Final = re.compile(r"([+-]?[0-9]{1,6}(?:\.[0-9]{1,6})?)%(?:/(.+))?")


def span_s(option: str, text: str) -> int:
    """A stretch of time, at least a second: `30d`, `8w`, `3M`, `90s`."""
    try:
        seconds = parse_duration(text).nominal_s
    except ValueError:
        try:
            seconds = int(parse_seconds(text))
        except ValueError:
            seconds = 0
    if seconds < 1:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 30d, 8w or 3M")
    return seconds


def ratio(option: str, text: str) -> float:
    """A share such as `20%` or `0.2`; at least 0."""
    try:
        found = float(parse_percent(text)) if text.strip().endswith("%") else float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 100:
        raise UsageError(f"{option} cannot be `{text}`", help="write a share such as 20% or 0.2")
    return found


def share(option: str, text: str) -> float:
    """A share above 0 and up to 1: `0.1`, `10%` or `p10`."""
    found = ratio(option, f"{text[1:]}%" if text[:1] in "pP" else text)
    if not 0 < found <= 1:
        raise UsageError(f"{option} cannot be `{text}`", help="write a share such as p10 or 0.1")
    return found


def growth(option: str, text: str) -> Growth:
    """`20%` at once; `5%/month` or `5%/4w` again and again."""
    from airectl.demand.service import Growth

    found = _GROWTH.fullmatch(text.strip())
    if not found or float(found[1]) <= -100:
        raise UsageError(f"{option} cannot be `{text}`", help="write 20% for at once, or 5%/month")
    over = found[2]
    return Growth(ratio=float(found[1]) / 100, over_s=span_s(option, _NAMED.get(over, over)) if over else 0)


def bounded(option: str, found: Growth, horizon_s: int) -> Growth:
    """The growth, which multiplies demand by a million within the horizon at most."""
    times = horizon_s / found.over_s if found.over_s else 1.0
    if times * log1p(found.ratio) > log(_MOST_GROWTH):
        raise UsageError(
            f"{option} multiplies demand by more than {_MOST_GROWTH:,} within the horizon",
            help="write a smaller share, or over a longer time, such as 5%/month",
        )
    return found


def event(text: str) -> Day:
    """`2026-11-27=sale`; `2026-11-27/4d=sale*1.5` for four days with half as much again."""
    from airectl.demand.service import Day

    found = _EVENT.fullmatch(text.strip())
    help = "write DATE=LABEL, such as 2026-12-25=christmas or 2026-11-27/4d=sale*1.5"
    try:
        if not found:
            raise ValueError(text)
        effect = float(found[4]) if found[4] else None
        if effect is not None and effect <= 0:
            raise ValueError(text)
        return Day(label=found[3].strip(), day=date.fromisoformat(found[1]), days=int(found[2] or 1), effect=effect)
    except ValueError:
        raise UsageError(f"--event cannot be `{text}`", help=help) from None


def moment(option: str, text: str) -> datetime:
    """RFC 3339, or a date; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} cannot be `{text}`", help="write a time such as 2026-11-20T12:00:00Z") from None
