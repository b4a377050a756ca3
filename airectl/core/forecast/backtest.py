"""How the pool would have done from earlier origins, with nothing but what was known there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from airectl.core.forecast.conformal import radius, scores
from airectl.core.forecast.members import NAMES
from airectl.core.forecast.model import Backtest, Floats
from airectl.core.forecast.ratios import mean_known, ratio
from airectl.core.forecast.weighing import errors_of_origins, middle, weights, weights_without

# Of 3, 4, 6, 8 and 12 the best over fleet series and made ones.
_POWER: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """`weights` [members, n] to forecast with, `radius` [n] of the interval, `scale` [n] of one step's error."""

    weights: Floats
    radius: Floats
    scale: Floats
    backtest: Backtest


def tried(forecasts: Floats, actual: Floats, change: Floats, level: float) -> Tried:
    """Of members' forecasts [members, n, origins, h] and what came [n, origins, h] (NaN: unknown).

    Each origin is forecast with the weights that the other origins give, and its coverage is that of the
    radius that their scores give. `change` [n]: the mean absolute change over a season, by which MASE
    divides.
    """
    each = mean_known(np.abs(forecasts - actual))
    relative, counts = errors_of_origins(each)
    pooled = middle(forecasts, weights_without(relative, counts, _POWER))
    errors = np.abs(pooled - actual)
    scored = scores(errors, level)
    size, promised = radius(scored, level)
    mae = mean_known(mean_known(errors))
    known = np.isfinite(scored)
    by_change = np.where(change > 0, change, math.nan)
    naive, seasonal = (mean_known(each[NAMES.index(name)]) for name in ("naive", "seasonal-naive"))
    backtest = Backtest(
        windows=known.sum(axis=1),
        mae=mae,
        mae_naive=naive,
        mae_seasonal_naive=seasonal,
        mase=mae / by_change,
        mase_naive=naive / by_change,
        mase_seasonal_naive=seasonal / by_change,
        coverage=_coverage(errors, scored, level),
        level=promised,
    )
    return Tried(
        weights=weights(relative, counts, _POWER), radius=size, scale=mean_known(errors[:, :, 0]), backtest=backtest
    )


def _coverage(errors: Floats, scored: Floats, level: float) -> Floats:
    """Share [n] of known values within the radius that the scores of the other origins give."""
    inside, count = np.zeros(len(errors)), np.zeros(len(errors))
    for origin in range(errors.shape[1]):
        size, _ = radius(np.delete(scored, origin, axis=1), level)
        known = np.isfinite(errors[:, origin]) & np.isfinite(size)[:, None]
        # A sum of floats may end an ulp beside the value it should meet.
        inside += (known & (errors[:, origin] <= size[:, None] * (1 + 1e-9) + 1e-12)).sum(axis=1)
        count += known.sum(axis=1)
    return ratio(inside, count)
