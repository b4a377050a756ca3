"""Wilson's interval and what it takes to decide."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.stats import events_to_decide, minimum_events, wilson


@pytest.mark.parametrize(("target", "events"), [("0.9", 29), ("0.95", 59), ("0.99", 299), ("0.999", 2995), ("0", 1)])
def test_the_minimum_is_ln_005_over_ln_t(target: str, events: int) -> None:
    assert minimum_events(Decimal(target)) == events


@pytest.mark.parametrize(("target", "events"), [(0.9, 25), (0.95, 52), (0.99, 268), (0.999, 2703)])
def test_how_many_good_events_in_a_row_prove_a_target(target: float, events: int) -> None:
    assert wilson(events, events)[0] >= target
    assert wilson(events - 1, events - 1)[0] < target


def test_36_of_41_lie_between_77_and_94_percent() -> None:
    low, high = wilson(36, 41)
    assert (round(low, 2), round(high, 2)) == (0.77, 0.94)


def test_without_events_anything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_ratio_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    good, valid = counts
    low, high = wilson(good, valid)
    assert 0 <= low <= good / valid <= high <= 1
    wider = wilson(good, valid, Decimal("0.99"))
    assert wider[0] <= low
    assert high <= wider[1]


def test_more_events_at_the_same_ratio_decide() -> None:
    events = events_to_decide(36, 41, 0.9)
    assert events is not None
    ratio = 36 / 41
    assert wilson(ratio * events, events)[1] < 0.9
    assert wilson(ratio * (events - 1), events - 1)[1] >= 0.9


def test_a_ratio_on_the_target_never_decides() -> None:
    assert events_to_decide(9, 10, 0.9) is None
    assert events_to_decide(0, 0, 0.9) is None


def test_what_decides_already_needs_no_more() -> None:
    assert events_to_decide(100, 100, 0.9) == 100
