"""Series from Parquet and JSONL files, and from CSV files too large for text: DuckDB reads them, locked down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

import numpy as np

from airectl.core.findings import Finding, Location, Severity
from airectl.core.resample import Floats
from airectl.demand import columns, moments, ordering
from airectl.demand.columns import Columns, Header
from airectl.demand.series import Reading, Wanted
from airectl.env import Stop
from airectl.sources import times
from airectl.sources.database import connect, identifier
from airectl.sources.logs import Log, UnreadableError, describe, table, unreadable
from airectl.sources.watch import TooLongError, Watch

_SAMPLE: Final = 50
_LIMIT_S: Final = 300.0
_HOUR_S: Final = 3600


def read(path: str, file: Path, wanted: Wanted, stop: Stop) -> Reading:
    """The series of a file. Raises StoppedError, and UsageError for a zone that is none."""
    import duckdb

    zone = moments.zone_of(wanted.zone)
    watch = Watch(connection=connect((file,)), stop=stop, limit_s=_LIMIT_S)
    with closing(watch):
        try:
            return _read(path, describe((file,), watch), watch, (wanted, zone))
        except UnreadableError as error:
            return _failed(path, str(error), error.help)
        except TooLongError as error:
            return _failed(
                path, f"reading it was given up: {error}", "write the columns that are needed to another file"
            )
        except duckdb.Error as error:
            found = unreadable(error, (file,))
            return _failed(path, str(found), found.help)


def _read(path: str, log: Log, watch: Watch, how: tuple[Wanted, tzinfo]) -> Reading:
    wanted, zone = how
    if log.shapeless:
        return _failed(path, "the file holds no rows with columns", "write one object, or one row, a time")
    header = _header(path, log, watch)
    chosen = columns.choose(header, wanted)
    if isinstance(chosen, Finding):
        return Reading(source=path, findings=(chosen,))
    name = header.names[chosen.time]
    forms = times.forms(log, name, watch)
    seconds, values, groups, rows = _picked(log, header, chosen, watch)
    if not np.isfinite(seconds).any():
        return _failed(
            path, f"no row has a time that can be read in `{name}`", "write times as RFC 3339, or in seconds"
        )
    zoneless = times.LOCAL in forms or (log.format == "parquet" and not _is_zoned(log.columns[name]))
    if zoneless and zone is not UTC:
        seconds = _shifted(seconds, zone)
    findings = list(_of_rows(path, seconds, values, rows))
    told = ordering.Told(path=path, zoned=not zoneless or zone is not UTC)
    found = ordering.ordered(groups, seconds, values, wanted, told)
    return Reading(
        source=path,
        series=found.series(header.names[chosen.value]),
        findings=(*findings, *found.findings),
        assumptions=(f"times without a zone are in {wanted.zone or 'UTC'}",) if zoneless else (),
    )


def _is_zoned(type_: str) -> bool:
    return "TIME ZONE" in type_.upper() or not type_.upper().startswith(("TIMESTAMP", "DATE", "VARCHAR"))


def _header(path: str, log: Log, watch: Watch) -> Header:
    names = list(log.columns)
    cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
    rows = watch.fetch(f"SELECT {cells} FROM {table(log, '')} LIMIT {_SAMPLE}")  # noqa: S608  # names are quoted
    samples = [["" if row[at] is None else str(row[at]) for row in rows] for at in range(len(names))]
    return Header(names=names, samples=samples, at=lambda _column: Location(path=path))


def _picked(
    log: Log, header: Header, chosen: Columns, watch: Watch
) -> tuple[Floats, Floats, Sequence[str] | None, int]:
    """Seconds, values and groups of all rows, and how many values were there but no numbers."""
    name, value = header.names[chosen.time], identifier(header.names[chosen.value])
    group = "" if chosen.group is None else f", CAST({identifier(header.names[chosen.group])} AS VARCHAR) AS g"
    watch.fetch(
        f"CREATE TEMP TABLE picked AS SELECT {times.seconds(log, name)} AS t, try_cast({value} AS DOUBLE) AS v, "  # noqa: S608  # names are quoted
        f"{value} IS NOT NULL AND try_cast({value} AS DOUBLE) IS NULL AS bad{group} FROM {table(log, name)}"
    )
    found: dict[str, Any] = watch.connection.execute("FROM picked").fetchnumpy()
    groups = None if chosen.group is None else ["" if each is None else str(each) for each in _plain(found["g"], None)]
    return _plain(found["t"], np.nan), _plain(found["v"], np.nan), groups, int(np.sum(_plain(found["bad"], False)))


def _plain(column: Any, missing: Any) -> Any:
    """A column whose NULLs are `missing`."""
    return column.filled(missing) if isinstance(column, np.ma.MaskedArray) else column


def _shifted(seconds: Floats, zone: tzinfo) -> Floats:
    """Wall-clock times, read as if they were UTC, in their zone; of an hour that comes twice the first one."""
    hours = np.floor_divide(seconds, _HOUR_S)
    unique, places = np.unique(hours, return_inverse=True)
    offsets = np.zeros(len(unique))
    for at, hour in enumerate(unique):
        if np.isfinite(hour):
            wall = datetime.fromtimestamp(float(hour) * _HOUR_S, UTC).replace(tzinfo=zone)
            offsets[at] = (wall.utcoffset() or timedelta(0)).total_seconds()
    shifted: Floats = seconds - offsets[places]
    return shifted


def _of_rows(path: str, seconds: Floats, values: Floats, bad: int) -> Iterator[Finding]:
    at = Location(path=path)
    timeless = int(np.sum(~np.isfinite(seconds)))
    infinite = int(np.sum(np.isinf(values)))
    values[np.isinf(values)] = np.nan
    for count, what in ((timeless, "a time that cannot be used"), (bad + infinite, "a value that cannot be used")):
        if count:
            rows = "1 row has" if count == 1 else f"{count:,} rows have"
            yield Finding(
                code="AIR503",
                severity=Severity.WARNING,
                message=f"{rows} {what}",
                at=at,
                help="write times as RFC 3339 and plain, finite numbers, all in the same unit",
            )


def _failed(path: str, message: str, help: str) -> Reading:
    finding = Finding(code="AIR501", severity=Severity.ERROR, message=message, at=Location(path=path), help=help)
    return Reading(source=path, findings=(finding,))
