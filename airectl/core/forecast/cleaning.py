"""What the models are given: a series without unknown, negative and infinite values, and what was done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from airectl.core.forecast.filling import fill, runs
from airectl.core.forecast.model import Bools, Cleaning, Floats, Ints

# In cycles of the longest season; the models forget what is older.
_OLDEST: Final = 8
_OLDEST_STEPS: Final = 1000
# Of a step of a minute and less, two weeks are enough to wait for.
_MOST_STEPS: Final = 20_000
# A gap longer than so many cycles of the longest season: what lies before it is another time.
_TOO_LONG: Final = 2
_TOO_LONG_STEPS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """`values` [n, t] without NaN from `start` [n] on (`start` t: nothing is known), `known` [n, t]: given as numbers.

    `notes`: what was found, spikes and level shifts aside.
    """

    values: Floats
    known: Bools
    start: Ints
    notes: tuple[Cleaning, ...]


def tidied(values: Floats, seasons: Sequence[int], oldest_steps: int) -> tuple[Floats, tuple[Cleaning, ...]]:
    """Of values [n, t]: infinite ones become unknown, negative ones 0; and what was found in each series.

    `used_from` of a note: what is older than `oldest_steps`, and what lies before a gap of more than two
    cycles of the longest season (14 steps without one), is not to be used.
    """
    infinite = np.isinf(values)
    negative = (values < 0) & ~infinite
    told = np.where(infinite, np.nan, np.where(negative, 0.0, values))
    known = np.isfinite(told)
    too_long = max(_TOO_LONG * max(seasons, default=0), _TOO_LONG_STEPS)
    oldest = max(values.shape[1] - oldest_steps, 0)
    return told, tuple(
        replace(_note(known[row], too_long, oldest), negative=int(below), infinite=int(beyond))
        for row, (below, beyond) in enumerate(zip(negative.sum(axis=1), infinite.sum(axis=1), strict=True))
    )


def clean(
    values: Floats, seasons: Sequence[int], left_out: Bools | None = None, oldest_steps: int | None = None
) -> Cleaned:
    """Tidy values [n, t] and fill their gaps.

    Without `oldest_steps` the last eight cycles of the longest season are used, but no more than 20,000 steps or
    two cycles; 1,000 steps at least.
    `left_out` [t]: steps of events, not given to the models but no gaps either.
    """
    if oldest_steps is None:
        oldest_steps = _usable(max(seasons, default=1))
    cleaned, notes = tidied(values, seasons, oldest_steps)
    start = np.array([note.used_from for note in notes], np.int64)
    known = np.isfinite(cleaned)
    given = known if left_out is None else known & ~left_out
    for row in np.flatnonzero(~given[:, start.min(initial=0) :].all(axis=1)).tolist():
        _fill(cleaned[row], given[row], notes[row].used_from, seasons)
    return Cleaned(values=cleaned, known=given, start=start, notes=notes)


def _usable(season: int) -> int:
    """How many steps of history the pool looks at."""
    return max(min(_OLDEST * season, _MOST_STEPS), _TOO_LONG * season, _OLDEST_STEPS)


def _note(known: Bools, too_long: int, oldest: int) -> Cleaning:
    """What of one series is known."""
    count = int(known.sum())
    if count in (0, len(known)):
        return Cleaning(known=count, used_from=oldest if count else len(known))
    at = np.flatnonzero(known)
    first, last = int(at[0]), int(at[-1])
    gaps = [(first + start, first + end) for start, end in runs(~known[first:])]
    long = [end for start, end in gaps if end - start > too_long and end <= last]
    return Cleaning(
        known=count,
        missing=sum(end - start for start, end in gaps),
        gaps=len(gaps),
        longest_gap=max((end - start for start, end in gaps), default=0),
        trailing=len(known) - 1 - last,
        used_from=max([first, oldest, *long]),
    )


def _fill(values: Floats, given: Bools, start: int, seasons: Sequence[int]) -> None:
    """Fill one series in place from `start` on.

    Where only events are known there, they stand for themselves; where nothing is, the last known value does.
    """
    used = values[start:]
    if given[start:].any():
        used[:] = fill(np.where(given[start:], used, np.nan), seasons)
    elif np.isfinite(used).any():
        used[:] = fill(used, seasons)
    elif np.isfinite(values[:start]).any():
        used[:] = values[:start][np.isfinite(values[:start])][-1]
