"""What each slice costs: its counted and its bad part in whole numbers, so that sums over them are exact.

What a tally says of one window, prefix sums over a ledger say of every window that slides over the
same slices, at the cost of one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from operator import mul, sub
from typing import cast

from airectl.core.budget import SCALE, TOLERANCE, Goal, slice_test
from airectl.core.slices import KNOWN, MISSING, Number, Slices
from airectl.core.slo import Method


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
    def overdrafts(self) -> list[int]:
        """Prefix sums of a·bad - b·counted: what the slices before each index spent beyond their own budget."""
        a, b = self.prices
        each = map(sub, map(a.__mul__, self.bad), map(b.__mul__, self.counted))
        return list(accumulate(each, initial=0))

    def spent(self) -> tuple[int, int, int]:
        """Of the window: bad, counted, live slices."""
        first = self.first
        return sum(self.bad[first:]), sum(self.counted[first:]), sum(self.live[first:])


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
    if goal.method is Method.OCCURRENCES:
        return _events(slices)
    counted = [int(valid != 0) for valid in slices.valid]
    if goal.method is Method.TIMESLICES:
        is_good = slice_test(goal, whole=slices.whole)
        pairs = zip(slices.good, slices.valid, strict=True)
        return [int(valid != 0 and not is_good(good, valid)) for good, valid in pairs], counted, 1
    share = _whole_share if slices.whole else _share
    pairs = zip(slices.good, slices.valid, strict=True)
    shares = [0 if good == valid else share(valid - good, valid) for good, valid in pairs]
    return shares, [each * SCALE for each in counted], SCALE


def _whole_share(bad: Number, valid: Number) -> int:
    # Rounded down, so that shares that are a target's worth exactly never add up to more.
    return int(bad) * SCALE // int(valid)


def _share(bad: Number, valid: Number) -> int:
    return int(Fraction(bad / valid) * SCALE)


def _events(slices: Slices) -> tuple[list[int], list[int], int]:
    if slices.whole:
        valid, good = _integers(slices.valid), _integers(slices.good)
        return list(map(sub, valid, good)), list(valid), 1
    ratios = [number.as_integer_ratio() for number in (*slices.valid, *slices.good)]
    # Denominators of floats are powers of two, so each divides the largest.
    scale = max((below for _, below in ratios), default=1)
    numbers = list(map(mul, (above for above, _ in ratios), (scale // below for _, below in ratios)))
    return list(map(sub, numbers, numbers[len(slices) :])), numbers[: len(slices)], scale


def _integers(counts: Sequence[Number]) -> Sequence[int]:
    """Counts as integers; a float among them would lose digits in a product."""
    return cast("Sequence[int]", counts) if set(map(type, counts)) <= {int} else list(map(int, counts))
