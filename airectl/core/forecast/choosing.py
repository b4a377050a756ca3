"""Which model forecasts: the pool up to a week, the daily peaks beyond; and the crossing, always of daily peaks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from airectl.core.forecast.crossing import crossing
from airectl.core.forecast.long_horizon import long_horizon
from airectl.core.forecast.model import Crossing, Floats, Forecasts, Options
from airectl.core.forecast.peaks import daily_peaks
from airectl.core.forecast.pool import pool

# The pool's trend is damped: beyond it would miss growth.
POOL_S: Final = 7 * 86_400


def forecast(values: Floats, options: Options) -> Forecasts:
    """Forecast n series [n, t], NaN where unknown: by the pool up to seven days ahead, by daily peaks beyond."""
    return (pool if options.step_s * options.horizon <= POOL_S else long_horizon)(values, options)


def crossings(
    values: Floats, capacity: Floats | float, options: Options, made: Forecasts | None = None
) -> list[Crossing | None]:
    """When each of n series [n, t] outgrows its capacity [n], within the horizon.

    `made`: forecasts of these series; where they have paths these are taken, else they are drawn here. None
    for a series without a day of which enough is known.
    """
    given = np.array(values, dtype=np.float64, ndmin=2)
    drawn = made if made is not None and made.paths is not None else long_horizon(given, options)
    paths: Any = drawn.paths
    limits = np.broadcast_to(np.asarray(capacity, dtype=np.float64), len(given))
    history = daily_peaks(np.where(np.isfinite(given), np.maximum(given, 0.0), np.nan), options.step_s)
    return [
        crossing(history[row], paths[row], float(limits[row])) if np.isfinite(paths[row, 0, 0]) else None
        for row in range(len(given))
    ]
