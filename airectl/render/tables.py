"""Tables in text: aligned on the decimal, wrapped to a terminal, one line a record in a pipe."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from airectl.core.report import Column, Kind, Table
from airectl.render.cells import NUMERIC, UNKNOWN, bar, header, shown
from airectl.render.inert import inert
from airectl.render.measure import JOINTS, hanging, padded, width, wrapped
from airectl.render.paper import Paper

_GAP: Final = "  "
_RIGHT: Final = frozenset({Kind.COUNT, Kind.MONEY, Kind.NUMBER, Kind.DURATION})
# In a pipe one long cell must not pad every other line.
_PADDED: Final = 80
_NARROWEST: Final = 12
_BREAKS: Final = re.compile(f" |(?<=[{re.escape(JOINTS)}])")
_SAMPLE: Final = 50
_BARS: Final = (10, 5, 0)
_WHOLE: Final = re.compile(r"[<>]?-?[0-9,]+")


@dataclass(frozen=True, slots=True)
class Strip:
    """One column laid out: `cells` are of one width where they align.

    `floors` is how narrow it gets by wrapping its title, its cells between words, its cells within words.
    """

    title: str
    cells: list[str]
    right: bool
    width: int
    floors: tuple[int, int, int]


def table_lines(table: Table, paper: Paper) -> list[str]:
    """The lines of a table. On a terminal too narrow for it, each record stands over several lines."""
    strips = _strips(table, paper, 0) if paper.width is None else _fitting(table, paper, paper.width)
    title = [paper.paint(inert(table.title), "strong")] if table.title else []
    if paper.width is not None and _total(strips) > paper.width:
        return title + _stacked(strips, paper)
    head = [paper.paint(line, "strong") for line in _row([strip.title for strip in strips], strips, paper)]
    rows = zip(*(strip.cells for strip in strips), strict=True)
    return title + head + [line for row in rows for line in _row(row, strips, paper)]


def _fitting(table: Table, paper: Paper, most: int) -> list[Strip]:
    """Bars give way before words are broken."""
    for bars in _BARS:
        strips = _strips(table, paper, bars)
        if _total(strips) <= most:
            return strips
    return _narrowed(strips, most)


def _strips(table: Table, paper: Paper, bars: int) -> list[Strip]:
    strips: list[Strip] = []
    for at, column in enumerate(table.columns):
        if column.kind is not Kind.BAR:
            strips.append(_strip(column, [inert(shown(row[at], column)) for row in table.rows], paper))
        elif bars:
            drawn = [inert(bar(row[at], bars)) for row in table.rows]
            joins = strips and not column.title
            strips[-1:] = (
                [_with_bars(strips[-1], drawn, paper)] if joins else [*strips[-1:], _strip(column, drawn, paper)]
            )
    return strips


def _with_bars(strip: Strip, bars: list[str], paper: Paper) -> Strip:
    """Bars without a title of their own stand beside the numbers that they draw, under one title."""
    numbers = max(map(width, strip.cells), default=0)
    cells = [f"{padded(cell, numbers)}{_GAP}{drawn}".rstrip() for cell, drawn in zip(strip.cells, bars, strict=True)]
    return _laid(strip.title, cells, Column(title="", kind=Kind.BAR), paper)


def _strip(column: Column, cells: list[str], paper: Paper) -> Strip:
    if column.kind in NUMERIC:
        cells = _on_decimal(cells)
    return _laid(inert(header(column)), cells, column, paper)


def _laid(title: str, cells: list[str], column: Column, paper: Paper) -> Strip:
    cell = max(map(width, cells), default=0)
    most = max(width(title), cell)
    heading = max(_longest_word(title), cell)
    if column.kind is Kind.TEXT:
        words = max(_longest_word(text) for text in (title, *cells))
        floors = (heading, words, min(words, _NARROWEST))
    else:
        floors = (heading, heading, heading)
    return Strip(title, cells, column.kind in _RIGHT, most if paper.tty else min(most, _PADDED), floors)


def _longest_word(text: str) -> int:
    return max(map(width, _BREAKS.split(text)))


def _on_decimal(cells: list[str]) -> list[str]:
    """Numbers with their decimal points in one place; words among them keep to the left."""
    parts = [_parted(cell) for cell in cells]
    before = max((width(head) for head, _ in parts), default=0)
    after = max((width(tail) for head, tail in parts if head), default=0)
    return [head.rjust(before) + padded(tail, after) if head else tail for head, tail in parts]


def _parted(cell: str) -> tuple[str, str]:
    if cell == UNKNOWN:
        return cell, ""
    whole = _WHOLE.match(cell)
    return (whole[0], cell[whole.end() :]) if whole else ("", cell)


def _total(strips: Sequence[Strip]) -> int:
    return sum(strip.width for strip in strips) + len(_GAP) * (len(strips) - 1)


def _narrowed(strips: list[Strip], most: int) -> list[Strip]:
    """Titles are wrapped first, then cells between words, then within them; what makes fewest new lines goes first."""
    for level in range(len(strips[0].floors) if strips else 0):
        while _total(strips) > most:
            able = [at for at, strip in enumerate(strips) if strip.width > strip.floors[level]]
            if not able:
                break
            at = min(able, key=lambda each: (_new_lines(strips[each]), -strips[each].width))
            strips[at] = replace(strips[at], width=strips[at].width - 1)
    return strips


def _new_lines(strip: Strip) -> int:
    """Lines that the first rows need more if the column is a cell narrower."""
    seen = strip.cells[:_SAMPLE]
    return sum(len(wrapped(cell, strip.width - 1)) - len(wrapped(cell, strip.width)) for cell in seen)


def _row(cells: Sequence[str], strips: Sequence[Strip], paper: Paper) -> list[str]:
    """One record: a line, or several where a cell is wrapped."""
    columns = [wrapped(cell, strip.width) if paper.tty else [cell] for cell, strip in zip(cells, strips, strict=True)]
    lines = []
    for parts in zip_longest(*columns, fillvalue=""):
        fields = [_field(part, strip) for part, strip in zip(parts, strips, strict=True)]
        lines.append(_GAP.join(fields).rstrip())
    return lines


def _field(text: str, strip: Strip) -> str:
    return " " * (strip.width - width(text)) + text if strip.right else padded(text, strip.width)


def _stacked(strips: Sequence[Strip], paper: Paper) -> list[str]:
    """Records as `title  value` lines, for more columns than a terminal holds."""
    names = max(width(strip.title) for strip in strips)
    lines: list[str] = []
    for row in zip(*(strip.cells for strip in strips), strict=True):
        lines += [""] if lines else []
        for strip, cell in zip(strips, row, strict=True):
            lines += hanging(padded(strip.title, names) + _GAP, cell.strip(), paper.width)
    return [line.rstrip() for line in lines]
