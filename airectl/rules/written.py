"""A query where a user wrote it, in a rule file or a dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from airectl.core.findings import Finding, Location
from airectl.core.json_text import Text
from airectl.promql.lint.selection import Purpose
from airectl.spec.queries import bounded, part_of
from airectl.spec.tree import Map


class Written(Protocol):
    """One query: its `text`, and what becomes of its value. `record` is the name that its result gets, if any."""

    @property
    def text(self) -> str:
        """The query."""

    @property
    def purpose(self) -> Purpose:
        """What becomes of its value."""

    @property
    def record(self) -> str:
        """The name that its result gets, if any."""

    def at(self, *parts: str) -> Location:
        """Where the first of `parts` that can be found stands; else where the query begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InYaml:
    """The scalar under `key` of a mapping; `file_text` is the whole file."""

    node: Map
    key: str
    file_text: str
    purpose: Purpose = Purpose.RULE
    record: str = ""

    @property
    def text(self) -> str:
        """The query as it is read."""
        return str(self.node[self.key])

    def at(self, *parts: str) -> Location:
        """Quotes and folding are looked through."""
        return part_of(self.node.at(self.key), self.file_text, self.text, *parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class InJson:
    """A text of a JSON file."""

    path: str
    value: Text
    purpose: Purpose = Purpose.SHOWN
    record: str = ""
    begins: int = 0
    length: int | None = None

    @property
    def text(self) -> str:
        """The query: all of the text, or a part of it."""
        end = None if self.length is None else self.begins + self.length
        return self.value[self.begins : end]

    def at(self, *parts: str) -> Location:
        """Escapes are looked through."""
        for part in parts:
            if found := bounded(part).search(self.text):
                return self._place(found.start(), found.end())
        return self._place(0, len(self.text))

    def _place(self, start: int, end: int) -> Location:
        line, columns = self.value.line, (self.value.column(self.begins + each) for each in (start, end))
        col, end_col = columns
        return Location(path=self.path, line=line, col=col, end_line=line, end_col=end_col)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """The queries of one file, and what is wrong with the file itself."""

    queries: Sequence[Written] = ()
    findings: Sequence[Finding] = ()
