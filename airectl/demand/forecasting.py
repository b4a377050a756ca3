"""Grids to projections: series with the same step are laid on one grid and forecast together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil, isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.forecast.choosing import crossings, forecast
from airectl.core.forecast.model import Event, Growth, Options
from airectl.demand.service import Timing

if TYPE_CHECKING:
    from airectl.core.forecast.model import Cleaning, Crossing, Floats, Forecasts
    from airectl.core.resample import Grid

DAY_S: Final = 86_400
# As many series are forecast at once: memory stays flat, and a cluster gets work in pieces.
CHUNK: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Series on one grid [n, t], what is asked of them, and what each must not outgrow; NaN: nothing is known."""

    values: Floats
    options: Options
    limits: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The forecasts of a chunk, and when each of its series outgrows its limit; None: it cannot be said."""

    forecasts: Forecasts
    crossings: Sequence[Crossing | None]


def make(chunk: Chunk) -> Made:
    """The whole work of a chunk: what a cluster's workers do, and this process without one."""
    found = forecast(chunk.values, chunk.options)
    asked = np.flatnonzero(np.isfinite(chunk.limits))
    told: list[Crossing | None] = [None] * len(chunk.values)
    if len(asked):
        made = found if len(asked) == len(told) else None
        times = crossings(chunk.values[asked], chunk.limits[asked], chunk.options, made)
        for place, crossing in zip(asked.tolist(), times, strict=True):
            told[place] = crossing
    # The futures are many times as large as all else, and have been looked at.
    return Made(forecasts=replace(found, paths=None), crossings=told)


# Makes all chunks: here one after the other, on a cluster by its own means.
Engine = Callable[[Sequence[Chunk]], "list[Made]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """How the forecast did on held-back parts of the history; None: not known, as the history is too short.

    `level_ratio` is what the interval can promise with so many `windows`.
    """

    windows: int
    mase: float | None
    mase_naive: float | None
    mase_seasonal_naive: float | None
    coverage_ratio: float | None
    level_ratio: float | None
    mae: float | None
    mae_naive: float | None
    mae_seasonal_naive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The forecast of one series: a value each `step_s` from `start_s`, the end of its history.

    `peaks`: each value is the p95 hour of a day. `low` and `high` are None where no interval can be given.
    `crossing` is when the limit is passed; None: there is none, or the history is too short.
    """

    start_s: int
    step_s: int
    peaks: bool
    mean: Floats
    low: Floats | None
    high: Floats | None
    weights: Mapping[str, float]
    tested: Tested
    cleaning: Cleaning
    crossing: Crossing | None = None

    @property
    def known(self) -> bool:
        """Whether there is a forecast at all."""
        return bool(np.isfinite(self.mean).all())

    @property
    def times_s(self) -> list[int]:
        """When each value begins."""
        return [self.start_s + at * self.step_s for at in range(len(self.mean))]


def here(chunks: Sequence[Chunk]) -> list[Made]:
    """Every chunk in this process."""
    return [make(chunk) for chunk in chunks]


def projections(
    grids: Sequence[Grid], timing: Timing, limits: Sequence[float | None], engine: Engine = here
) -> list[Projection]:
    """The projection of each grid, in their order, each with its limit."""
    groups: dict[int, list[int]] = {}
    for place, grid in enumerate(grids):
        groups.setdefault(grid.step_s, []).append(place)
    chunks: list[Chunk] = []
    owners: list[tuple[list[int], int, int]] = []
    for step_s, places in groups.items():
        for at in range(0, len(places), CHUNK):
            some = places[at : at + CHUNK]
            values, start_s = _laid([grids[place] for place in some], step_s)
            length = values.shape[1]
            bounds = [limits[place] for place in some]
            chunk = Chunk(
                values=values,
                options=options_of(timing, step_s, start_s),
                limits=np.array([np.nan if each is None else each for each in bounds]),
            )
            chunks.append(chunk)
            owners.append((some, start_s, start_s + step_s * length))
    found: list[Projection | None] = [None] * len(grids)
    for (some, start_s, end_s), made in zip(owners, engine(chunks), strict=True):
        for row, place in enumerate(some):
            before = (grids[place].start_s - start_s) // grids[place].step_s
            projection = _projection(made, row, end_s)
            found[place] = replace(projection, cleaning=_of_own(projection.cleaning, before))
    return [each for each in found if each is not None]


def _laid(grids: Sequence[Grid], step_s: int) -> tuple[Floats, int]:
    """Values [n, t] of grids with one step, from the first start to the last end, NaN where one has none."""
    start_s, end_s = min(grid.start_s for grid in grids), max(grid.end_s for grid in grids)
    values = np.full((len(grids), (end_s - start_s) // step_s), np.nan)
    for row, grid in enumerate(grids):
        first = (grid.start_s - start_s) // step_s
        values[row, first : first + len(grid.values)] = grid.values
    return values, start_s


def _of_own(cleaning: Cleaning, before: int) -> Cleaning:
    """The same in steps of the series' own grid, which begins `before` steps after the one it was laid on."""
    return replace(
        cleaning,
        used_from=max(cleaning.used_from - before, 0),
        spikes=tuple(replace(each, at=each.at - before) for each in cleaning.spikes),
        shifts=tuple(replace(each, at=each.at - before) for each in cleaning.shifts),
    )


def options_of(timing: Timing, step_s: int, start_s: int) -> Options:
    """The timing in steps of a grid."""
    growth = timing.growth
    return Options(
        step_s=step_s,
        horizon=max(ceil(timing.horizon_s / step_s), 1),
        seasons=tuple(max(round(each / step_s), 1) for each in timing.seasons_s) or None,
        events=tuple(_events(timing, step_s, start_s)),
        growth=None if growth is None else Growth(ratio=growth.ratio, over=round(growth.over_s / step_s)),
    )


def _events(timing: Timing, step_s: int, start_s: int) -> list[Event]:
    found = []
    for event in timing.events:
        begins_s = datetime(event.day.year, event.day.month, event.day.day, tzinfo=UTC).timestamp()
        first = int((begins_s - start_s) // step_s)
        length = max(event.days * DAY_S // step_s, 1)
        found.append(Event(label=event.label, start=first, length=length, effect=event.effect))
    return found


def _projection(made: Made, row: int, end_s: int) -> Projection:
    found = made.forecasts
    low, high = found.low[row], found.high[row]
    bounded = bool(np.isfinite(low).all() and np.isfinite(high).all())
    tested = found.backtest
    return Projection(
        start_s=end_s,
        step_s=found.step_s,
        peaks=found.peaks,
        mean=found.mean[row],
        low=low if bounded else None,
        high=high if bounded else None,
        weights={name: float(weight) for name, weight in zip(found.members, found.weights[row], strict=True)},
        tested=Tested(
            windows=int(tested.windows[row]),
            mase=_number(tested.mase[row]),
            mase_naive=_number(tested.mase_naive[row]),
            mase_seasonal_naive=_number(tested.mase_seasonal_naive[row]),
            coverage_ratio=_number(tested.coverage[row]),
            level_ratio=_number(tested.level[row]),
            mae=_number(tested.mae[row]),
            mae_naive=_number(tested.mae_naive[row]),
            mae_seasonal_naive=_number(tested.mae_seasonal_naive[row]),
        ),
        cleaning=found.cleaning[row],
        crossing=made.crossings[row],
    )


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None
