"""Numbers of requests, their times and lengths, drawn in blocks that are the same in every shard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

import numpy as np
from numpy.typing import NDArray

from airectl.core.arrivals import BLOCK, times
from airectl.core.schedule import Open
from airectl.load.plan import Plan


class Stream(IntEnum):
    """What random numbers are for: each has a generator of its own, so that one does not move another."""

    TIMES = 1
    INPUT = 2
    OUTPUT = 3
    PREFIX = 4
    TURNS = 5
    ORDER = 6
    LATER = 7


def generator(plan: Plan, stream: Stream, *more: int) -> np.random.Generator:
    """The generator of a stream."""
    return np.random.default_rng([plan.seed, stream, *more])


@dataclass(frozen=True, slots=True)
class Due:
    """Requests `first`, `first` + 1, ...: their times, None where a closed loop sends them when it can."""

    first: int
    times_s: NDArray[np.float64] | None
    size: int


def due(plan: Plan) -> Iterator[Due]:
    """Every request of the plan, at most BLOCK at a time: all those before the end, and no more than it wants."""
    if isinstance(plan.arrivals, Open):
        blocks = times(plan.arrivals, generator(plan, Stream.TIMES), until_s=plan.ends_s)
        numbered: Iterator[Due] = (Due(n * BLOCK, block, len(block)) for n, block in enumerate(blocks))
    else:
        numbered = (Due(n * BLOCK, None, BLOCK) for n in count())
    for each in numbered:
        left = each.size if plan.requests is None else min(each.size, plan.requests - each.first)
        if left <= 0:
            return
        yield (
            each
            if left == each.size
            else Due(each.first, each.times_s if each.times_s is None else each.times_s[:left], left)
        )
