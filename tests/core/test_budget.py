"""Budgets by the three methods: worked examples from their sources, and what holds for any numbers."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airectl.core.budget import Goal, Tally, allowance, tally
from airectl.core.slices import Slices
from airectl.core.slo import Method
from series import series

METHODS = list(Method)
COUNTS = st.lists(
    st.integers(0, 30).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))), min_size=1, max_size=40
)
TARGETS = st.integers(0, 9_999).map(lambda n: Decimal(n) / 10_000)


def goal(method: Method, target: Decimal | str, slice_target: Decimal | str = "0.9") -> Goal:
    per_slice = Decimal(slice_target) if method is Method.TIMESLICES else None
    return Goal(target=Decimal(target), method=method, slice_target=per_slice)


def sli(slices: Slices, method: Method) -> Fraction | None:
    """The SLI by its definition, worked out another way than the engine does."""
    pairs = [(Fraction(g), Fraction(v)) for g, v in zip(slices.good, slices.valid, strict=True) if v]
    if not pairs:
        return None
    if method is Method.OCCURRENCES:
        return sum((g for g, _ in pairs), Fraction(0)) / sum(v for _, v in pairs)
    ratios = [g / v for g, v in pairs]
    if method is Method.TIMESLICES:
        return Fraction(sum(ratio >= Fraction(9, 10) for ratio in ratios), len(ratios))
    return sum(ratios, Fraction(0)) / len(ratios)


@pytest.mark.parametrize("method", METHODS)
@given(pairs=COUNTS, target=TARGETS)
@example(pairs=[(999, 1000)], target=Decimal("0.999"))
@example(pairs=[(1, 3), (2, 3), (1, 2)], target=Decimal("0.5"))
@example(pairs=[(0, 0)], target=Decimal(0))
def test_consumed_is_above_one_exactly_when_the_sli_is_below_the_target(
    method: Method, pairs: list[tuple[int, int]], target: Decimal
) -> None:
    slices = series(pairs)
    counts, expected = tally(slices, goal(method, target)), sli(slices, method)
    consumed = counts.consumed(target)
    if expected is None:
        assert counts.sli is None
        assert consumed is None
        return
    assert consumed is not None
    assert (consumed > 1) == (expected < Fraction(target))
    assert counts.sli is not None
    assert abs(counts.sli - expected) < Fraction(1, 10**38)


@pytest.mark.parametrize("method", METHODS)
@given(pairs=COUNTS, target=TARGETS, factor=st.integers(2, 50), seed=st.randoms(use_true_random=False))
def test_scaling_and_reordering_change_no_consumed_ratio(
    method: Method, pairs: list[tuple[int, int]], target: Decimal, factor: int, seed: Random
) -> None:
    before = tally(series(pairs), goal(method, target)).consumed(target)
    scaled = [(good * factor, valid * factor) for good, valid in pairs]
    assert tally(series(scaled), goal(method, target)).consumed(target) == before
    shuffled = list(pairs)
    seed.shuffle(shuffled)
    assert tally(series(shuffled), goal(method, target)).consumed(target) == before


@given(pairs=COUNTS, target=TARGETS)
def test_splitting_slices_changes_no_share_of_events(pairs: list[tuple[int, int]], target: Decimal) -> None:
    halves = [
        half for good, valid in pairs for half in ((good // 2, valid // 2), (good - good // 2, valid - valid // 2))
    ]
    occurrences = goal(Method.OCCURRENCES, target)
    assert tally(series(halves), occurrences).consumed(target) == tally(series(pairs), occurrences).consumed(target)


@pytest.mark.parametrize("method", METHODS)
@given(pairs=COUNTS, target=TARGETS)
def test_a_bad_event_more_never_gives_budget_back(
    method: Method, pairs: list[tuple[int, int]], target: Decimal
) -> None:
    worse = [(max(good - 1, 0), valid) for good, valid in pairs]
    before = tally(series(pairs), goal(method, target)).consumed(target)
    after = tally(series(worse), goal(method, target)).consumed(target)
    assert before is None or after is None or after >= before


def test_an_exactly_met_target_is_met_where_floats_are_not() -> None:
    assert Decimal("0.999") > 999 / 1000
    assert tally(series([(999, 1000)]), goal(Method.OCCURRENCES, "0.999")).consumed(Decimal("0.999")) == 1


def test_a_slice_on_its_target_is_good() -> None:
    counts = tally(series([(999, 1000), (998, 1000)]), goal(Method.TIMESLICES, "0.5", "0.999"))
    assert (counts.good, counts.bad) == (Fraction(1), Fraction(1))


def test_thirds_add_up() -> None:
    counts = tally(series([(1, 3), (1, 3), (1, 3)]), goal(Method.RATIO_TIMESLICES, "0.1"))
    assert counts.good == 1


def test_target_zero_cannot_be_missed() -> None:
    counts = tally(series([(0, 10)]), goal(Method.OCCURRENCES, "0"))
    assert counts.consumed(Decimal(0)) == 1


# Source of the next five: https://github.com/OpenSLO/OpenSLO/tree/main/examples and slo-math's corrections.
def test_four_weeks_of_minutes_at_97_5_percent_allow_1008_bad_ones() -> None:
    assert allowance(Decimal("0.975"), 28 * 1440) == 1008
    assert allowance(Decimal("0.975"), 28 * 86_400) == 16 * 3600 + 48 * 60


def test_seven_days_at_99_95_percent_allow_5_min_2_4_s() -> None:
    assert allowance(Decimal("0.9995"), 7 * 86_400) == Decimal("302.4")


def test_thirty_days_at_99_9_percent_allow_43_min_12_s() -> None:
    assert allowance(Decimal("0.999"), 30 * 86_400) == 43 * 60 + 12


# Two weeks at 95 %, 24,000 requests a day of which 99 % succeed; an attack leaves 1 % of availability.
BASELINE, ATTACK, TARGET = Fraction(99, 100), Fraction(1, 100), Decimal("0.95")


def attacked(method: Method, make: Callable[[int], Slices]) -> int:
    """The size of the smallest attack that overdraws the budget."""
    low, high = 0, 20_160
    while high - low > 1:
        middle = (low + high) // 2
        consumed = tally(make(middle), goal(method, TARGET)).consumed(TARGET)
        low, high = (low, middle) if consumed is not None and consumed > 1 else (middle, high)
    return high


def test_openslo_occurrences_example_is_14155_failed_requests_not_16632() -> None:
    def fortnight(requests: int) -> Slices:
        normal = (336_000 * 99, 336_000 * 100)
        return series([normal, (requests, requests * 100)])

    requests = attacked(Method.OCCURRENCES, fortnight)
    assert round(requests * (1 - ATTACK)) == 14_155


def test_openslo_timeslices_example_is_16_h_48_min() -> None:
    def fortnight(minutes: int) -> Slices:
        return series([(1, 100)] * minutes + [(99, 100)] * (20_160 - minutes))

    assert attacked(Method.TIMESLICES, fortnight) - 1 == 16 * 60 + 48


def test_openslo_ratio_timeslices_example_is_13_h_43_min() -> None:
    def fortnight(minutes: int) -> Slices:
        return series([(1, 100)] * minutes + [(99, 100)] * (20_160 - minutes))

    assert attacked(Method.RATIO_TIMESLICES, fortnight) == 13 * 60 + 43


@pytest.mark.parametrize(("step_s", "slices"), [(60, 43_200), (300, 8_640)])
def test_an_excluded_hour_of_30_days_is_an_hour_whatever_the_slice(step_s: int, slices: int) -> None:
    whole = series([(1, 1)] * slices, step_s=step_s)
    counted = tally(whole.excluding([(0, 3600)]), goal(Method.TIMESLICES, "0.999")).counted
    assert 1 - counted / slices == Fraction(60, 43_200)


@pytest.mark.parametrize("method", METHODS)
def test_quiet_slices_count_for_nothing(method: Method) -> None:
    with_quiet = series([(8, 10), (0, 0), (0, 0)])
    assert tally(with_quiet, goal(method, "0.9")) == tally(series([(8, 10)]), goal(method, "0.9"))


@pytest.mark.parametrize(
    ("method", "counted", "good"),
    [(Method.OCCURRENCES, 40, 20), (Method.TIMESLICES, 4, 2), (Method.RATIO_TIMESLICES, 4, 2)],
)
def test_missing_slices_count_as_bad_where_the_policy_says_so(method: Method, counted: int, good: int) -> None:
    slices = series([(10, 10), (10, 10), (0, 0), (0, 0)], states="kkmm")
    assert tally(slices, goal(method, "0.9"), "bad") == Tally(good=Fraction(good), counted=Fraction(counted))
    assert tally(slices, goal(method, "0.9"), "ignore").bad == 0


@pytest.mark.parametrize("method", METHODS)
def test_extrapolated_numbers_meet_a_target_that_they_miss_by_rounding(method: Method) -> None:
    near = 0.1 + 0.2 + 0.6  # 0.8999999999999999
    slices = series([(near, 1.0)], whole=False)
    consumed = tally(slices, goal(method, "0.9", "0.9")).consumed(Decimal("0.9"))
    assert consumed is not None
    assert consumed <= 1
    missed = tally(series([(0.8999, 1.0)], whole=False), goal(method, "0.9", "0.9")).consumed(Decimal("0.9"))
    assert missed is not None
    assert missed > 1


def test_a_window_of_minutes_is_evaluated_whole() -> None:
    slices = series([(ceil(1000 * 0.999), 1000)] * 40_320)
    assert tally(slices, goal(Method.RATIO_TIMESLICES, "0.999")).consumed(Decimal("0.999")) == 1
