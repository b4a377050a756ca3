"""What there is of a log that SLOs are counted from: its files, its rows, its first and last time."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Final

from airectl.core.slo import Query
from airectl.sources import queries
from airectl.sources.counting import Bounds, QueryError, Reader
from airectl.sources.paths import BadPathError, find_files
from airectl.sources.protocol import Failure, Setting
from airectl.sources.slicing import Extent, Grid, Selector

_AHEAD_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log as a query names it: `path` as written, in so many files."""

    path: str
    files: int
    extent: Extent


def name_of(query: Query) -> str:
    """What the query's log is called: its paths as written. Raises BadPathError."""
    return ", ".join(queries.paths(query))


def look(query: Query, setting: Setting) -> Log | Failure:
    """The log that a query of type Events reads. Raises StoppedError."""
    try:
        paths = queries.paths(query)
        files = find_files(paths, queries.home(query), setting)
        timestamp = queries.text(query, "timestamp") or "timestamp"
        with closing(Reader(files, timestamp, Bounds(stop=setting.stop, limit_s=setting.limit_s))) as reader:
            end_s = int(setting.now.timestamp()) if setting.now else 1
            reader.count(Grid(start_s=0, end_s=end_s, step_s=end_s, latest_s=end_s + _AHEAD_S), [Selector()])
            return Log(path=", ".join(paths), files=len(files), extent=reader.extent)
    except (BadPathError, QueryError) as error:
        return queries.failure(query, error)
