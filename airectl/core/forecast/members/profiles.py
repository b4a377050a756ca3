"""The seasonal profile of a history: what each place in the season has above or below its cycle's mean."""

from __future__ import annotations

from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats

_FADES: Final = 0.3


def profile_of(history: Floats, season: int) -> Floats:
    """Of values [n, t], t >= season: [n, season], mean 0; place 0 is that of the first value after the history.

    Cycles are counted back from the end, and the a-th of them (0 the last) counts e^(-0.3 a). What is left
    over at the start is not looked at.
    """
    cycles = history.shape[1] // season
    blocks = history[:, history.shape[1] - cycles * season :].reshape(len(history), cycles, season)
    weights = np.exp(-_FADES * np.arange(cycles)[::-1])
    centred = blocks - blocks.mean(axis=2, keepdims=True)
    told: Floats = np.einsum("c,ncs->ns", weights / weights.sum(), centred)
    return told


def laid(profile: Floats, before: int, after: int) -> tuple[Floats, Floats]:
    """The profile over so many steps up to the end of the history, and over so many after it."""
    season = profile.shape[1]
    return profile[:, np.arange(-before, 0) % season], profile[:, np.arange(after) % season]
