"""Values for what is not known, so that models can run: what the season says, for them only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from airectl.core.forecast.model import Bools, Floats

# A gap up to this part of the shortest season is bridged with a straight line.
_SHORT: Final = 8


def runs(mask: Bools) -> Iterator[tuple[int, int]]:
    """First index and the one after the last of each run of True, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def fill(values: Floats, seasons: Sequence[int]) -> Floats:
    """One series [t] without its NaN; at least one value is known.

    A gap up to an eighth of the shortest season between known values: a straight line. A longer one: the
    value one cycle before, of the longest season if that is known, else of the shortest; at the start of the
    history one cycle after. What is left: the nearest known value.
    """
    filled = values.copy()
    unknown = np.isnan(values)
    at = np.arange(len(values))
    straight = np.interp(at, at[~unknown], values[~unknown])
    most = (seasons[0] if seasons else 1) // _SHORT
    for start, end in runs(unknown):
        if start > 0 and end < len(values) and end - start <= most:
            filled[start:end] = straight[start:end]
    for season in (*reversed(seasons), *(-season for season in seasons)):
        _copy(filled, season)
    return np.where(np.isnan(filled), straight, filled)


def _copy(values: Floats, season: int) -> None:
    """Take each unknown value from one cycle before it (after it where `season` is below 0), cycle by cycle."""
    towards = values if season > 0 else values[::-1]
    step = abs(season)
    for start in range(step, len(values), step):
        block = towards[start : start + step]
        np.copyto(block, towards[start - step : start - step + len(block)], where=np.isnan(block))
