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
from itertools import chain
from operator import sub
from pathlib import Path
from typing import Final

from airectl.core.columns import clip
from airectl.core.findings import Finding
from airectl.core.slices import BEFORE, KNOWN, MISSING, Number, Slices
from airectl.core.slo import Query, RatioIndicator
from airectl.sources import queries, remarks
from airectl.sources.counting import Bounds, QueryError, Reader
from airectl.sources.paths import BadPathError, find_files
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Stopped, Unsupported
from airectl.sources.slicing import Counts, Extent, Grid, Selector
from airectl.sources.watch import StoppedError

KEYS: Final = ("path", "timestamp", "where", "weight", "label", "valid")
# Clocks differ and zones are forgotten; what is later than the present by more is a mistake.
_AHEAD_S: Final = 86_400


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
        self._files: dict[tuple[tuple[str, ...], str], tuple[Path, ...]] = {}

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        """One result for each ask; every log is read once for all asks that share its slices."""
        try:
            plans = [self._plan(ask) for ask in asks]
            counted = _count([plan for plan in plans if isinstance(plan, _Plan)], self._latest_s(asks))
        finally:
            self._close()
        seen: set[Finding] = set()
        totals = _Totals()
        for plan in plans:
            yield _answer(plan, counted, totals, seen) if isinstance(plan, _Plan) else plan

    def _latest_s(self, asks: Sequence[Ask]) -> float | None:
        if self._setting.now is None:
            return None
        return max((self._setting.now.timestamp(), *(ask.end_s for ask in asks))) + _AHEAD_S

    def _close(self) -> None:
        for reader in self._readers.values():
            if isinstance(reader, Reader):
                reader.close()
        self._readers.clear()

    def _plan(self, ask: Ask) -> _Plan | Failure | Unsupported | Stopped:
        indicator = ask.indicator
        if not isinstance(indicator, RatioIndicator):
            return Unsupported(reason="events are counted as good or bad and total only")
        part = indicator.good or indicator.bad
        if part is None or part.type.casefold() != indicator.total.type.casefold():
            return Unsupported(reason="its two queries go to different kinds of source")
        try:
            label = _label(indicator.total, part)
            total = self._part(indicator.total, label)
            return _Plan(ask=ask, total=total, part=self._part(part, None), bad=indicator.good is None)
        except _NoAnswerError as error:
            return error.failure
        except StoppedError:
            return Stopped()

    def _part(self, query: Query, label: str | None) -> _Part:
        try:
            text = queries.text
            reader = self._reader(self._found(query), text(query, "timestamp") or "timestamp")
            selector = reader.selector(text(query, "where"), text(query, "weight"), label, text(query, "valid"))
        except (BadPathError, QueryError) as error:
            raise _NoAnswerError(queries.failure(query, error)) from None
        return _Part(query=query, reader=reader, selector=selector)

    def _found(self, query: Query) -> tuple[Path, ...]:
        """The query's files. Many queries name the same ones, and looking at 10,000 takes a while."""
        key = (tuple(queries.paths(query)), queries.home(query))
        if key not in self._files:
            self._files[key] = find_files(key[0], key[1], self._setting)
        return self._files[key]

    def _reader(self, files: tuple[Path, ...], timestamp: str) -> Reader:
        key = (files, timestamp)
        if key not in self._readers:
            try:
                self._readers[key] = Reader(
                    files, timestamp, Bounds(stop=self._setting.stop, limit_s=self._setting.limit_s)
                )
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


def _label(total: Query, part: Query) -> str | None:
    """The label column, which either query may name."""
    for query in (total, part):
        try:
            if label := queries.text(query, "label"):
                return label
        except QueryError as error:
            raise _NoAnswerError(queries.failure(query, error)) from None
    return None


_Key = tuple[int, int, int, Selector]
_Counted = Mapping[_Key, tuple[Grid, Extent, Counts | QueryError]]


def _key(part: _Part, ask: Ask) -> _Key:
    return id(part.reader), ask.step_s, ask.start_s % ask.step_s, part.selector


def _count(plans: Iterable[_Plan], latest_s: float | None) -> _Counted:
    """One pass over each log for every length and place of slices that is asked of it.

    What the user did not wait for is not there.
    """
    groups: dict[tuple[int, int, int], list[tuple[_Part, Ask]]] = {}
    for plan in plans:
        for part in (plan.total, plan.part):
            groups.setdefault(_key(part, plan.ask)[:3], []).append((part, plan.ask))
    counted: dict[_Key, tuple[Grid, Extent, Counts | QueryError]] = {}
    for group in groups.values():
        reader, grid = group[0][0].reader, _grid([ask for _, ask in group], latest_s)
        try:
            results = reader.count(grid, [part.selector for part, _ in group])
        except StoppedError:
            break
        for part, ask in group:
            counted[_key(part, ask)] = (grid, reader.extent, results[part.selector])
    return counted


def _grid(asks: Sequence[Ask], latest_s: float | None) -> Grid:
    """The slices of all these asks, which lie on each other."""
    start_s, end_s = min(ask.start_s for ask in asks), max(ask.end_s for ask in asks)
    grid = Grid(start_s=start_s, end_s=end_s, step_s=asks[0].step_s)
    return grid if latest_s is None else Grid(start_s=start_s, end_s=end_s, step_s=grid.step_s, latest_s=latest_s)


class _Totals:
    """Denominators that were spread over their slices: many objectives of one log share theirs."""

    def __init__(self) -> None:
        self._spread: dict[tuple[_Key, int, int], list[Number]] = {}

    def of(self, plan: _Plan, counts: Counts, grid: Grid) -> list[Number]:
        key = (_key(plan.total, plan.ask), plan.ask.start_s, plan.ask.end_s)
        if key not in self._spread:
            self._spread[key] = _spread(counts, grid, plan.ask)
        return self._spread[key]


def _answer(plan: _Plan, counted: _Counted, totals: _Totals, seen: set[Finding]) -> Result:
    whole, share = counted.get(_key(plan.total, plan.ask)), counted.get(_key(plan.part, plan.ask))
    if whole is None or share is None:
        return Stopped()
    (grid, extent, total), (part_grid, _, part) = whole, share
    if isinstance(total, QueryError):
        return queries.failure(plan.total.query, total)
    if isinstance(part, QueryError):
        return queries.failure(plan.part.query, part)
    valid = totals.of(plan, total, grid)
    good, clipped = _good(plan, _spread(part, part_grid, plan.ask), valid)
    slices = Slices(
        start_s=plan.ask.start_s,
        step_s=plan.ask.step_s,
        good=good,
        valid=valid,
        states=_states(extent, plan.ask),
        whole=not (plan.total.selector.weight or plan.part.selector.weight),
        unlabelled=_waiting(total, grid, plan.ask) if plan.total.selector.label else (),
    )
    fresh = tuple(finding for finding in dict.fromkeys(_remarks(plan, total, part, clipped)) if finding not in seen)
    seen.update(fresh)
    case = "events counted" if slices.whole else "events weighted"
    return Answer(slices=slices, case=case, first_s=extent.first_s, last_s=extent.last_s, findings=fresh)


def _spread(counts: Counts, grid: Grid, ask: Ask) -> list[Number]:
    """What counts in the slices of `ask`."""
    return counts.counted.spread((ask.start_s - grid.start_s) // grid.step_s, ask.slices)


def _waiting(counts: Counts, grid: Grid, ask: Ask) -> list[Number]:
    return counts.unlabelled.spread((ask.start_s - grid.start_s) // grid.step_s, ask.slices)


def _good(plan: _Plan, counts: list[Number], valid: list[Number]) -> tuple[Sequence[Number], int]:
    """The good events of each slice, and how many slices had to be clipped."""
    if plan.bad:
        counts = list(map(sub, valid, counts))
    certain = plan.total.selector.every_row and not plan.part.selector.weight and plan.total.reader is plan.part.reader
    return (counts, 0) if certain else clip(counts, valid)


def _states(extent: Extent, ask: Ask) -> bytes:
    """A log knows of every slice from its first row to its last: no row there is a quiet slice."""
    if extent.first_s is None or extent.last_s is None:
        return bytes([MISSING]) * ask.slices
    first = min(max(int((extent.first_s - ask.start_s) // ask.step_s), 0), ask.slices)
    end = min(max(int((extent.last_s - ask.start_s) // ask.step_s) + 1, first), ask.slices)
    return bytes([BEFORE]) * first + bytes([KNOWN]) * (end - first) + bytes([MISSING]) * (ask.slices - end)


def _remarks(plan: _Plan, total: Counts, part: Counts, clipped: int) -> Iterator[Finding]:
    log = remarks.of_log(plan.total.query, plan.total.reader)
    weights = remarks.of_weights(plan.total.query, total), remarks.of_weights(plan.part.query, part)
    yield from chain(log, *weights, remarks.of_clipping(plan.part.query, "bad" if plan.bad else "good", clipped))
