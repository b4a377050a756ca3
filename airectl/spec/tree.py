"""YAML data that knows where it was written.

`Map` and `Seq` are a dict and a list of plain values, so a JSON Schema validator takes them as they
are, and each remembers where its keys and values stand. Numbers are int or Decimal, never float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from airectl.core.findings import Location


class Point(Protocol):
    """A position, counted from 0."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column, in characters."""


class Mark(Protocol):
    """Where a node begins and ends. A YAML event is one, which makes marks free of cost."""

    @property
    def start_mark(self) -> Point:
        """The first character."""

    @property
    def end_mark(self) -> Point:
        """Just behind the last character."""


class Marked(NamedTuple):
    """A value with the place it stands for; `graft` accepts it anywhere in plain data."""

    value: Any
    mark: Mark


def locate(path: str, mark: Mark) -> Location:
    """The Location of a mark in the file `path`."""
    start, end = mark.start_mark, mark.end_mark
    return Location(path=path, line=start.line + 1, col=start.column + 1, end_line=end.line + 1, end_col=end.column + 1)


class Map(dict[str, Any]):
    """A mapping; `marks[key]` is the pair of marks of the key and of its value."""

    __slots__ = ("mark", "marks", "path")

    def __init__(self, path: str, mark: Mark) -> None:
        super().__init__()
        self.path = path
        self.mark = mark
        self.marks: dict[str, tuple[Mark, Mark]] = {}

    @property
    def here(self) -> Location:
        """Where the mapping begins."""
        return locate(self.path, self.mark)

    def put(self, key: str, value: Any, key_mark: Mark, value_mark: Mark) -> None:
        """Set a key together with its places."""
        self[key] = value
        self.marks[key] = (key_mark, value_mark)

    def key_at(self, key: str) -> Location:
        """Where `key` is written; the mapping's own place if it is absent."""
        pair = self.marks.get(key)
        return locate(self.path, pair[0]) if pair else self.here

    def at(self, key: str) -> Location:
        """Where the value of `key` is written: its key for a container, the mapping if it is absent."""
        pair = self.marks.get(key)
        if not pair:
            return self.here
        return locate(self.path, pair[0] if isinstance(self[key], (Map, Seq)) else pair[1])

    def raw(self, key: str) -> str:
        """The text of a scalar value exactly as written, without quotes."""
        return str(getattr(self.marks[key][1], "value", self[key]))

    def map(self, key: str) -> Map:
        """The mapping under `key`, or an empty one in its place: for lints that look deep."""
        value = self.get(key)
        return value if isinstance(value, Map) else Map(self.path, self.mark)

    def maps(self, key: str) -> list[Map]:
        """The mappings in the list under `key`; anything else there is left out."""
        value = self.get(key)
        return [item for item in value if isinstance(item, Map)] if isinstance(value, Seq) else []

    def text(self, key: str) -> str:
        """The string under `key`, or an empty one."""
        value = self.get(key)
        return value if isinstance(value, str) else ""


class Seq(list[Any]):
    """A list; `marks[i]` is the place of item i."""

    __slots__ = ("mark", "marks", "path")

    def __init__(self, path: str, mark: Mark) -> None:
        super().__init__()
        self.path = path
        self.mark = mark
        self.marks: list[Mark] = []

    @property
    def here(self) -> Location:
        """Where the list begins."""
        return locate(self.path, self.mark)

    def add(self, value: Any, mark: Mark) -> None:
        """Append an item together with its place."""
        self.append(value)
        self.marks.append(mark)

    def at(self, index: int) -> Location:
        """Where item `index` is written."""
        return locate(self.path, self.marks[index])


def graft(value: Any, path: str, mark: Mark) -> Any:
    """Plain data as a tree whose nodes stand at `mark`, except those that bring a place of their own.

    Map, Seq and Marked inside `value` keep theirs: this is how a converted document still points at
    the lines the user wrote.
    """
    return _graft(value, path, mark)[0]


def _graft(value: Any, path: str, mark: Mark) -> tuple[Any, Mark]:
    if isinstance(value, Marked):
        return _graft(value.value, path, value.mark)
    if isinstance(value, (Map, Seq)):
        return value, value.mark
    if isinstance(value, Mapping):
        return _graft_map(value.items(), path, mark), mark
    if isinstance(value, (list, tuple)):
        seq = Seq(path, mark)
        for item in value:
            seq.add(*_graft(item, path, mark))
        return seq, mark
    return value, mark


def _graft_map(items: Iterable[tuple[str, Any]], path: str, mark: Mark) -> Map:
    node = Map(path, mark)
    for key, item in items:
        child, place = _graft(item, path, mark)
        node.put(key, child, place, place)
    return node


def to_plain(value: Any) -> Any:
    """The same data as ordinary dicts and lists."""
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value
