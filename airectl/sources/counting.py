"""Count the rows of one log per slice, for many expressions in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from airectl.sources import logs, sql
from airectl.sources.logs import Log, identifier

# Above this many expressions a pass is split: DuckDB's planner slows down with hundreds of aggregates.
_PER_PASS: Final = 100
_LAST_S: Final = 253_402_300_799  # the end of the year 9999
_UNREADABLE, _BEFORE = -2, -1
_NUMERIC: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                   "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


class QueryError(Exception):
    """A query that cannot be counted. `key` names what is wrong in the spec, `offset` where in its text."""

    def __init__(self, message: str, *, key: str, help: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.key, self.help, self.offset = key, help, offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which rows count, and how much: SQL that was checked. `label` is a column, empty for none."""

    where: str = ""
    weight: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Slices of `step_s` seconds from `start_s` to `end_s`, in epoch seconds."""

    start_s: int
    end_s: int
    step_s: int

    @property
    def slices(self) -> int:
        """How many."""
        return (self.end_s - self.start_s) // self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """For one selector: what counts in each slice, by index, and what waits for its label.

    `unweighable` rows count but have no weight, or a negative one; they are left out.
    """

    counted: Mapping[int, int | float]
    unlabelled: Mapping[int, int]
    unweighable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The whole log: its rows with a time, the first and last time, and what could not be read."""

    rows: int
    first_s: float | None
    last_s: float | None
    unreadable: int


class Reader:
    """One log, opened for nothing but itself.

    Raises QueryError where the files are no log or have no such time column.
    """

    def __init__(self, files: tuple[Path, ...], timestamp: str) -> None:
        self._connection = logs.connect(files)
        self.extent = Extent(rows=0, first_s=None, last_s=None, unreadable=0)
        # An empty log is no mistake of the spec: it has nothing to say, and that is what is reported.
        self._empty = logs.is_empty(files)
        self._log = self._described(files)
        self._empty = self._empty or not self._has_rows(timestamp)
        self.timestamp = self._column(timestamp, "timestamp")

    def _described(self, files: tuple[Path, ...], *, whole: bool = False) -> Log:
        try:
            return logs.describe(files, self._connection, whole=whole)
        except logs.UnreadableError as error:
            help = "name JSONL, CSV or Parquet files with the same columns"
            raise QueryError(str(error), key="path", help=help) from None

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def selector(self, where: str | None, weight: str | None, label: str | None, valid: str | None = None) -> Selector:
        """The checked form of a query's expressions. Raises QueryError.

        `valid` is a column that must be true, if the log has it.
        """
        column = self._found(valid) if valid is not None else None
        conditions = [self._expression(where, "where")] if where is not None else []
        conditions += [f"try_cast({identifier(column)} AS BOOLEAN)"] if column else []
        return Selector(
            where=" AND ".join(conditions),
            weight=self._expression(weight, "weight") if weight is not None else "",
            label=self._column(label, "label") if label is not None else "",
        )

    def _column(self, name: str, key: str) -> str:
        if self._empty:
            return name
        found = self._found(name)
        if found is None:
            raise QueryError(f"the log has no column `{name}`", key=key, help=self._columns_help(name))
        return found

    def _found(self, name: str) -> str | None:
        """The column as the log spells it; its rows are all looked at before it is said to be missing."""
        found = self._log.column(name)
        if found is None and not self._empty:
            self._log = self._described(self._log.files, whole=True)
            found = self._log.column(name)
        return found

    def _columns_help(self, name: str) -> str:
        if self._log.shapeless:
            return "write one JSON object a line; none was found"
        near = get_close_matches(name, self._log.columns, 1)
        return f"did you mean `{near[0]}`?" if near else f"its columns are {', '.join(self._log.columns)}"

    def _expression(self, text: str, key: str) -> str:
        """`text` in brackets, after it was checked, its columns found and its type seen."""
        try:
            checked = sql.check(text, self._connection)
        except sql.RejectedError as error:
            raise QueryError(str(error), key=key, help=error.help, offset=error.offset) from None
        for name in sorted(checked.columns):
            self._column(name, key)
        self._check_type(checked.text, key)
        return sql.enclosed(checked.text)

    def _has_rows(self, timestamp: str) -> bool:
        try:
            return logs.has_rows(self._log, timestamp, self._connection)
        except logs.UnreadableError as error:
            raise QueryError(str(error), key="path", help="look whether the file is whole") from None

    def _check_type(self, text: str, key: str) -> None:
        import duckdb

        if self._empty:
            return
        try:
            described = f"DESCRIBE SELECT {sql.enclosed(text)} AS value FROM {self._table}"  # noqa: S608  # checked above
            row = self._connection.execute(described).fetchone()
        except duckdb.Error as error:
            raise QueryError(
                logs.message_of(error, self._log.files), key=key, help="compare values of the same type, or cast one"
            ) from None
        type_ = str(row[1]) if row else ""
        if key == "where" and type_ != "BOOLEAN":
            raise QueryError(
                f"the expression gives {type_}, not true or false", key=key, help="compare: `status < 500`"
            )
        if key == "weight" and type_.partition("(")[0] not in _NUMERIC:
            raise QueryError(f"the expression gives {type_}, not a number", key=key, help="name a column of numbers")

    @property
    def _table(self) -> str:
        return logs.table(self._log, self.timestamp)

    def count(self, grid: Grid, selectors: Sequence[Selector]) -> dict[Selector, Counts | QueryError]:
        """Counts of each selector over `grid`. One that fails on some row fails alone. Sets `extent`."""
        if self._empty:
            return {selector: Counts(counted={}, unlabelled={}) for selector in selectors}
        results: dict[Selector, Counts | QueryError] = {}
        wanted = list(dict.fromkeys(selectors))
        for first in range(0, len(wanted), _PER_PASS):
            results.update(self._pass(grid, wanted[first : first + _PER_PASS]))
        return results

    def _pass(self, grid: Grid, selectors: list[Selector]) -> dict[Selector, Counts | QueryError]:
        import duckdb

        try:
            rows = self._connection.execute(_statement(self, grid, selectors)).fetchall()
        except duckdb.Error as error:
            if len(selectors) > 1:
                return {s: r for each in selectors for s, r in self._pass(grid, [each]).items()}
            return {selectors[0]: self._failed(error, selectors[0])}
        self.extent = self._extent_of(rows)
        return dict(zip(selectors, _counts(rows, selectors, grid), strict=True))

    def _failed(self, error: Exception, selector: Selector) -> QueryError:
        message = logs.message_of(error, self._log.files)
        key = "where" if selector.where else "weight" if selector.weight else "path"
        help = "make the expression fit every row, for example with try_cast"
        return QueryError(message, key=key, help="look whether the file is whole" if key == "path" else help)

    def _extent_of(self, rows: Sequence[tuple[Any, ...]]) -> Extent:
        timed = [row for row in rows if row[0] != _UNREADABLE]
        unreadable = sum(row[1] for row in rows if row[0] == _UNREADABLE)
        return Extent(
            rows=sum(row[1] for row in timed),
            first_s=min((row[2] for row in timed), default=None),
            last_s=max((row[3] for row in timed), default=None),
            unreadable=unreadable + self._rejected(),
        )

    def _rejected(self) -> int:
        """Lines of CSV that were set aside."""
        if self._log.format != "csv":
            return 0
        row = self._connection.execute("SELECT count(DISTINCT (file_id, line)) FROM reject_errors").fetchone()
        return int(row[0]) if row else 0

    def statement_parts(self) -> tuple[str, str]:
        """The table that is read and the time of a row, as SQL."""
        return self._table, logs.seconds(self._log, self.timestamp)


def _statement(reader: Reader, grid: Grid, selectors: Sequence[Selector]) -> str:
    """One SELECT: the slice of each row, and per slice its rows, first and last time and three figures a selector."""
    table, seconds = reader.statement_parts()
    columns = "".join(
        f', {s.where or "true"} AS "where {i}", {_weight(s)} AS "weight {i}", {_labelled(s)} AS "labelled {i}"'
        for i, s in enumerate(selectors)
    )
    figures = "".join(_figures(i, weighted=bool(s.weight)) for i, s in enumerate(selectors))
    time = f'CASE WHEN "airectl seconds" BETWEEN 0 AND {_LAST_S} THEN "airectl seconds" END AS "time"'
    timed = f'SELECT {time}{columns} FROM (SELECT *, {seconds} AS "airectl seconds" FROM {table})'  # noqa: S608  # checked
    slice_ = (
        f'CASE WHEN "time" IS NULL THEN {_UNREADABLE} WHEN "time" < {grid.start_s} THEN {_BEFORE} '
        f'WHEN "time" >= {grid.end_s} THEN {grid.slices} '
        f'ELSE CAST(floor(("time" - {grid.start_s}) / {grid.step_s}) AS BIGINT) END'
    )
    wanted = f'{slice_} AS slice, count(*), min("time"), max("time"){figures}'
    return f"SELECT {wanted} FROM ({timed}) GROUP BY slice ORDER BY slice"  # noqa: S608  # expressions are checked


def _weight(selector: Selector) -> str:
    # Decimals add up to the same sum in whatever order threads deliver them.
    return f"try_cast({selector.weight} AS DECIMAL(28, 9))" if selector.weight else "1"


def _labelled(selector: Selector) -> str:
    return f"{identifier(selector.label)} IS NOT NULL" if selector.label else "true"


def _figures(index: int, *, weighted: bool) -> str:
    here = f'"where {index}" AND "labelled {index}"'
    if not weighted:
        return (
            f', count(*) FILTER (WHERE {here}), count(*) FILTER (WHERE "where {index}" AND NOT "labelled {index}"), 0'
        )
    weight = f'"weight {index}"'
    return (
        f", sum({weight}) FILTER (WHERE {here} AND {weight} >= 0)"
        f', count(*) FILTER (WHERE "where {index}" AND NOT "labelled {index}")'
        f", count(*) FILTER (WHERE {here} AND ({weight} IS NULL OR {weight} < 0))"
    )


def _counts(rows: Sequence[tuple[Any, ...]], selectors: Sequence[Selector], grid: Grid) -> Iterator[Counts]:
    """The figures of each selector, which stand behind the four columns of the log itself."""
    inside = [row for row in rows if 0 <= row[0] < grid.slices]
    indexes, _, _, _, *figures = zip(*inside, strict=True) if inside else [()] * (4 + 3 * len(selectors))
    for selector, counted, unlabelled, unweighable in zip(
        selectors, figures[::3], figures[1::3], figures[2::3], strict=True
    ):
        plain = map(float, (weight or 0 for weight in counted)) if selector.weight else counted
        yield Counts(
            counted={index: count for index, count in zip(indexes, plain, strict=True) if count},
            unlabelled={index: count for index, count in zip(indexes, unlabelled, strict=True) if count},
            unweighable=sum(unweighable),
        )
