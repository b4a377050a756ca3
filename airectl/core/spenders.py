"""The stretches of time that burned the most budget: where a postmortem starts from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nlargest
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
    whole, _, _ = ledger.spent
    if not whole:
        return []
    bad = ledger.bad_sums
    found = ((bad[end] - bad[first], first, end) for first, end in _stretches(ledger))
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


def _stretches(ledger: Ledger) -> Iterator[tuple[int, int]]:
    """First and last index of each, the last exclusive."""
    hits = _Hits.of(ledger)
    pause = PAUSE_S // ledger.step_s
    place = 0
    while place < len(hits.at):
        last = hits.last(place, pause)
        yield hits.at[place], hits.at[last] + 1
        place = last + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hits:
    """Bad slices whose excess is not negative, `at` these indexes, with the sum of excesses `before` and `after` each.

    Only they can begin or end a stretch: the sum falls from one to the next.
    """

    at: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]

    @classmethod
    def of(cls, ledger: Ledger) -> _Hits:
        """Those of the window."""
        first, bad, counts = ledger.first, ledger.bad, ledger.counts
        bad_sums, count_sums = ledger.bad_sums, ledger.count_sums
        whole, all_ = bad_sums[-1] - bad_sums[first], count_sums[-1] - count_sums[first]
        at = [i for i in ledger.hits[bisect_left(ledger.hits, first) :] if all_ * bad[i] >= whole * counts[i]]
        return cls(
            at=at,
            before=[all_ * bad_sums[i] - whole * count_sums[i] for i in at],
            after=[all_ * bad_sums[i + 1] - whole * count_sums[i + 1] for i in at],
        )

    def last(self, place: int, pause: int) -> int:
        """Of the stretch that begins with the hit at `place`, the place of the last one."""
        at, before, after = self.at, self.before, self.after
        start, highest, last, until = before[place], after[place], place, at[place] + pause + 1
        for next_ in range(place + 1, len(at)):
            if before[next_] < start or at[next_] > until:
                break
            if after[next_] >= highest:
                highest, last, until = after[next_], next_, at[next_] + pause + 1
        return last
