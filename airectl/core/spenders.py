"""The stretches of time that burned the most budget: where a postmortem starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nlargest
from itertools import accumulate
from operator import sub
from typing import Final

from airectl.core.ledger import Ledger

# So long after it last grew a stretch is over.
PAUSE_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """From `start_s` to `end_s` (epoch, exclusive) `bad` events or slices were bad: `share` of all that were."""

    start_s: int
    end_s: int
    bad: Fraction
    share: Fraction


def spenders(ledger: Ledger, most: int | None = None) -> list[Spender]:
    """The stretches of the window, at most so many of them, the costliest first; of equal ones the latest.

    The excess of a slice is what is bad in it beyond the window's mean share of bad. A stretch begins
    with a bad slice whose excess is not negative and ends with the one up to which the excesses add up
    to the most: that sum falls below 0 after it, or an hour goes by in which it does not get there
    again. What is bad outside of all stretches is spread thin, so shares add up to at most 1; where
    nothing is bad between stretches, to 1.
    """
    whole, counted, _ = ledger.spent()
    if not whole:
        return []
    bad = list(accumulate(ledger.bad, initial=0))
    found = ((bad[end] - bad[first], first, end) for first, end in _stretches(ledger, whole, counted))
    costliest = sorted(found, reverse=True) if most is None else nlargest(most, found)
    return [
        Spender(
            start_s=ledger.at(first),
            end_s=ledger.at(end),
            bad=Fraction(part, ledger.scale),
            share=Fraction(part, whole),
        )
        for part, first, end in costliest
    ]


def _stretches(ledger: Ledger, bad: int, counted: int) -> Iterator[tuple[int, int]]:
    """First and last index of each, the last exclusive. `bad` of `counted` is the window's mean."""
    each = map(sub, map(counted.__mul__, ledger.bad), map(bad.__mul__, ledger.counted))
    sums = list(accumulate(each, initial=0))
    # Only a bad slice can begin or end a stretch; the sum falls from one to the next.
    hits = [index for index in range(ledger.first, len(ledger)) if ledger.bad[index]]
    place = 0
    while place < len(hits):
        if sums[hits[place] + 1] >= sums[hits[place]]:
            first, last = hits[place], _last(hits, place, sums, PAUSE_S // ledger.step_s)
            yield first, hits[last] + 1
            place = last
        place += 1


def _last(hits: Sequence[int], place: int, sums: Sequence[int], pause: int) -> int:
    """Of the stretch that begins with `hits[place]`, the place of its last bad slice."""
    start, last = sums[hits[place]], place
    for next_ in range(place + 1, len(hits)):
        index = hits[next_]
        if sums[index] < start or index - hits[last] - 1 > pause:
            break
        if sums[index + 1] >= sums[hits[last] + 1]:
            last = next_
    return last
