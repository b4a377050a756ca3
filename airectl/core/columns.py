"""Columns of numbers, one a slice, worked on in runs: to see that a run needs nothing is quicker than to work on it.

Arrays of one kind are compared and copied as bytes, so they gain most; any sequence will do.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import le, ne, sub
from typing import Any, Final

Number = int | float
_RUN: Final = 64
_WIDTH: Final = 8
# Which of the eight bytes of a number holds its sign.
_SIGN: Final = _WIDTH - 1 if array("q", [1]).tobytes()[0] else 0


def differing(one: Sequence[Number], other: Sequence[Number]) -> list[slice]:
    """Runs that are not alike in two columns of the same length, in order; those that follow each other as one."""
    runs: list[slice] = []
    for start in range(0, len(one), _RUN):
        run = slice(start, start + _RUN)
        if one[run] == other[run]:
            continue
        if runs and runs[-1].stop == start:
            run = slice(runs.pop().start, run.stop)
        runs.append(run)
    return runs


def minus(whole: Sequence[Number], part: Sequence[Number]) -> Sequence[Number]:
    """What is left of `whole` without `part`, of which most is zero."""
    if not (isinstance(whole, array) and isinstance(part, array) and whole.typecode == part.typecode):
        return list(map(sub, whole, part))
    left: array[Any] = whole[:]
    for run in differing(part, _zeros(part.typecode, len(part))):
        left[run] = array(whole.typecode, map(sub, whole[run], part[run]))
    return left


def kept(column: Sequence[Number], states: bytes, state: int) -> Sequence[Number]:
    """The column with zeros where `states` say something else than `state`."""
    if states.count(state) == len(states):
        return column
    numbers: array[Any] | list[Number] = column[:] if isinstance(column, array) else list(column)
    typecode = numbers.typecode if isinstance(numbers, array) else ""
    others = states.translate(bytes(each == state for each in range(256)))
    end = 0
    while (start := others.find(0, end)) >= 0:
        end = others.find(1, start)
        end = len(states) if end < 0 else end
        zeros: Any = _zeros(typecode, end - start) if typecode else [0] * (end - start)
        numbers[start:end] = zeros
    return numbers


def has_negative(column: Sequence[Number]) -> bool:
    """Whether a number below 0 is among them."""
    if isinstance(column, array) and column.itemsize == _WIDTH and column.tobytes()[_SIGN::_WIDTH].isascii():
        return False  # not one has a sign
    return min(column, default=0) < 0


def clip(good: Sequence[Number], valid: Sequence[Number]) -> tuple[Sequence[Number], int]:
    """`good` bounded by 0 and `valid`, and how many slices that changed.

    More good than valid events is what extrapolation and rows outside of `total` look like. `valid` has no
    number below 0.
    """
    runs = differing(good, valid)
    if all(all(map(le, good[run], valid[run])) and not has_negative(good[run]) for run in runs):
        return good, 0
    clipped = [min(max(part, 0), whole) for part, whole in zip(good, valid, strict=True)]
    return clipped, sum(map(ne, good, clipped))


def _zeros(typecode: str, count: int) -> array[Any]:
    return array(typecode, bytes(_WIDTH * count))
