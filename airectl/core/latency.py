"""Times in HDR histograms of three significant digits, and their quantiles.

The layout is that of HdrHistogram (http://hdrhistogram.org): values below 2048 have a bucket each, and each doubling
above has 1024 more, so a bucket is at most 1/1024 of its value wide. Histograms are added up, never their quantiles.
Values are whole nanoseconds from 0 to 2^47 (39 hours); what is outside counts as the bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.int64]
LONGEST_NS: Final = 2**47
_HALF_BITS: Final = 10  # a doubling has 2^10 buckets
_EXACT_BITS: Final = _HALF_BITS + 1  # below 2^11 each value has its own
QUANTILES: Final[Mapping[str, Decimal]] = {
    "p50": Decimal("0.5"),
    "p90": Decimal("0.9"),
    "p95": Decimal("0.95"),
    "p99": Decimal("0.99"),
}
QUANTILE: Final = (
    "the smallest value that at least q of the n values do not exceed (rank ⌈q·n⌉), from an HDR histogram of 3 "
    "significant digits: the upper end of its bucket, at most 0.1 % above, and never above the largest value"
)


def buckets(values: Values, half_bits: int = _HALF_BITS) -> Values:
    """The bucket of each value v >= 0: b·2^h + ⌊v/2^b⌋ with b = max(⌊log2 v⌋ - h, 0), h = `half_bits`."""
    shift = np.frexp(values.astype(np.float64))[1].astype(np.int64) - (half_bits + 1)
    np.maximum(shift, 0, out=shift)
    found: Values = (shift << half_bits) + (values >> shift)
    return found


def upper_ends(bucket: Values, half_bits: int = _HALF_BITS) -> Values:
    """The largest value of each bucket."""
    shift = np.maximum((bucket >> half_bits) - 1, 0)
    found: Values = ((bucket - (shift << half_bits) + 1) << shift) - 1
    return found


BUCKETS: Final = int(buckets(np.array([LONGEST_NS]))[0]) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Quantiles, mean and largest of `count` values, in seconds; all None where there is none."""

    count: int
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    mean: float | None = None
    max: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Every key, null where it is not known."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Histogram:
    """How many values there were of each size. Mean and largest are those of the values themselves."""

    __slots__ = ("count", "counts", "longest_ns", "sum_ns")

    def __init__(self) -> None:
        self.counts: Values = np.zeros(BUCKETS, dtype=np.int64)
        self.count = 0
        self.longest_ns = 0
        self.sum_ns = 0

    def add(self, values_ns: Values) -> None:
        """Count more values."""
        if not len(values_ns):
            return
        values = np.clip(values_ns, 0, LONGEST_NS)
        self.counts += np.bincount(buckets(values), minlength=BUCKETS)
        self.count += len(values)
        self.longest_ns = max(self.longest_ns, int(values.max()))
        # Two halves of a sum, neither of which can overflow.
        self.sum_ns += (int((values >> 24).sum()) << 24) + int((values & 0xFFFFFF).sum())

    def merge(self, other: Histogram) -> None:
        """Count all values of another one too."""
        self.counts += other.counts
        self.count += other.count
        self.longest_ns = max(self.longest_ns, other.longest_ns)
        self.sum_ns += other.sum_ns

    def quantile_ns(self, ratio: Decimal) -> int | None:
        """The value of rank ⌈ratio·n⌉, at least 1, to three digits (see QUANTILE); None without values."""
        if not self.count:
            return None
        rank = max(-(-Fraction(ratio) * self.count // 1), 1)
        bucket = int(np.searchsorted(np.cumsum(self.counts), int(rank)))
        return min(int(upper_ends(np.array([bucket]))[0]), self.longest_ns)

    @property
    def summary(self) -> Summary:
        """What a report says of it."""
        if not self.count:
            return Summary(count=0)
        quantiles = {name: (self.quantile_ns(ratio) or 0) / 1e9 for name, ratio in QUANTILES.items()}
        mean = float(Fraction(self.sum_ns, self.count * 10**9))
        return Summary(count=self.count, mean=mean, max=self.longest_ns / 1e9, **quantiles)
