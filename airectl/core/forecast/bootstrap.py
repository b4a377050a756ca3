"""Futures drawn from the trends: how uncertain a line far ahead is, and which line it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats, Ints
from airectl.core.forecast.trends import Fit

# Days that are drawn together, so that noise which lasts keeps lasting.
_BLOCK: Final = 7


def drawn(fits: Sequence[Fit], weights: Floats, spread: Floats, paths: int, rng: np.random.Generator) -> Floats:
    """Futures [n, paths, h] of n series whose trends count `weights` [m, n].

    Each path belongs to one trend, to each in proportion to its weight. Its residuals are drawn anew in blocks
    of a week: those within the window move the line as a new fit would, those after it are the noise of the
    future. Both are `spread` [n] as wide as the residuals. The draws are the same for all series.
    """
    count, horizon = fits[0].forecast.shape
    belongs = _belongs(weights, rng.permutation(paths))
    told = np.empty((count, paths, horizon))
    for place, each in enumerate(fits):
        days = each.residuals.shape[1]
        days_drawn = _blocks(days, days + horizon, paths, rng)
        series, path = np.nonzero(belongs == place)
        noise = each.residuals[series[:, None], days_drawn[path]]
        moved = noise[:, :days] @ each.response + noise[:, days:]
        told[series, path] = each.told(each.forecast[series] + moved * spread[series][:, None])
    return told


def _belongs(weights: Floats, order: Ints) -> Ints:
    """Which trend [n, paths] each path is of: the places in `order` are shared out by weight."""
    until = np.cumsum(weights, axis=0)
    at = (order + 0.5) / len(order)
    told: Ints = (at > until[:, :, None]).sum(axis=0)
    return np.minimum(told, len(weights) - 1)


def _blocks(days: int, length: int, paths: int, rng: np.random.Generator) -> Ints:
    """Which days [paths, length] are drawn: blocks of a week, that go on at the start when the end is reached."""
    starts = rng.integers(0, days, (paths, -(-length // _BLOCK)))
    told: Ints = (starts[:, :, None] + np.arange(_BLOCK)).reshape(paths, -1)[:, :length] % days
    return told
