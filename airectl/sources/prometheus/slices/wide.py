"""Many series at once, added up by the server wherever that is as exact as one by one.

It is in a block of slices through which the same series are there at every boundary and none is set back: then
what they gained is the difference of their sums. That is known from numbers alone: as many series in the whole
block as at each of its boundaries. Other blocks are read series by series.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import isfinite
from typing import TYPE_CHECKING, Final

from airectl.sources.prometheus.slices import joining
from airectl.sources.prometheus.slices.counting import Counted, count, exactly
from airectl.sources.prometheus.slices.spans import Stretch

if TYPE_CHECKING:
    from airectl.sources.prometheus.slices.asking import Reader

# From so many series on their sums are less than the series themselves.
WIDE: Final = 50
_BLOCK: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """The sum of all series and their number, by boundary; how many are in a block and were set back, by its end."""

    sums: Mapping[int, float]
    numbers: Mapping[int, float]
    within: Mapping[int, float]
    set_back: Mapping[int, float]

    def steady(self, block: Stretch) -> bool:
        """Whether the same series are there all the time, and only rise. A value that is no number makes sums none."""
        times = _boundaries(block)
        if not isfinite(sum(self.sums.get(time, 0) for time in times)):
            return False
        there = {self.numbers.get(time, 0) for time in times}
        return there == {self.within.get(block.end_s, 0)} and not self.set_back.get(block.end_s)


def read(reader: Reader, stretch: Stretch) -> Counted:
    """What `count` makes of the lines of `stretch`."""
    blocks = list(_blocks(stretch))
    sums = _sums(reader, stretch, blocks)
    parts: list[Counted] = []
    for steady, group in groupby(blocks, lambda block: block.slices == _BLOCK and sums.steady(block)):
        run = _run(list(group))
        parts.append(_risen(run, sums) if steady else count(reader.lines(run), run))
    return joining.counted(parts)


def _sums(reader: Reader, stretch: Stretch, blocks: Sequence[Stretch]) -> _Sums:
    last, lookback_ms = reader.binding.over("last_over_time", reader.lookback_s * 1000), reader.lookback_s * 1000
    block_ms = _BLOCK * stretch.step_s * 1000 + lookback_ms
    ends = Stretch(start_s=stretch.start_s, step_s=_BLOCK * stretch.step_s, slices=stretch.slices // _BLOCK)
    of = reader.binding.over
    return _Sums(
        sums=_single(reader, f"sum({last})", stretch),
        numbers=_single(reader, f"count({last})", stretch),
        within=_single(reader, f"count({of('last_over_time', block_ms)})", ends),
        set_back=_single(reader, f"count({of('resets', block_ms)} > 0)", ends),
    )


def _single(reader: Reader, query: str, stretch: Stretch) -> Mapping[int, float]:
    """The values of a query that gives one series, by time."""
    found = reader.client.range(query, stretch.start_s, stretch.end_s, stretch.step_s)
    return {int(time): value for each in found for time, value in zip(each.times, each.values, strict=True)}


def _risen(run: Stretch, sums: _Sums) -> Counted:
    """A run of steady blocks. Who its series are need not be known: one that ends is seen where it does."""
    if not sums.numbers.get(run.start_s):
        return Counted(increments=array("q", bytes(8 * run.slices)), known=bytes(run.slices))
    values = [sums.sums[time] for time in _boundaries(run)]
    return Counted(
        increments=exactly([max(after - before, 0.0) for before, after in pairwise(values)]),
        known=b"\1" * run.slices,
        first=0,
        last=run.slices,
    )


def _blocks(stretch: Stretch) -> Iterator[Stretch]:
    for first in range(0, stretch.slices, _BLOCK):
        start_s = stretch.start_s + first * stretch.step_s
        yield Stretch(start_s=start_s, step_s=stretch.step_s, slices=min(_BLOCK, stretch.slices - first))


def _run(blocks: Sequence[Stretch]) -> Stretch:
    """Blocks that follow each other as one."""
    return Stretch(start_s=blocks[0].start_s, step_s=blocks[0].step_s, slices=sum(block.slices for block in blocks))


def _boundaries(stretch: Stretch) -> range:
    return range(stretch.start_s, stretch.end_s + 1, stretch.step_s)
