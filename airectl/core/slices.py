"""Counts of good and valid events per slice of time: what every source gives and every budget reads."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from operator import sub
from typing import Final, cast

from airectl.core import columns

Number = columns.Number

# One byte a slice says what is known of it; only KNOWN slices can hold events.
BEFORE: Final = 0  # before the first sample
MISSING: Final = 1  # no samples although there should be
EXCLUDED: Final = 2  # maintenance, agreed not to count
KNOWN: Final = 3  # measured; without valid events it is a quiet one

# Shares of slices are summed to more digits than are kept, so that a sum that is a short decimal is
# that decimal: three slices of 1/3 are 1.
SCALE: Final = 10**60


@dataclass(frozen=True, kw_only=True)
class Slices:
    """Equal slices of `step_s` seconds from `start_s` (epoch) on, in order.

    `good[i]` of `valid[i]` events were good, 0 <= good <= valid; both are 0 where `states[i]` is not
    KNOWN. `whole` says that they are counts of events; weights and extrapolated numbers are not.
    `unlabelled` events of KNOWN slices wait for their label and are not in `valid`.

    What is worked out of them is kept: 28 days of minutes are looked at many times over.
    """

    start_s: int
    step_s: int
    good: Sequence[Number]
    valid: Sequence[Number]
    states: bytes
    whole: bool = True
    unlabelled: Sequence[Number] = ()

    def __len__(self) -> int:
        return len(self.states)

    @property
    def known(self) -> int:
        """Slices that were measured."""
        return self.states.count(KNOWN)

    @property
    def missing(self) -> int:
        """Slices without samples, although there were some before."""
        return self.states.count(MISSING)

    @property
    def excluded(self) -> int:
        """Slices that were agreed not to count."""
        return self.states.count(EXCLUDED)

    @property
    def before(self) -> int:
        """Slices before the first sample."""
        return self.states.count(BEFORE)

    @property
    def quiet(self) -> int:
        """Measured slices without a valid event."""
        return self.known - self.counted

    @cached_property
    def counted(self) -> int:
        """Slices with a valid event."""
        return len(self) if all(self.counts) else len(self) - list(self.counts).count(0)

    @cached_property
    def counts(self) -> Sequence[Number]:
        """`valid`; where `whole` as ints, since a float among them would lose digits in a product."""
        return whole_numbers(self.valid) if self.whole else self.valid

    @cached_property
    def bad(self) -> Sequence[Number]:
        """Valid events that were not good, of each slice; where `whole` as ints."""
        bad: list[Number] = [0] * len(self)
        for run in self._runs_with_bad:
            valid, good = self.valid[run], self.good[run]
            bad[run] = map(sub, whole_numbers(valid), whole_numbers(good)) if self.whole else map(sub, valid, good)
        return bad

    @cached_property
    def hits(self) -> Sequence[int]:
        """The indexes of slices in which not all was good."""
        indexes, bad = range(len(self)), self.bad
        return [index for run in self._runs_with_bad for index in compress(indexes[run], bad[run])]

    @cached_property
    def _runs_with_bad(self) -> list[slice]:
        """Runs of slices with a bad one among them."""
        return columns.differing(self.valid, self.good)

    @cached_property
    def events(self) -> tuple[Number, Number]:
        """Valid events, and how many of them were bad; where `whole` as ints."""
        return sum(self.counts), sum(self.bad)

    @cached_property
    def missed(self) -> Sequence[int]:
        """What share of its events was bad in each of the `hits`, in units of 1/SCALE.

        Rounded down, so that shares that are a target's worth exactly never add up to more.
        """
        pairs = ((self.bad[i], self.counts[i]) for i in self.hits)
        if self.whole:
            return [int(bad) * SCALE // int(valid) for bad, valid in pairs]
        ratios = ((bad / valid).as_integer_ratio() for bad, valid in pairs)
        return [above * SCALE // below for above, below in ratios]

    def cut(self, start_s: int, end_s: int) -> Slices:
        """The slices that lie wholly between two epoch seconds; none where there are none."""
        first = max(-(-(start_s - self.start_s) // self.step_s), 0)
        last = max(min((end_s - self.start_s) // self.step_s, len(self)), first)
        if (first, last) == (0, len(self)):
            return self
        return Slices(
            start_s=self.start_s + first * self.step_s,
            step_s=self.step_s,
            good=self.good[first:last],
            valid=self.valid[first:last],
            states=self.states[first:last],
            whole=self.whole,
            unlabelled=self.unlabelled[first:last],
        )

    def excluding(self, spans: Iterable[tuple[int, int]]) -> Slices:
        """The same without every slice that touches one of `spans`, pairs of epoch seconds.

        Excluded slices leave numerator and denominator alike.
        """
        spans = tuple(spans)
        if not spans:
            return self
        touched = [self._touched(*span) for span in spans]
        states = bytearray(self.states)
        for first, last in touched:
            states[first:last] = bytes([EXCLUDED]) * (last - first)
        return Slices(
            start_s=self.start_s,
            step_s=self.step_s,
            good=_without(self.good, touched),
            valid=_without(self.valid, touched),
            states=bytes(states),
            whole=self.whole,
            unlabelled=_without(self.unlabelled, touched) if self.unlabelled else (),
        )

    def _touched(self, start_s: int, end_s: int) -> tuple[int, int]:
        """The first and last index, the last exclusive, of slices that a span of time touches."""
        first = min(max((start_s - self.start_s) // self.step_s, 0), len(self))
        last = min(-(-(end_s - self.start_s) // self.step_s), len(self))
        return first, max(first, last)


def _without(numbers: Sequence[Number], spans: Iterable[tuple[int, int]]) -> list[Number]:
    kept = list(numbers)
    for first, last in spans:
        kept[first:last] = [0] * (last - first)
    return kept


def whole_numbers(numbers: Sequence[Number]) -> Sequence[int]:
    """Counts as ints, in what is quick to read: an array would make each of them anew, each time."""
    if isinstance(numbers, array) and numbers.typecode == "q":
        return cast("list[int]", numbers.tolist())
    # A sum is an int where all of its terms are.
    if isinstance(sum(numbers), int):
        return cast("Sequence[int]", numbers)
    return list(map(int, numbers))
