"""How much each member of the pool counts, and how their forecasts become one.

A member counts by how it did in the backtest, and the recent origins count most: what demand did before it
changed says little of what it will do. The members' forecasts are joined by their weighted middle, so that
members which are far off pull nothing: where most of the weight says 0, the forecast is 0.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats

# In origins. From 2 to 8 it hardly matters; none at all is worse on all series that were tried.
_HALF_LIFE: Final = 4
# An error below this share of the largest is as good as none: so many digits a sum of floats has left.
_LEAST: Final = 1e-9
# Of the weight, on either side.
_TRIMMED: Final = 0.4


def errors_of_origins(errors: Floats) -> tuple[Floats, Floats]:
    """Of mean absolute errors [m, n, origins]: each by the mean of all members there, and what an origin counts.

    So a quiet day counts as much as a stormy one. An origin of which nothing is known (NaN) counts 0; where
    no member errs, all are alike. Recency halves the count each 4 origins.
    """
    mean = errors.mean(axis=0)
    counts = np.where(np.isfinite(mean), 0.5 ** (np.arange(errors.shape[2])[::-1] / _HALF_LIFE), 0.0)
    relative = np.divide(errors, mean, out=np.ones_like(errors), where=mean > 0)
    return relative, counts


def weights(errors: Floats, counts: Floats, power: int) -> Floats:
    """1 by the `power` of each member's mean relative error [m, n, origins], as origins count [n, origins]: [m, n].

    Scaled to sum 1. Errors below one billionth of the largest count as that, so members without error
    share the weight among them. Without an origin all count alike.
    """
    return _scaled((errors * counts).sum(axis=2), power)


def weights_without(errors: Floats, counts: Floats, power: int) -> Floats:
    """The same for each origin, made from the other ones: [m, n, origins]."""
    each = errors * counts
    return _scaled(np.maximum(each.sum(axis=2, keepdims=True) - each, 0.0), power)


def _scaled(sums: Floats, power: int) -> Floats:
    most = sums.max(axis=0)
    relative = np.divide(sums, most, out=np.ones_like(sums), where=most > 0)
    np.maximum(relative, _LEAST, out=relative)
    raw = (relative.min(axis=0) / relative) ** power  # by the best, so that no power overflows
    told: Floats = raw / raw.sum(axis=0)
    return told


def middle(forecasts: Floats, weights: Floats) -> Floats:
    """Of forecasts [m, ..., h] with weights [m, ...]: the mean of the middle fifth of the weight, step by step.

    40 % of the weight are left out below and 40 % above.
    """
    order = np.argsort(forecasts, axis=0, kind="stable")
    ordered = np.take_along_axis(forecasts, order, axis=0)
    share = np.take_along_axis(np.broadcast_to(weights[..., None], forecasts.shape), order, axis=0)
    until = np.cumsum(share, axis=0)
    inside = np.minimum(until, 1 - _TRIMMED) - np.maximum(until - share, _TRIMMED)
    # A share that only rounding put there would let a member in that is far off.
    inside[inside < _LEAST] = 0.0
    told: Floats = np.einsum("m...,m...->...", ordered, inside) / inside.sum(axis=0)
    return told
