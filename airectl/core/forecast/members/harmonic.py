"""Harmonic regression: sines and cosines of the seasons and a trend, the recent past counting most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats
from airectl.core.forecast.ratios import ratio
from airectl.core.forecast.seasons import Shape

_PAIRS: Final = (8, 6)
_RIDGE: Final = 1.0
_TREND_RIDGE: Final = 20.0
# In cycles of the longest season.
_HALF_LIFE: Final = 2
_LONGEST_MEMORY: Final = 0.99


def harmonic(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """Ridge regression, plus the last residual, which fades as the residuals' correlation with the one before says.

    8 pairs of the shortest season and 6 of the longest, fewer where a season is short. The penalty is 1 a
    coefficient and 20 for the trend (in cycles of the longest season), 0 for the mean; weights halve each
    two cycles of the longest season. All series of one length share one solution.
    """
    told = np.empty((len(values), len(ends), shape.horizon))
    for place, end in enumerate(ends):
        told[:, place] = _fitted(values[:, :end], shape)
    return told


def harmonic_of_logs(values: Floats, ends: Sequence[int], shape: Shape) -> Floats:
    """The same on log1p of the values by a tenth of their mean: seasons that grow with the level.

    Demand of a tenth of the mean and less is seen as it is, more by its ratio.
    """
    told = np.empty((len(values), len(ends), shape.horizon))
    for place, end in enumerate(ends):
        history = values[:, :end]
        unit = np.maximum(history.mean(axis=1, keepdims=True) / 10, np.finfo(float).tiny)
        # A trend of logs goes far beyond all that was seen: no more than 10 times the largest value.
        most = np.log1p(10 * history.max(axis=1, keepdims=True) / unit)
        told[:, place] = np.expm1(np.minimum(_fitted(np.log1p(history / unit), shape), most)) * unit
    return told


def _fitted(history: Floats, shape: Shape) -> Floats:
    known = history.shape[1]
    longest = shape.seasons[-1] if shape.seasons else known
    at = np.arange(-known, shape.horizon)
    columns = np.stack([np.ones(len(at)), at / longest, *_waves(at, shape.within(known, cycles=2))], axis=1)
    penalty = np.full(columns.shape[1], _RIDGE)
    penalty[:2] = 0.0, _TREND_RIDGE
    past, future = columns[:known], columns[known:]
    weights = 0.5 ** (-at[:known] / (_HALF_LIFE * longest))
    weighted = past * weights[:, None]
    solution = np.linalg.solve(past.T @ weighted + np.diag(penalty), weighted.T)
    coefficients = history @ solution.T
    residuals = history - coefficients @ past.T
    fading = memory(residuals)[:, None] ** np.arange(1, shape.horizon + 1)
    told: Floats = coefficients @ future.T + residuals[:, -1:] * fading
    return told


def _waves(at: Floats, seasons: tuple[int, ...]) -> Iterator[Floats]:
    for season, most in zip((*seasons[:1], *seasons[1:][-1:]), _PAIRS, strict=False):
        for pair in range(1, min(most, (season - 1) // 2) + 1):
            angle = 2 * np.pi * pair * at / season
            yield from (np.sin(angle), np.cos(angle))


def memory(residuals: Floats) -> Floats:
    """Correlation of values [n, t] with the ones before them, 0 to 0.99; 0 where nothing changes."""
    square = np.einsum("nt,nt->n", residuals, residuals)
    product = np.einsum("nt,nt->n", residuals[:, 1:], residuals[:, :-1])
    told: Floats = np.clip(ratio(product, square, 0.0), 0, _LONGEST_MEMORY)
    return told
