"""Increments of counters per slice, from their values at the boundaries between slices.

`increase()` over each slice does not see what a counter gains between the last sample of one slice and
the first of the next. The difference of a series' values at two boundaries does: it belongs to the slice
between them. A negative difference is a reset, after which the counter counts from zero.

A series that begins inside the stretch was born, and counts from zero, or it comes back after a gap,
and then what it gained meanwhile belongs to no slice. Which of the two is known only with what was seen
before: beginnings are kept apart, with the series they are of.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice
from math import isfinite
from operator import add, le, sub
from typing import Any, Final, TypeAlias

from airectl.sources.prometheus.slices.spans import Stretch

_KNOWN: Final = b"\1"
# Whole numbers (`q`), or else floats (`d`).
Numbers: TypeAlias = "array[Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series: its name for us, and its value at those boundaries (epoch seconds, in order) that have one.

    `exact` are increments of single slices, by index, that are known better than by their boundaries.
    """

    id: int
    times: Sequence[float]
    values: Sequence[float]
    exact: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """In slice `index` the series `id` appeared, with `value`."""

    index: int
    id: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """In slice `index` a counter was set back. Its busiest slice of the stretch gained `busiest`."""

    index: int
    busiest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a stretch of slices holds, all series together.

    `increments[i]` is what they gained in slice i, beginnings left out; `known[i]` is 1 where at least
    one series has a value at both ends of it. `seen` are the series that have a value at any boundary;
    `first` and `last` are the first and last boundary with one (-1: none has). `gaps` counts the times
    that a series came back after one. `before` are the series that had samples before the stretch; None: that
    was not asked.
    """

    increments: Numbers
    known: bytes
    beginnings: tuple[Beginning, ...] = ()
    resets: tuple[Reset, ...] = ()
    seen: frozenset[int] = frozenset()
    first: int = -1
    last: int = -1
    gaps: int = 0
    before: frozenset[int] | None = None

    def start(self, slices: int) -> Counted:
        """The first slices. What is said of series and gaps stays that of the whole."""
        return replace(
            self,
            increments=self.increments[:slices],
            known=self.known[:slices],
            beginnings=tuple(each for each in self.beginnings if each.index < slices),
            resets=tuple(each for each in self.resets if each.index < slices),
            first=self.first if self.first <= slices else -1,
            last=min(self.last, slices),
        )


def identity(labels: Mapping[str, str]) -> int:
    """A series by its labels, in 63 bits: the same in every run."""
    text = repr(sorted(labels.items()))
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1


def count(lines: Iterable[Line], stretch: Stretch) -> Counted:
    """The increments of all series in each slice of `stretch`."""
    tally = _Tally(stretch)
    for line in lines:
        tally.take(line)
    return tally.counted()


def exactly(numbers: Sequence[float]) -> Numbers:
    """Whole numbers where all of them are, so that sums of them are exact."""
    try:
        return array("q", map(int, numbers)) if all(map(float.is_integer, numbers)) else array("d", numbers)
    except OverflowError:
        return array("d", numbers)


def within(line: Line, stretch: Stretch, part: Stretch) -> Line:
    """The points of `line`, which are of `stretch`, at the boundaries of `part` of it."""
    low, high = bisect_left(line.times, part.start_s), bisect_right(line.times, part.end_s)
    first = (part.start_s - stretch.start_s) // stretch.step_s
    exact = {index - first: better for index, better in line.exact.items() if 0 <= index - first < part.slices}
    return Line(id=line.id, times=line.times[low:high], values=line.values[low:high], exact=exact)


def resets_in(line: Line, stretch: Stretch) -> list[int]:
    """The slices over which the series' value falls."""
    return [
        start + place
        for start, values in _runs(line, stretch)
        if not _rises(values)
        for place, gained in enumerate(_differences(values))
        if gained < 0
    ]


class _Tally:
    """The sums over the series seen so far."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._sums: list[float] = [0.0] * stretch.slices
        self._known = bytearray(stretch.slices)
        self._beginnings: list[Beginning] = []
        self._resets: list[Reset] = []
        self._seen: set[int] = set()
        self._first, self._last = stretch.slices + 1, -1
        self._gaps = 0

    def take(self, line: Line) -> None:
        end = None
        busiest = 0.0
        resets: list[int] = []
        for start, values in _runs(line, self._stretch):
            if end is None:
                self._begins(line, start, values[0])
            else:
                self._gaps += 1
            end = start + len(values) - 1
            gained, fell = _gained(values, start, line.exact)
            resets += fell
            busiest = max(busiest, max(gained, default=0.0))
            self._sums[start:end] = map(add, self._sums[start:end], gained)
            self._known[start:end] = _KNOWN * (end - start)
        self._resets += [Reset(index=index, busiest=busiest) for index in resets]
        self._last = max(self._last, -1 if end is None else end)

    def _begins(self, line: Line, boundary: int, value: float) -> None:
        self._seen.add(line.id)
        self._first = min(self._first, boundary)
        if boundary:
            self._beginnings.append(Beginning(index=boundary - 1, id=line.id, value=value))

    def counted(self) -> Counted:
        return Counted(
            increments=exactly(self._sums),
            known=bytes(self._known),
            beginnings=tuple(sorted(self._beginnings, key=lambda each: (each.index, each.id))),
            resets=tuple(sorted(self._resets, key=lambda each: (each.index, each.busiest))),
            seen=frozenset(self._seen),
            first=self._first if self._seen else -1,
            last=self._last,
            gaps=self._gaps,
        )


def _rises(values: Sequence[float]) -> bool:
    """Whether it never falls."""
    return all(map(le, values, islice(values, 1, None)))


def _differences(values: Sequence[float]) -> list[float]:
    return list(map(sub, islice(values, 1, None), values))


def _gained(values: Sequence[float], start: int, exact: Mapping[int, float]) -> tuple[list[float], list[int]]:
    """What the series gained between each two of `values`, and the slices in which it was set back."""
    gained = _differences(values)
    fell: list[int] = []
    if not _rises(values):
        fell = [start + place for place, each in enumerate(gained) if each < 0]
        for index in fell:
            gained[index - start] = values[index - start + 1]
    for index, better in exact.items():
        if start <= index < start + len(gained):
            gained[index - start] = better
            if index not in fell:
                fell.append(index)
    return gained, fell


def _runs(line: Line, stretch: Stretch) -> Iterator[tuple[int, Sequence[float]]]:
    """The boundaries, one after the other, at which the series has a value: the first's index, and the values."""
    times, values = line.times, line.values
    if not times:
        return
    step_s = stretch.step_s
    first = int(times[0] - stretch.start_s) // step_s
    if len(times) == int(times[-1] - times[0]) // step_s + 1 and isfinite(sum(values)):
        yield first, values
        return
    run: list[float] = []
    previous = -2
    for time, value in zip(times, values, strict=True):
        if not isfinite(value):
            continue
        index = int(time - stretch.start_s) // step_s
        if run and index != previous + 1:
            yield previous - len(run) + 1, run
            run = []
        run.append(value)
        previous = index
    if run:
        yield previous - len(run) + 1, run
