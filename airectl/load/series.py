"""A run over time: what was sent, answered and under way in each step, for charts and for the test of stability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airectl.core.latency import LONGEST_NS, buckets, upper_ends
from airectl.core.requests import NEVER, Requests, Truth, Whole

# At most so many steps: one a second for fifteen minutes.
MOST_STEPS: Final = 900
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
# 64 buckets a doubling: within 1.6 %, which is enough for a chart.
_HALF_BITS: Final = 6
_BUCKETS: Final = int(buckets(np.array([LONGEST_NS]), _HALF_BITS)[0]) + 1


def step_of(length_s: float) -> int:
    """The step of a series over so long, in whole seconds."""
    return next((step for step in _STEPS_S if length_s <= step * MOST_STEPS), int(length_s // MOST_STEPS) + 1)


class Occupancy:
    """How many requests were under way, on average over each of `bins` equal stretches from `start_ns` on."""

    def __init__(self, start_ns: int, bin_ns: float, bins: int) -> None:
        self._start_ns, self._bin_ns, self._bins = start_ns, bin_ns, bins
        self._within = np.zeros(bins + 1)
        self._after = np.zeros(bins + 2)

    def add(self, begun_ns: Whole, ended_ns: Whole) -> None:
        """Requests that were under way between these times."""
        self._count(begun_ns, 1.0)
        self._count(ended_ns, -1.0)

    def _count(self, times_ns: Whole, sign: float) -> None:
        place = np.clip((times_ns - self._start_ns) / self._bin_ns, 0, self._bins)
        bin_ = place.astype(np.int64)
        self._within += sign * np.bincount(bin_, weights=bin_ + 1 - place, minlength=self._bins + 1)
        self._after[1:] += sign * np.bincount(bin_, minlength=self._bins + 1)

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean of each stretch."""
        found: NDArray[np.float64] = (np.cumsum(self._after)[:-1] + self._within)[: self._bins]
        return np.maximum(found, 0.0)


class Spread:
    """Times of each step in coarse histograms, for their quantiles."""

    def __init__(self, bins: int) -> None:
        self._bins = bins
        self._counts = np.zeros(bins * _BUCKETS, dtype=np.int32)

    def add(self, bin_: Whole, values_ns: Whole) -> None:
        """Values that belong to these steps."""
        inside = (bin_ >= 0) & (bin_ < self._bins)
        if inside.any():
            bucket = buckets(np.clip(values_ns[inside], 0, LONGEST_NS), _HALF_BITS)
            found = np.bincount(bin_[inside] * _BUCKETS + bucket, minlength=len(self._counts))
            self._counts += found.astype(np.int32)

    def quantiles_s(self, ratio: float) -> list[float | None]:
        """A quantile of each step, within 1.6 %; None where it has no value."""
        sums = np.cumsum(self._counts.reshape(self._bins, _BUCKETS), axis=1)
        totals = sums[:, -1]
        bucket = np.argmax(sums >= np.maximum(np.ceil(totals * ratio), 1)[:, None], axis=1)
        ends = upper_ends(bucket, _HALF_BITS) / 1e9
        return [float(end) if total else None for end, total in zip(ends, totals, strict=True)]


class Series:
    """Everything of a run in steps of `step_s` from its start."""

    def __init__(self, length_s: float) -> None:
        self.step_s = step_of(length_s)
        self.bins = max(int(-(-length_s // self.step_s)), 1)
        self._step_ns = self.step_s * 10**9
        self._sent, self._answered, self._failed, self._tokens = (np.zeros(self.bins) for _ in range(4))
        self._in_flight = Occupancy(0, self._step_ns, self.bins)
        self._ttft, self._itl = Spread(self.bins), Spread(self.bins)

    def add(self, requests: Requests, chunk_ns: Whole, weights: NDArray[np.float64]) -> None:
        """More requests; `chunk_ns` are the times of their chunks, `weights` the tokens that came with them."""
        sent, ok = requests.was_sent, requests.ok
        self._sent += self._count(requests.sent_ns[sent])
        self._answered += self._count(requests.done_ns[ok])
        self._failed += self._count(requests.end_ns[~ok & (requests.end_ns != NEVER)])
        self._tokens += self._count(chunk_ns, weights)
        self._in_flight.add(requests.sent_ns[sent], requests.end_ns[sent])
        first = requests.has_first
        self._ttft.add(
            requests.sent_ns[first] // self._step_ns, requests.since(requests.first_ns, intended=True)[first]
        )
        later: Truth | Whole = requests.later_chunks
        self._itl.add(chunk_ns[later] // self._step_ns, requests.itl_ns)

    def add_tokens(self, times_ns: Whole, tokens: Whole) -> None:
        """Tokens that came at these times without a chunk."""
        self._tokens += self._count(times_ns, tokens.astype(np.float64))

    def _count(self, times_ns: Whole, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        bin_ = np.clip(times_ns // self._step_ns, 0, self.bins - 1)
        return np.bincount(bin_, weights=weights, minlength=self.bins).astype(np.float64)

    @property
    def t_s(self) -> list[int]:
        """When each step begins."""
        return [index * self.step_s for index in range(self.bins)]

    def to_json(self) -> dict[str, Any]:
        """One list a figure, one number a step; rates are per second."""
        return {
            "step_s": self.step_s,
            "t_s": self.t_s,
            "sent_rps": _plain(self._sent / self.step_s),
            "answered_rps": _plain(self._answered / self.step_s),
            "failed_rps": _plain(self._failed / self.step_s),
            "output_tokens_per_s": _plain(self._tokens / self.step_s),
            "in_flight": _plain(self._in_flight.means),
            "ttft_p99_s": self._ttft.quantiles_s(0.99),
            "itl_p99_s": self._itl.quantiles_s(0.99),
        }


def _plain(values: NDArray[np.float64]) -> Sequence[float]:
    """No more digits than are true: what was summed from parts is a whole number again."""
    return [float(value) for value in np.round(values, 6)]
