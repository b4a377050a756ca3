"""The members of the pool, one model a module.

Each is a function of values [n, t] (finite, >= 0), the lengths of history `ends` (ascending, the last may be
t) and the shape: forecasts [n, len(ends), h], each made of what lies before its end only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.members.harmonic import harmonic, harmonic_of_logs
from airectl.core.forecast.members.holt_winters import holt_winters
from airectl.core.forecast.members.level import recent_median, returning
from airectl.core.forecast.members.simple import longest_season, mean_cycle, naive, shortest_season
from airectl.core.forecast.members.theta import theta
from airectl.core.forecast.model import Floats
from airectl.core.forecast.seasons import Shape

Member = Callable[[Floats, Sequence[int], Shape], Floats]
MEMBERS: Final[dict[str, Member]] = {
    "naive": naive,
    "seasonal-naive": shortest_season,
    "seasonal-naive-long": longest_season,
    "mean-cycle": mean_cycle,
    "holt-winters": holt_winters,
    "theta": theta,
    "harmonic": harmonic,
    "harmonic-log": harmonic_of_logs,
    "returning": returning,
    "recent-median": recent_median,
}
_ROBUST: Final = ("holt-winters", "theta", "harmonic")
NAMES: Final = (*MEMBERS, "median-of-three")


def all_of(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """Forecasts [members, n, len(ends), h] of every member, none below 0, in the order of `NAMES`.

    The last one is the median of Holt-Winters, Theta and the harmonic regression.
    """
    told = np.empty((len(NAMES), len(values), len(ends), shape.horizon))
    for place, member in enumerate(MEMBERS.values()):
        told[place] = member(values, ends, shape)
    np.maximum(told, 0.0, out=told)
    told[-1] = np.median(told[[NAMES.index(name) for name in _ROBUST]], axis=0)
    return told
