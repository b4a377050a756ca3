"""Counts of good and valid events per slice of time: what every source gives and every budget reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import le, ne
from typing import Final

Number = int | float

# One byte a slice says what is known of it; only KNOWN slices can hold events.
BEFORE: Final = 0  # before the first sample
MISSING: Final = 1  # no samples although there should be
EXCLUDED: Final = 2  # maintenance, agreed not to count
KNOWN: Final = 3  # measured; without valid events it is a quiet one


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """Equal slices of `step_s` seconds from `start_s` (epoch) on, in order.

    `good[i]` of `valid[i]` events were good, 0 <= good <= valid; both are 0 where `states[i]` is not
    KNOWN. `whole` says that they are counts of events; weights and extrapolated numbers are not.
    `unlabelled` events of KNOWN slices wait for their label and are not in `valid`.
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
        return list(self.valid).count(0) - (len(self) - self.known)

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
        states = bytearray(self.states)
        for start_s, end_s in spans:
            first = max((start_s - self.start_s) // self.step_s, 0)
            last = min(-(-(end_s - self.start_s) // self.step_s), len(self))
            if first < last:
                states[first:last] = bytes([EXCLUDED]) * (last - first)
        return Slices(
            start_s=self.start_s,
            step_s=self.step_s,
            good=_where_known(self.good, states),
            valid=_where_known(self.valid, states),
            states=bytes(states),
            whole=self.whole,
            unlabelled=_where_known(self.unlabelled, states),
        )


def _where_known(numbers: Sequence[Number], states: bytearray) -> list[Number]:
    return [number if state == KNOWN else 0 for number, state in zip(numbers, states, strict=False)]


def clip(good: Sequence[Number], valid: Sequence[Number]) -> tuple[Sequence[Number], int]:
    """`good` bounded by 0 and `valid`, and how many slices that changed.

    More good than valid events is what extrapolation and rows outside of `total` look like.
    """
    if all(map(le, good, valid)) and min(good, default=0) >= 0:
        return good, 0
    clipped = [min(max(part, 0), whole) for part, whole in zip(good, valid, strict=True)]
    return clipped, sum(map(ne, good, clipped))
