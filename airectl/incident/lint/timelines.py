"""Lints of the timeline: every time is one, in UTC, in order, and the incident is inside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.incident.markers import Marker
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.incident.timelines import unsorted

# The incident itself. What came before and after may be told without being a part of the timeline.
_INSIDE: Final = (Marker.DEGRADED, Marker.DETECTED, Marker.DECLARED, Marker.MITIGATED, Marker.RECOVERED)
_UTC: Final = {"UTC", "Z", "GMT"}
_FORM: Final = "write it as 2026-11-14T02:35Z, or 2026-11-14 where only the day is known"


@lint("AIR624", Severity.WARNING)
def not_understood(document: Document, scope: Scope) -> Iterator[Finding]:
    """A row whose time is none, or not all of it; or no row at all."""
    if "timeline" in document.parts and not document.timeline.rows:
        at = document.page.at(document.parts["timeline"].heading.line)
        help = "make a table of it, with the time in the first column, called UTC"
        yield scope.finding(at, "the timeline has no rows that could be read", help=help)
    for row in document.timeline.rows:
        if row.problem:
            known = "" if row.written is None else "; the rest was read"
            yield scope.finding(row.at, f"this time was not understood: {row.problem}{known}", help=_FORM)


@lint("AIR625", Severity.ERROR)
def not_in_order(document: Document, scope: Scope) -> Iterator[Finding]:
    """A row that was over before the one above it began."""
    for row, above in unsorted(document.timeline.rows):
        yield scope.finding(
            row.at,
            f"`{row.time}` stands below `{above.time}` (line {above.at.line}), and is before it",
            help="put the rows in order, or correct the time",
        )


@lint("AIR626", Severity.ERROR)
def not_in_utc(document: Document, scope: Scope) -> Iterator[Finding]:
    """Times in another zone, in several, or in none that is named."""
    known = document.timeline
    if not known.known or known.zone_at is None or set(known.zone_names) <= _UTC:
        return
    help = "call the first column UTC, and write times as 2026-11-14T02:35Z"
    others = [name for name in known.zone_names if name and name not in _UTC]
    if others:
        yield scope.finding(known.zone_at, f"the timeline is in {' and '.join(others)}, and not in UTC", help=help)
    elif known.zones:
        message = f"the times of the timeline may be in {' or '.join(known.zones)}"
        yield scope.finding(known.zone_at, message, help=help)
    else:
        yield scope.finding(known.zone_at, "nothing says which zone the times of the timeline are in", help=help)


@lint("AIR627", Severity.ERROR, ours=True)
def does_not_cover(document: Document, scope: Scope) -> Iterator[Finding]:
    """A marker before the first row or behind the last one; and a timeline that begins with the incident itself."""
    rows = [(row.utc, row.until, row) for row in document.timeline.known if row.utc and row.until]
    if not rows or document.front is None:
        return
    begin, _, first = min(rows, key=lambda each: each[0])
    end = max(until for _, until, _ in rows)
    for marker in _INSIDE:
        mark = document.incident.markers.get(marker)
        if mark and (mark.moment.until <= begin or mark.at >= end):
            where = "before the first row" if mark.at < begin else "behind the last row"
            yield scope.finding(
                document.front.map("markers").at(marker.value),
                f"`{marker.value}`, {mark.moment}, lies {where} of the timeline",
                help="add a row for it, or correct the marker",
            )
    degraded = document.incident.markers.get(Marker.DEGRADED)
    if degraded and degraded.at <= begin < degraded.moment.until:
        yield scope.finding(
            first.at,
            "the timeline begins with the incident: nothing says what came before it",
            help="add what came before users got worse service, such as a deploy, a change, the last good check",
        )
