"""Waiting before a number of servers: Erlang's formula, the wait under burstiness, and how bursty arrivals are.

Sources: Erlang 1917; Allen, Probability, Statistics and Queueing Theory, 2nd edition 1990, section 5.3 (Allen-Cunneen);
Fendick and Whitt 1989, https://doi.org/10.1109/5.21077 (the index of dispersion in place of a variation of gaps).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

# How long counts are taken over; bursts that matter to a queue of minutes show in it.
DISPERSION_S: Final = 60
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Traffic:
    """What comes and what it takes: `rate_rps` arrivals a second, each `service_s` seconds of a server on average.

    `arrival_scv` is Ca², 1 for Poisson, the index of dispersion for measured arrivals. `service_scv` is Cs², the
    variance of service times over their mean squared; 1 where they are exponential.
    """

    rate_rps: float
    service_s: float
    arrival_scv: float = field(default=1.0, kw_only=True)
    service_scv: float = field(default=1.0, kw_only=True)

    @property
    def offered(self) -> float:
        """A = λ·S, how many servers would be busy on average if nobody waited."""
        return self.rate_rps * self.service_s


def erlang_c(servers: int, offered: float) -> float:
    """C(c, a): the share of arrivals that wait, for Poisson arrivals and exponential service.

    `servers` is c, from 1; `offered` is a = λ·S, from 0. B(0) = 1, B(k) = a·B(k-1)/(k + a·B(k-1)),
    C = B(c)/(1 - u·(1 - B(c))) with the utilisation u = a/c. 1 where a is c or more: the queue grows without end.
    """
    if offered >= servers:
        return 1.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def highest_utilisation(servers: int, waiting_ratio: float) -> float:
    """The highest utilisation a/c at which at most `waiting_ratio` (0 to 1) of the arrivals wait.

    For 0.05: .05 .17 .33 .48 .61 .72 .79 .85 with 1 2 4 8 16 32 64 128 servers.
    """
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if erlang_c(servers, middle * servers) <= waiting_ratio else (low, middle)
    return low


def mean_wait_s(servers: int, traffic: Traffic) -> float:
    """Allen-Cunneen: W = C(c, a)/(c·μ - λ) · (Ca² + Cs²)/2, in seconds, with μ = 1/S; infinite where a is c or more.

    Exact for M/M/c, where both variations are 1. 0 where nothing takes any time.
    """
    if traffic.service_s <= 0:
        return 0.0
    if traffic.offered >= servers:
        return float("inf")
    left = servers / traffic.service_s - traffic.rate_rps
    return erlang_c(servers, traffic.offered) / left * (traffic.arrival_scv + traffic.service_scv) / 2


def fewest(enough: Callable[[int], bool], most: int) -> int | None:
    """The smallest number from 1 to `most` that is enough, where every larger one is too; None where none is."""
    limit = 1
    while limit < most and not enough(limit):
        limit *= 2
    limit = min(limit, most)
    if not enough(limit):
        return None
    return limit // 2 + 1 + bisect_left(range(limit // 2 + 1, limit), True, key=enough)


def dispersion(times_s: Iterable[float], over_s: float = DISPERSION_S) -> float | None:
    """The index of dispersion of counts: variance over mean of the arrivals in stretches of `over_s` seconds.

    The first stretch begins with the first arrival, the last holds the last one; the variance is that of a
    population. Poisson arrivals have 1, regular ones 0. None for fewer than two stretches.
    """
    times = sorted(times_s)
    if not times:
        return None
    counts = Counter(int((time - times[0]) // over_s) for time in times)
    stretches = max(counts) + 1
    if stretches < 2:
        return None
    squares = Fraction(sum(count * count for count in counts.values()), stretches)
    mean = Fraction(len(times), stretches)
    return float((squares - mean * mean) / mean)
