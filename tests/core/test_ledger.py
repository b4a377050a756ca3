"""Ledgers: per slice what a tally says in sum, whichever slices are summed."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.ledger import Ledger, ledger
from airectl.core.slices import Slices
from airectl.core.slo import Method
from series import series

COUNTS = st.lists(
    st.integers(0, 20).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))), min_size=1, max_size=30
)
WEIGHTS = st.lists(
    st.floats(0, 1e6).flatmap(lambda valid: st.tuples(st.floats(0, valid), st.just(valid))), min_size=1, max_size=20
)
GOALS = st.builds(
    lambda method, target: Goal(
        target=target, method=method, slice_target=Decimal("0.9") if method is Method.TIMESLICES else None
    ),
    st.sampled_from(list(Method)),
    st.integers(0, 999).map(lambda n: Decimal(n) / 1000),
)


def overdrawn(book: Ledger, first: int, end: int) -> bool:
    return book.overdraft(first, end) > 0


def is_over(slices: Slices, goal: Goal, no_data: str = "unknown") -> bool:
    consumed = tally(slices, goal, no_data).consumed(goal.target)
    return consumed is not None and consumed > 1


@given(pairs=COUNTS, goal=GOALS, data=st.data())
def test_any_run_of_slices_is_over_its_budget_exactly_when_its_tally_is(
    pairs: list[tuple[int, int]], goal: Goal, data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(pairs)))
    end = data.draw(st.integers(first, len(pairs)))
    slices = series(pairs)
    part = slices.cut(first * 60, end * 60)
    assert overdrawn(ledger(slices, goal, len(pairs)), first, end) == is_over(part, goal)


@pytest.mark.parametrize("method", [Method.OCCURRENCES, Method.RATIO_TIMESLICES])
def test_what_is_met_exactly_is_no_overdraft(method: Method) -> None:
    thirds = series([(1, 3), (2, 3), (3, 3)])
    goal = Goal(target=Decimal("0.5"), method=method)
    book = ledger(series([(1, 3), (2, 3)]), goal, 2)
    assert not overdrawn(book, 0, 2)
    assert not overdrawn(ledger(thirds, goal, 3), 0, 3)
    assert overdrawn(ledger(series([(1, 3), (2, 3), (0, 1000)]), goal, 3), 0, 3)


@given(pairs=WEIGHTS, goal=GOALS)
def test_weights_are_over_as_their_tally_is(pairs: list[tuple[float, float]], goal: Goal) -> None:
    slices = series(pairs, whole=False)
    assert overdrawn(ledger(slices, goal, len(pairs)), 0, len(pairs)) == is_over(slices, goal)


def test_weights_that_meet_a_target_but_for_rounding_are_no_overdraft() -> None:
    slices = series([(0.9, 1.0)] * 3 + [(0.1 + 0.2 - 0.03 - 1e-16, 0.3)], whole=False)
    assert not overdrawn(ledger(slices, Goal(target=Decimal("0.9")), 4), 0, 4)
    assert overdrawn(ledger(series([(0.8999, 1.0)], whole=False), Goal(target=Decimal("0.9")), 1), 0, 1)


@given(pairs=COUNTS, goal=GOALS, data=st.data())
def test_missing_slices_that_are_bad_cost_what_the_tally_says(
    pairs: list[tuple[int, int]], goal: Goal, data: st.DataObject
) -> None:
    states = "".join(data.draw(st.lists(st.sampled_from("kkm"), min_size=len(pairs), max_size=len(pairs))))
    known = [pair if state == "k" else (0, 0) for pair, state in zip(pairs, states, strict=True)]
    slices = series(known, states=states)
    book, counts = ledger(slices, goal, len(pairs), "bad"), tally(slices, goal, "bad")
    bad, counted, live = book.spent
    assert Fraction(counted, book.scale) == counts.counted
    assert abs(Fraction(bad, book.scale) - counts.bad) < Fraction(1, 10**38)
    assert live == len(pairs)
    assert overdrawn(book, 0, len(pairs)) == is_over(slices, goal, "bad")


def test_slices_that_do_not_count_are_not_live() -> None:
    slices = series([(0, 0), (0, 0), (0, 0), (0, 0), (1, 1)], states="bmxkk")
    assert list(ledger(slices, Goal(target=Decimal("0.9")), 5).live) == [0, 0, 0, 1, 1]
    assert list(ledger(slices, Goal(target=Decimal("0.9")), 5, "bad").live) == [0, 1, 0, 1, 1]


def test_the_window_is_what_the_ledger_ends_with() -> None:
    book = ledger(series([(0, 5), (4, 5), (5, 5)]), Goal(target=Decimal("0.9")), 2)
    assert (book.first, book.at(book.first), book.spent) == (1, 60, (1, 10, 2))
    assert ledger(series([(0, 5)]), Goal(target=Decimal("0.9")), 2).first == 0


@pytest.mark.parametrize("method", list(Method))
@given(pairs=WEIGHTS)
def test_weights_are_taken_exactly(method: Method, pairs: list[tuple[float, float]]) -> None:
    book = ledger(series(pairs, whole=False), Goal(target=Decimal("0.9"), method=method), len(pairs))
    counted = [Fraction(each, book.scale) for each in book.counted]
    bad = [Fraction(each, book.scale) for each in book.bad]
    if method is Method.OCCURRENCES:
        assert counted == [Fraction(valid) for _, valid in pairs]
        assert bad == [Fraction(valid) - Fraction(good) for good, valid in pairs]
    else:
        assert counted == [Fraction(valid != 0) for _, valid in pairs]
    assert list(book.hits) == [index for index, each in enumerate(bad) if each]


@pytest.mark.parametrize("number", [5e-324, 2.0**-1000, 1e300, 2.0**60 + 2**10])
def test_weights_of_any_size_are_taken_exactly(number: float) -> None:
    book = ledger(series([(0.5, 1.5), (0.0, number)], whole=False), Goal(target=Decimal("0.9")), 2)
    assert Fraction(book.bad[1], book.scale) == Fraction(number)
    assert Fraction(book.bad[0], book.scale) == 1


def test_whole_numbers_among_weights_keep_their_digits() -> None:
    book = ledger(series([(0, 2**60 + 1), (0.25, 1)], whole=False), Goal(target=Decimal("0.9")), 2)
    assert Fraction(book.counted[0], book.scale) == 2**60 + 1
