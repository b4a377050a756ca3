"""Values of a query at the end of each slice: one number a slice, none, or one that is no number."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from airectl.sources.prometheus.slices.counting import Line, Numbers, exactly
from airectl.sources.prometheus.slices.spans import Stretch

# One byte a slice says what the query gave there.
ABSENT: Final = 0
VALUE: Final = 1
NO_NUMBER: Final = 2  # NaN, such as 0/0 of a quiet service, or an infinity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What a query gave for each slice of a stretch. `numbers[i]` is 0 where `states[i]` is not VALUE.

    `series` is how many it gave at the most, and `labels` are those that they differ in. `before`: whether
    there were samples before the stretch; None: that was not asked.
    """

    numbers: Numbers
    states: bytes
    series: int = 0
    labels: tuple[str, ...] = ()
    before: bool | None = None

    def cut(self, first: int, last: int) -> Sampled:
        """Slices `first` to `last`, the second exclusive."""
        return Sampled(
            numbers=self.numbers[first:last], states=self.states[first:last], series=self.series, labels=self.labels
        )


def sample(lines: Sequence[Line], stretch: Stretch) -> Sampled:
    """The values of the one series, or of the series that follow one another.

    Where several have a value at once the first one's is taken, and `series` says so.
    """
    numbers = array("d", bytes(8 * stretch.slices))
    states = bytearray(stretch.slices)
    per_slice = bytearray(stretch.slices)
    for line in lines:
        for index, value in _placed(line, stretch):
            per_slice[index] = min(per_slice[index] + 1, 255)
            if states[index] == ABSENT:
                states[index] = VALUE if isfinite(value) else NO_NUMBER
                numbers[index] = value if isfinite(value) else 0.0
    return Sampled(numbers=exactly(numbers), states=bytes(states), series=max(per_slice, default=0))


def _placed(line: Line, stretch: Stretch) -> list[tuple[int, float]]:
    """Slice and value: that at boundary i + 1 belongs to slice i."""
    first_s, step_s = stretch.start_s + stretch.step_s, stretch.step_s
    return [
        (index, value)
        for time, value in zip(line.times, line.values, strict=True)
        if 0 <= (index := int(time - first_s) // step_s) < stretch.slices
    ]


def quiet_where_present(sampled: Sampled, there: bytes) -> Sampled:
    """The same without a number, and no more absent, where `there` is 1.

    A share of nothing is left out of an answer by some servers, and by a query such as `a / (b > 0)`.
    """
    pairs = zip(sampled.states, there, strict=True)
    return replace(sampled, states=bytes([NO_NUMBER if is_ and s == ABSENT else s for s, is_ in pairs]))


def where_present(sampled: Sampled, present: Sampled) -> Sampled:
    """The same without values where `present` has none: `or vector(0)` has one though nothing is measured."""
    there = [each != ABSENT for each in present.states]
    kept = [number if is_ else 0 for number, is_ in zip(sampled.numbers, there, strict=True)]
    numbers = array(sampled.numbers.typecode, kept)
    states = bytes([state if is_ else ABSENT for state, is_ in zip(sampled.states, there, strict=True)])
    return replace(sampled, numbers=numbers, states=states)
