"""What a query of type Events says: its keys, the places they stand at, and what is wrong with them."""

from __future__ import annotations

from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.sources.counting import QueryError
from airectl.sources.paths import BadPathError
from airectl.sources.protocol import Failure
from airectl.spec.tree import Map

# Keys that a source with a name may give for all its queries.
_SHARED: Final = ("path", "timestamp")


def paths(query: Query) -> list[str]:
    """The files or patterns it names. Raises BadPathError."""
    value = _value(query, "path")
    named = [value] if isinstance(value, str) else value
    if isinstance(named, list) and named and all(isinstance(path, str) and path for path in named):
        return named
    raise BadPathError("`path` is no file name", "give a file, a glob, or a list of them, relative to the spec")


def home(query: Query) -> str:
    """The file that the query's paths are relative to."""
    return query.connection_file if _from_connection(query, "path") else query.at.path


def text(query: Query, key: str) -> str | None:
    """The text of an optional key. Raises QueryError where it is anything else."""
    value = _value(query, key)
    if value is None or isinstance(value, str):
        return value
    raise QueryError(f"`{key}` must be a text", key=key, help="put it in quotes")


def _value(query: Query, key: str) -> Any:
    return (query.connection if _from_connection(query, key) else query.spec).get(key)


def _from_connection(query: Query, key: str) -> bool:
    """Whether `key` is said by the source that has a name, and not by the query."""
    said = key in _SHARED and key in query.connection
    return said and (query.overrides or key not in query.spec)


def place(query: Query, key: str, offset: int | None = None) -> Location:
    """Where the value of `key` stands; the place within it where it is written on one line."""
    spec = query.spec
    if not isinstance(spec, Map) or key not in spec or _from_connection(query, key):
        return query.at
    at = spec.at(key)
    style = getattr(spec.marks[key][1], "style", None)
    if offset is None or at.line != at.end_line or style in ("|", ">") or offset >= len(spec.raw(key)):
        return at
    col = at.col + offset + (1 if style in ("'", '"') else 0)
    return Location(path=at.path, line=at.line, col=col, end_line=at.line, end_col=at.end_col)


def failure(query: Query, error: QueryError | BadPathError) -> Failure:
    """Why a query has no answer, as a finding at its place."""
    key, offset = ("path", None) if isinstance(error, BadPathError) else (error.key, error.offset)
    invalid = key != "path"
    code = "AIR203" if invalid else "AIR201"
    at = place(query, key, offset)
    finding = Finding(code=code, severity=Severity.ERROR, message=str(error), at=at, help=error.help)
    return Failure(finding=finding, invalid=invalid)
