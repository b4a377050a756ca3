"""Markers: the moments of an incident that everything is measured between.

A moment is no more exact than it was written: `2026-11-14` is some time of that day, `2026-11-14T02:35Z` some
time of that minute. All of them are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

# date, hour, minute, seconds and what is behind them, zone
_WRITTEN: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)? ?([Zz]|UTC|[+-]00:?00)?)?"
)
_FIRST_YEAR: Final = 1970


class Marker(StrEnum):
    """The moments, in the order in which they usually come."""

    CAUSE_BEGAN = "cause_began"
    DEGRADED = "degraded"
    DETECTED = "detected"
    DECLARED = "declared"
    MITIGATED = "mitigated"
    RECOVERED = "recovered"
    PUBLISHED = "published"


MEANING: Final = {
    Marker.CAUSE_BEGAN: "when the first contributing cause came into the system",
    Marker.DEGRADED: "when users first got worse service",
    Marker.DETECTED: "when a person or a monitor first saw it",
    Marker.DECLARED: "when it was called an incident",
    Marker.MITIGATED: "when users no longer got worse service, though the cause was still there",
    Marker.RECOVERED: "when everything was as before",
    Marker.PUBLISHED: "when people outside were told",
}


class Granularity(StrEnum):
    """How exact a moment is."""

    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    SECOND = "second"

    @property
    def width_s(self) -> int:
        """How long the stretch is in which the moment lies, in seconds."""
        return {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time in UTC; what happened then lies in the `granularity` that begins with it."""

    at: datetime
    granularity: Granularity = Granularity.SECOND

    @property
    def until(self) -> datetime:
        """The end of the stretch in which it lies, exclusive."""
        return self.at + timedelta(seconds=self.granularity.width_s)

    def __str__(self) -> str:
        """As it is written in a document: only as exact as it is."""
        form = {"day": "%Y-%m-%d", "hour": "%Y-%m-%dT%HZ", "minute": "%Y-%m-%dT%H:%MZ", "second": "%Y-%m-%dT%H:%M:%SZ"}
        return self.at.strftime(form[self.granularity.value])


def moment(text: str) -> Moment:
    """Read a moment in UTC with its granularity. Raises ValueError, also for another zone or none beside a time."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not a time in UTC such as 2026-11-14T02:35Z: {text}")
    day, hour, minute, second, zone = found.groups()
    if hour is not None and zone is None:
        raise ValueError(f"a time needs its zone, Z: {text}")
    at = datetime.fromisoformat(f"{day}T{hour or '00'}:{minute or '00'}:{second or '00'}+00:00")
    if at.year < _FIRST_YEAR:
        raise ValueError(f"not a year of this era: {text}")
    parts = sum(part is not None for part in (hour, minute, second))
    return Moment(at=at, granularity=list(Granularity)[parts])


def cut(time: datetime, granularity: Granularity = Granularity.SECOND) -> Moment:
    """A known time as a moment: the start of the stretch that it lies in."""
    epoch_s = int(time.timestamp() // granularity.width_s) * granularity.width_s
    return Moment(at=datetime.fromtimestamp(epoch_s, UTC), granularity=granularity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment of an incident: how it is known (`source`), and whether a person has yet to agree (`proposed`)."""

    moment: Moment
    source: str = ""
    proposed: bool = False

    @property
    def at(self) -> datetime:
        """Its time."""
        return self.moment.at
