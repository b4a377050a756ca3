"""Count the rows of one log per slice, for many expressions in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from airectl.env import Stop
from airectl.sources import broken, logs, slicing, sql, times
from airectl.sources.broken import Broken
from airectl.sources.database import connect, identifier, message_of
from airectl.sources.slicing import NOTHING, Counts, Extent, Grid, Selector, Taken
from airectl.sources.watch import TooLongError, Watch

# Above this many expressions a pass is split: DuckDB's planner slows down with hundreds of aggregates.
_PER_PASS: Final = 250
_NUMERIC: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                   "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


class QueryError(Exception):
    """A query that cannot be counted. `key` names what is wrong in the spec, `offset` where in its text."""

    def __init__(self, message: str, *, key: str, help: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.key, self.help, self.offset = key, help, offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """When reading ends early: on `stop`, and when one statement takes longer than `limit_s` seconds."""

    stop: Stop
    limit_s: float


class Reader:
    """One log, opened for nothing but itself.

    Raises QueryError where the files are no log or have no such time column, and StoppedError.
    """

    def __init__(self, files: tuple[Path, ...], timestamp: str, bounds: Bounds) -> None:
        self._connection = connect(files)
        self._watch = Watch(connection=self._connection, stop=bounds.stop, limit_s=bounds.limit_s)
        self.extent = Extent()
        self.broken = Broken()
        # An empty log is no mistake of the spec: it has nothing to say, and that is what is reported.
        self._empty = logs.is_empty(files)
        self._shape = ""
        try:
            self.log = logs.describe(files, self._watch)
            self._set_forms(timestamp)
            self.timestamp = self._column(timestamp, "timestamp")
        except (logs.UnreadableError, TooLongError) as error:
            self.close()
            raise _no_log(error) from None
        except BaseException:
            self.close()
            raise

    def _set_forms(self, timestamp: str) -> None:
        found = self.log.column(timestamp) or timestamp
        self.forms: Mapping[str, int] = {} if self._empty else times.forms(self.log, found, self._watch)
        self._empty = self._empty or not self.forms

    def close(self) -> None:
        """Let go of the files."""
        self._watch.close()

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
        found = self.log.column(name)
        if found is None and not self._empty:
            self._look_at_all_rows()
            found = self.log.column(name)
        return found

    def _look_at_all_rows(self) -> None:
        try:
            self.log, self._shape = logs.describe(self.log.files, self._watch, whole=True), ""
        except (logs.UnreadableError, TooLongError) as error:
            raise _no_log(error) from None

    def _columns_help(self, name: str) -> str:
        if self.log.shapeless:
            return "write one JSON object a line; none was found"
        near = get_close_matches(name, self.log.columns, 1)
        return f"did you mean `{near[0]}`?" if near else f"its columns are {', '.join(self.log.columns)}"

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

    def _check_type(self, text: str, key: str) -> None:
        import duckdb

        if self._empty:
            return
        try:
            described = f"DESCRIBE SELECT {sql.enclosed(text)} AS value FROM {self._empty_table()}"  # noqa: S608  # checked above
            row = self._connection.execute(described).fetchone()
        except duckdb.Error as error:
            help = "compare values of the same type, or cast one"
            raise QueryError(message_of(error, self.log.files), key=key, help=help) from None
        type_ = str(row[1]) if row else ""
        if key == "where" and type_ != "BOOLEAN":
            raise QueryError(
                f"the expression gives {type_}, not true or false", key=key, help="compare: `status < 500`"
            )
        if key == "weight" and type_.partition("(")[0] not in _NUMERIC:
            raise QueryError(f"the expression gives {type_}, not a number", key=key, help="name a column of numbers")

    def _empty_table(self) -> str:
        """A table without rows and with the log's columns: to ask for types without opening files again."""
        if not self._shape:
            table = logs.table(self.log, self.timestamp)
            self._connection.execute(f'CREATE OR REPLACE TEMP TABLE "airectl shape" AS FROM {table} LIMIT 0')
            self._shape = '"airectl shape"'
        return self._shape

    def count(self, grid: Grid, selectors: Sequence[Selector]) -> dict[Selector, Counts | QueryError]:
        """Counts of each selector over `grid`. One that fails on some row fails alone. Sets `extent` and `broken`.

        Raises StoppedError.
        """
        if self._empty:
            return dict.fromkeys(selectors, NOTHING)
        results: dict[Selector, Counts | QueryError] = {}
        wanted = list(dict.fromkeys(selectors))
        for first in range(0, len(wanted), _PER_PASS):
            results.update(self._pass(grid, wanted[first : first + _PER_PASS], self._watch.limit_s))
        if self.extent.unreadable and not self.broken.line:
            self.broken = broken.look(self.log, self.timestamp, self._connection)
        return results

    def _pass(self, grid: Grid, selectors: list[Selector], limit_s: float) -> dict[Selector, Counts | QueryError]:
        import duckdb

        taken = Taken(grid=grid, selectors=selectors)
        table, seconds = logs.table(self.log, self.timestamp), times.seconds(self.log, self.timestamp)
        try:
            self._watch.run(slicing.statement(table, seconds, grid, selectors), taken.take, limit_s)
        except (duckdb.Error, TooLongError) as error:
            if len(selectors) == 1:
                return {selectors[0]: self._failed(error, selectors[0])}
            # Half by half the one that fails is found. Each level of halves may take as long as the whole did.
            half, limit_s = len(selectors) // 2, limit_s / 2 if isinstance(error, TooLongError) else limit_s
            return self._pass(grid, selectors[:half], limit_s) | self._pass(grid, selectors[half:], limit_s)
        self.extent = replace(taken.extent, unreadable=taken.extent.unreadable + self._rejected())
        return dict(zip(selectors, taken.counts(), strict=True))

    def _failed(self, error: Exception, selector: Selector) -> QueryError:
        # An error in the file names it; one in the expression does not.
        first = str(error).partition("\n")[0]
        unreadable = any(path.name in first for path in self.log.files)
        key = "where" if selector.where else "weight" if selector.weight else "path"
        if unreadable or key == "path":
            return _no_log(error if isinstance(error, TooLongError) else logs.unreadable(error, self.log.files))
        if isinstance(error, TooLongError):
            return QueryError(str(error), key=key, help="simplify the expression, or split the log")
        help = "make the expression fit every row, for example with try_cast"
        return QueryError(message_of(error, self.log.files), key=key, help=help)

    def _rejected(self) -> int:
        """Lines of CSV that were set aside."""
        if self.log.format != "csv":
            return 0
        lines = "SELECT DISTINCT file_path, line FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
        row = self._connection.execute(f"SELECT count(*) FROM ({lines})").fetchone()  # noqa: S608  # a constant
        return int(row[0]) if row else 0


def _no_log(error: logs.UnreadableError | TooLongError) -> QueryError:
    if isinstance(error, TooLongError):
        return QueryError(f"the log cannot be read: {error}", key="path", help="split the log, or keep less of it")
    return QueryError(str(error), key="path", help=error.help)
