"""When requests are to be sent, as data: by a rate over time, as many at once, or as a trace says.

`airectl.core.arrivals` makes times of it. This module needs no numpy, so that a command can read one quickly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

POISSON: Final = 1.0
EVEN: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A time over which the rate goes from `from_rps` to `to_rps` in a straight line; `duration_s` is above 0."""

    duration_s: float
    from_rps: float
    to_rps: float

    @property
    def requests(self) -> float:
        """How many requests it has on average: its duration times the mean of its two rates."""
        return self.duration_s * (self.from_rps + self.to_rps) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Requests are sent at their times, whatever becomes of those before: an open loop.

    The rate is that of `segments`, one after another, and after the last one stays as it was there.
    `burstiness` is the shape of the gamma distribution that gaps have at a steady rate: 1 is Poisson, below 1 more
    comes in bursts, above 1 less; their coefficient of variation is 1/√burstiness. EVEN: all gaps are the same.

    Source: https://docs.vllm.ai/en/latest/cli/bench/serve/ (`--burstiness`)
    """

    segments: Sequence[Segment]
    burstiness: float | None = POISSON

    def requests(self, until_s: float) -> float:
        """How many requests there are on average in the first `until_s` seconds."""
        total, left = 0.0, until_s
        for each in self.segments:
            spent = min(left, each.duration_s)
            end = each.from_rps + (each.to_rps - each.from_rps) * spent / each.duration_s
            total += spent * (each.from_rps + end) / 2
            left -= spent
        return total + (left * self.segments[-1].to_rps if left > 0 else 0.0)

    @property
    def highest_rps(self) -> float:
        """The highest rate that is ever asked for."""
        return max(max(each.from_rps, each.to_rps) for each in self.segments)

    @property
    def duration_s(self) -> float:
        """How long the segments are together."""
        return math.fsum(each.duration_s for each in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """`concurrency` requests are under way at all times: each answer makes room for the next, a closed loop.

    A slow server is then asked less often: what it keeps waiting is missing from the figures.
    """

    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """At the times of a trace, `time_scale` times as fast: an offset from its beginning is divided by it."""

    time_scale: float = 1.0


Arrivals = Open | Closed | Traced


def steady(rate_rps: float, burstiness: float | None = POISSON) -> Open:
    """One rate for ever."""
    return Open(segments=(Segment(duration_s=1.0, from_rps=rate_rps, to_rps=rate_rps),), burstiness=burstiness)
