"""Series from a Prometheus: a PromQL expression over the past, asked for in pieces that the server answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.demand.series import Reading, Series
from airectl.errors import SourceError, UsageError
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse
from airectl.sources.prometheus.several import differing
from airectl.sources.protocol import Setting
from airectl.spec.connections import Connections
from airectl.spec.documents import SpecSet

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.answers import Series as Answered
    from airectl.sources.prometheus.server.client import Client

SAID: Final = "<query>"
# A rate over five minutes is asked for every five minutes, so that nothing lies between two of them.
_ASK_S: Final = 300
_MOST_POINTS: Final = 10_000
_FEWEST_POINTS: Final = 100
_MOST_SERIES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What to ask: from when to when, both in seconds since 1970, and how far apart values are wanted at most."""

    query: str
    start_s: int
    end_s: int
    step_s: int
    at: Location | None = None

    @property
    def ask_s(self) -> int:
        """How far apart the server is asked."""
        return min(self.step_s, _ASK_S)


def read(errand: Errand, connections: Connections, setting: Setting) -> Reading:
    """Every series of the query.

    Raises UsageError for a query that is none and where no source is named, StoppedError, and SourceError.
    """
    from airectl.sources.prometheus.server.client import Client, Limits
    from airectl.sources.prometheus.server.connection import connection_of

    _check(errand.query)
    connection = connection_of(_sent(errand, connections), setting)
    if connection is None:
        raise _nameless()
    with closing(Client(connection, Limits(stop=setting.stop, log=setting.log))) as client:
        found = _joined(_asked(client, errand, errand.start_s, errand.end_s))
    remarks = tuple(connection.said(errand.at or Location(path=SAID)))
    if not found:
        return Reading(source=connection.name, findings=(*remarks, _nothing(errand)), is_file=False)
    findings = list(remarks)
    if len(found) > _MOST_SERIES:
        findings.append(_too_many(errand, len(found)))
    named = _named([labels for labels, _ in found][:_MOST_SERIES], errand.query)
    series = [
        Series(name=name, times_s=np.array(times, dtype=np.float64), values=_finite(values), metric=errand.query)
        for name, (_, (times, values)) in zip(named, found, strict=False)
    ]
    return Reading(source=connection.name, series=tuple(series), findings=tuple(findings), is_file=False)


def _check(query: str) -> None:
    try:
        parse(query)
    except PromqlError as error:
        help = "name a file that is there, or write a query; `--file` and `--query` say which is meant"
        raise UsageError(f"`{query}` is no file, and no PromQL: {error}", help=help) from None


def _sent(errand: Errand, connections: Connections) -> Query:
    nothing = SpecSet(documents=(), texts={})
    source = connections.preferred(connections.chosen, "--source", nothing)
    source = source or connections.preferred(connections.default, "the setting `source`", nothing)
    if source is None:
        raise _nameless()
    return Query(
        type=source.type,
        ref=source.name,
        at=errand.at or Location(path=SAID),
        connection=source.details,
        connection_file=source.file,
        overrides=True,
    )


def _nameless() -> UsageError:
    help = "name one with `--source`, or set `source` in airectl.toml; a series may also be a file"
    return UsageError("it is not known which Prometheus to ask", help=help)


_Points = tuple[list[float], list[float]]
_Piece = Sequence["Answered"]


def _asked(client: Client, errand: Errand, start_s: int, end_s: int) -> Iterator[_Piece]:
    """The answers over a stretch of time, in pieces, halved where one is too much for the server."""
    step_s = errand.ask_s
    most_s = step_s * _MOST_POINTS
    for first_s in range(start_s, end_s + 1, most_s):
        yield from _piece(client, errand, first_s, min(first_s + most_s - step_s, end_s))


def _piece(client: Client, errand: Errand, start_s: int, end_s: int) -> Iterator[_Piece]:
    from airectl.sources.prometheus.server.failures import Refused, TooMuch

    try:
        yield client.range(errand.query, start_s, end_s, errand.ask_s)
    except (Refused, TooMuch) as error:
        points = (end_s - start_s) // errand.ask_s
        if not (isinstance(error, TooMuch) or error.too_large) or points < _FEWEST_POINTS:
            raise
        middle_s = start_s + points // 2 * errand.ask_s
        yield from _piece(client, errand, start_s, middle_s)
        yield from _piece(client, errand, middle_s + errand.ask_s, end_s)


def _joined(pieces: Iterator[_Piece]) -> list[tuple[Mapping[str, str], _Points]]:
    """The points of each series over all pieces, in the order of their labels."""
    points: dict[tuple[tuple[str, str], ...], _Points] = {}
    for piece in pieces:
        for each in piece:
            times, values = points.setdefault(tuple(sorted(each.labels.items())), ([], []))
            times.extend(each.times)
            values.extend(each.values)
    return [(dict(labels), found) for labels, found in sorted(points.items())]


def _named(labels: Sequence[Mapping[str, str]], query: str) -> list[str]:
    """What tells the series apart: the values of the labels that differ; one alone is called as the query."""
    if len(labels) == 1:
        return [query]
    names = [name for name in differing(labels) if name != "__name__"] or ["__name__"]
    return [", ".join(f"{name}={each.get(name, '')}" for name in names) for each in labels]


def _finite(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    array = np.array(values, dtype=np.float64)
    array[~np.isfinite(array)] = np.nan
    return array


def _nothing(errand: Errand) -> Finding:
    return Finding(
        code="AIR501",
        severity=Severity.ERROR,
        message="the query selects no series in that time",
        at=errand.at,
        help="ask for it in Prometheus; `--history` says how far back to look",
    )


def _too_many(errand: Errand, count: int) -> Finding:
    return Finding(
        code="AIR501",
        severity=Severity.WARNING,
        message=f"the query gives {count:,} series, of which {_MOST_SERIES:,} are taken",
        at=errand.at,
        help="aggregate them, as with `sum by (model) (...)`",
    )


__all__ = ["Errand", "SourceError", "read"]
