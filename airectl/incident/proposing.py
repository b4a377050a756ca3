"""Which moments the data propose as markers. A person decides: each is marked as proposed, with what it is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from shlex import join, quote
from typing import Final

from airectl.core.incident.markers import Granularity, Mark, Marker, Moment, cut
from airectl.core.incident.timeline import Row, What, first_signal
from airectl.incident.facts import Objective

_MINUTE_S: Final = 60
_FIRST: Final = "beginning of the interval that was given"
_LAST: Final = "end of the interval that was given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person said: the ends of the interval, and markers by name."""

    start: Moment
    end: Moment
    marks: Mapping[Marker, Moment]


def proposed(given: Given, objectives: Sequence[Objective], rows: Sequence[Row]) -> dict[Marker, Mark]:
    """The markers that a person gave, and a proposal for others where the data have one."""
    found = {marker: Mark(moment=at, source="--mark") for marker, at in given.marks.items()}
    for marker, mark in _from_data(given, objectives, rows):
        found.setdefault(marker, mark)
    return {marker: found[marker] for marker in Marker if marker in found}


def _from_data(given: Given, objectives: Sequence[Objective], rows: Sequence[Row]) -> Iterator[tuple[Marker, Mark]]:
    worse = [each for each in objectives if each.worse]
    first = min(worse, key=lambda each: each.worse.start_s if each.worse else 0, default=None)
    last = max(worse, key=lambda each: each.worse.end_s if each.worse else 0, default=None)
    if first and first.worse and last and last.worse:
        said = f"first slice of {first.id} that is worse than its target"
        yield Marker.DEGRADED, _burnt(first.worse.start_s, first.worse.step_s, said)
        said = f"end of the last slice of {last.id} that is worse than its target"
        yield Marker.RECOVERED, _burnt(last.worse.end_s, last.worse.step_s, said)
    else:
        yield Marker.DEGRADED, Mark(moment=given.start, source=_FIRST, proposed=True)
        yield Marker.RECOVERED, Mark(moment=given.end, source=_LAST, proposed=True)
    inside = [row for row in rows if given.start.at <= row.at <= given.end.until]
    signal = first_signal(inside)
    if signal:
        yield Marker.DETECTED, Mark(moment=signal.moment, source=f"{signal.origin}: {signal.event}", proposed=True)
    told = [row for row in inside if row.what is What.STATUS and not row.backfilled]
    if told:
        row = min(told, key=lambda each: each.at)
        yield Marker.PUBLISHED, Mark(moment=row.moment, source=f"{row.origin}: {row.event}", proposed=True)


def burns(each: Objective, run: str = "", specs: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of the timeline that a budget gives: where it began to burn, and where it no longer did.

    `run` is the folder of the load test that it was judged by; empty: by its source. `specs` are where its spec is.
    """
    if each.worse is None:
        return
    for epoch_s, event in (
        (each.worse.start_s, f"{each.id} becomes worse than its target"),
        (each.worse.end_s, f"{each.id} is no longer worse than its target"),
    ):
        origin = f"budget of {each.id}"
        at = f"--at {datetime.fromtimestamp(each.worse.end_s, UTC):%Y-%m-%dT%H:%MZ}"
        evidence = join(["airectl", "budget", *specs, "--slo", each.id]) + (f" --run {quote(run)}" if run else f" {at}")
        moment = _moment(epoch_s, each.worse.step_s)
        yield Row(moment=moment, event=event, what=What.BURN, origin=origin, evidence=evidence)


def _burnt(epoch_s: int, step_s: int, source: str) -> Mark:
    return Mark(moment=_moment(epoch_s, step_s), source=source, proposed=True)


def _moment(epoch_s: int, step_s: int) -> Moment:
    """A moment of a burn is no more exact than the slices it was seen in."""
    exact = Granularity.HOUR if step_s > _MINUTE_S * 60 else Granularity.MINUTE
    if epoch_s % _MINUTE_S:
        exact = Granularity.SECOND
    return cut(datetime.fromtimestamp(epoch_s, UTC), exact)
