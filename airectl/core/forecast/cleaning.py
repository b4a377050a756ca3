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


def clean(values: Floats, seasons: Sequence[int], left_out: Bools | None = None, *, all_of_it: bool = False) -> Cleaned:
    """Of values [n, t], NaN where unknown: infinite ones become unknown, negative ones 0, then gaps are filled.

    Not used: what lies before a gap of more than two cycles of the longest season (14 steps without
    one), and, but for `all_of_it`, what is older than eight cycles and 1,000 steps. `left_out` [t]: steps
    of events, not given to the models but no gaps either.
    """
    infinite = np.isinf(values)
    negative = values < 0
    cleaned = np.where(infinite, np.nan, np.where(negative & ~infinite, 0.0, values))
    known = np.isfinite(cleaned)
    oldest = 0 if all_of_it else max(values.shape[1] - max(_OLDEST * max(seasons, default=1), _OLDEST_STEPS), 0)
    too_long = max(_TOO_LONG * max(seasons, default=0), _TOO_LONG_STEPS)
    notes = tuple(
        replace(
            _note(known[row], too_long, oldest),
            negative=int((negative & ~infinite)[row].sum()),
            infinite=int(infinite[row].sum()),
        )
        for row in range(len(values))
    )
    start = np.array([note.used_from for note in notes], np.int64)
    given = known if left_out is None else known & ~left_out
    for row in np.flatnonzero(~given[:, oldest:].all(axis=1)).tolist():
        _fill(cleaned[row], given[row], notes[row].used_from, seasons)
    return Cleaned(values=cleaned, known=given, start=start, notes=notes)


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
