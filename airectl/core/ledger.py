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
from operator import sub
from typing import Final, cast

from airectl.core.budget import SCALE, TOLERANCE, Goal, bad_slices, missed_shares
from airectl.core.slices import KNOWN, MISSING, Number, Slices
from airectl.core.slo import Method

# Binary digits of a float.
_DIGITS: Final = 53
# Up to here a float that is multiplied by a power of two stays a float, with the same digits.
_LARGEST: Final = 1 << 900


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Slices of `step_s` seconds from `start_s` (epoch) on; the last `size` of them are the window.

    `bad[i]` of `counted[i]` were bad, both in units of 1/`scale` events (Occurrences) or slices.
    `live[i]` is 1 where a slice was measured, or is missing and taken to be bad. `exact` is False where
    the source gave weights: an overdraft within rounding is then none.
    """

    goal: Goal
    start_s: int
    step_s: int
    size: int
    bad: Sequence[int]
    counted: Sequence[int]
    live: bytes
    scale: int
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
    def prices(self) -> tuple[int, int]:
        """Whole a and b such that an amount of bad in so much counted is an overdraft when a·bad > b·counted."""
        numerator, denominator = (1 - self.goal.target).as_integer_ratio()
        if self.exact:
            return denominator, numerator
        most = TOLERANCE.denominator
        return denominator * most, numerator * most + denominator

    @cached_property
    def bad_sums(self) -> list[int]:
        """What was bad in the slices before each index, from 0 to the end of all."""
        return list(accumulate(self.bad, initial=0))

    @cached_property
    def counted_sums(self) -> list[int]:
        """What counted in the slices before each index, from 0 to the end of all."""
        return list(accumulate(self.counted, initial=0))

    def overdraft(self, first: int, end: int) -> int:
        """a·bad - b·counted of the slices from `first` up to `end`, exclusive: above 0 they are over their budget."""
        a, b = self.prices
        bad, counted = self.bad_sums, self.counted_sums
        return a * (bad[end] - bad[first]) - b * (counted[end] - counted[first])

    @cached_property
    def spent(self) -> tuple[int, int, int]:
        """Of the window: bad, counted, live slices."""
        first = self.first
        return sum(self.bad[first:]), sum(self.counted[first:]), self.live.count(1, first)


def ledger(slices: Slices, goal: Goal, size: int, no_data: str = "unknown") -> Ledger:
    """The ledger of `slices`, exclusions already taken out; its window are the last `size`, or all there are.

    Missing slices that are `bad` cost a whole slice, or for Occurrences as many events as the window's
    measured slices have on average, which is the tally's rule for the window itself.
    """
    bad, counted, scale = _amounts(slices, goal)
    assumed = no_data == "bad" and MISSING in slices.states
    live = bytes(int(state == KNOWN or (assumed and state == MISSING)) for state in range(256))
    size = min(size, len(slices))
    if assumed:
        whole, parts = _whole_slice(slices, goal, size, counted, scale)
        bad, counted, scale = [each * parts for each in bad], [each * parts for each in counted], scale * parts
        for index, state in enumerate(slices.states):
            if state == MISSING:
                bad[index] = counted[index] = whole
    return Ledger(
        goal=goal,
        start_s=slices.start_s,
        step_s=slices.step_s,
        size=size,
        bad=bad,
        counted=counted,
        live=slices.states.translate(live),
        scale=scale,
        exact=slices.whole,
    )


def _whole_slice(slices: Slices, goal: Goal, size: int, counted: Sequence[int], scale: int) -> tuple[int, int]:
    """What a slice that is wholly bad costs, and into how many parts the scale is cut for that to be whole."""
    if goal.method is not Method.OCCURRENCES:
        return scale, 1
    first = len(slices) - size
    return sum(counted[first:]), slices.states[first:].count(KNOWN) or 1


def _amounts(slices: Slices, goal: Goal) -> tuple[list[int], list[int], int]:
    """Bad and counted of each slice, and the scale they are in."""
    match goal.method:
        case Method.OCCURRENCES:
            return _events(slices)
        case Method.TIMESLICES:
            scale, amounts = 1, dict.fromkeys(bad_slices(slices, goal), 1)
        case Method.RATIO_TIMESLICES:
            scale, amounts = SCALE, dict(zip(slices.hits, missed_shares(slices), strict=True))
    bad = [0] * len(slices)
    for index, amount in amounts.items():
        bad[index] = amount
    if slices.counted == len(slices):
        return bad, [scale] * len(slices), scale
    return bad, [scale if valid else 0 for valid in slices.counts], scale


def _events(slices: Slices) -> tuple[list[int], list[int], int]:
    if slices.whole:
        return cast("list[int]", slices.bad), cast("list[int]", slices.counts), 1
    scale = _scale((*slices.valid, *slices.good))
    valid, good = _scaled(slices.valid, scale), _scaled(slices.good, scale)
    return list(map(sub, valid, good)), valid, scale


def _scale(numbers: Sequence[Number]) -> int:
    """A power of two by which each number is whole: none has a finer last place than the smallest one."""
    least = min(filter(None, numbers), default=1)
    return 1 << max(_DIGITS - frexp(least)[1], 0)


def _scaled(numbers: Sequence[Number], scale: int) -> list[int]:
    """The numbers times `scale`, exactly."""
    if scale < _LARGEST and max(numbers, default=0) < 1 << _DIGITS:
        return list(map(int, map(float(scale).__mul__, numbers)))
    ratios = (number.as_integer_ratio() for number in numbers)
    return [above * (scale // below) for above, below in ratios]
