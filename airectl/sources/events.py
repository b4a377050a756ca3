"""Events from files: requests, gateway logs, predictions, evaluations. DuckDB counts them per slice.

In a spec a query is `path` (a file, a glob or a list, relative to the spec), `timestamp` (a column,
`timestamp` by default), `where` (one boolean SQL expression; every row by default), `weight` (one
numeric expression; 1 by default), `label` (the column that is empty while an event is unlabelled) and
`valid` (a column that must be true, if the log has it: the short form's).

A source with a name, a DataSource or a table of airectl.toml, may give `path` and `timestamp` for all
queries that go to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import sub
from pathlib import Path
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slices import BEFORE, KNOWN, MISSING, Number, Slices, clip
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.counting import Counts, Extent, Grid, QueryError, Reader, Selector
from airectl.sources.paths import BadPathError, find_files
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported
from airectl.spec.tree import Map

KEYS: Final = ("path", "timestamp", "where", "weight", "label", "valid")
_SHARED: Final = ("path", "timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One query of an indicator: the log it reads and what it counts there."""

    query: Query
    reader: Reader
    selector: Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What it takes to answer one ask. `part` counts the good events, or the bad ones."""

    ask: Ask
    total: _Part
    part: _Part
    bad: bool


class Events:
    """The source of type `Events`: files on this machine."""

    network = False

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._readers: dict[tuple[tuple[Path, ...], str], Reader | QueryError] = {}

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        """One result for each ask; every log is read once for all asks that share its slices."""
        try:
            plans = [self._plan(ask) for ask in asks]
            counted = _count([plan for plan in plans if isinstance(plan, _Plan)])
        finally:
            self._close()
        seen: set[Finding] = set()
        totals = _Totals()
        for plan in plans:
            yield _answer(plan, counted, totals, seen) if isinstance(plan, _Plan) else plan

    def _close(self) -> None:
        for reader in self._readers.values():
            if isinstance(reader, Reader):
                reader.close()
        self._readers.clear()

    def _plan(self, ask: Ask) -> _Plan | Failure | Unsupported:
        indicator = ask.indicator
        if not isinstance(indicator, RatioIndicator):
            return Unsupported(reason="events are counted as good or bad and total only")
        part = indicator.good or indicator.bad
        if part is None or part.type.casefold() != indicator.total.type.casefold():
            return Unsupported(reason="its two queries go to different kinds of source")
        label = _text(indicator.total, "label") or _text(part, "label")
        try:
            total = self._part(indicator.total, label)
            return _Plan(ask=ask, total=total, part=self._part(part, None), bad=indicator.good is None)
        except _NoAnswerError as error:
            return error.failure

    def _part(self, query: Query, label: str | None) -> _Part:
        try:
            files = find_files(_paths(query), _home(query), self._setting)
            reader = self._reader(files, _text(query, "timestamp") or "timestamp")
            selector = reader.selector(_text(query, "where"), _text(query, "weight"), label, _text(query, "valid"))
        except BadPathError as error:
            raise _NoAnswerError(_path_failure(query, error)) from None
        except QueryError as error:
            raise _NoAnswerError(_query_failure(query, error)) from None
        return _Part(query=query, reader=reader, selector=selector)

    def _reader(self, files: tuple[Path, ...], timestamp: str) -> Reader:
        key = (files, timestamp)
        if key not in self._readers:
            try:
                self._readers[key] = Reader(files, timestamp)
            except QueryError as error:
                self._readers[key] = error
        found = self._readers[key]
        if isinstance(found, QueryError):
            raise found
        return found


class _NoAnswerError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.finding.message)
        self.failure = failure


_Key = tuple[int, int, int, Selector]
_Counted = Mapping[_Key, tuple[Grid, Extent, Counts | QueryError]]


def _key(part: _Part, ask: Ask) -> _Key:
    return id(part.reader), ask.step_s, ask.start_s % ask.step_s, part.selector


def _count(plans: Iterable[_Plan]) -> _Counted:
    """One pass over each log for every length and place of slices that is asked of it."""
    groups: dict[tuple[int, int, int], list[tuple[_Part, Ask]]] = {}
    for plan in plans:
        for part in (plan.total, plan.part):
            groups.setdefault(_key(part, plan.ask)[:3], []).append((part, plan.ask))
    counted: dict[_Key, tuple[Grid, Extent, Counts | QueryError]] = {}
    for group in groups.values():
        reader, step_s = group[0][0].reader, group[0][1].step_s
        start_s, end_s = min(ask.start_s for _, ask in group), max(ask.end_s for _, ask in group)
        grid = Grid(start_s=start_s, end_s=end_s, step_s=step_s)
        results = reader.count(grid, [part.selector for part, _ in group])
        for part, ask in group:
            counted[_key(part, ask)] = (grid, reader.extent, results[part.selector])
    return counted


class _Totals:
    """Denominators that were spread over their slices: many objectives of one log share theirs."""

    def __init__(self) -> None:
        self._spread: dict[tuple[_Key, int, int], list[Number]] = {}

    def of(self, plan: _Plan, counts: Counts, grid: Grid) -> list[Number]:
        key = (_key(plan.total, plan.ask), plan.ask.start_s, plan.ask.end_s)
        if key not in self._spread:
            self._spread[key] = _spread(counts.counted, grid, plan.ask)
        return self._spread[key]


def _answer(plan: _Plan, counted: _Counted, totals: _Totals, seen: set[Finding]) -> Result:
    grid, extent, total = counted[_key(plan.total, plan.ask)]
    part_grid, _, part = counted[_key(plan.part, plan.ask)]
    if isinstance(total, QueryError):
        return _query_failure(plan.total.query, total)
    if isinstance(part, QueryError):
        return _query_failure(plan.part.query, part)
    valid = totals.of(plan, total, grid)
    counts = _spread(part.counted, part_grid, plan.ask)
    if plan.bad:
        counts = list(map(sub, valid, counts))
    good, clipped = clip(counts, valid)
    slices = Slices(
        start_s=plan.ask.start_s,
        step_s=plan.ask.step_s,
        good=good,
        valid=valid,
        states=_states(extent, plan.ask),
        whole=not (plan.total.selector.weight or plan.part.selector.weight),
        unlabelled=_spread(total.unlabelled, grid, plan.ask) if plan.total.selector.label else (),
    )
    findings = [*_broken(plan.total, extent), *_weightless(plan, total, part), *_clipped(plan, clipped)]
    fresh = tuple(finding for finding in dict.fromkeys(findings) if finding not in seen)
    seen.update(fresh)
    case = "events counted" if slices.whole else "events weighted"
    return Answer(slices=slices, case=case, first_s=extent.first_s, last_s=extent.last_s, findings=fresh)


def _spread(counts: Mapping[int, Number], grid: Grid, ask: Ask) -> list[Number]:
    """Counts by index of `grid` as the slices of `ask`, with zeros between."""
    offset, size = (ask.start_s - grid.start_s) // grid.step_s, ask.slices
    numbers: list[Number] = [0] * size
    for index, number in counts.items():
        if offset <= index < offset + size:
            numbers[index - offset] = number
    return numbers


def _states(extent: Extent, ask: Ask) -> bytes:
    """A log knows of every slice from its first row to its last: no row there is a quiet slice."""
    if extent.first_s is None or extent.last_s is None:
        return bytes([MISSING]) * ask.slices
    first = min(max(int((extent.first_s - ask.start_s) // ask.step_s), 0), ask.slices)
    end = min(max(int((extent.last_s - ask.start_s) // ask.step_s) + 1, first), ask.slices)
    return bytes([BEFORE]) * first + bytes([KNOWN]) * (end - first) + bytes([MISSING]) * (ask.slices - end)


def _broken(part: _Part, extent: Extent) -> Iterable[Finding]:
    if extent.unreadable:
        lines = "line" if extent.unreadable == 1 else "lines"
        yield Finding(
            code="AIR202",
            severity=Severity.WARNING,
            message=f"{extent.unreadable:,} {lines} of the log could not be read and were left out",
            at=_at(part.query, "path"),
            notes=(f"{extent.rows:,} could: they are complete, and their `{part.reader.timestamp}` is a time",),
            help="look at the end of the file and at what writes it",
        )


def _weightless(plan: _Plan, total: Counts, part: Counts) -> Iterable[Finding]:
    for query, counts in ((plan.total.query, total), (plan.part.query, part)):
        if counts.unweighable:
            yield Finding(
                code="AIR202",
                severity=Severity.WARNING,
                message=f"{counts.unweighable:,} rows have no weight, or a negative one, and were left out",
                at=_at(query, "weight"),
                help="give a weight from 0 on every row that `where` takes",
            )


def _clipped(plan: _Plan, clipped: int) -> Iterable[Finding]:
    if clipped:
        kind = "bad" if plan.bad else "good"
        yield Finding(
            code="AIR204",
            severity=Severity.WARNING,
            message=f"more {kind} than valid events in {clipped:,} slices; {kind} was taken to be all that is valid",
            at=_at(plan.part.query, "where"),
            help=f"let `total` count every row that `{kind}` counts",
        )


def _query_failure(query: Query, error: QueryError) -> Failure:
    invalid = error.key != "path"
    at = _at(query, error.key, error.offset)
    code = "AIR203" if invalid else "AIR201"
    finding = Finding(code=code, severity=Severity.ERROR, message=str(error), at=at, help=error.help)
    return Failure(finding=finding, invalid=invalid)


def _path_failure(query: Query, error: BadPathError) -> Failure:
    at = _at(query, "path")
    finding = Finding(code="AIR201", severity=Severity.ERROR, message=str(error), at=at, help=error.help)
    return Failure(finding=finding)


def _at(query: Query, key: str, offset: int | None = None) -> Location:
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


def _from_connection(query: Query, key: str) -> bool:
    """Whether `key` is said by the source that has a name, and not by the query."""
    said = key in _SHARED and key in query.connection
    return said and (query.overrides or key not in query.spec)


def _home(query: Query) -> str:
    """The file that the query's paths are relative to."""
    return query.connection_file if _from_connection(query, "path") else query.at.path


def _value(query: Query, key: str) -> Any:
    return (query.connection if _from_connection(query, key) else query.spec).get(key)


def _paths(query: Query) -> list[str]:
    value = _value(query, "path")
    paths = [value] if isinstance(value, str) else value
    if isinstance(paths, list) and paths and all(isinstance(path, str) and path for path in paths):
        return paths
    raise BadPathError("`path` is no file name", "give a file, a glob, or a list of them, relative to the spec")


def _text(query: Query, key: str) -> str | None:
    """The text of an optional key. Raises QueryError where it is anything else."""
    value = _value(query, key)
    if value is None or isinstance(value, str):
        return value
    raise QueryError(f"`{key}` must be a text", key=key, help="put it in quotes")
