"""What a budget means: census or sample, quiet or missing, rolling or calendar."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal
from airectl.core.judge import Basis, Budget, State, assess
from airectl.core.policy import Policy
from airectl.core.slices import Slices
from airectl.core.slo import Method
from series import calendar, rolling, series


def judge(slices: Slices, target: str, policy: Policy | None = None, method: Method = Method.OCCURRENCES) -> Budget:
    per_slice = Decimal("0.9") if method is Method.TIMESLICES else None
    goal = Goal(target=Decimal(target), method=method, slice_target=per_slice)
    return assess(slices, goal, rolling(slices), policy or Policy())


def counted(bad: int, valid: int, target: str, policy: Policy | None = None) -> Budget:
    return judge(series([(valid - bad, valid)]), target, policy)


SAMPLED = Policy(sampled=True)


@pytest.mark.parametrize(
    ("bad", "valid", "target", "state"),
    [
        (12, 10_000, "0.999", State.EXHAUSTED),
        (10, 10_000, "0.999", State.WARNING),
        (12, 1_000, "0.99", State.EXHAUSTED),
        (7, 1_000, "0.99", State.MET),
        (8, 1_000, "0.99", State.WARNING),
    ],
)
def test_complete_counts_decide_by_themselves(bad: int, valid: int, target: str, state: State) -> None:
    budget = counted(bad, valid, target)
    assert (budget.state, budget.judgement.basis) == (state, Basis.CENSUS)
    assert (budget.judgement.low, budget.judgement.high) == (None, None)


def test_a_budget_used_up_exactly_is_not_exhausted() -> None:
    budget = counted(10, 1_000, "0.99")
    assert (budget.consumed, budget.remaining, budget.state) == (Fraction(1), Fraction(0), State.WARNING)


def test_an_overdraft_is_shown_and_not_clamped() -> None:
    assert counted(100, 1_000, "0.99").remaining == -9


def test_36_of_41_sampled_at_90_percent_is_inconclusive() -> None:
    budget = counted(5, 41, "0.9", SAMPLED)
    assert (budget.state, budget.judgement.basis) == (State.INCONCLUSIVE, Basis.SAMPLE)
    assert budget.judgement.low == pytest.approx(0.770, abs=1e-3)
    assert budget.judgement.high == pytest.approx(0.939, abs=1e-3)


def test_the_same_41_as_a_census_are_exhausted() -> None:
    assert counted(5, 41, "0.9").state is State.EXHAUSTED


def test_a_clear_sample_decides() -> None:
    assert counted(0, 400, "0.99", SAMPLED).state is State.MET
    assert counted(50, 400, "0.99", SAMPLED).state is State.EXHAUSTED


@pytest.mark.parametrize(("target", "events"), [("0.9", 25), ("0.95", 52), ("0.99", 268), ("0.999", 2703)])
def test_so_many_good_events_are_enough_though_fewer_than_the_minimum(target: str, events: int) -> None:
    enough, short = counted(0, events, target), counted(0, events - 1, target)
    assert (enough.state, enough.judgement.basis) == (State.MET, Basis.FEW)
    assert short.state is State.INCONCLUSIVE


def test_the_policy_sets_the_minimum() -> None:
    assert counted(1, 50, "0.99", Policy(minimum_events=50)).state is State.EXHAUSTED
    assert counted(1, 50, "0.99").state is State.INCONCLUSIVE


def test_few_events_that_all_fail_are_an_outage() -> None:
    assert counted(20, 20, "0.999").state is State.EXHAUSTED


@pytest.mark.parametrize("method", [Method.TIMESLICES, Method.RATIO_TIMESLICES])
def test_there_is_no_interval_over_slices(method: Method) -> None:
    budget = judge(series([(1, 1)] * 10), "0.99", method=method)
    assert (budget.state, budget.judgement.low) == (State.INCONCLUSIVE, None)
    assert judge(series([(100, 100)] * 10), "0.99", method=method).state is State.MET


def test_weights_have_no_count_and_no_minimum() -> None:
    budget = judge(series([(2.5, 2.5)], whole=False), "0.99")
    assert (budget.valid_events, budget.bad_events, budget.state) == (None, None, State.MET)
    assert judge(series([(2.5, 2.5)], whole=False), "0.99", SAMPLED).state is State.INCONCLUSIVE


def test_a_dead_target_is_unknown_and_a_quiet_one_is_not() -> None:
    dead = series([(100, 100)] * 50 + [(0, 0)] * 50, states="k" * 50 + "m" * 50)
    quiet = series([(100, 100)] * 50 + [(0, 0)] * 50)
    assert (judge(dead, "0.99").state, judge(dead, "0.99").judgement.basis) == (State.UNKNOWN, Basis.MISSING)
    assert judge(quiet, "0.99").state is State.MET
    assert (judge(quiet, "0.99").evidence.quiet, judge(dead, "0.99").evidence.missing) == (50, 50)


def test_one_percent_may_be_missing_and_no_more() -> None:
    almost = series([(10, 10)] * 99 + [(0, 0)], states="k" * 99 + "m")
    beyond = series([(10, 10)] * 98 + [(0, 0)], states="k" * 98 + "m")
    assert judge(almost, "0.99").state is State.MET
    assert judge(beyond, "0.99").state is State.UNKNOWN


def test_the_policy_says_what_missing_samples_are() -> None:
    dead = series([(100, 100)] * 50 + [(0, 0)] * 50, states="k" * 50 + "m" * 50)
    assert judge(dead, "0.99", Policy(no_data="ignore")).state is State.MET
    budget = judge(dead, "0.99", Policy(no_data="bad"))
    assert (budget.state, budget.sli) == (State.EXHAUSTED, Fraction(1, 2))


def test_no_sample_at_all_is_unknown_under_every_policy() -> None:
    empty = series([(0, 0)] * 10, states="m" * 10)
    for no_data in ("unknown", "bad", "ignore"):
        budget = judge(empty, "0.99", Policy(no_data=no_data))
        assert (budget.state, budget.judgement.basis) == (State.UNKNOWN, Basis.NO_SAMPLES)


def test_nothing_but_quiet_is_too_little_to_decide() -> None:
    budget = judge(series([(0, 0)] * 10), "0.99")
    assert (budget.state, budget.sli, budget.consumed) == (State.INCONCLUSIVE, None, None)


def test_slices_before_the_first_sample_lower_the_coverage_and_nothing_else() -> None:
    budget = judge(series([(0, 0)] * 60 + [(100, 100)] * 40, states="b" * 60 + "k" * 40), "0.99")
    assert (budget.state, budget.coverage) == (State.MET, Fraction(2, 5))


def test_ten_minutes_on_the_first_day_are_694_percent_so_far_and_23_of_the_month() -> None:
    day = series([(100, 100)] * 1430 + [(0, 100)] * 10)
    goal = Goal(target=Decimal("0.999"))
    budget = assess(day, goal, calendar(day, 30 * 1440), Policy())
    assert budget.consumed_to_date is not None
    assert budget.consumed is not None
    assert round(float(budget.consumed_to_date), 3) == 6.944
    assert round(float(budget.consumed), 3) == 0.231
    assert budget.state is State.MET


def test_a_calendar_budget_is_exhausted_when_the_whole_period_has_no_more() -> None:
    day = series([(100, 100)] * 1396 + [(0, 100)] * 44)
    budget = assess(day, Goal(target=Decimal("0.999")), calendar(day, 30 * 1440), Policy())
    assert budget.state is State.EXHAUSTED


def test_a_period_that_has_just_begun_has_spent_nothing() -> None:
    nothing = series([])
    budget = assess(nothing, Goal(target=Decimal("0.999")), calendar(nothing, 1440), Policy())
    assert (budget.state, budget.consumed, budget.coverage) == (State.MET, None, None)


def test_missing_labels_bound_the_sli() -> None:
    slices = series([(960, 980)], unlabelled=[20])
    budget = judge(slices, "0.95")
    assert (budget.judgement.basis, budget.state) == (Basis.LABELS, State.MET)
    assert (budget.judgement.low, budget.judgement.high) == (Fraction(96, 100), Fraction(98, 100))


@pytest.mark.parametrize(
    ("target", "state"), [("0.9", State.MET), ("0.97", State.INCONCLUSIVE), ("0.985", State.EXHAUSTED)]
)
def test_labels_that_may_turn_out_either_way_decide_nothing(target: str, state: State) -> None:
    assert judge(series([(960, 980)], unlabelled=[20]), target).state is state


def test_a_labelled_sample_is_judged_by_its_interval() -> None:
    slices = series([(960, 980)], unlabelled=[9_000])
    assert judge(slices, "0.95").state is State.INCONCLUSIVE
    assert judge(slices, "0.95", SAMPLED).state is State.MET


def test_few_labels_widen_the_bounds() -> None:
    budget = judge(series([(20, 20)], unlabelled=[2]), "0.9")
    sure = judge(series([(20, 20)]), "0.9")
    assert budget.judgement.low is not None
    assert sure.judgement.low is not None
    assert budget.judgement.low < sure.judgement.low


BUSY = st.integers(30, 60).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid)))


@pytest.mark.parametrize("method", list(Method))
@given(
    pairs=st.lists(BUSY, min_size=1, max_size=30),
    target=st.integers(0, 999).map(lambda n: Decimal(n) / 1000),
)  # fmt: skip
def test_a_census_is_exhausted_exactly_when_the_sli_is_below_the_target(
    method: Method, pairs: list[tuple[int, int]], target: Decimal
) -> None:
    budget = judge(series(pairs), str(target), Policy(minimum_events=1), method)
    assert budget.sli is not None
    assert (budget.state is State.EXHAUSTED) == (budget.sli < target)


def test_exclusions_are_not_missing() -> None:
    slices = series([(100, 100)] * 50 + [(0, 0)] * 50, states="k" * 50 + "m" * 50)
    excluded = slices.excluding([(50 * 60, 100 * 60)])
    assert judge(excluded, "0.99").state is State.MET
    assert judge(replace(excluded), "0.99").coverage == 1
