"""Slices: cutting, excluding, clipping."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.slices import clip
from airectl.core.slo import Method
from series import series


def test_states_are_counted() -> None:
    slices = series([(0, 0), (0, 0), (0, 0), (0, 0), (4, 5)], states="bmxkk")
    assert (slices.before, slices.missing, slices.excluded, slices.known, slices.quiet) == (1, 1, 1, 2, 1)


def test_cut_takes_the_slices_that_lie_wholly_inside() -> None:
    slices = series([(i, i) for i in range(10)], start_s=600, unlabelled=range(10))
    inner = slices.cut(630, 900)
    assert (inner.start_s, list(inner.good), list(inner.unlabelled)) == (660, [1, 2, 3, 4], [1, 2, 3, 4])
    assert len(slices.cut(900, 630)) == 0
    assert len(slices.cut(0, 10**9)) == 10
    assert len(slices.cut(5_000, 6_000)) == 0


def test_an_excluded_slice_leaves_numerator_and_denominator() -> None:
    slices = series([(1, 2)] * 5, unlabelled=[1] * 5).excluding([(70, 130), (10_000, 20_000)])
    assert list(slices.good) == [1, 0, 0, 1, 1]
    assert list(slices.valid) == [2, 0, 0, 2, 2]
    assert list(slices.unlabelled) == [1, 0, 0, 1, 1]
    assert (slices.excluded, slices.quiet) == (2, 0)


def test_good_beyond_valid_and_below_zero_is_clipped_and_counted() -> None:
    assert clip([5, -1, 2], [4, 4, 4]) == ([4, 0, 2], 2)


@given(st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 10)), max_size=30))
def test_what_is_clipped_is_a_share(pairs: list[tuple[int, int]]) -> None:
    good, changed = clip([g for g, _ in pairs], [v for _, v in pairs])
    assert all(0 <= part <= whole for part, (_, whole) in zip(good, pairs, strict=True))
    assert changed == sum(part != g for part, (g, _) in zip(good, pairs, strict=True))


@pytest.mark.parametrize(("step_s", "slices"), [(60, 43_200), (300, 8_640)])
def test_an_hour_of_maintenance_in_thirty_days_changes_the_denominator_by_a_seventh_of_a_percent(
    step_s: int, slices: int
) -> None:
    # 60 minutes of 43,200 are 0.14 %. In slices of five minutes they are 12 of 8,640, not 60 of them.
    # Source of the example, which has the two mixed up: https://docs.datadoghq.com/service_level_objectives/
    month = series([(1, 1)] * slices, step_s=step_s)
    hour = month.excluding([(10 * 86_400, 10 * 86_400 + 3600)])
    method = Goal(target=Decimal("0.99"), method=Method.TIMESLICES, slice_target=Decimal(1))
    before, after = (tally(each, method).counted for each in (month, hour))
    assert (before - after) / before == Fraction(60, 43_200)
    assert round(float((before - after) / before) * 100, 2) == 0.14
