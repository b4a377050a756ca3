"""Intervals around a measured ratio."""

from __future__ import annotations

import math
from decimal import Decimal
from statistics import NormalDist
from typing import Final

DEFAULT_CONFIDENCE: Final = Decimal("0.95")


def wilson(good: float, valid: float, confidence: Decimal = DEFAULT_CONFIDENCE) -> tuple[float, float]:
    """The two one-sided Wilson bounds of a ratio, each at `confidence` (0.5 <= confidence < 1).

    With p = good/valid, n = valid and z the normal quantile of `confidence`:
    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n). Without events the bounds are 0 and 1.

    Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
    """
    if valid <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(float(confidence))
    ratio, squared = good / valid, z * z
    centre = ratio + squared / (2 * valid)
    spread = z * math.sqrt(ratio * (1 - ratio) / valid + squared / (4 * valid * valid))
    scale = 1 + squared / valid
    # The bounds of a ratio of 0 or 1 are 0 and 1 exactly; the square root would miss them by an ulp.
    low = 0.0 if good <= 0 else (centre - spread) / scale
    high = 1.0 if good >= valid else (centre + spread) / scale
    return max(low, 0.0), min(high, 1.0)


def minimum_events(target: Decimal) -> int:
    """How many valid events decide without an interval: ln 0.05 / ln t, rounded up; 1 for target 0.

    With fewer, a service that is only just good enough would show no bad event at all more than one
    time in twenty.
    """
    if target <= 0:
        return 1
    return math.ceil(math.log(0.05) / math.log(target))


def events_to_decide(good: int, valid: int, target: float, confidence: Decimal = DEFAULT_CONFIDENCE) -> int | None:
    """How many events in all it takes at the ratio seen so far until the interval leaves `target` out.

    None where the ratio seen is the target itself, or where a billion events do not suffice.
    """
    if valid <= 0 or good / valid == target:
        return None
    low, high = valid, valid
    while not _decides(good / valid, high, target, confidence):
        low, high = high, high * 2
        if high > 10**9:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _decides(good / valid, middle, target, confidence) else (middle, high)
    return high


def _decides(ratio: float, events: int, target: float, confidence: Decimal) -> bool:
    low, high = wilson(ratio * events, events, confidence)
    return low >= target or high < target
