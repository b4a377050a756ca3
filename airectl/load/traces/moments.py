"""Times as traces write them, as exact nanoseconds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

from airectl.load.traces.rows import RowError

_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d):([0-5]\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE
)
_SECONDS: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,9})0*)?", re.ASCII)
# Beyond what any clock counts, in whatever unit.
_LARGEST: Final = 1e18
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # the zone is taken off what is compared with it


def moment_ns(text: str) -> int:
    """A date with its time, of day and in a zone if one is given, else in UTC, since 1970. Raises RowError.

    Digits behind the ninth do not exist; Azure's traces have seven.
    """
    match = _MOMENT.fullmatch(text)
    if not match:
        raise RowError(f"`{text[:60]}` is no time such as 2023-11-16 18:15:46.6805900")
    minute, second, fraction, zone = match.groups()
    return _minute_ns(minute, zone or "") + int(second) * 10**9 + int((fraction or "").ljust(9, "0"))


@lru_cache(maxsize=4096)
def _minute_ns(text: str, zone: str) -> int:
    try:
        minute = datetime.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007  # see _EPOCH
        offset = timedelta(0) if zone in ("", "Z", "z") else _offset(zone)
    except ValueError:
        raise RowError(f"`{text}` is on no calendar") from None
    return round((minute - _EPOCH - offset).total_seconds()) * 10**9


def _offset(zone: str) -> timedelta:
    hours, minutes = int(zone[:3]), int(zone[-2:])
    offset = timedelta(hours=hours, minutes=minutes if hours >= 0 and zone[0] != "-" else -minutes)
    timezone(offset)  # which knows how large one may be
    return offset


def seconds_ns(text: str) -> int:
    """Seconds from any beginning, such as 118 or 118.25. Raises RowError."""
    match = _SECONDS.fullmatch(text)
    if not match:
        raise RowError(f"`{text[:60]}` is no time in seconds, from 0")
    return int(match[1]) * 10**9 + int((match[2] or "").ljust(9, "0"))


def number_ns(value: Any, unit_ns: int) -> int:
    """A JSON number of units of so many nanoseconds, from 0. Raises RowError."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
        return value * unit_ns if isinstance(value, int) else round(value * unit_ns)
    raise RowError(f"`{str(value)[:60]}` is no time from 0")
