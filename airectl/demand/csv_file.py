"""A series, or many, from a CSV file that is small enough to be read as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

import numpy as np

from airectl.core.findings import Finding, Location, Severity
from airectl.demand import columns, moments, ordering, table
from airectl.demand.columns import Columns, Header
from airectl.demand.series import Reading, Series, Wanted

_SAMPLE = 50
# Said of cells that mean "nothing was measured".
_NOTHING = frozenset(("", "nan", "null", "none", "na", "n/a", "-"))


def read(path: str, text: str, wanted: Wanted) -> Reading:
    """The series in the text of a CSV file. Raises UsageError for a zone that is none."""
    zone = moments.zone_of(wanted.zone)
    found = table.read(path, text)
    if isinstance(found, Finding):
        return Reading(source=path, findings=(found,))
    chosen = columns.choose(_header(found), wanted)
    if isinstance(chosen, Finding):
        return Reading(source=path, findings=(chosen,))
    times = moments.read(found.column(chosen.time), zone)
    findings = [*_of_rows(found), *_of_times(found, chosen, times)]
    seconds = np.array(times.seconds, dtype=np.float64)
    if not np.isfinite(seconds).any():
        return Reading(source=path, findings=(_no_time(found, chosen),))
    values, said = _values(found, chosen.value)
    told = ordering.Told(
        path=path, at=lambda row: found.at(row, chosen.time), zoned=not times.zoneless or zone is not UTC
    )
    ordered = ordering.ordered(_groups(found, chosen), seconds, values, wanted, told)
    assumptions = []
    if times.zoneless:
        assumptions.append(f"times without a zone are in {wanted.zone or 'UTC'}")
    return Reading(
        source=path,
        series=ordered.series(found.header[chosen.value]),
        findings=(*findings, *said, *ordered.findings),
        assumptions=tuple(assumptions),
    )


def _header(found: table.Table) -> Header:
    rows = found.rows[:_SAMPLE]
    samples = [[row[at] for row in rows] for at in range(len(found.header))]
    return Header(names=found.header, samples=samples, at=lambda column: found.at(-1, column))


def _groups(found: table.Table, chosen: Columns) -> Sequence[str] | None:
    return None if chosen.group is None else found.column(chosen.group)


def _values(found: table.Table, column: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[Finding]]:
    """The numbers of a column, NaN for what is none, and what is to be said of the latter."""
    cells = found.column(column)
    try:
        values = np.array(cells, dtype=np.float64)
        bad: list[int] = []
    except ValueError:
        values, bad = _one_by_one(cells)
    findings = []
    if bad:
        findings.append(_unusable(found.at(bad[0], column), len(bad), f"`{cells[bad[0]].strip()}` is no number"))
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        at = int(infinite[0])
        findings.append(_unusable(found.at(at, column), len(infinite), f"`{cells[at].strip()}` is no finite number"))
        values[infinite] = np.nan
    return values, findings


def _one_by_one(cells: Sequence[str]) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], list[int]]:
    values, bad = np.full(len(cells), np.nan), []
    for at, cell in enumerate(cells):
        try:
            values[at] = float(cell)
        except ValueError:
            if cell.strip().casefold() not in _NOTHING:
                bad.append(at)
    return values, bad


def _unusable(at: Location, count: int, reason: str) -> Finding:
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return Finding(
        code="AIR503",
        severity=Severity.WARNING,
        message=f"{rows} a value that cannot be used: {reason}",
        at=at,
        help="it is taken as missing; write plain numbers, all in the same unit",
    )


def _of_rows(found: table.Table) -> Iterator[Finding]:
    if found.dropped:
        rows = "1 row has" if len(found.dropped) == 1 else f"{len(found.dropped):,} rows have"
        yield Finding(
            code="AIR503",
            severity=Severity.WARNING,
            message=f"{rows} more or fewer fields than the header and cannot be used",
            at=Location(path=found.path, line=found.dropped[0], col=1),
            help="put a cell that holds the delimiter into quotes",
        )


def _of_times(found: table.Table, chosen: Columns, times: moments.Times) -> Iterator[Finding]:
    bad = [at for at, each in enumerate(times.seconds) if each != each]  # noqa: PLR0124  # NaN alone is not itself
    if bad and len(bad) < len(times.seconds):
        rows = "1 row has" if len(bad) == 1 else f"{len(bad):,} rows have"
        cell = found.rows[bad[0]][chosen.time]
        yield Finding(
            code="AIR503",
            severity=Severity.WARNING,
            message=f"{rows} a time that cannot be used: `{cell}` is none",
            at=found.at(bad[0], chosen.time),
            help="write times as RFC 3339, such as 2026-11-20T12:00:00Z, or as seconds since 1970",
        )
    if times.folded or times.skipped:
        parts = [f"{times.folded:,} lie in an hour that comes twice"] if times.folded else []
        parts += [f"{times.skipped:,} in one that does not exist"] if times.skipped else []
        yield Finding(
            code="AIR505",
            severity=Severity.INFO,
            message=f"of the times, {' and '.join(parts)}, where clocks change",
            at=found.at(0, chosen.time),
            help="the first of two alike is taken as before the change; write times with their zone to be sure",
        )


def _no_time(found: table.Table, chosen: Columns) -> Finding:
    cell = found.rows[0][chosen.time]
    return Finding(
        code="AIR501",
        severity=Severity.ERROR,
        message=f"no row has a time that can be read: `{cell}` is none",
        at=found.at(0, chosen.time),
        help="write times as RFC 3339, such as 2026-11-20T12:00:00Z, or as seconds since 1970",
    )


__all__ = ["Series", "read"]
