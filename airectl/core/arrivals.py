"""Times of requests from a schedule and a seed. Pure: the generator of random numbers is an argument.

Points of a renewal process whose gaps have the mean 1 are laid on the schedule: with Λ(t) = ∫ rate, the one at u is
sent at Λ⁻¹(u). So a ramp or a step changes the rate and keeps the kind of randomness.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airectl.core.schedule import Open

# So many times are made at once: memory stays flat, and making them holds nobody up.
BLOCK: Final = 2048


def times(schedule: Open, rng: np.random.Generator, *, until_s: float | None = None) -> Iterator[NDArray[np.float64]]:
    """Blocks of times in seconds from the beginning, ascending, all below `until_s` (None: for ever).

    The first of evenly spaced ones is at 0, with random gaps it is one gap after that. They end where the rate is 0
    for ever after.
    """
    for points in _points(schedule.burstiness, rng):
        block = at(schedule, points)
        if until_s is not None and not block[-1] < until_s:
            block = block[: np.searchsorted(block, until_s)]
            if block.size:
                yield block
            return
        if not np.isfinite(block[-1]):
            yield block[np.isfinite(block)]
            return
        yield block


def _points(burstiness: float | None, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """Points whose gaps have the mean 1: Gamma(burstiness, 1/burstiness), or 1 each."""
    last = 0.0
    while True:
        if burstiness is None:
            yield np.arange(last, last + BLOCK)
            last += BLOCK
            continue
        points = last + np.cumsum(rng.standard_gamma(burstiness, BLOCK) / burstiness)
        last = float(points[-1])
        yield points


def at(schedule: Open, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Λ⁻¹: when so many requests are due; infinite where there never are as many.

    Within a segment of rates a to b over T seconds, with s = (b - a)/T and u points from its beginning, that is
    2u/(a + √(a² + 2su)) seconds after it.
    """
    starts = np.array([a.from_rps for a in schedule.segments] + [schedule.segments[-1].to_rps])
    slopes = np.array([(a.to_rps - a.from_rps) / a.duration_s for a in schedule.segments] + [0.0])
    began_s = np.concatenate(([0.0], np.cumsum([a.duration_s for a in schedule.segments])))
    before = np.concatenate(([0.0], np.cumsum([a.requests for a in schedule.segments])))
    # At an edge the later segment has the word, but a last one without a rate only what is beyond it.
    which = np.searchsorted(before, points, side="right") - 1
    own = points - before[which]
    root = np.sqrt(np.maximum(starts[which] ** 2 + 2 * slopes[which] * own, 0))
    with np.errstate(all="ignore"):
        within = np.where(own > 0, 2 * own / (starts[which] + root), 0.0)
    never = (which == len(slopes) - 1) & (starts[-1] == 0)
    return np.where(never, np.inf, began_s[which] + within)
