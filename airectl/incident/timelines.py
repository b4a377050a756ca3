"""Timelines of documents: rows with their times, the zone that they are in, and what of them was not understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from airectl.core.findings import Location
from airectl.core.incident.blanks import is_blank
from airectl.core.incident.written_times import NotATimeError, Written, Zone, read_time, zone, zones_in
from airectl.incident.markdown import Page, Part, Row, Table

_HEADS: Final = re.compile(r"\b(?:time|times|date|when|utc|gmt|cet|timestamp)\b", re.IGNORECASE)
_ALL_TIMES: Final = re.compile(r"\btimes?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One row. `written` is None where its time is none, for the reason `problem`.

    Where there is both, `problem` is what of the time was not read. `utc` is its time in UTC; None where that is not
    known.
    """

    at: Location
    time: str
    event: str
    written: Written | None = None
    utc: datetime | None = None
    problem: str = ""

    @property
    def until(self) -> datetime | None:
        """The end in UTC of the stretch in which it lies, exclusive."""
        return self.utc + (self.written.end - self.written.wall) if self.utc and self.written else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The rows in their order. `zone` is said for all of them at `zone_at`; `zones` are the words that say it."""

    rows: tuple[TimelineRow, ...] = ()
    zone: Zone | None = None
    zone_at: Location | None = None
    zones: tuple[str, ...] = ()

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The zones of its rows, each once; an empty name for rows that have none."""
        common = self.zone.name if self.zone else ""
        own = (row.written.zone.name if row.written and row.written.zone else common for row in self.known)
        return tuple(dict.fromkeys(own))

    @property
    def known(self) -> tuple[TimelineRow, ...]:
        """The rows whose time was read."""
        return tuple(row for row in self.rows if row.written)


def timeline(page: Page, part: Part) -> Timeline:
    """The timeline of a section: every table in it whose first column is of times."""
    tables = [table for table in page.tables(part) if _HEADS.search(table.head.text(0))]
    words, at = _said(page, part, tables)
    known = zone(words[0]) if len(words) == 1 else None
    rows = [_row(page, row, known) for table in tables for row in table.rows]
    return Timeline(rows=tuple(rows), zone=known, zone_at=at, zones=tuple(words))


def _said(page: Page, part: Part, tables: Sequence[Table]) -> tuple[list[str], Location | None]:
    """The zones that the heads of tables name, else those that a sentence about times names; and where."""
    for table in tables:
        if words := zones_in(table.head.text(0)):
            return words, page.at(table.head.line, table.head.cells[0].col, len(table.head.text(0)))
    for number, line in page.lines_of(part):
        if not line.lstrip().startswith("|") and _ALL_TIMES.search(line) and (words := zones_in(line)):
            return words, page.at(number)
    return [], page.at(tables[0].head.line) if tables else None


def _row(page: Page, row: Row, known: Zone | None) -> TimelineRow:
    time = row.text(0)
    col = row.cells[0].col if row.cells else 1
    made = TimelineRow(at=page.at(row.line, col, len(time)), time=time, event=_event(row))
    if is_blank(time):
        return made
    try:
        written = read_time(time)
    except NotATimeError as error:
        return replace(made, problem=str(error))
    own = written.zone or known
    problem = written.note
    if own and own.doubtful(written.wall):
        problem = problem or f"clocks showed summer time on that day: is it really {own.name}?"
    utc = own.utc(written.wall) if own else None
    return replace(made, written=written, utc=utc, problem=problem)


def _event(row: Row) -> str:
    """The cell that says most."""
    return max((cell.text for cell in row.cells[1:]), key=len, default="")


def unsorted(rows: Sequence[TimelineRow]) -> Iterator[tuple[TimelineRow, TimelineRow]]:
    """Rows that were over before the one above them began, with that one."""
    above: TimelineRow | None = None
    for row in rows:
        if row.written is None:
            continue
        if above and above.written and row.written.end <= above.written.wall:
            yield row, above
        else:
            above = row
