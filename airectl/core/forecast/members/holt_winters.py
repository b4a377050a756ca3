"""Holt-Winters with two seasons: a level, a damped trend and additive seasons follow the one-step error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

import numpy as np

from airectl.core.forecast.members.profiles import profile_of
from airectl.core.forecast.model import Floats, Ints
from airectl.core.forecast.seasons import Shape

_DAMPING: Final = 0.98
# Level, trend, shortest season, longest season, and how much of the last error goes on.
_GRID: Final = np.array(list(product((0.02, 0.1, 0.3), (0.0, 0.005), (0.05, 0.2), (0.05, 0.2), (0.0, 0.5, 0.9)))).T
_CYCLES: Final = 2


def holt_winters(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """Of 72 settings of the five rates, each series takes the one with the least squared one-step error so far.

    All of them run through the history once, side by side. The first two cycles of the longest season that
    fits twice into the shortest history set the start; errors count after them.

    Source: Taylor 2003, https://doi.org/10.1057/palgrave.jors.2601589
    """
    seasons = shape.within(ends[0], cycles=_CYCLES)
    run = _Run(values, seasons[:1] + seasons[1:][-1:], ends[0])
    told = np.empty((len(values), len(ends), shape.horizon))
    start = 0
    for place, end in enumerate(ends):
        run.go(start, end)
        told[:, place] = run.forecast(end, shape.horizon)
        start = end
    return told


class _Run:
    """State of [72, n] models; seasons are [steps, 72, n], so that each step works on memory in one piece."""

    def __init__(self, values: Floats, seasons: Sequence[int], known: int) -> None:
        self.by_time = np.ascontiguousarray(values.T)
        grid = len(_GRID[0]), len(values)
        warm = seasons[-1] * _CYCLES if seasons else 0
        self.warm = min(warm, known - 1)
        self.level = np.tile(values[:, : max(warm, 1)].mean(axis=1), (grid[0], 1))
        self.trend, self.last, self.squares = np.zeros(grid), np.zeros(grid), np.zeros(grid)
        self.seasons = [np.repeat(each.T[:, None], grid[0], axis=1) for each in _start(values[:, :warm], seasons)]
        self.alpha, self.beta, *gammas, self.rho = _GRID[:, :, None]
        self.gammas = gammas[: len(seasons)]
        self.error, self.room = np.empty(grid), np.empty(grid)

    def go(self, start: int, end: int) -> None:
        """Take in the values from `start` to `end`."""
        error, room = self.error, self.room
        for at in range(start, end):
            places = [season[at % len(season)] for season in self.seasons]
            self.trend *= _DAMPING
            self.level += self.trend
            np.subtract(self.by_time[at], self.level, out=error)
            for place in places:
                error -= place
            # What goes on of the last error is no news: the states learn from the rest.
            np.multiply(self.rho, self.last, out=room)
            self.last[...] = error
            error -= room
            if at >= self.warm:
                self.squares += np.multiply(error, error, out=room)
            self.level += np.multiply(self.alpha, error, out=room)
            self.trend += np.multiply(self.beta, error, out=room)
            for place, gamma in zip(places, self.gammas, strict=True):
                np.add(place, np.multiply(gamma, error, out=room), out=place)

    def forecast(self, end: int, horizon: int) -> Floats:
        """[n, h] of each series' best setting."""
        best: Ints = self.squares.argmin(axis=0)
        at = best, np.arange(len(best))
        ahead = np.arange(1, horizon + 1)
        damped = np.cumsum(_DAMPING**ahead)
        last = self.last[at][:, None] * self.rho[best] ** ahead
        told: Floats = self.level[at][:, None] + self.trend[at][:, None] * damped + last
        for season in self.seasons:
            places = (end + np.arange(horizon)) % len(season)
            told += season[places[:, None], at[0], at[1]].T
        return told


def _start(history: Floats, seasons: Sequence[int]) -> list[Floats]:
    """Of the warm-up [n, t], whose length is whole cycles: what each place of each season begins with."""
    left, begun = history, []
    for season in seasons:
        begun.append(profile_of(left, season))
        left = left - np.tile(begun[-1], (1, left.shape[1] // season))
    return begun
