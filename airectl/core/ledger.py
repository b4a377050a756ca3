"""What each slice costs: its counted and its bad part in whole numbers, so that sums over them are exact.

What a tally says of one window, prefix sums over a ledger say of every window that slides over the
same slices, at the cost of one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import frexp
from typing import Final, NamedTuple, cast

from airectl.core.budget import TOLERANCE, Goal, bad_slices
from airectl.core.slices import KNOWN, MISSING, SCALE, Number, Slices
from airectl.core.slo import Method

# Binary digits of a float.
_DIGITS: Final = 53
# Up to here a float that is multiplied by a power of two stays a float, with the same digits.
_LARGEST: Final = 1 << 900


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Slices of `step_s` seconds from `start_s` (epoch) on; the last `size` of them are the window.

    `bad[i]` of each slice was bad, in units of 1/`scale` events (Occurrences) or slices, and `counts[i]` times
    `unit` of these counted; `hits` are the indexes of those with a bad part. `live[i]` is 1 where a slice was
    measured, or is missing and taken to be bad. `exact` is False where the source gave weights: an overdraft
    within rounding is then none.
    """

    goal: Goal
    start_s: int
    step_s: int
    size: int
    bad: Sequence[int]
    counts: Sequence[int]
    hits: Sequence[int]
    live: bytes
    scale: int
    unit: int
    exact: bool

    def __len__(self) -> int:
        return len(self.bad)

    @property
    def first(self) -> int:
        """The index of the window's first slice."""
        return len(self) - self.size

    def at(self, index: int) -> int:
        """The epoch second at which slice `index` starts."""
        return self.start_s + index * self.step_s

    @property
    def counted(self) -> list[int]:
        """What counted in each slice, in the same units as `bad`."""
        return [self.unit * each for each in self.counts]

    @property
    def prices(self) -> tuple[int, int]:
        """Whole a and b such that an amount of bad in so many counts is an overdraft when a·bad > b·counts."""
        numerator, denominator = (1 - self.goal.target).as_integer_ratio()
        if self.exact:
            return denominator, numerator * self.unit
        most = TOLERANCE.denominator
        return denominator * most, (numerator * most + denominator) * self.unit

    @cached_property
    def bad_sums(self) -> list[int]:
        """What was bad in the slices before each index, from 0 to the end of all."""
        return list(accumulate(self.bad, initial=0))

    @cached_property
    def count_sums(self) -> list[int]:
        """The counts of the slices before each index, from 0 to the end of all."""
        return list(accumulate(self.counts, initial=0))

    def overdraft(self, first: int, end: int) -> int:
        """a·bad - b·counts of the slices from `first` up to `end`, exclusive: above 0 they are over their budget."""
        a, b = self.prices
        bad, counts = self.bad_sums, self.count_sums
        return a * (bad[end] - bad[first]) - b * (counts[end] - counts[first])

    @cached_property
    def spent(self) -> tuple[int, int, int]:
        """Of the window: what was bad, what counted in the same units, and how many slices were live."""
        first = self.first
        return sum(self.bad[first:]), sum(self.counts[first:]) * self.unit, self.live.count(1, first)


def ledger(slices: Slices, goal: Goal, size: int, no_data: str = "unknown") -> Ledger:
    """The ledger of `slices`, exclusions already taken out; its window are the last `size`, or all there are.

    Missing slices that are `bad` cost a whole slice, or for Occurrences as many events as the window's
    measured slices have on average, which is the tally's rule for the window itself.
    """
    amounts = _amounts(slices, goal)
    assumed = no_data == "bad" and MISSING in slices.states
    live = bytes(int(state == KNOWN or (assumed and state == MISSING)) for state in range(256))
    size = min(size, len(slices))
    if assumed:
        amounts = _with_missing(amounts, slices, goal, size)
    return Ledger(
        goal=goal,
        start_s=slices.start_s,
        step_s=slices.step_s,
        size=size,
        bad=amounts.bad,
        counts=amounts.counts,
        hits=amounts.hits,
        live=slices.states.translate(live),
        scale=amounts.scale,
        unit=amounts.unit,
        exact=slices.whole,
    )


class _Amounts(NamedTuple):
    """As in a ledger."""

    bad: Sequence[int]
    counts: Sequence[int]
    hits: Sequence[int]
    scale: int = 1
    unit: int = 1


def _amounts(slices: Slices, goal: Goal) -> _Amounts:
    if goal.method is Method.OCCURRENCES:
        return _events(slices)
    counts = [1] * len(slices) if slices.counted == len(slices) else list(map(int, map(bool, slices.counts)))
    bad = [0] * len(slices)
    if goal.method is Method.TIMESLICES:
        hits = bad_slices(slices, goal)
        for index in hits:
            bad[index] = 1
        return _Amounts(bad, counts, hits)
    for index, amount in zip(slices.hits, slices.missed, strict=True):
        bad[index] = amount
    return _Amounts(bad, counts, slices.hits, scale=SCALE, unit=SCALE)


def _with_missing(amounts: _Amounts, slices: Slices, goal: Goal, size: int) -> _Amounts:
    """The same with a slice that is wholly bad for each missing one.

    By Occurrences that is the mean of the window's measured slices: all is cut into parts for it to be whole.
    """
    whole, parts = 1, 1
    if goal.method is Method.OCCURRENCES:
        first = len(slices) - size
        whole, parts = sum(amounts.counts[first:]), slices.states[first:].count(KNOWN) or 1
    bad, counts = [each * parts for each in amounts.bad], [each * parts for each in amounts.counts]
    for index, state in enumerate(slices.states):
        if state == MISSING:
            bad[index], counts[index] = whole * amounts.unit, whole
    hits = [index for index, amount in enumerate(bad) if amount]
    return _Amounts(bad, counts, hits, scale=amounts.scale * parts, unit=amounts.unit)


def _events(slices: Slices) -> _Amounts:
    if slices.whole:
        return _Amounts(cast("Sequence[int]", slices.bad), cast("Sequence[int]", slices.counts), slices.hits)
    good = [slices.good[i] for i in slices.hits]
    scale = _scale(slices.valid, good)
    valid = _scaled(slices.valid, scale)
    bad = [0] * len(slices)
    for index, amount in zip(slices.hits, _scaled(good, scale), strict=True):
        bad[index] = valid[index] - amount
    return _Amounts(bad, valid, slices.hits, scale=scale)


def _scale(*columns: Sequence[Number]) -> int:
    """A power of two by which each number is whole: none has a finer last place than the smallest one."""
    least = min((min(filter(None, column), default=1) for column in columns), default=1)
    return 1 << max(_DIGITS - frexp(least)[1], 0)


def _scaled(numbers: Sequence[Number], scale: int) -> list[int]:
    """The numbers times `scale`, exactly."""
    if scale < _LARGEST and max(numbers, default=0) < 1 << _DIGITS:
        return list(map(int, map(float(scale).__mul__, numbers)))
    ratios = (number.as_integer_ratio() for number in numbers)
    return [above * (scale // below) for above, below in ratios]
