"""Markdown as lines with places: headings, tables, lists, fences. As much of it as documents of incidents need.

One pass over the lines, no recursion. What stands in a fence or in a comment is no text, and no heading or table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from airectl.core.findings import Location
from airectl.spec import lines

FRONT: Final = "---"
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*")
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_ITEM: Final = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])(?:[ \t]+(?P<box>\[[ xX]\])?[ \t]*(?P<text>.*)|$)")
_RULE: Final = re.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*")
_OPEN, _CLOSE = "<!--", "-->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading: its level from 1, its text and its line from 1."""

    level: int
    title: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code. `line` is that of its opening; `marks` is what stands behind the language as JSON, if it is."""

    language: str
    marks: dict[str, Any]
    line: int
    body: tuple[str, ...]
    closed: bool

    @property
    def name(self) -> str:
        """Its name, empty for one without."""
        name = self.marks.get("name")
        return name if isinstance(name, str) else ""

    @property
    def text(self) -> str:
        """What stands in it."""
        return "\n".join(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a table and its column from 1."""

    text: str
    col: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table."""

    line: int
    cells: tuple[Cell, ...]

    def text(self, index: int) -> str:
        """The text of a cell; empty where the row is shorter."""
        return self.cells[index].text if index < len(self.cells) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its head."""

    head: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A point of a list with the lines that go on with it; `box` is whether it is ticked, None without a box."""

    text: str
    line: int
    col: int
    indent: int
    box: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading and what stands below it: lines `first` to `last`, up to the next heading of its level or a higher."""

    heading: Heading
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """A document. `written` are its lines, `front` the lines of the two `---` around its front matter, if it has one.

    `text` are the lines in which fences, comments and front matter are blank; places are those of `written`.
    """

    path: str
    written: Sequence[str]
    front: tuple[int, int] | None = None
    text: Sequence[str] = ()
    fences: tuple[Fence, ...] = ()
    headings: tuple[Heading, ...] = field(default=())

    def at(self, line: int, col: int = 1, length: int = 0) -> Location:
        """A place; of `length` characters, or to the end of the line."""
        end = col + length if length else len(self.line(line)) + 1
        return Location(path=self.path, line=line, col=col, end_line=line, end_col=max(end, col))

    def line(self, number: int) -> str:
        """A line as written."""
        return self.written[number - 1] if 0 < number <= len(self.written) else ""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every heading with its reach."""
        found: list[Part] = []
        # Where the next heading of each level or a higher one stands, from the end on.
        ends = [len(self.written)] * 7
        for heading in reversed(self.headings):
            found.append(Part(heading=heading, first=heading.line + 1, last=ends[heading.level]))
            ends[heading.level :] = [heading.line - 1] * (7 - heading.level)
        return tuple(reversed(found))

    def lines_of(self, part: Part) -> Iterator[tuple[int, str]]:
        """The lines of text of a part with their numbers."""
        for number in range(part.first, part.last + 1):
            yield number, self.text[number - 1]

    def tables(self, part: Part) -> list[Table]:
        """The tables in a part."""
        return list(_tables(self.lines_of(part)))

    def items(self, part: Part) -> list[Item]:
        """The points of the lists in a part."""
        return list(_items(self.lines_of(part)))


def read(path: str, text: str) -> Page:
    """A document as a page. Nothing is wrong with any text: what is no Markdown is text."""
    written = lines.split(text)
    front = _front(written)
    plain, fences = _without_fences(written, front[1] if front else 0)
    plain = _without_comments(plain)
    return Page(path=path, written=written, front=front, text=plain, fences=fences, headings=tuple(_headings(plain)))


def _front(written: Sequence[str]) -> tuple[int, int] | None:
    """The lines of the two `---`; None where the document does not begin with one, or the second is missing."""
    if written[0].rstrip() != FRONT:
        return None
    end = next((n for n, line in enumerate(written[1:], 2) if line.rstrip() in (FRONT, "...")), None)
    return (1, end) if end else None


def _without_fences(written: Sequence[str], begin: int) -> tuple[list[str], tuple[Fence, ...]]:
    """The lines with fences and what is before `begin` blank, and the fences."""
    plain = [""] * begin + list(written[begin:])
    fences, number = [], begin
    while number < len(plain):
        opened = _FENCE.fullmatch(plain[number])
        if not opened or (opened[1][0] == "`" and "`" in opened[2]):
            number += 1
            continue
        end = _closing(written, number + 1, opened[1])
        body = tuple(written[number + 1 : end])
        language, marks = _info(opened[2])
        fences.append(
            Fence(language=language, marks=marks, line=number + 1, body=body, closed=end < len(written)),
        )
        for each in range(number, min(end + 1, len(plain))):
            plain[each] = ""
        number = end + 1
    return plain, tuple(fences)


def _closing(written: Sequence[str], first: int, opening: str) -> int:
    """The index of the line that closes a fence; the number of lines where none does."""
    for number in range(first, len(written)):
        line = written[number].strip()
        if len(line) >= len(opening) and line == opening[0] * len(line):
            return number
    return len(written)


def _info(text: str) -> tuple[str, dict[str, Any]]:
    """The language of a fence and its marks."""
    language, _, rest = text.strip().partition(" ")
    try:
        marks = json.loads(rest) if rest.strip() else {}
    except (ValueError, RecursionError):
        marks = {}
    return language, marks if isinstance(marks, dict) else {}


def _without_comments(plain: Sequence[str]) -> list[str]:
    """The lines with blanks in place of comments, so that columns stay."""
    result, inside = [], False
    for line in plain:
        kept, rest = "", line
        while rest:
            mark = _CLOSE if inside else _OPEN
            before, found, after = rest.partition(mark)
            if inside:
                kept += " " * (len(before) + len(found))
            else:
                kept += before + " " * len(found)
            inside = inside != bool(found)
            rest = after
        result.append(kept)
    return result


def _headings(plain: Sequence[str]) -> Iterator[Heading]:
    for number, line in enumerate(plain, 1):
        if found := _HEADING.fullmatch(line):
            yield Heading(level=len(found[1]), title=found[2], line=number)


def _tables(numbered: Iterator[tuple[int, str]]) -> Iterator[Table]:
    """Runs of lines that begin with `|`, the second of which is a rule."""
    run: list[tuple[int, str]] = []
    for number, line in (*numbered, (0, "")):
        if line.lstrip().startswith("|"):
            run.append((number, line))
            continue
        if len(run) > 1 and _RULE.fullmatch(run[1][1]):
            head, *rows = (_row(*each) for index, each in enumerate(run) if index != 1)
            yield Table(head=head, rows=tuple(rows))
        run = []


def _row(number: int, line: str) -> Row:
    """The cells between bars; a bar behind a backslash is text, and the last one may be missing."""
    cells, start, index = [], line.index("|") + 1, line.index("|") + 1
    while index <= len(line):
        if index == len(line) or (line[index] == "|" and line[index - 1] != "\\"):
            cells.append((start, line[start:index]))
            start = index + 1
        index += 1
    if cells and not cells[-1][1].strip():
        cells.pop()
    return Row(line=number, cells=tuple(_cell(*each) for each in cells))


def _cell(start: int, text: str) -> Cell:
    return Cell(text=text.strip().replace("\\|", "|"), col=start + len(text) - len(text.lstrip()) + 1)


def _items(numbered: Iterator[tuple[int, str]]) -> Iterator[Item]:
    """Points, each with the indented lines below it that are no point themselves."""
    current: dict[str, Any] | None = None
    more: list[str] = []
    for number, line in numbered:
        found = _ITEM.fullmatch(line)
        if found:
            if current:
                yield Item(**current, text=" ".join(more).strip())
            text = found["text"] or ""
            current = {
                "line": number,
                "col": len(line) - len(text) + 1,
                "indent": len(found["indent"].expandtabs(4)),
                "box": None if not found["box"] else found["box"] != "[ ]",
            }
            more = [text]
        elif current and line[:1] in (" ", "\t") and line.strip():
            more.append(line.strip())
        elif current and line.strip():
            yield Item(**current, text=" ".join(more).strip())
            current, more = None, []
    if current:
        yield Item(**current, text=" ".join(more).strip())
