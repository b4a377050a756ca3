"""The two charts of a postmortem: how fast budgets burned, and what happened when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from airectl.core.chart import Axis, Chart, Level, Line, Role, Span
from airectl.core.chart import Moment as Vertical
from airectl.core.incident.damage import burn_rates, touched
from airectl.core.incident.markers import Mark, Marker
from airectl.core.incident.metrics import DEFINITIONS, TITLES, metrics
from airectl.core.incident.timeline import Row, What
from airectl.incident.facts import Facts, Objective

# The lines by how much they burned; the roles tell them apart.
_ROLES: Final = (Role.BAD, Role.HISTORY, Role.FORECAST, Role.GOOD, Role.PLAIN)
# A line has about so many points: with more of them, slices with few requests would hide what is going on.
_POINTS: Final = 90
# The burn is shown from so long before the incident, as a share of how long that was, and at least so many slices.
_BEFORE: Final = 0.5
_LEAST_BEFORE: Final = 10
# A row of the timeline is a bar of this share of the whole.
_WIDTH: Final = 0.006
_LANES: Final = {
    What.BURN: "budgets",
    What.CHANGE: "changes",
    What.ALERT: "alerts",
    What.PAGE: "pages",
    What.ACK: "answers",
    What.STATUS: "told outside",
    What.RESOLVED: "resolved",
    What.RUN: "load tests",
    What.TALK: "talk",
}
_TIME: Final = Axis(title="time", unit="UTC", time=True)


def burn(facts: Facts) -> Chart | None:
    """The burn rate of the SLOs that lost the most, from some time before; None where nothing was measured."""
    shown = [each for each in facts.affected if each.measured]
    lines = [line for each, role in zip(shown, _ROLES, strict=False) for line in _line(each, role, facts)]
    if not lines:
        return None
    names = ", ".join(line.name for line in lines)
    return Chart(
        title="Burn rate of error budgets",
        x=_TIME,
        y=Axis(title="burn rate"),
        summary=f"The burn rate of {names} to {_said(facts.end)}. At 1 a budget lasts exactly as long as its window.",
        lines=lines,
        levels=[Level(value=1.0, label="as fast as allowed")],
        moments=list(_verticals(facts)),
        spans=list(_shaded(facts)),
    )


def _line(each: Objective, role: Role, facts: Facts) -> Iterator[Line]:
    if each.measured is None:
        return
    whole = each.measured.slices
    start_s, end_s = facts.start.timestamp(), facts.end.timestamp()
    before_s = max((end_s - start_s) * _BEFORE, _LEAST_BEFORE * whole.step_s)
    slices = touched(whole, start_s - before_s, end_s)
    size = max(len(slices) // _POINTS, 1)
    rates = burn_rates(slices, each.measured.goal, size)
    width_s = size * slices.step_s
    times = [slices.start_s + width_s * (index + 0.5) for index in range(len(rates))]
    first = next((at for at, rate in enumerate(rates) if rate is not None), None)
    if first is not None:
        yield Line(name=each.id, x=times[first:], y=rates[first:], role=role)


def _verticals(facts: Facts) -> Iterator[Vertical]:
    for marker in (Marker.DETECTED, Marker.MITIGATED):
        if marker in facts.marks:
            yield Vertical(x=facts.marks[marker].at.timestamp(), label=marker.value)


def _shaded(facts: Facts) -> Iterator[Span]:
    start, end = facts.marks.get(Marker.DEGRADED), facts.marks.get(Marker.RECOVERED)
    if start and end and start.at < end.at:
        yield Span(start=start.at.timestamp(), end=end.at.timestamp(), label="degraded")


def timeline(facts: Facts) -> Chart:
    """Markers and rows in lanes."""
    spans = [*_measures(facts), *_rows(facts)]
    return Chart(
        title="Timeline",
        x=_TIME,
        summary=f"{len(facts.rows)} events from {_said(facts.start)} to {_said(facts.end)}, and times between markers.",
        spans=spans or [Span(start=facts.start.timestamp(), end=facts.end.timestamp(), lane="interval")],
    )


def _measures(facts: Facts) -> Iterator[Span]:
    found = metrics(facts.marks)
    for name, (first, last) in DEFINITIONS.items():
        if getattr(found, name) and _ordered(facts.marks[first], facts.marks[last]):
            start, end = facts.marks[first].at.timestamp(), facts.marks[last].at.timestamp()
            yield Span(start=start, end=end, lane=TITLES[name], role=Role.BAD)


def _ordered(first: Mark, last: Mark) -> bool:
    return first.at < last.at


def _rows(facts: Facts) -> Iterator[Span]:
    width = (facts.end - facts.start).total_seconds() * _WIDTH
    for what, lane in _LANES.items():
        for row in _of(facts.rows, what):
            at = row.at.timestamp()
            yield Span(start=at, end=at + width, lane=lane, role=Role.PLAIN)


def _of(rows: Sequence[Row], what: What) -> Iterator[Row]:
    return (row for row in rows if row.what is what)


def _said(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%MZ")
