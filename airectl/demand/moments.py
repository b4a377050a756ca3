"""Times as people and tools write them: RFC 3339 text, with a zone or without, or seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import isfinite, nan
from typing import Final
from zoneinfo import ZoneInfo

from airectl.errors import UsageError

# Above these a number is of milli-, micro- or nanoseconds: seconds reach 10¹¹ in the year 5138.
_SCALES: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_LATEST_S: Final = 1e11
# The eight digits of `20231116` are a date; nothing since 1970 is measured at so small a number of seconds.
_DATE_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds since 1970, NaN for what is no time.

    `zoneless` had no zone: `folded` of those lie in an hour that comes twice, `skipped` in one that does not exist.
    """

    seconds: Sequence[float]
    zoneless: int = 0
    folded: int = 0
    skipped: int = 0


def zone_of(name: str) -> tzinfo:
    """The zone of that IANA name; UTC for an empty one. Raises UsageError."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise UsageError(
            f"--zone cannot be `{name}`", help="write an IANA name such as Europe/Berlin, or UTC"
        ) from None


def read(texts: Sequence[str], zone: tzinfo) -> Times:
    """All of a column; those without a zone are in `zone`."""
    seconds: list[float] = []
    zoneless = folded = skipped = 0
    last: datetime | None = None
    for text in texts:
        moment = _moment(text)
        if not isinstance(moment, datetime):
            seconds.append(moment)
            continue
        if moment.tzinfo is None:
            zoneless += 1
            if zone is UTC:
                moment = moment.replace(tzinfo=UTC)
            else:
                wall, moment = moment, _placed(moment, zone, last)
                folded += _comes_twice(wall, zone)
                skipped += moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
                last = moment
        seconds.append(moment.timestamp())
    return Times(seconds=seconds, zoneless=zoneless, folded=folded, skipped=skipped)


def is_moment(text: str) -> bool:
    """Whether a text is a time that no number could be."""
    return isinstance(_moment(text), datetime)


def _moment(text: str) -> datetime | float:
    """A time; or a number of seconds, NaN where it is neither."""
    try:
        number = float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            return nan
    if len(text.strip()) == _DATE_DIGITS and text.strip().isdigit():
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            return nan
    return scaled(number)


def scaled(number: float) -> float:
    """A number of seconds, or of parts of one, told by its size, in seconds; NaN where it is no time since 1970."""
    if not isfinite(number) or number < 0:
        return nan
    for least, parts in _SCALES:
        if number >= least:
            number /= parts
            break
    return number if number < _LATEST_S else nan


def _comes_twice(wall: datetime, zone: tzinfo) -> bool:
    first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    return (first.utcoffset() or UTC.utcoffset(None)) > (second.utcoffset() or UTC.utcoffset(None))


def _placed(wall: datetime, zone: tzinfo, last: datetime | None) -> datetime:
    """The first of two hours with the same name, unless that would go back behind the row before."""
    first = wall.replace(tzinfo=zone)
    if last is not None and _comes_twice(wall, zone) and first.timestamp() <= last.timestamp():
        return wall.replace(tzinfo=zone, fold=1)
    return first
