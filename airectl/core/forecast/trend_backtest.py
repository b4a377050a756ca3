"""How the trends would have done from earlier days, and how much wider than their residuals they missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from airectl.core.forecast.model import Backtest, Bools, Floats
from airectl.core.forecast.ratios import mean_known, ratio
from airectl.core.forecast.trends import Trend, fit
from airectl.core.forecast.weighing import errors_of_origins, middle, weights, weights_without

_ORIGINS: Final = 6
_LEAST: Final = 28
_LEAST_OF_SHORT: Final = 14
# How much wider the futures may become than the residuals say.
_WIDEST: Final = 3.0
_WEEK: Final = 7
# Less than for the pool: few origins tell little of which trend is the right one.
_POWER: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """`weights` [m, n] of the trends, `spread` [n] (1 to 3) of their futures, `scale` [n] of one day's error."""

    weights: Floats
    spread: Floats
    scale: Floats
    backtest: Backtest


def origins(days: int, horizon: int) -> tuple[tuple[int, ...], int]:
    """Lengths of history to forecast from, ascending, at most six; and how many days ahead from each.

    A horizon apart where that leaves six of them, else closer. 28 days are left to learn from (half of a
    history below 56, 14 at least), and the days ahead are at most half of the rest.
    """
    least = min(_LEAST, max(_LEAST_OF_SHORT, days // 2))
    ahead = min(horizon, (days - least) // 2)
    if ahead < 1:
        return (), horizon
    step = max(min(ahead, (days - least - ahead) // (_ORIGINS - 1)), 1)
    count = min((days - least - ahead) // step + 1, _ORIGINS)
    return tuple(days - ahead - step * back for back in range(count - 1, -1, -1)), ahead


def tested(peaks: Floats, known: Bools, found: Sequence[Trend], horizon: int, level: float) -> Tested:
    """Each trend fitted at each origin of peaks [n, days], and joined with the weights that the other origins give."""
    starts, ahead = origins(peaks.shape[1], horizon)
    at = np.array(starts, np.int64)[:, None] + np.arange(ahead)
    actual = np.where(known[:, at], peaks[:, at], math.nan)
    forecasts, variances = _tried(peaks, found, starts, ahead)
    each = mean_known(np.abs(forecasts - actual))
    relative, counts = errors_of_origins(each)
    share = weights_without(relative, counts, _POWER)
    pooled = middle(forecasts, share)
    errors = np.abs(pooled - actual)
    # Trends that disagree are one more source of error.
    expected = np.einsum("mno,mnoh->noh", share, variances + (forecasts - pooled) ** 2)
    return Tested(
        weights=weights(relative, counts, _POWER),
        spread=np.maximum(_spread(errors, expected), least_spread(peaks.shape[1], horizon)),
        scale=mean_known(errors[:, :, 0]),
        backtest=_backtest(errors, expected, (peaks, known, starts, actual), level),
    )


def least_spread(days: int, horizon: int) -> float:
    """How wide futures are at least, by what the residuals say: (2 · horizon / days)^¼, 1 to 3.

    A line that is carried further than half the way it was seen is less certain than its residuals tell.
    """
    ratio_of_ways: float = (2 * horizon / days) ** 0.25
    return min(max(ratio_of_ways, 1.0), _WIDEST)


def _tried(peaks: Floats, found: Sequence[Trend], starts: Sequence[int], ahead: int) -> tuple[Floats, Floats]:
    """Forecasts and the variance of their errors, [m, n, origins, h]."""
    forecasts = np.empty((len(found), len(peaks), len(starts), ahead))
    variances = np.empty_like(forecasts)
    for place, trend in enumerate(found):
        for origin, end in enumerate(starts):
            fitted = fit(peaks[:, :end], trend, ahead)
            forecasts[place, :, origin] = fitted.told(fitted.forecast)
            variances[place, :, origin] = fitted.variance()
    return forecasts, variances


def _spread(errors: Floats, expected: Floats) -> Floats:
    """Root mean square [n] of errors [n, origins, h] by the expected one, 1 to 3; 1 where nothing is known."""
    known = np.isfinite(errors)
    missed = np.where(known, errors**2, 0.0).sum(axis=(1, 2))
    told: Floats = np.sqrt(ratio(missed, np.where(known, expected, 0.0).sum(axis=(1, 2)), 1.0))
    return np.clip(told, 1.0, _WIDEST)


def _backtest(
    errors: Floats, expected: Floats, data: tuple[Floats, Bools, Sequence[int], Floats], level: float
) -> Backtest:
    peaks, known, starts, actual = data
    season = _WEEK if peaks.shape[1] > _WEEK else 1
    both = known[:, season:] & known[:, :-season]
    change = mean_known(np.abs(peaks[:, season:] - peaks[:, :-season]), both)
    by_change = np.where(change > 0, change, math.nan)
    last = np.array(starts, np.int64)[:, None] + np.zeros(actual.shape[2], np.int64) - 1
    cycle = np.array(starts, np.int64)[:, None] - season + np.arange(actual.shape[2]) % season
    mae, naive, seasonal = (
        mean_known(mean_known(each))
        for each in (errors, np.abs(peaks[:, last] - actual), np.abs(peaks[:, cycle] - actual))
    )
    return Backtest(
        windows=np.isfinite(actual).any(axis=2).sum(axis=1),
        mae=mae,
        mae_naive=naive,
        mae_seasonal_naive=seasonal,
        mase=mae / by_change,
        mase_naive=naive / by_change,
        mase_seasonal_naive=seasonal / by_change,
        coverage=_coverage(errors, expected, level),
        level=np.full(len(peaks), level),
    )


def _coverage(errors: Floats, expected: Floats, level: float) -> Floats:
    """Share [n] of known values within a normal interval, as wide as the other origins' errors say."""
    normal = NormalDist().inv_cdf((1 + level) / 2)
    inside, count = np.zeros(len(errors)), np.zeros(len(errors))
    for origin in range(errors.shape[1]):
        spread = _spread(np.delete(errors, origin, axis=1), np.delete(expected, origin, axis=1))
        known = np.isfinite(errors[:, origin])
        limit = normal * spread[:, None] * np.sqrt(expected[:, origin])
        inside += (known & (errors[:, origin] <= limit * (1 + 1e-9) + 1e-9)).sum(axis=1)
        count += known.sum(axis=1)
    return ratio(inside, count)
