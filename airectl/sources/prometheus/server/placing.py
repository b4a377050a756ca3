"""Failures and warnings as findings at their place in the spec.

What was asked is seldom what the user wrote: it was rewritten to count slice by slice. A position in it
means nothing to the user, so where one matters the server is asked what it says of the user's own text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.errors import SourceError
from airectl.promql import templates
from airectl.sources.prometheus.server.answers import Found
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import Refused, short, tells_of_parts, who
from airectl.sources.protocol import Failure
from airectl.sources.queries import place
from airectl.spec import lines

KEY: Final = "query"
# Servers end a warning with its position in the query as sent.
_POSITION: Final = re.compile(r"\s*\(\d+:\d+\)$")
_LEVEL: Final = re.compile(r"^PromQL (?:info|warning): ", re.IGNORECASE)
_QUOTES: Final = "\"'"


def failure(query: Query, error: SourceError, ask: Callable[[str], object], cwd: Path) -> Failure:
    """Why `query` has no answer, at its place. `ask` asks the server once more; `cwd` is what paths are relative to."""
    at, message = query.at, error.message
    if isinstance(error, Refused):
        at = place(query, KEY)
        own = _refused_as_written(query, error, ask) if error.invalid else None
        if own:
            message = own.message
            at = _within(query, own, cwd) or at
    finding = Finding(code=error.code, severity=Severity.ERROR, message=message, at=at, help=error.help)
    return Failure(finding=finding, invalid=error.invalid)


def doubts(query: Query, answers: Iterable[Found], connection: Connection) -> Iterator[Finding]:
    """What the server has to say about its answers, each thing once."""
    said: dict[str, Severity] = {}
    for answer in answers:
        said |= {_LEVEL.sub("", _POSITION.sub("", text)): Severity.INFO for text in answer.infos}
    for answer in answers:
        told = (text for text in answer.warnings if not tells_of_parts(text))
        said |= {_LEVEL.sub("", _POSITION.sub("", text)): Severity.WARNING for text in told}
    for text, severity in said.items():
        yield Finding(
            code="AIR217",
            severity=severity,
            message=f"{who(connection)} says of its answer: {short(text, connection)}",
            at=place(query, KEY),
            help="correct the query, or silence this with a comment if it is as it should be",
        )


def _refused_as_written(query: Query, error: Refused, ask: Callable[[str], object]) -> Refused | None:
    """What the server says of the user's own text; None where it takes that, and only the rewritten one is wrong."""
    text = templates.substitute(_text(query))
    if error.query == text or not text:
        return error if text else None
    try:
        ask(text)
    except Refused as own:
        return own if own.invalid else None
    except SourceError:
        return None
    return None


def _text(query: Query) -> str:
    value = query.spec.get(KEY)
    return value if isinstance(value, str) else ""


def _within(query: Query, error: Refused, cwd: Path) -> Location | None:
    """The place of the error's line and column in the file; None where it cannot be told."""
    text = _text(query)
    offset = _offset(templates.substitute(text), error)
    if offset is None:
        return None
    return _character(text, templates.written_at(text, offset), place(query, KEY), cwd)


def _offset(text: str, error: Refused) -> int | None:
    """The position as an index into `text`; columns count bytes from 1."""
    rows = text.split("\n")
    if not 1 <= error.line <= len(rows) or error.col < 1:
        return None
    column = len(rows[error.line - 1].encode()[: error.col - 1].decode("utf-8", "ignore"))
    return sum(len(row) + 1 for row in rows[: error.line - 1]) + column


def _character(text: str, offset: int, at: Location, cwd: Path) -> Location | None:
    """Where character `offset` of a scalar stands in the file, whatever style the scalar is written in.

    Styles differ in blanks and breaks only: the n-th character that is none is the n-th in the file. Where
    they differ in more, as with escapes, nothing is told.
    """
    try:
        rows = lines.split((cwd / at.path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    written = list(_inked(rows, at))
    inked = [index for index, character in enumerate(text) if not character.isspace()]
    if [text[index] for index in inked] != [character for character, _, _ in written] or not inked:
        return None
    nth = min(sum(1 for index in inked if index < offset), len(inked) - 1)
    _, line, col = written[nth]
    return Location(path=at.path, line=line, col=col, end_line=line, end_col=col + 1)


def _inked(rows: list[str], at: Location) -> Iterator[tuple[str, int, int]]:
    """Every character of a scalar that is no blank, with its line and column; no quotes, no `|` and `>`."""
    found = []
    for number in range(at.line, min(at.end_line, len(rows)) + 1):
        start = at.col - 1 if number == at.line else 0
        end = at.end_col - 1 if number == at.end_line else None
        row = rows[number - 1][:end]
        found += [(c, number, col + 1) for col, c in enumerate(row) if col >= start and not c.isspace()]
    first = found[0][0] if found else ""
    if first in ("|", ">"):
        return (each for each in found if each[1] > at.line)
    return iter(found[1:-1] if first and first in _QUOTES else found)
