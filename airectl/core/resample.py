"""Samples at any times to values on a regular grid; where nothing was known there is NaN, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Lengths of a step that divide a day, or are days: what seasons can be counted in.
STEPS_S: Final = (1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400)
HOUR_S: Final = 3600
DAY_S: Final = 86_400
# Hours are the step of choice from so many days of history on; a shorter one is looked at more closely.
_HOURLY_FROM_S: Final = 4 * DAY_S
# As many as this are kept, the last ones: eleven years of hours.
MOST_STEPS: Final = 100_000
# A distance is that of the rows where so many of them have it.
_REGULAR_RATIO: Final = 0.9
# What is known of the last step in part says nothing of the whole.
_WHOLE_RATIO: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Values every `step_s` seconds from `start_s`, a multiple of the step since 1970; NaN: nothing known.

    `rows` were used of those given. `native_s` is the usual distance of two rows, None below two times;
    `irregular_ratio` of the distances are others. `partial`: the last step was left out, as it was half known at most.
    `cut_steps` at the beginning are left out, as there are too many.
    """

    start_s: int
    step_s: int
    values: Floats
    rows: int
    native_s: float | None
    irregular_ratio: float = 0.0
    partial: bool = False
    cut_steps: int = 0

    @property
    def end_s(self) -> int:
        """Where the last step ends."""
        return self.start_s + self.step_s * len(self.values)

    @property
    def known(self) -> int:
        """Steps with a value."""
        return int(np.isfinite(self.values).sum())


def spacing(times_s: Floats) -> tuple[float | None, float]:
    """The usual distance between times, which rise, and the share of distances that differ from it by over a tenth."""
    gaps = np.diff(np.unique(times_s))
    if not len(gaps):
        return None, 0.0
    values, counts = np.unique(np.round(gaps, 3), return_counts=True)
    usual = float(values[counts.argmax()]) if counts.max() * 2 > len(gaps) else float(np.median(gaps))
    return usual, float(np.mean(np.abs(gaps - usual) > usual / 10))


def is_mixed(grid: Grid) -> bool:
    """Whether rows lie at other distances than one and its multiples by more than chance explains."""
    return grid.irregular_ratio > 1 - _REGULAR_RATIO


def step_for(native_s: float, span_s: float) -> int:
    """The step where none was asked for: an hour, or longer where rows are; less for a history of below four days."""
    least = HOUR_S if span_s >= _HOURLY_FROM_S else native_s
    wanted = max(least, native_s)
    return next((step for step in STEPS_S if step >= wanted * 0.999), DAY_S * round(wanted / DAY_S))


def is_sparse(grid: Grid) -> bool:
    """Whether over a tenth of the days that have rows have them in less than half of their steps: no peak is known."""
    size = DAY_S // grid.step_s
    if size < 2:
        return False
    days = np.isfinite(grid.values[len(grid.values) % size :]).reshape(-1, size).mean(axis=1)
    held = days[days > 0]
    return bool(len(held) and np.mean(held < _WHOLE_RATIO) > 1 - _REGULAR_RATIO)


def regular(times_s: Floats, values: Floats) -> Grid:
    """The means of the step of `step_for`; of a longer one, where later rows lie farther apart, so that days are known.

    `times_s` rise.
    """
    native_s, _ = spacing(times_s)
    least = step_for(native_s or HOUR_S, float(times_s[-1] - times_s[0]))
    grid = averaged(times_s, values, least)
    for step_s in STEPS_S:
        if not is_sparse(grid):
            break
        if step_s > least:
            grid = averaged(times_s, values, step_s)
    return grid


def averaged(times_s: Floats, values: Floats, step_s: int) -> Grid:
    """The mean of the samples in each step. `times_s` rise; samples that are NaN count for nothing."""
    native_s, irregular = spacing(times_s)
    start_s, places = _places(times_s, step_s)
    known = np.isfinite(values)
    size = int(places[-1]) + 1
    counts = np.bincount(places[known], minlength=size)
    sums = np.bincount(places[known], weights=values[known], minlength=size)
    grid = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    partial = _is_partial(times_s, start_s + (size - 1) * step_s, step_s, native_s)
    if partial and size > 1:
        grid = grid[:-1]
    cut = max(len(grid) - MOST_STEPS, 0)
    return Grid(
        start_s=start_s + cut * step_s,
        step_s=step_s,
        values=grid[cut:],
        rows=len(times_s),
        native_s=native_s,
        irregular_ratio=irregular,
        partial=partial and size > 1,
        cut_steps=cut,
    )


def counted(times_s: Floats, step_s: int, weights: Floats | None = None) -> Grid:
    """What happens a second: events, or their `weights`, in each step over its seconds. Steps without any are 0.

    The steps of the first and of the last event are left out where others remain, as they are not whole.
    """
    start_s, places = _places(times_s, step_s)
    rates = np.bincount(places, weights=weights).astype(np.float64) / step_s
    whole = rates[1:-1] if len(rates) > 2 else rates
    first = start_s + (step_s if len(rates) > 2 else 0)
    cut = max(len(whole) - MOST_STEPS, 0)
    return Grid(
        start_s=first + cut * step_s,
        step_s=step_s,
        values=whole[cut:],
        rows=len(times_s),
        native_s=None,
        partial=len(rates) > 2,
        cut_steps=cut,
    )


def _places(times_s: Floats, step_s: int) -> tuple[int, NDArray[np.int64]]:
    """Where the grid starts, and the step that each time lies in; steps that would be too many before it are one."""
    steps = np.floor_divide(times_s, step_s).astype(np.int64)
    first = max(int(steps[0]), int(steps[-1]) - 2 * MOST_STEPS)
    return first * step_s, np.maximum(steps - first, 0)


def _is_partial(times_s: Floats, last_s: int, step_s: int, native_s: float | None) -> bool:
    """Whether fewer rows lie in the last step than half of those that belong there."""
    if native_s is None or native_s >= step_s:
        return False
    return bool(times_s[-1] + native_s - last_s < step_s * _WHOLE_RATIO)
