"""When a measured share of failures decides: the early-stopping rule of MLPerf Inference, and its mirror.

Source: https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc (appendix on early stopping)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import exp, lgamma, log, log1p


def at_most(failures: int, events: int, ratio: float) -> float:
    """P[Binom(n, q) <= t]: t failures or fewer among n events that fail with probability q, 0 <= q <= 1.

    1 for t >= n, 0 for t < 0. It is summed from the larger side down to where terms no longer count.
    """
    if failures < 0:
        return 0.0
    if failures >= events or ratio <= 0:
        return 1.0
    if ratio >= 1:
        return 0.0
    if failures > events * ratio:
        return max(0.0, 1.0 - _sum(_terms(events, ratio, failures + 1, 1)))
    return min(1.0, _sum(_terms(events, ratio, failures, -1)))


def passes(failures: int, events: int, target: float, confidence: float) -> bool:
    """Whether t failures among n events show that at least the share p of all is good: P[Binom(n, 1-p) <= t] <= 1-c."""
    return events > 0 and at_most(failures, events, 1 - target) <= 1 - confidence


def fails(failures: int, events: int, target: float, confidence: float) -> bool:
    """Whether they show that less than the share p is good: P[Binom(n, 1-p) >= t] <= 1-c."""
    return events > 0 and 1 - at_most(failures - 1, events, 1 - target) <= 1 - confidence


def least_events(failures: int, target: float, confidence: float) -> int:
    """The fewest events among which t failures still pass. Raises ValueError for a target of 0, or of 1 and more.

    For p = 0.99 and c = 0.99: 459, 662, 838 and 1307 for t = 0, 1, 2 and 5.
    """
    if not 0 < target < 1:
        raise ValueError("a target is above 0 and below 1")
    low, high = failures, failures + 1
    while not passes(failures, high, target, confidence):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(failures, middle, target, confidence) else (middle, high)
    return high


def _terms(events: int, ratio: float, start: int, step: int) -> Iterator[float]:
    """P[Binom(n, q) = k] for k from `start` in steps of `step`."""
    for k in count(start, step):
        if not 0 <= k <= events:
            return
        ways = lgamma(events + 1) - lgamma(k + 1) - lgamma(events - k + 1)
        yield exp(ways + k * log(ratio) + (events - k) * log1p(-ratio))


def _sum(terms: Iterator[float]) -> float:
    """The sum of terms that fall, as far as they change it."""
    total = 0.0
    for term in terms:
        total += term
        if term <= total * 1e-17:
            break
    return total
