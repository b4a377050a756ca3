"""HDR histograms: the layout is the library's, quantiles are within three digits, nothing is lost by adding up."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # it brings no types
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.latency import BUCKETS, LONGEST_NS, QUANTILES, Histogram, Summary, buckets, upper_ends

TIMES = st.lists(st.integers(0, LONGEST_NS), min_size=1, max_size=60)


def of(*values_ns: int) -> Histogram:
    found = Histogram()
    found.add(np.array(values_ns, dtype=np.int64))
    return found


@given(TIMES)
def test_the_layout_is_that_of_the_library(values: list[int]) -> None:
    theirs = HdrHistogram(1, LONGEST_NS, 3)
    for value in values:
        theirs.record_value(value)
    places = buckets(np.array(values))
    assert [theirs._counts_index_for(value) for value in values] == places.tolist()
    assert [theirs.get_highest_equivalent_value(value) for value in values] == upper_ends(places).tolist()
    assert all(theirs.get_count_at_index(place) == np.count_nonzero(places == place) for place in places)
    assert theirs.get_total_count() == of(*values).count


@given(TIMES, st.sampled_from(list(QUANTILES.values())))
def test_a_quantile_is_the_value_of_its_rank_to_three_digits(values: list[int], ratio: Decimal) -> None:
    exact = sorted(values)[max(-(-Fraction(ratio) * len(values) // 1), 1) - 1]
    found = of(*values).quantile_ns(ratio)
    assert found is not None
    assert exact <= found <= max(exact * 1.001, exact)
    assert found <= max(values)


def test_ranks_are_counted_exactly() -> None:
    # Of 1,000 values the 990th is the p99, and of 1,001 the 991st.
    assert of(*range(1, 1001)).quantile_ns(Decimal("0.99")) == 990
    assert of(*range(1, 1002)).quantile_ns(Decimal("0.99")) == 991
    assert of(1, 2, 3, 4).quantile_ns(Decimal("0.5")) == 2


@given(TIMES, TIMES)
def test_merged_is_the_same_as_one(one: list[int], other: list[int]) -> None:
    merged = of(*one)
    merged.merge(of(*other))
    assert merged.summary == of(*one, *other).summary
    assert (merged.counts == of(*one, *other).counts).all()


@given(TIMES)
def test_mean_and_largest_are_those_of_the_values(values: list[int]) -> None:
    found = of(*values).summary
    assert found.max == max(values) / 1e9
    assert found.mean == float(Fraction(sum(values), len(values) * 10**9))
    assert found.count == len(values) == of(*values).counts.sum()


def test_one_value_is_every_quantile_exactly() -> None:
    assert of(123_456_789).summary == Summary(
        count=1, p50=0.123456789, p90=0.123456789, p95=0.123456789, p99=0.123456789, mean=0.123456789, max=0.123456789
    )


def test_without_values_nothing_is_known() -> None:
    assert Histogram().summary == Summary(count=0)
    assert Histogram().summary.to_json()["p99"] is None
    assert Histogram().quantile_ns(Decimal("0.5")) is None


def test_what_is_out_of_range_counts_as_the_bound() -> None:
    assert of(-5, LONGEST_NS + 1).longest_ns == LONGEST_NS
    assert of(-5).quantile_ns(Decimal("0.5")) == 0


def test_the_last_bucket_is_that_of_the_longest_time() -> None:
    assert len(Histogram().counts) == BUCKETS
    assert buckets(np.array([LONGEST_NS]))[0] == BUCKETS - 1


@pytest.mark.parametrize("bits", [6, 8, 10])
def test_buckets_are_as_fine_as_is_said(bits: int) -> None:
    values = np.unique(np.logspace(0, 13, 500).astype(np.int64))
    ends = upper_ends(buckets(values, bits), bits)
    assert (ends >= values).all()
    assert (ends <= values * (1 + 2.0**-bits)).all()
