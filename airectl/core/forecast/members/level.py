"""The members without a season: for demand that stands still, jumps and stands still again, as allocations do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.members.harmonic import memory
from airectl.core.forecast.model import Floats
from airectl.core.forecast.seasons import Shape

# In cycles of the shortest season: half of a week for an hourly series.
_HALF_LIFE: Final = 3.5


def recent_median(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The median of the last cycle of the shortest season.

    0 for demand that is there for less than half of the time, and the new level soon after a shift.
    """
    told = np.empty((len(values), len(ends), shape.horizon))
    for place, end in enumerate(ends):
        season = (shape.within(end) or (1,))[0]
        told[:, place] = np.median(values[:, end - season : end], axis=1)[:, None]
    return told


def returning(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The last value, which goes back to the recent mean as fast as such deviations did in the history.

    Weights of the mean halve each 3.5 cycles of the shortest season.
    """
    told = np.empty((len(values), len(ends), shape.horizon))
    season = shape.seasons[0] if shape.seasons else 1
    ahead = np.arange(1, shape.horizon + 1)
    for place, end in enumerate(ends):
        history = values[:, :end]
        weights = 0.5 ** (np.arange(end)[::-1] / (_HALF_LIFE * season))
        weights /= weights.sum()
        centred = history - (history @ weights)[:, None]
        fading = memory(centred * np.sqrt(weights))[:, None] ** ahead
        told[:, place] = history[:, -1:] - centred[:, -1:] * (1 - fading)
    return told
