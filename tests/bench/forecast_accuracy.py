"""How well the pool of models forecasts: the tables of docs/forecast-accuracy.md.

    python tests/bench/forecast_accuracy.py FOLDER    # of the fleet series; prints the tables

The last six days of each series are held back one after the other; each is forecast with what was known
before it, and compared with repeating the last value (naive) and the last day (seasonal naive).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats, Options
from airectl.core.forecast.pool import pool
from made_demand import KINDS, demand

HELD_BACK: Final = 6
SEEDS: Final = 6
_MADE_HELD_BACK: Final = 2
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`values` [t] each `step_s`, NaN where nothing was measured."""

    name: str
    values: Floats
    step_s: int

    @property
    def day(self) -> int:
        """Steps of a day."""
        return 86_400 // self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Mean absolute errors over all held-back values, and the share of these within the 90 % interval."""

    name: str
    naive: float
    seasonal: float
    pool: float
    coverage: float

    @property
    def to_seasonal(self) -> float:
        """The pool's error by that of seasonal naive; 1 where neither errs."""
        return _ratio(self.pool, self.seasonal)

    @property
    def to_better(self) -> float:
        """The pool's error by the lesser of the two."""
        return _ratio(self.pool, min(self.naive, self.seasonal))


def _ratio(error: float, other: float) -> float:
    if other == 0:
        return 1.0 if error == 0 else float("inf")
    return error / other


def fleet(folder: Path) -> Iterator[Series]:
    """The ten series of the folder: accelerators in use of eight clusters, active nodes of one, requests of one."""
    for path in sorted(folder.glob("helios-*.csv")):
        yield Series(name=path.stem.removesuffix("-1h"), values=_column(path, "running_gpu_num", 3600), step_s=3600)
    path = folder / "philly-active-nodes-1min.csv"
    yield Series(name="philly-active-nodes", values=_column(path, "active", 3600), step_s=3600)
    path = folder / "elb-request-count-5min.csv"
    yield Series(name="elb-request-count", values=_column(path, "value", 300), step_s=300)


def _column(path: Path, column: str, step_s: int) -> Floats:
    """The means of each whole step from the first time on, NaN where a step has no value.

    A last step of which the rows tell less than half is left out.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
        file.seek(0)
        at = next(csv.reader(file)).index(column)
    times = [datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp() for row in rows]
    place = ((np.array(times) - times[0]) // step_s).astype(np.int64)
    count = np.bincount(place)
    total = np.bincount(place, np.array([float(row[at]) for row in rows]))
    means: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return means[:-1] if count[-1] * 2 < np.median(count) else means


def accuracy(series: Sequence[Series], name: str, held_back: int = HELD_BACK) -> Row:
    """Of series with equally many values of one step, taken together as one row."""
    values = np.stack([each.values for each in series])
    day, step_s = series[0].day, series[0].step_s
    errors: list[list[Floats]] = [[], [], []]
    inside = []
    for back in range(held_back, 0, -1):
        end = values.shape[1] - back * day
        actual = values[:, end : end + day]
        known = np.isfinite(actual)
        made = pool(values[:, :end], Options(step_s=step_s, horizon=day))
        guesses = (_last(values[:, :end]), _filled(values[:, end - day : end]), made.mean)
        for kept, guess in zip(errors, guesses, strict=True):
            kept.append(np.abs(guess - actual)[known])
        inside.append(((actual >= made.low) & (actual <= made.high))[known])
    naive, seasonal, pooled = (float(np.concatenate(each).mean()) for each in errors)
    coverage = float(np.concatenate(inside).mean())
    return Row(name=name, naive=naive, seasonal=seasonal, pool=pooled, coverage=coverage)


def _last(values: Floats) -> Floats:
    """The last known value of each series, as a column."""
    place = values.shape[1] - 1 - np.isfinite(values[:, ::-1]).argmax(axis=1)
    told: Floats = values[np.arange(len(values)), place]
    return told[:, None]


def _filled(day: Floats) -> Floats:
    """A day with its gaps bridged, as seasonal naive needs a value for each step."""
    at = np.arange(day.shape[1])
    return np.stack([np.interp(at, at[np.isfinite(row)], row[np.isfinite(row)]) for row in day])


def fleet_rows(folder: Path) -> list[Row]:
    """One row a series of the fleet."""
    return [accuracy([each], each.name) for each in fleet(folder)]


def made_rows() -> list[Row]:
    """One row a kind of made series: several of 720 hours each, the last two days held back."""
    return [
        accuracy(
            [Series(name=kind, values=demand(kind, seed), step_s=_HOUR_S) for seed in range(SEEDS)],
            kind,
            _MADE_HELD_BACK,
        )
        for kind in KINDS
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown, with the means of the ratios and the pooled coverage below."""
    lines = [
        "| series | naive | seasonal naive | pool | pool by seasonal naive | pool by the better one | within 90 % |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.name} | {row.naive:.2f} | {row.seasonal:.2f} | {row.pool:.2f} "
        f"| {row.to_seasonal:.2f} | {row.to_better:.2f} | {row.coverage:.3f} |"
        for row in rows
    ]
    to_seasonal = float(np.mean([row.to_seasonal for row in rows]))
    to_better = float(np.mean([row.to_better for row in rows]))
    coverage = float(np.mean([row.coverage for row in rows]))
    lines.append(f"| mean | | | | {to_seasonal:.2f} | {to_better:.2f} | {coverage:.3f} |")
    return "\n".join(lines) + "\n"


def losses(rows: Sequence[Row]) -> str:
    """Where the pool did worse than the better of the two, by more than rounding."""
    lost = [f"{row.name} ({row.to_better:.2f})" for row in rows if row.to_better > 1.005]
    return f"Worse than the better of naive and seasonal naive: {', '.join(lost) or 'none'}.\n"


def main() -> None:
    """Print the tables."""
    for rows in (fleet_rows(Path(sys.argv[1])), made_rows()):
        print(table(rows))
        print(losses(rows))


if __name__ == "__main__":
    main()
