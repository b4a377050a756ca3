"""What is measured between markers, defined here once and nowhere else.

    TTD   time to detect     detected - degraded
    TTA   time to answer     declared - detected
    TTM   time to mitigate   mitigated - degraded
    TTR   time to recover    recovered - degraded

None where a marker is missing. Negative where what ends it came first: an alert before the first bad answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from airectl.core.incident.markers import Mark, Marker

DEFINITIONS: Final[Mapping[str, tuple[Marker, Marker]]] = {
    "ttd": (Marker.DEGRADED, Marker.DETECTED),
    "tta": (Marker.DETECTED, Marker.DECLARED),
    "ttm": (Marker.DEGRADED, Marker.MITIGATED),
    "ttr": (Marker.DEGRADED, Marker.RECOVERED),
}
TITLES: Final[Mapping[str, str]] = {
    "ttd": "time to detect",
    "tta": "time to answer",
    "ttm": "time to mitigate",
    "ttr": "time to recover",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time in seconds. The true one lies between `low_s` and `high_s`, as exact as both ends are."""

    seconds: int
    low_s: int
    high_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The four of an incident; None is what cannot be known from its markers."""

    ttd: Span | None = None
    tta: Span | None = None
    ttm: Span | None = None
    ttr: Span | None = None


def between(marks: Mapping[Marker, Mark], first: Marker, last: Marker) -> Span | None:
    """From one marker to another."""
    if first not in marks or last not in marks:
        return None
    start, end = marks[first].moment, marks[last].moment
    return Span(
        seconds=_seconds(start.at, end.at), low_s=_seconds(start.until, end.at), high_s=_seconds(start.at, end.until)
    )


def metrics(marks: Mapping[Marker, Mark]) -> Metrics:
    """TTD, TTA, TTM and TTR."""
    return Metrics(**{name: between(marks, *ends) for name, ends in DEFINITIONS.items()})


def definition(name: str) -> str:
    """`detected - degraded` for `ttd`."""
    first, last = DEFINITIONS[name]
    return f"{last} - {first}"


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
