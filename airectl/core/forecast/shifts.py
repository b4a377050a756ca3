"""Level shifts and spikes: found and told, never smoothed away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np

from airectl.core.forecast.filling import runs
from airectl.core.forecast.model import Bools, Cleaning, Floats, LevelShift, Spike

# Robust standard deviations: a share of about 1e-4 of normal noise is beyond 4, of 1e-9 beyond 6.
_SHIFT: Final = 4.0
_SPIKE: Final = 6.0
_BY_MAD: Final = 1.4826
# Smaller changes of the level are not worth a line.
_LEAST: Final = 0.1
# In blocks: that long the new level must have held, or that long to the end of the history.
_HELD: Final = 4
_HELD_AT_END: Final = 2
_DAYS: Final = 7
# Cycles on either side of a value that say what is expected there.
_AROUND: Final = 2
_MOST: Final = 20


def found(
    notes: Sequence[Cleaning],
    used: tuple[Floats, Bools],
    seasons: Sequence[int],
    steps: tuple[int, int],
) -> tuple[Cleaning, ...]:
    """The notes with the shifts and spikes of `used`: values and which are known.

    `steps`: of the history at which `used` begins, and that each of its values is of.
    """
    first, block = steps
    both = zip(notes, level_shifts(used[0], seasons), spikes(*used, seasons), strict=True)
    return tuple(
        replace(
            note,
            used_from=first,
            shifts=tuple(replace(each, at=first + each.at * block) for each in shifts),
            spikes=tuple(replace(each, at=first + each.at * block) for each in far),
        )
        for note, shifts, far in both
    )


def level_shifts(values: Floats, seasons: Sequence[int]) -> list[tuple[LevelShift, ...]]:
    """Of each series [n, t]: where the mean of a block (a day) leaves that of the same block a week before.

    By more than four robust standard deviations of such differences and a tenth of the level, in one
    direction, for four blocks on end, or two at the end of the history. The first of them is the shift.
    """
    block, cycle = _blocks(seasons)
    count = values.shape[1] // block
    if count < 2 * cycle + 1:
        return [()] * len(values)
    offset = values.shape[1] - count * block
    means = values[:, offset:].reshape(len(values), count, block).mean(axis=2)
    change = means[:, cycle:] - means[:, :-cycle]
    usual = np.median(change, axis=1, keepdims=True)
    noise = _BY_MAD * np.median(np.abs(change - usual), axis=1, keepdims=True)
    level = np.abs(means).mean(axis=1, keepdims=True)
    far = np.abs(change - usual) > np.maximum(_SHIFT * noise, _LEAST * level)
    far &= level > 0
    told: list[tuple[LevelShift, ...]] = [()] * len(values)
    for row in np.flatnonzero(far.any(axis=1)).tolist():
        up = change[row] > usual[row]
        found = [*_held(far[row] & up), *_held(far[row] & ~up)]
        told[row] = tuple(_shift(means[row], cycle + at, cycle, block, offset) for at in _apart(found, cycle))
    return told


def _blocks(seasons: Sequence[int]) -> tuple[int, int]:
    """Steps of a block, and how many blocks a cycle has: a day and 7 for an hourly series, 1 and 7 for a daily one."""
    if len(seasons) > 1:
        return seasons[0], seasons[-1] // seasons[0]
    longest = seasons[0] if seasons else _DAYS
    parts = next(parts for parts in range(_DAYS, 0, -1) if longest % parts == 0)
    return longest // parts, parts


def _held(far: Bools) -> list[int]:
    """First index of each run that is long enough."""
    return [start for start, end in runs(far) if end - start >= (_HELD_AT_END if end == len(far) else _HELD)]


def _apart(found: list[int], cycle: int) -> list[int]:
    """In order, without what lies within a cycle of the one before: its echo."""
    told: list[int] = []
    for at in sorted(found):
        if not told or at - told[-1] > cycle:
            told.append(at)
    return told


def _shift(means: Floats, at: int, cycle: int, block: int, offset: int) -> LevelShift:
    before, after = means[max(at - cycle, 0) : at], means[at : at + cycle]
    return LevelShift(at=offset + at * block, before=float(before.mean()), after=float(after.mean()))


def spikes(values: Floats, known: Bools, seasons: Sequence[int]) -> list[tuple[Spike, ...]]:
    """Of each series: values far from the median of those at the same place in the two cycles before and after.

    Farther than six robust standard deviations of such distances, for less than an eighth of a cycle; the
    twenty farthest at most. Where most values meet their median exactly, a tenth of the mean stands for the deviation.
    """
    season = seasons[0] if seasons else 1
    length = values.shape[1]
    if length < (2 * _AROUND + 1) * season:
        return [()] * len(values)
    told: list[tuple[Spike, ...]] = [()] * len(values)
    expected = _expected(values, season)
    away = np.abs(values - expected)
    deviation = np.maximum(_BY_MAD * np.median(away, axis=1), _LEAST * np.abs(values).mean(axis=1))
    far = (away > _SPIKE * deviation[:, None]) & known
    for row in np.flatnonzero(far.any(axis=1)).tolist():
        short = (range(start, end) for start, end in runs(far[row]) if end - start <= max(season // 8, 1))
        at = sorted((step for run in short for step in run), key=lambda step: -away[row, step])
        told[row] = tuple(
            Spike(at=step, value=float(values[row, step]), expected=float(expected[row, step]))
            for step in sorted(islice(at, _MOST))
        )
    return told


def _expected(values: Floats, season: int) -> Floats:
    """At each step the median of the values one and two seasons before and after it, as far as there are such."""
    length = values.shape[1]
    around = []
    for cycles in (-_AROUND, -1, 1, _AROUND):
        at = np.arange(length) + cycles * season
        # At the ends the cycles of the other side stand in, so that it is always four.
        at = np.where(at < 0, at + (2 * _AROUND + 1) * season, at)
        at = np.where(at >= length, at - (2 * _AROUND + 1) * season, at)
        around.append(values[:, at])
    told: Floats = np.median(np.stack(around), axis=0)
    return told
