"""Days, spans of time and numbers as the words of a forecast say them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from airectl.demand.outlook import Outlook

_LARGE: Final = 1e9
_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S


def unit(each: Outlook) -> str:
    """The unit of a series behind a number; nothing where it is not known."""
    return f" {each.service.unit}" if each.service.unit else ""


def number(value: float) -> str:
    """Four significant digits; whole numbers with their thousands parted, unless they are too long to be read."""
    return f"{value:,.0f}" if 1000 <= abs(value) < _LARGE else f"{value:.4g}"


def counted(accelerators: int, one: str = "", more: str = "") -> str:
    """`1 accelerator`, `8 accelerators`, with what follows on one, or on another number of them."""
    return f"1 accelerator{one}" if accelerators == 1 else f"{accelerators:,} accelerators{more}"


def day(moment: datetime | None) -> str:
    """`2026-11-20`; `later` for what is not within the horizon."""
    return moment.strftime("%Y-%m-%d") if moment else "later"


def spoken(seconds: int) -> str:
    """`8 weeks`, `30 days`, `90 seconds`: in the largest unit of which it is a whole number."""
    for size, name in ((_WEEK_S, "week"), (_DAY_S, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count:,} {name}{'s' if count != 1 else ''}"
    return f"{seconds:,} seconds"
