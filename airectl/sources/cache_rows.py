"""What stands in the cache's database: reading spans, replacing them, and making room for more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL,
  size INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS span (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entry_used ON entry (used, size);
"""
CLEAR: Final = "DELETE FROM entry; DELETE FROM span; VACUUM;"
# What a row costs beside its bytes, about: its key twice, and half a page.
_ROW_BYTES: Final = 2048
# Of the limit, what is left after making room, so that not every run has to make some.
_KEPT: Final = 0.9
_PARAMETERS: Final = 500

Row = tuple[bytes, bytes]


def found(connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    """Key, data and the time of last use of those of `keys` that are there."""
    for start in range(0, len(keys), _PARAMETERS):
        some = keys[start : start + _PARAMETERS]
        marks = ",".join("?" * len(some))
        joined = f"SELECT key, data, used FROM entry JOIN span USING (id) WHERE key IN ({marks})"  # noqa: S608  # marks
        yield from connection.execute(joined, some)


def use(connection: sqlite3.Connection, keys: Iterable[bytes], now_s: int) -> None:
    """Write down that these were used."""
    with _transaction(connection):
        connection.executemany("UPDATE entry SET used = ? WHERE key = ?", ((now_s, key) for key in keys))


def put(connection: sqlite3.Connection, rows: Sequence[Row], now_s: int, limit_bytes: int) -> None:
    """Keep `rows`, all or none. Those used longest ago go first where it would be more than the limit."""
    with _transaction(connection):
        numbers = [row for key, _ in rows for row in connection.execute("SELECT id FROM entry WHERE key = ?", (key,))]
        _forget(connection, numbers)
        _make_room(connection, sum(_size(data) for _, data in rows), limit_bytes)
        for key, data in rows:
            entry = (key, now_s, _size(data))
            number = connection.execute("INSERT INTO entry (key, used, size) VALUES (?, ?, ?)", entry).lastrowid
            connection.execute("INSERT INTO span (id, data) VALUES (?, ?)", (number, data))


def fits(data: bytes, limit_bytes: int) -> bool:
    """Whether there is room for it at all."""
    return _size(data) <= limit_bytes


def contents(connection: sqlite3.Connection) -> tuple[int, int, int | None]:
    """How many spans, how many bytes they take, and when one was used last."""
    spans, size, last = connection.execute("SELECT count(*), coalesce(sum(size), 0), max(used) FROM entry").fetchone()
    return int(spans), int(size), last


def _size(data: bytes) -> int:
    return len(data) + _ROW_BYTES


def _make_room(connection: sqlite3.Connection, wanted: int, limit_bytes: int) -> None:
    _, size, _ = contents(connection)
    if size + wanted <= limit_bytes:
        return
    gone = []
    excess = size + wanted - int(limit_bytes * _KEPT)
    for number, freed in connection.execute("SELECT id, size FROM entry ORDER BY used, id"):
        if excess <= 0:
            break
        gone.append((number,))
        excess -= freed
    _forget(connection, gone)


def _forget(connection: sqlite3.Connection, numbers: Sequence[tuple[int]]) -> None:
    connection.executemany("DELETE FROM entry WHERE id = ?", numbers)
    connection.executemany("DELETE FROM span WHERE id = ?", numbers)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the body or nothing; other processes read meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
