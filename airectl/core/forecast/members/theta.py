"""Theta: a seasonal profile is taken off, what is left is smoothed and goes on with half its slope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.members.profiles import laid, profile_of
from airectl.core.forecast.model import Floats
from airectl.core.forecast.seasons import Shape

ALPHAS: Final = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95])


def theta(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """Level + slope/2 · k + profile, at step k.

    The level is that of the smoothing whose one-step errors are least over ten alphas; the slope is that of a
    straight line through all. The profile is that of the longest season with two cycles in the history.

    Source: Assimakopoulos and Nikolopoulos 2000, https://doi.org/10.1016/S0169-2070(00)00066-2
    """
    ahead = np.arange(1, shape.horizon + 1)
    told = np.empty((len(values), len(ends), shape.horizon))
    flat = np.zeros((len(ends), len(values), max(ends)))
    for place, end in enumerate(ends):
        history = values[:, :end]
        seasons = shape.within(end, cycles=2)
        past, future = laid(profile_of(history, seasons[-1] if seasons else 1), end, shape.horizon)
        flat[place, :, :end] = history - past
        told[:, place] = future + slope(flat[place, :, :end])[:, None] * ahead / 2
    return told + np.moveaxis(levels(flat, ends), 0, 1)[:, :, None]


def slope(values: Floats) -> Floats:
    """Of the straight line through values [n, t], a step; 0 for a single value."""
    at = np.arange(values.shape[1]) - (values.shape[1] - 1) / 2
    spread = at @ at
    return values @ at / spread if spread else np.zeros(len(values))


def levels(flat: Floats, ends: Sequence[int]) -> Floats:
    """Of values [e, n, t], each e known up to its end: the last smoothed level [e, n] of the best alpha."""
    level = np.repeat(flat[:, :, 0][:, None], len(ALPHAS), axis=1)
    squares = np.zeros_like(level)
    best = np.empty(flat.shape[:2])
    alphas = ALPHAS[:, None]
    by_time = np.ascontiguousarray(np.moveaxis(flat, 2, 0))
    first = 0  # the ends are ascending: those before it are done
    for at in range(1, max(ends) + 1):
        while first < len(ends) and ends[first] == at:
            chosen = squares[first].argmin(axis=0)
            best[first] = np.take_along_axis(level[first], chosen[None], axis=0)[0]
            first += 1
        if first == len(ends):
            break
        error = by_time[at, first:, None] - level[first:]
        squares[first:] += error * error
        level[first:] += alphas * error
    return best
