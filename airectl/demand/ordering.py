"""Rows to series: parted by their group, in the order of their times, each time once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airectl.core.findings import Finding, Location, Severity
from airectl.core.resample import Floats
from airectl.demand.series import Series, Wanted

_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How places are told: the file, and where a row is; None: rows have no place. `zoned`: times say their zone."""

    path: str
    at: Callable[[int], Location] | None = None
    zoned: bool = True

    def where(self, row: int) -> Location:
        """The place of a row."""
        return self.at(row) if self.at else Location(path=self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Names of series with their samples, and findings."""

    parts: Sequence[tuple[str, Floats, Floats]]
    findings: Sequence[Finding] = ()

    def series(self, metric: str) -> tuple[Series, ...]:
        """As series of that metric; one without a group is called as the metric."""
        return tuple(
            Series(name=name or metric, times_s=times, values=values, metric=metric)
            for name, times, values in self.parts
        )


def ordered(groups: Sequence[str] | None, times_s: Floats, values: Floats, wanted: Wanted, told: Told) -> Ordered:
    """Each group's samples by time. Of samples at one time the mean is taken; rows after `until_s` are left out."""
    rows = np.flatnonzero(np.isfinite(times_s))
    findings: list[Finding] = []
    late = rows[times_s[rows] >= wanted.until_s]
    if len(late):
        rows = rows[times_s[rows] < wanted.until_s]
        if wanted.told or not len(rows):
            findings.append(_of_later(told, late, times_s, nothing_left=not len(rows)))
    parts = []
    names = None if groups is None else np.array(groups, dtype=object)
    seen = _Seen()
    for name, own in _parted(names, rows):
        in_order = seen.sorted(own, times_s[own])
        parts.append((name, *seen.once(in_order, times_s[in_order], values[in_order])))
    return Ordered(parts=parts, findings=(*findings, *seen.findings(told)))


def _parted(names: NDArray[np.object_] | None, rows: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    if names is None:
        if len(rows):
            yield "", rows
        return
    unique, places = np.unique(names[rows].astype(str), return_inverse=True)
    order = np.argsort(places, kind="stable")
    bounds = np.searchsorted(places[order], np.arange(len(unique) + 1))
    for at, name in enumerate(unique):
        yield str(name) or "(empty)", rows[order[bounds[at] : bounds[at + 1]]]


class _Seen:
    """What was out of order, over all groups."""

    def __init__(self) -> None:
        self._back = self._twice = 0
        self._first_back = self._first_twice = -1
        self._hours: list[float] = []

    def sorted(self, rows: NDArray[np.int64], times_s: Floats) -> NDArray[np.int64]:
        """The rows in the order of their times."""
        back = np.flatnonzero(np.diff(times_s) < 0)
        if not len(back):
            return rows
        self._first_back = int(rows[back[0] + 1]) if self._first_back < 0 else self._first_back
        self._back += len(back)
        return rows[np.argsort(times_s, kind="stable")]

    def once(self, rows: NDArray[np.int64], times_s: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Each time once, with the mean of its values."""
        unique, first, places, counts = np.unique(times_s, return_index=True, return_inverse=True, return_counts=True)
        if len(unique) == len(times_s):
            return times_s, values
        again = np.flatnonzero(counts > 1)
        self._twice += int((counts[again] - 1).sum())
        if self._first_twice < 0:
            self._first_twice = int(rows[first[again[0]] + 1])
        self._hours += [float(unique[at]) for at in again[:1000]]
        known = np.isfinite(values)
        sums = np.bincount(places[known], weights=values[known], minlength=len(unique))
        numbers = np.bincount(places[known], minlength=len(unique))
        return unique, np.divide(sums, numbers, out=np.full(len(unique), np.nan), where=numbers > 0)

    def findings(self, told: Told) -> Iterator[Finding]:
        if self._back:
            rows = "1 row lies" if self._back == 1 else f"{self._back:,} rows lie"
            yield Finding(
                code="AIR504",
                severity=Severity.INFO,
                message=f"{rows} before the row above",
                at=told.where(self._first_back),
                help="rows are taken in the order of their times",
            )
        if self._twice:
            rows = "1 row has a time" if self._twice == 1 else f"{self._twice:,} rows have times"
            yield Finding(
                code="AIR504",
                severity=Severity.WARNING,
                message=f"{rows} that another row has too",
                at=told.where(self._first_twice),
                notes=("their mean is taken",),
                help=self._advice(told),
            )

    def _advice(self, told: Told) -> str:
        hours = {datetime.fromtimestamp(each, UTC) for each in self._hours}
        sundays = {each.date() for each in hours if each.isoweekday() == 7 and each.hour < 4}
        if not told.zoned and hours and len(sundays) <= 4 and all(each.date() in sundays for each in hours):
            return "it looks like the night in which clocks go back: name the zone with `--zone`"
        return "one series has each time once: name the column that parts several with `--group-by`"


def _of_later(told: Told, late: NDArray[np.int64], times_s: Floats, *, nothing_left: bool) -> Finding:
    first = datetime.fromtimestamp(float(times_s[late[0]]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    count = len(late)
    rows = "every row lies" if nothing_left else "1 row lies" if count == 1 else f"{count:,} rows lie"
    return Finding(
        code="AIR506",
        severity=Severity.ERROR if nothing_left else Severity.WARNING,
        message=f"{rows} in the future, the first at {first}",
        at=told.where(int(late[0])),
        help="what is to come is no history: look at the clock and the zone; `--at` says which moment to look from",
    )
