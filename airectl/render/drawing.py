"""A chart on a terminal: a small picture of characters, enough to see the shape and where it meets a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import floor, isfinite, log10
from typing import Final

from airectl.core.chart import Axis, Chart, Role, Span
from airectl.render.inert import inert
from airectl.render.measure import hanging, width
from airectl.render.paper import Paper

_ROWS: Final = 10
_WIDEST: Final = 100
_LABEL: Final = 24
# A longer axis has days at its ends, a shorter one seconds.
_DAYS_S: Final = 4 * 86_400
_SECONDS_S: Final = 600
_BLANK: Final = 0x2800
# The bit of a dot of a Braille pattern, by its column of two and its row of four.
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_STYLES: Final = {
    Role.HISTORY: "info",
    Role.FORECAST: "strong",
    Role.LIMIT: "warning",
    Role.GOOD: "good",
    Role.BAD: "error",
    Role.PLAIN: "quiet",
}


def drawn(chart: Chart, paper: Paper) -> list[str]:
    """The chart for a terminal; in a pipe its title and what is to be seen, in words."""
    title = [paper.paint(line, "strong") for line in hanging("", inert(chart.title), paper.width)]
    said = hanging("    ", inert(chart.summary), paper.width) if chart.summary else []
    if paper.width is None:
        return [*title, *said]
    body = _lanes(chart, paper) if chart.lanes else _plot(chart, paper)
    return [*title, *body, *said]


@dataclass(slots=True)
class _Canvas:
    """Cells with a character and a style each; `dots` are those of lines, in Braille where that can be shown."""

    columns: int
    rows: int
    fine: bool
    cells: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    dots: dict[tuple[int, int], int] = field(default_factory=dict)

    def put(self, row: int, column: int, character: str, style: str) -> None:
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self.cells[row, column] = (character, style)

    def dot(self, across: float, up: float, style: str) -> None:
        """A dot at a share of the width and of the height, both from 0 to 1."""
        column = min(floor(across * self.columns * 2), self.columns * 2 - 1)
        row = min(floor((1 - up) * self.rows * 4), self.rows * 4 - 1)
        place = (row // 4, column // 2)
        self.dots[place] = self.dots.get(place, 0) | _DOTS[column % 2][row % 4]
        self.put(*place, chr(_BLANK | self.dots[place]) if self.fine else "*", style)

    def lines(self, paper: Paper) -> Iterator[str]:
        for row in range(self.rows):
            cells = (self.cells.get((row, column), (" ", "")) for column in range(self.columns))
            yield "".join(paper.paint(text, style) if style else text for text, style in cells).rstrip()


def _plot(chart: Chart, paper: Paper) -> list[str]:
    values = [*_values(chart)]
    places = [x for series in chart.series for x in series.x]
    if not values or not places:
        return ["    nothing to draw"]
    low, high = min(0.0, *values), max(values)
    high = high if high > low else low + 1
    labels = [_short(low + (high - low) * row / _ROWS) for row in (_ROWS, _ROWS / 2, 0)]
    margin = max(map(len, labels))
    canvas = _Canvas(min(paper.width or _WIDEST, _WIDEST) - margin - 3, _ROWS, paper.fine)
    first, last = min(places), max(places)
    _fill(canvas, chart, _Frame(first, last, low, high))
    sides = {0: labels[0], _ROWS // 2: labels[1], _ROWS - 1: labels[2]}
    rows = [f"{sides.get(row, ''):>{margin}} |{line}" for row, line in enumerate(canvas.lines(paper))]
    return [*rows, *_below(chart, canvas.columns, margin, (first, last)), *_names(chart, paper)]


@dataclass(frozen=True, slots=True)
class _Frame:
    first: float
    last: float
    low: float
    high: float

    def across(self, x: float) -> float:
        return (x - self.first) / (self.last - self.first) if self.last > self.first else 0.5

    def up(self, y: float) -> float:
        return (y - self.low) / (self.high - self.low)


def _fill(canvas: _Canvas, chart: Chart, frame: _Frame) -> None:
    for moment in chart.moments:
        column = round(frame.across(moment.x) * (canvas.columns - 1))
        for row in range(canvas.rows):
            canvas.put(row, column, ":", _STYLES[moment.role])
    for level in chart.levels:
        row = min(floor((1 - frame.up(level.value)) * canvas.rows), canvas.rows - 1)
        for column in range(canvas.columns):
            canvas.put(row, column, "-", _STYLES[level.role])
    for band in chart.bands:
        for edge in (band.low, band.high):
            _stroke(canvas, frame, (band.x, edge), "quiet")
    for line in chart.lines:
        _stroke(canvas, frame, (line.x, line.y), _STYLES[line.role])


def _stroke(canvas: _Canvas, frame: _Frame, points: tuple[Sequence[float], Sequence[float | None]], style: str) -> None:
    """Dots along the lines between neighbours; none over a gap."""
    before: tuple[float, float] | None = None
    for x, y in zip(*points, strict=True):
        if y is None or not isfinite(y):
            before = None
            continue
        here = (frame.across(x), frame.up(y))
        start = before or here
        across, up = here[0] - start[0], here[1] - start[1]
        steps = max(1, round(max(across * canvas.columns * 2, abs(up) * canvas.rows * 4)))
        for share in (step / steps for step in range(1, steps + 1)):
            canvas.dot(start[0] + across * share, start[1] + up * share, style)
        before = here


def _values(chart: Chart) -> Iterator[float]:
    for line in chart.lines:
        yield from (y for y in line.y if y is not None and isfinite(y))
    for band in chart.bands:
        yield from (*band.low, *band.high)
    yield from (level.value for level in chart.levels)


def _below(chart: Chart, columns: int, margin: int, ends: tuple[float, float]) -> list[str]:
    """The axis with its two ends, and under it what the moments are."""
    left, right = (_place(x, chart.x, ends) for x in ends)
    gap = max(columns - width(left) - width(right), 1)
    return [" " * margin + " +" + "-" * columns, " " * (margin + 2) + left + " " * gap + right]


def _names(chart: Chart, paper: Paper) -> Iterator[str]:
    """What the lines, levels and moments are called, in their colours."""
    ends = [x for series in chart.series for x in series.x]
    span = (min(ends), max(ends))
    parts = [(inert(line.name), line.role) for line in chart.lines if line.name]
    parts += [(f"- {inert(level.label)}", level.role) for level in chart.levels]
    parts += [(f": {inert(moment.label)} {_place(moment.x, chart.x, span)}", moment.role) for moment in chart.moments]
    line, used = "", 0
    for text, role in parts:
        if used and used + 2 + width(text) > (paper.width or _WIDEST) - 4:
            yield line
            line, used = "", 0
        line += ("  " if used else "    ") + paper.paint(text, _STYLES[role])
        used += width(text) + 2
    if used:
        yield line


def _place(x: float, axis: Axis, ends: tuple[float, float]) -> str:
    if not axis.time:
        return f"{_short(x)} {axis.unit}".rstrip()
    moment = datetime.fromtimestamp(x, UTC)
    length_s = ends[1] - ends[0]
    return moment.strftime("%Y-%m-%d" if length_s > _DAYS_S else "%m-%d %H:%M" if length_s > _SECONDS_S else "%H:%M:%S")


def _short(value: float) -> str:
    """Three digits, with k, M, G for thousands."""
    size = 0 if not value else floor(log10(abs(value)) / 3)
    if 1 <= size <= 4:
        return f"{value / 1000**size:.3g}{' kMGT'[size]}"
    return f"{value:.3g}"


def _lanes(chart: Chart, paper: Paper) -> list[str]:
    spans = [span for span in chart.spans if span.lane]
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    margin = min(max(width(inert(lane)) for lane in chart.lanes), _LABEL)
    columns = min(paper.width or _WIDEST, _WIDEST) - margin - 3
    rows = []
    for lane in chart.lanes:
        canvas = _Canvas(columns, 1, paper.fine)
        for span in spans:
            if span.lane == lane:
                _bar(canvas, span, _Frame(first, last, 0, 1))
        name = inert(lane)[:margin]
        rows.append(name + " " * (margin - width(name)) + " |" + next(canvas.lines(paper)))
    return [*rows, *_below(chart, columns, margin, (first, last))]


def _bar(canvas: _Canvas, span: Span, frame: _Frame) -> None:
    start, end = (round(frame.across(x) * (canvas.columns - 1)) for x in (span.start, span.end))
    for column in range(start, end + 1):
        canvas.put(0, column, "#" if span.end > span.start else "o", _STYLES[span.role])
