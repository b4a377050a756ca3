"""What was measured and cannot change any more, kept between runs: closed slices of a source's past.

A cache that cannot be used is none: it says so in the log, and never makes a run fail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from airectl.sources import cache_rows
from airectl.sources.cache_file import DAMAGED, NAME, identity, open_file, put_aside, remove
from airectl.sources.cache_rows import Row

if TYPE_CHECKING:
    import sqlite3

DEFAULT_BYTES: Final = 256 * 1024 * 1024
# When a span was last used is written down no finer than this: a run that only reads seldom has to write.
_USED_S: Final = 3600
# A transaction holds other writers up, and its log takes as much room again.
_BATCH_BYTES: Final = 4 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which span it is: `step_s` long slices from `start_s` (epoch) on, of one query to one source.

    `source` must tell apart whatever may answer differently, such as tenants. Only a hash is stored.
    """

    source: str
    query: str
    step_s: int
    start_s: int

    @property
    def digest(self) -> bytes:
        """Its hash."""
        return sha256(repr((self.source, self.query, self.step_s, self.start_s)).encode("utf-8", "replace")).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a cache holds: so many spans, which take so many bytes; `last_s` is when one was used last (epoch)."""

    spans: int
    size_bytes: int
    last_s: int | None


class SliceCache:
    """Spans in a database in `folder`, at most `limit_bytes` of them; those used longest ago go first.

    Threads and processes may use it at once. `log` is told, once, why there is no cache.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int = DEFAULT_BYTES,
        log: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.file = folder / NAME
        self._folder, self._limit_bytes, self._log, self._clock = folder, limit_bytes, log, clock
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._off = limit_bytes <= 0
        self._which = 0

    def read(self, keys: Sequence[Key]) -> dict[Key, bytes]:
        """The spans that are there."""
        by_digest = {key.digest: key for key in keys}
        rows = self._with(lambda connection: list(cache_rows.found(connection, list(by_digest)))) or []
        old = [digest for digest, _, used in rows if used < self._clock() - _USED_S]
        if old:
            self._with(lambda connection: cache_rows.use(connection, old, int(self._clock())))
        return {by_digest[digest]: data for digest, data, _ in rows}

    def write(self, items: Mapping[Key, bytes]) -> None:
        """Keep spans, over those with the same keys; what is larger than the whole cache is left out."""
        rows = [(key.digest, data) for key, data in items.items() if cache_rows.fits(data, self._limit_bytes)]
        for batch in _batches(rows, min(_BATCH_BYTES, self._limit_bytes // 2)):
            put = partial(cache_rows.put, rows=batch, now_s=int(self._clock()), limit_bytes=self._limit_bytes)
            self._with(put)

    def contents(self) -> Contents | None:
        """What it holds; None where there is no cache."""
        held = self._with(cache_rows.contents)
        return Contents(spans=held[0], size_bytes=held[1], last_s=held[2]) if held else None

    def clear(self) -> None:
        """Forget everything, and give the disk back its space."""
        self._with(lambda connection: connection.executescript(cache_rows.CLEAR))
        remove(self._folder, DAMAGED)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._drop()
            self._off = True

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What `work` gives; None where there is no cache. A damaged one is begun anew, once."""
        import sqlite3

        with self._lock:
            for _ in range(2):
                if self._off:
                    return None
                try:
                    if self._connection is None:
                        self._which = identity(self._folder)
                        self._connection = open_file(self._folder)
                        self._which = identity(self._folder)
                    return work(self._connection)
                except sqlite3.Error as error:
                    if not self._goes_on(error):
                        return None
                except OSError as error:
                    self._off = True
                    self._log(f"no cache in {self._folder}: {(error.strerror or str(error)).lower()}")
        return None

    def _goes_on(self, error: sqlite3.Error) -> bool:
        """Whether to try again after `error`, with a new file."""
        import sqlite3

        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._log("another run holds the cache: going on without it")
            return False
        self._drop()
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR):
            put_aside(self._folder, self._which)
            self._log(f"the cache was damaged and is begun anew; the old one is {self._folder / DAMAGED}")
            return True
        self._off = True
        self._log(f"no cache in {self._folder}: {error}")
        return False


def _batches(rows: Sequence[Row], most_bytes: int) -> Iterator[list[Row]]:
    """The rows in batches of about so many bytes, at least one row each."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        if batch and size + len(row[1]) > most_bytes:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row[1])
    if batch:
        yield batch
