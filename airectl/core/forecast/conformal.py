"""Intervals from the errors of earlier origins."""

from __future__ import annotations

import math

import numpy as np

from airectl.core.forecast.model import Floats


def scores(errors: Floats, level: float) -> Floats:
    """Of absolute errors [n, origins, h] (NaN: not known): [n, origins], the ceil(level · h)-th smallest of each.

    An origin of which nothing is known has NaN.
    """
    ordered = np.sort(errors, axis=2)  # NaN come last
    known = np.isfinite(errors).sum(axis=2)
    place = np.maximum(np.ceil(level * known - 1e-9).astype(np.int64), 1) - 1
    told: Floats = np.take_along_axis(ordered, place[:, :, None], axis=2)[:, :, 0]
    return told


def radius(scores: Floats, level: float) -> tuple[Floats, Floats]:
    """Of scores [n, origins]: the ceil((m + 1) · level)-th smallest of the m known ones, and what level that is.

    With m scores the largest promises m / (m + 1) at most: where that is below `level`, the radius is the
    largest and the level m / (m + 1). Without a score the radius is NaN and the level 0.

    Source: Vovk et al. 2005; Angelopoulos and Bates 2021, https://arxiv.org/abs/2107.07511
    """
    # One unknown score more, so that there is one to take.
    ordered = np.sort(np.pad(scores, ((0, 0), (0, 1)), constant_values=math.nan), axis=1)
    known = np.isfinite(scores).sum(axis=1)
    place = np.minimum(np.ceil((known + 1) * level - 1e-9).astype(np.int64), known)
    told = np.take_along_axis(ordered, np.maximum(place, 1)[:, None] - 1, axis=1)[:, 0]
    return np.where(known > 0, told, math.nan), np.where(known > 0, np.minimum(level, known / (known + 1)), 0.0)
