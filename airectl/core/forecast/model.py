"""What a forecast is asked for and what it says, as arrays over n series.

A step is the distance of two values of the grid, `Options.step_s`. Results have a step of their own:
`Forecasts.step_s`, a day for the long-horizon model. Index k of a result lies k + 1 of its steps after
the last value given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# The day of a crossing that does not come within the horizon.
NEVER: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A stretch of time with a demand of its own: a holiday, a launch.

    `start` counts steps from the first value given and may lie before it or beyond the last; `length` in
    steps (>= 1). `effect` multiplies demand while it lasts (> 0; 1.5 is half as much again). None: what past
    events of the same label did, estimated from the history; without a past one there is none.
    """

    label: str
    start: int
    length: int
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth on top of what the history shows: demand is multiplied by (1 + ratio) each `over` steps, compounded.

    `ratio` > -1. `over` 0: all of it at once, from the first step on.
    """

    ratio: float
    over: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`step_s` seconds between values (>= 1), `horizon` steps ahead (>= 1).

    `seasons`: steps of each season, ascending; None: a day and a week, where they are whole steps.
    `level`: of the interval, 0.5 to 0.99. `seed` and `paths` (>= 100): the bootstrap of the long-horizon model.
    """

    step_s: int
    horizon: int
    seasons: tuple[int, ...] | None = None
    level: float = 0.9
    seed: int = 0
    paths: int = 400
    events: tuple[Event, ...] = ()
    growth: Growth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A value far from what its neighbours and its season say, at index `at` of the values given.

    It stays in the history: it is told, not smoothed away.
    """

    at: int
    value: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelShift:
    """From index `at` of the values given on, the level is another one: means `before` and `after` it."""

    at: int
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEffect:
    """What one label does: demand is multiplied by `effect`, from `past` events in the history (0: as stated).

    `effect` None: the label has events to come, but no effect was stated and none lies in the history.
    """

    label: str
    effect: float | None
    past: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What was found in one series and done to it. Counts are of values, indices of the values given.

    `known`: values that were numbers. `missing`: unknown ones after the first known one, in `gaps` runs, the
    longest of `longest_gap`; `trailing` of them come after the last known one. They are filled with what
    their season says, for the models only. `negative`: below 0, taken as 0. `infinite`: taken as unknown.
    `used_from`: the history before it was not used, as it is too old or lies before a gap that is too long.
    """

    known: int
    missing: int = 0
    gaps: int = 0
    longest_gap: int = 0
    trailing: int = 0
    negative: int = 0
    infinite: int = 0
    used_from: int = 0
    spikes: tuple[Spike, ...] = ()
    shifts: tuple[LevelShift, ...] = ()
    events: tuple[EventEffect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """How the same forecast did from `windows` earlier origins, each with what was known there; all arrays [n].

    Each origin's weights come from the other origins. Errors are means over origins and steps, in the
    series' unit; `mase` is `mae` by the mean absolute change of the history over one (the shortest) season,
    so below 1 is better than to repeat the last cycle was in the history. `coverage`: share of values within
    the interval made from the other origins. `level` is what the interval can promise: the level asked for,
    or windows / (windows + 1) where that is less. NaN: not known, for want of origins or as nothing ever changed.
    """

    windows: Ints
    mae: Floats
    mae_naive: Floats
    mae_seasonal_naive: Floats
    mase: Floats
    mase_naive: Floats
    mase_seasonal_naive: Floats
    coverage: Floats
    level: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """Of n series over h steps of `step_s` seconds. `peaks`: each value is the p95 hour of a day, not a mean.

    `mean`, `low`, `high`: [n, h], >= 0 and low <= mean <= high; NaN in `low` and `high` where no interval can
    be given, in all three where a series has no known value. `weights`: [n, len(members)], 0 to 1, sum 1.
    `scale`: [n], the mean absolute error of one step ahead on the backtest (residual scale), NaN: not known.
    `paths`: [n, paths, h + 2], futures drawn from the long-horizon model, two days longer so that a crossing within
    the horizon is seen to last; None from the pool.
    """

    step_s: int
    peaks: bool
    members: tuple[str, ...]
    mean: Floats
    low: Floats
    high: Floats
    weights: Floats
    scale: Floats
    backtest: Backtest
    cleaning: tuple[Cleaning, ...]
    paths: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """When demand outgrows a capacity: the first day whose p95 hour exceeds it, as do the two days after it.

    `days`: one a path, ascending; days ahead, 1 is the first one, 0: the last three days of the history exceed
    it already, `NEVER`: not within `horizon_days`.
    """

    days: Ints
    horizon_days: int

    def quantile(self, quantile: float) -> int | None:
        """The day by which that share of the paths (0 < quantile <= 1) has crossed; None: not within the horizon."""
        place = max(math.ceil(quantile * len(self.days) - 1e-9), 1) - 1
        day = int(self.days[place])
        return None if day == NEVER else day

    @property
    def share(self) -> float:
        """Of the paths that cross within the horizon, 0 to 1."""
        return float(np.mean(self.days != NEVER))

    @property
    def already(self) -> bool:
        """Whether the history ends above the capacity."""
        return bool(self.days[-1] == 0)
