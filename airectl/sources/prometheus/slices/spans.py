"""Spans: fixed stretches of slices, each asked for, computed and kept on its own.

A span begins a whole number of spans after the epoch (after the slices' own offset from it), so that
the same slices lie in the same span in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Prometheus answers at most 11,000 points a series. A span has a point more than it has slices.
SLICES: Final = 10_080
# Long slices: not more of the past than anyone asks for.
_LONGEST_S: Final = 35 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """`slices` slices of `step_s` seconds from `start_s` (epoch) on. Slice i ends at boundary i + 1."""

    start_s: int
    step_s: int
    slices: int

    @property
    def end_s(self) -> int:
        """The last boundary."""
        return self.start_s + self.slices * self.step_s

    def from_slice(self, first: int) -> Stretch:
        """The slices from `first` on."""
        return Stretch(start_s=self.start_s + first * self.step_s, step_s=self.step_s, slices=self.slices - first)


def length(step_s: int) -> int:
    """How many slices of `step_s` a whole span has."""
    return min(SLICES, max(_LONGEST_S // step_s, 1))


def spans(start_s: int, end_s: int, step_s: int) -> Iterator[Stretch]:
    """The spans that hold the slices from `start_s` to `end_s`, in order.

    All but the last are whole, so the first may begin earlier; the last one ends at `end_s`.
    """
    size_s = length(step_s) * step_s
    offset_s = start_s % step_s
    first_s = (start_s - offset_s) // size_s * size_s + offset_s
    for span_s in range(first_s, end_s, size_s):
        slices = (min(span_s + size_s, end_s) - span_s) // step_s
        yield Stretch(start_s=span_s, step_s=step_s, slices=slices)
