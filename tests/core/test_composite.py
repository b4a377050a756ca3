"""Composite budgets by the three formulas."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, Tally, tally
from airectl.core.composite import FORMULAS, merged, summed, weighted
from airectl.core.judge import Basis, Budget, Judgement, State, assess
from airectl.core.policy import Policy
from airectl.core.slo import Method
from series import rolling, series

SLICES = Goal(target=Decimal("0.5"), method=Method.TIMESLICES, slice_target=Decimal("0.9"))
SHARES = Goal(target=Decimal("0.5"), method=Method.RATIO_TIMESLICES)


def test_every_method_has_its_formula_in_words() -> None:
    assert set(FORMULAS) == set(Method)


def test_weights_multiply_what_the_parts_consumed() -> None:
    half, fifth = Fraction(1, 2), Fraction(1, 5)
    assert weighted([(Decimal(1), half), (Decimal(1), fifth)]) == Fraction(7, 10)
    assert weighted([(Decimal("0.5"), half), (Decimal(3), fifth)]) == Fraction(17, 20)
    assert weighted([(Decimal(2), None), (Decimal(1), half)]) == half
    assert weighted([(Decimal(1), None)]) is None


def test_a_slice_with_any_bad_part_is_bad() -> None:
    one, two = series([(10, 10), (8, 10), (9, 10), (0, 0)]), series([(9, 10), (10, 10), (5, 10), (0, 0)])
    counts = tally(merged([(one, SLICES), (two, SLICES)]), SLICES)
    assert (int(counts.good), int(counts.counted)) == (1, 3)


def test_each_part_has_its_own_slice_target() -> None:
    lax = Goal(target=Decimal("0.5"), method=Method.TIMESLICES, slice_target=Decimal("0.5"))
    one, two = series([(9, 10)]), series([(5, 10)])
    assert merged([(one, SLICES), (two, lax)]).good == [1]
    assert merged([(one, lax), (two, SLICES)]).good == [0]


def test_what_the_parts_miss_adds_up_to_a_whole_slice_at_most() -> None:
    one, two = series([(2, 3), (1, 4), (7, 7)]), series([(3, 4), (0, 9), (0, 0)])
    slices = merged([(one, SHARES), (two, SHARES)])
    assert [Fraction(g) / Fraction(v) for g, v in zip(slices.good, slices.valid, strict=True)] == [
        Fraction(5, 12), Fraction(0), Fraction(1),
    ]  # fmt: skip


@pytest.mark.parametrize("goal", [SLICES, SHARES])
def test_what_is_not_known_of_a_part_is_not_known_unless_another_spent_it_all(goal: Goal) -> None:
    one = series([(0, 0), (0, 0), (0, 0), (0, 0), (0, 0)], states="mmbxk")
    two = series([(9, 10), (0, 10), (9, 10), (9, 10), (9, 10)])
    slices = merged([(one, goal), (two, goal)])
    assert (slices.missing, slices.excluded, slices.known, slices.before) == (1, 1, 3, 0)
    assert slices.good[1] == 0
    assert slices.valid[1] > 0


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="different slices"):
        merged([(series([(1, 1)]), SLICES), (series([(1, 1)], step_s=300), SLICES)])
    with pytest.raises(ValueError, match="by one method"):
        merged([(series([(1, 1)]), SLICES), (series([(1, 1)]), SHARES)])
    with pytest.raises(ValueError, match="by one method"):
        merged([(series([(1, 1)]), Goal(target=Decimal("0.9")))])


PAIRS = st.integers(0, 9).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid)))


@pytest.mark.parametrize("goal", [SLICES, SHARES])
@given(rows=st.lists(st.tuples(PAIRS, PAIRS), min_size=1, max_size=20))
def test_a_composite_is_no_better_than_any_part_and_spends_no_more_than_all(
    goal: Goal, rows: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    parts = [series([row[i] for row in rows]) for i in (0, 1)]
    bad = tally(merged([(part, goal) for part in parts]), goal).bad
    each = [tally(part, goal).bad for part in parts]
    slack = Fraction(1, 10**30)
    assert max(each) - slack <= bad <= sum(each) + slack


@pytest.mark.parametrize("goal", [SLICES, SHARES])
@given(rows=st.lists(PAIRS, min_size=1, max_size=20))
def test_a_composite_of_one_part_is_that_part(goal: Goal, rows: list[tuple[int, int]]) -> None:
    part = series(rows)
    assert tally(merged([(part, goal)]), goal) == tally(part, goal)


POLICY = Policy(minimum_events=1)


def budget(bad: int, valid: int, policy: Policy = POLICY) -> Budget:
    slices = series([(valid - bad, valid)])
    return assess(slices, Goal(target=Decimal("0.9")), rolling(slices), policy)


@pytest.mark.parametrize(
    ("weight", "consumed", "state"),
    [("1", "0.7", State.MET), ("2", "0.9", State.WARNING), ("2.5", "1", State.WARNING), ("3", "1.1", State.EXHAUSTED)],
)
def test_a_sum_is_exhausted_above_one(weight: str, consumed: str, state: State) -> None:
    both = summed([(Decimal(1), budget(5, 100)), (Decimal(weight), budget(2, 100))], POLICY)
    assert (both.consumed, both.state) == (Fraction(consumed), state)


def test_a_sum_of_nothing_counted_has_spent_nothing() -> None:
    quiet = replace(budget(0, 1), tally=Tally(good=Fraction(0), counted=Fraction(0)))
    both = summed([(Decimal(1), quiet), (Decimal(1), quiet)], POLICY)
    assert (both.consumed, both.state) == (None, State.MET)


def test_a_sum_over_calendar_periods_adds_what_is_gone_of_the_whole_period() -> None:
    first = replace(budget(5, 100), elapsed=Fraction(1, 2))
    second = replace(budget(10, 100), elapsed=Fraction(1, 4))
    both = summed([(Decimal(1), first), (Decimal(1), second)], POLICY)
    assert (both.consumed_to_date, both.consumed) == (Fraction(3, 2), Fraction(1, 2))


def test_parts_that_are_not_counted_completely_are_inconclusive_together() -> None:
    few = budget(50, 100, Policy(minimum_events=101))
    assert few.state is State.EXHAUSTED
    both = summed([(Decimal(1), few), (Decimal(1), budget(0, 100))], POLICY)
    assert both.judgement == Judgement(state=State.INCONCLUSIVE, basis=Basis.PARTS)


@given(rows=st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_a_sum_is_no_better_than_any_part_and_the_order_does_not_matter(rows: list[int]) -> None:
    parts = [(Decimal(1), budget(bad, 100)) for bad in rows]
    both = summed(parts, POLICY).consumed
    assert both == summed(parts[::-1], POLICY).consumed == sum(Fraction(bad, 10) for bad in rows)
    assert all(part.consumed is None or (both is not None and both >= part.consumed) for _, part in parts)
