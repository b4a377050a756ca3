"""The members that repeat: the last value, the last cycle, the mean week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats
from airectl.core.forecast.seasons import Shape

_WEEKS: Final = 4


def naive(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The last value, again and again."""
    last = values[:, np.asarray(ends) - 1]
    return np.repeat(last[:, :, None], shape.horizon, axis=2)


def shortest_season(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The last cycle of the shortest season, again and again."""
    return _cycles(values, ends, shape, longest=False)


def longest_season(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The last cycle of the longest season of which the history holds one."""
    return _cycles(values, ends, shape, longest=True)


def _cycles(values: Floats, ends: Sequence[int], shape: Shape, *, longest: bool) -> Floats:
    told = np.empty((len(values), len(ends), shape.horizon))
    for place, end in enumerate(ends):
        seasons = shape.within(end) or (1,)
        season = seasons[-1] if longest else seasons[0]
        told[:, place] = values[:, end - season + np.arange(shape.horizon) % season]
    return told


def mean_cycle(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The mean of the last four cycles of the longest season, place by place."""
    told = np.empty((len(values), len(ends), shape.horizon))
    for place, end in enumerate(ends):
        season = (shape.within(end) or (1,))[-1]
        cycles = min(end // season, _WEEKS)
        mean = values[:, end - cycles * season : end].reshape(len(values), cycles, season).mean(axis=1)
        told[:, place] = mean[:, np.arange(shape.horizon) % season]
    return told
