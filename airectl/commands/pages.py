"""Shipped pages in markdown, as blocks of a report: headings, sentences, lists, tables, code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from airectl.core.report import Block, Code, Column, Lines, Table

_FENCE: Final = "```"
_CELL: Final = "|"
_ITEM: Final = re.compile(r"[-*] ")


def blocks(markdown: str, title: str = "") -> Iterator[Block]:
    """The blocks of a page, or of a section of one that stands under `title`.

    A paragraph becomes one line, whatever its line breaks, with an empty line before the next one; each
    item of a list one line of its own.
    """
    said: list[str] = []
    rows: list[str] = []
    lines = iter(markdown.splitlines())
    for line in lines:
        if line.startswith(_CELL):
            yield from _lines(title, said)
            title, said = "", []
            rows.append(line)
            continue
        if rows:
            yield _table(rows)
            rows = []
        if line.startswith("#"):
            yield from _lines(title, said)
            title, said = line.lstrip("# "), []
        elif line.startswith(_FENCE):
            yield from _lines(title, said)
            title, said = "", []
            bar = line[: len(line) - len(line.lstrip("`"))]
            yield Code(text=_fenced(lines, bar), language=line.removeprefix(bar).strip())
        else:
            said.append(line)
    if rows:
        yield _table(rows)
    yield from _lines(title, said)


def _table(lines: Sequence[str]) -> Table:
    """Header, a line of dashes, rows."""
    head, _, *rows = ([cell.strip() for cell in line.strip(f" {_CELL}").split(_CELL)] for line in lines)
    return Table(columns=[Column(title=title.upper()) for title in head], rows=rows)


def _fenced(lines: Iterator[str], bar: str) -> str:
    """What stands up to a line that begins with as many backticks."""
    body = []
    for line in lines:
        if line.startswith(bar):
            break
        body.append(line)
    return "\n".join(body) + "\n"


def _lines(title: str, said: Sequence[str]) -> Iterator[Lines]:
    joined: list[str] = []
    fresh = True
    for line in said:
        text = line.strip()
        if not text:
            fresh = True
            continue
        if fresh and joined:
            joined.append("")
        if fresh or _ITEM.match(text):
            joined.append(text)
        else:
            joined[-1] += f" {text}"
        fresh = False
    if title or joined:
        yield Lines(title=title, lines=joined)
