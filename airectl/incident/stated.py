"""Lengths of time that documents state, and whether their timelines bear them out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from airectl.core.findings import Location
from airectl.core.incident.blanks import is_blank
from airectl.core.incident.markers import Granularity
from airectl.core.incident.written_times import Length, NotATimeError, read_length, unknown
from airectl.incident.markdown import Page, Part
from airectl.incident.timelines import Timeline, TimelineRow

# What people call the four measures of core.incident.metrics; the longer names first.
_NAMES: Final = {
    "ttd": r"(?:mean )?time to detect(?:ion)?|m?ttd",
    "tta": r"(?:mean )?time to (?:acknowledge(?:ment)?|answer|respond|response|declare)|m?tta",
    "ttm": r"(?:mean )?time to (?:mitigate|mitigation)|m?ttm",
    "ttr": r"(?:mean )?time to (?:recover(?:y)?|restore|restoration|resolve|resolution|repair|fix)|m?ttr",
}
_ANY_NAME: Final = "|".join(f"(?P<{key}>{names})" for key, names in _NAMES.items())
# In a list, a line or a sentence, up to its end: `Time to detection: 54 minutes`, `... as it should. TTD: 5 minutes`.
_STATED: Final = re.compile(
    rf"(?<![\w-])(?:{_ANY_NAME})\b[^:|.;]{{0,40}}?:[\s*_]{{0,20}}(?P<value>[^;|()\n]{{0,80}}?)(?=\.?\s*$|\.\s|[;|()])",
    re.IGNORECASE,
)
_CATEGORY: Final = re.compile(
    r"[*_]{0,3}(?:category|class|type)[*_]{0,3}\s{0,9}:[\s*_]{0,9}(?P<value>.{1,80}?)[*_]{0,3}", re.IGNORECASE
)
# What may stand before a measure at the beginning of a line: a point of a list, marks.
_BEFORE: Final = " \t-*+_>"
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)\s*$")
_DAY_S: Final = 86_400
# How many pairs of rows are looked for: more than one is no sign of anything any more.
_ENOUGH: Final = 20
_NAMED: Final = {key: re.compile(rf"(?:{names})\b", re.IGNORECASE) for key, names in _NAMES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A measure (`ttd`, `tta`, `ttm`, `ttr`) as a document states it.

    `length` is None where nobody knew it (`open`), or where it was not understood, for the reason `problem`.
    """

    measure: str
    text: str
    at: Location
    length: Length | None = None
    open: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Two rows of a timeline that are as far apart as a document states, from one to the other."""

    begins: TimelineRow
    ends: TimelineRow


def stated(page: Page) -> list[Stated]:
    """Every measure that a document states, in points of lists, lines and tables."""
    return [*_in_lines(page), *_in_tables(page)]


def category(page: Page) -> str:
    """What a document says it is about, as it is written; empty where it does not say."""
    for line in page.text:
        if found := _CATEGORY.fullmatch(line.strip().lstrip("-*+ ")):
            return found["value"].strip()
    return ""


def _in_lines(page: Page) -> Iterator[Stated]:
    for number, line in enumerate(page.text, 1):
        if ":" not in line or line.lstrip().startswith("|"):
            continue
        for found in _STATED.finditer(line):
            measure = next(key for key in _NAMES if found[key])
            value = found["value"].strip()
            each = _read(measure, value, page.at(number, found.start("value") + 1, len(value)))
            # In the middle of a sentence, what is no length of time is what the sentence says.
            if each.length or not line[: found.start()].strip(_BEFORE):
                yield each


def _in_tables(page: Page) -> Iterator[Stated]:
    """Rows whose first cell names a measure; its value is the last cell."""
    whole = Part(heading=page.headings[0], first=1, last=len(page.text)) if page.headings else None
    for table in page.tables(whole) if whole else ():
        for row in table.rows:
            for measure, name in _NAMED.items():
                if name.match(row.text(0)) and len(row.cells) > 1:
                    cell = row.cells[-1]
                    yield _read(measure, cell.text, page.at(row.line, cell.col, len(cell.text)))


def _read(measure: str, text: str, at: Location) -> Stated:
    # What stands in brackets behind it bounds or explains it.
    bare = _BRACKETS.sub("", text)
    if unknown(bare) or is_blank(text):
        return Stated(measure=measure, text=text, at=at, open=True)
    try:
        return Stated(measure=measure, text=text, at=at, length=read_length(bare))
    except NotATimeError as error:
        return Stated(measure=measure, text=text, at=at, problem=str(error))


def fits(each: Stated, timeline: Timeline) -> list[Fit]:
    """Pairs of rows that are as far apart as stated, a few at most. It says nothing about what these rows are.

    Rows that are only about right are left out, and those of which only the day is known, unless days are stated.
    """
    length = each.length
    if length is None:
        return []
    rows = sorted((row for row in timeline.known if _exact(row, length)), key=_start)
    starts = [_start(row) for row in rows]
    found: list[Fit] = []
    for first in rows:
        # A row to the minute is taken to be exact: who states minutes has counted them.
        early = _start(first) + length.seconds - length.unit_s - _DAY_S
        for last in rows[bisect_left(starts, early) : bisect_right(starts, early + 2 * (length.unit_s + _DAY_S))]:
            if last is not first and length.fits(*_apart(first, last)) and _start(last) >= _start(first):
                found.append(Fit(begins=first, ends=last))
        if len(found) >= _ENOUGH:
            break
    return found


def _exact(row: TimelineRow, length: Length) -> bool:
    if row.written is None or row.written.about:
        return False
    return length.unit_s >= _DAY_S or row.written.granularity is not Granularity.DAY


def _start(row: TimelineRow) -> float:
    """Seconds since the epoch where the zone is known, else on a clock of its own."""
    if row.written is None:
        return 0.0
    return (row.utc or row.written.wall.replace(tzinfo=UTC)).timestamp()


def _apart(first: TimelineRow, last: TimelineRow) -> tuple[float, float]:
    """How far apart two rows are, at least and at most, in seconds."""
    apart = _start(last) - _start(first)
    return apart - _loose(first), apart + _loose(last)


def _loose(row: TimelineRow) -> int:
    """How much later than its start a row may be, in seconds: of a day any time, of a minute none."""
    return _DAY_S if row.written and row.written.granularity is Granularity.DAY else 0
