"""Ratios and means where something is not known."""

from __future__ import annotations

import math

import numpy as np

from airectl.core.forecast.model import Bools, Floats, Ints


def ratio(above: Floats, below: Floats | Ints, otherwise: float = math.nan) -> Floats:
    """`above` by `below`, and `otherwise` where that is not above 0."""
    told: Floats = np.divide(above, below, out=np.full(np.shape(above), otherwise), where=np.asarray(below) > 0)
    return told


def mean_known(values: Floats, known: Bools | None = None) -> Floats:
    """The mean over the last axis of what is known (not NaN); NaN where nothing is."""
    finite = np.isfinite(values) if known is None else known
    total: Floats = np.where(finite, values, 0.0).sum(axis=-1)
    return ratio(total, finite.sum(axis=-1))
