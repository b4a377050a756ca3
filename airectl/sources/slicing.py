"""Slices in SQL: the statement that counts the rows of a log for many selectors at once, and what it gives."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.core.slices import Number
from airectl.sources.database import identifier

_LAST_S: Final = 253_402_300_799  # the end of the year 9999
_FUTURE, _UNREADABLE, _BEFORE = -3, -2, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which rows count, and how much: SQL that was checked. `label` is a column, empty for none."""

    where: str = ""
    weight: str = ""
    label: str = ""

    @property
    def every_row(self) -> bool:
        """Whether it counts every row once."""
        return not (self.where or self.weight or self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Slices of `step_s` seconds from `start_s` to `end_s`, in epoch seconds.

    A row that is later than `latest_s` is mistaken about its time.
    """

    start_s: int
    end_s: int
    step_s: int
    latest_s: float = _LAST_S

    @property
    def slices(self) -> int:
        """How many."""
        return (self.end_s - self.start_s) // self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers of the slices that hold rows: `numbers[i]` belongs to slice `indexes[i]`, in order."""

    indexes: array[int]
    numbers: array[Any]

    def spread(self, first: int, size: int) -> list[Number]:
        """The numbers of `size` slices from slice `first` on, with zeros between."""
        spread: list[Number] = [0] * size
        low, high = bisect_left(self.indexes, first), bisect_left(self.indexes, first + size)
        if low == high:
            return spread
        indexes, numbers = self.indexes[low:high], self.numbers[low:high]
        if indexes[-1] - indexes[0] == len(indexes) - 1:
            spread[indexes[0] - first : indexes[-1] - first + 1] = numbers.tolist()
            return spread
        for index, number in zip(indexes, numbers, strict=True):
            spread[index - first] = number
        return spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """For one selector: what counts in each slice, and what waits for its label.

    `unweighable` rows count but have no weight, or a negative one; they are left out.
    """

    counted: Series
    unlabelled: Series
    unweighable: int = 0


EMPTY: Final = Series(indexes=array("q"), numbers=array("q"))
NOTHING: Final = Counts(counted=EMPTY, unlabelled=EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The whole log: its rows with a time, the first and last time, and what could not be read.

    `future` rows are later than the present.
    """

    rows: int = 0
    first_s: float | None = None
    last_s: float | None = None
    unreadable: int = 0
    future: int = 0


def statement(table: str, seconds: str, grid: Grid, selectors: Sequence[Selector]) -> str:
    """One SELECT: per slice its index, rows, first and last time, and the figures of each selector."""
    columns = "".join(f", {column}" for i, each in enumerate(selectors) for column in _columns(i, each))
    figures = "".join(f", {figure}" for i, each in enumerate(selectors) for figure in _figures(i, each))
    timed = f'SELECT {seconds} AS "time"{columns} FROM {table}'  # noqa: S608  # checked
    slice_ = (
        f'CASE WHEN "time" >= {grid.start_s} AND "time" < {grid.end_s} '
        f'THEN CAST(floor(("time" - {grid.start_s}) / {grid.step_s}) AS BIGINT) '
        f'WHEN "time" >= 0 AND "time" < {grid.start_s} THEN {_BEFORE} '
        f'WHEN "time" >= {grid.end_s} AND "time" <= {grid.latest_s} THEN {grid.slices} '
        f'WHEN "time" > {grid.latest_s} AND "time" <= {_LAST_S} THEN {_FUTURE} ELSE {_UNREADABLE} END'
    )
    wanted = f'{slice_} AS slice, count(*), min("time"), max("time"){figures}'
    return f"SELECT {wanted} FROM ({timed}) GROUP BY slice ORDER BY slice"  # noqa: S608  # expressions are checked


def _columns(index: int, selector: Selector) -> Iterator[str]:
    if selector.where:
        yield f'{selector.where} AS "where {index}"'
    if selector.weight:
        # Decimals add up to the same sum in whatever order threads deliver them.
        yield f'try_cast({selector.weight} AS DECIMAL(28, 9)) AS "weight {index}"'
    if selector.label:
        yield f'{identifier(selector.label)} IS NOT NULL AS "labelled {index}"'


def _figures(index: int, selector: Selector) -> Iterator[str]:
    """What `_take` reads for one selector: what counts, what waits for its label, what has no weight."""
    where = f'"where {index}"' if selector.where else "true"
    here = f'{where} AND "labelled {index}"' if selector.label else where
    weight = f'"weight {index}"'
    if selector.weight:
        yield f"sum({weight}) FILTER (WHERE {here} AND {weight} >= 0)"
    elif not selector.every_row:
        yield f"count(*) FILTER (WHERE {here})"
    if selector.label:
        yield f'count(*) FILTER (WHERE {where} AND NOT "labelled {index}")'
    if selector.weight:
        yield f"count(*) FILTER (WHERE {here} AND ({weight} IS NULL OR {weight} < 0))"


@dataclass(slots=True, kw_only=True)
class Taken:
    """The rows of a statement, as they come in: eight bytes a number, however many selectors there are."""

    grid: Grid
    selectors: Sequence[Selector]
    extent: Extent = field(default_factory=Extent)
    _indexes: array[int] = field(default_factory=lambda: array("q"))
    _rows: array[int] = field(default_factory=lambda: array("q"))
    _figures: list[array[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self._figures = [array("q" if kind else "d") for each in self.selectors for kind in _kinds(each)]

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """More rows of the statement, in its order."""
        self.extent = _with(self.extent, rows)
        inside = [row for row in rows if 0 <= row[0] < self.grid.slices]
        if not inside:
            return
        indexes, counts, _, _, *figures = zip(*inside, strict=True)
        self._indexes.extend(indexes)
        self._rows.extend(counts)
        for numbers, figure in zip(self._figures, figures, strict=True):
            numbers.extend(figure if numbers.typecode == "q" else [float(weight or 0) for weight in figure])

    def counts(self) -> Iterator[Counts]:
        """Those of each selector, in order."""
        figures = iter(self._figures)
        for each in self.selectors:
            counted = self._rows if each.every_row else next(figures)
            unlabelled = self._series(next(figures)) if each.label else EMPTY
            unweighable = sum(next(figures)) if each.weight else 0
            yield Counts(counted=self._series(counted), unlabelled=unlabelled, unweighable=unweighable)

    def _series(self, numbers: array[Any]) -> Series:
        return Series(indexes=self._indexes, numbers=numbers)


def _kinds(selector: Selector) -> Iterator[bool]:
    """For each figure of `_figures` whether it is a count."""
    if not selector.every_row:
        yield not selector.weight
    if selector.label:
        yield True
    if selector.weight:
        yield True


def _with(extent: Extent, rows: Sequence[tuple[Any, ...]]) -> Extent:
    timed = [row for row in rows if row[0] >= _BEFORE]
    firsts = [row[2] for row in timed] + ([extent.first_s] if extent.first_s is not None else [])
    lasts = [row[3] for row in timed] + ([extent.last_s] if extent.last_s is not None else [])
    return Extent(
        rows=extent.rows + sum(row[1] for row in timed),
        first_s=min(firsts, default=None),
        last_s=max(lasts, default=None),
        unreadable=extent.unreadable + sum(row[1] for row in rows if row[0] == _UNREADABLE),
        future=extent.future + sum(row[1] for row in rows if row[0] == _FUTURE),
    )
