"""How a budget went: from whole to what is left, down wherever something was bad."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.course import course
from airectl.core.ledger import ledger
from series import series

GOAL = Goal(target=Decimal("0.9"))
COUNTS = st.lists(
    st.integers(0, 20).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))), min_size=1, max_size=60
)


@given(pairs=COUNTS, points=st.integers(1, 80))
def test_it_falls_from_whole_to_what_is_left(pairs: list[tuple[int, int]], points: int) -> None:
    slices = series(pairs, start_s=600)
    consumed = tally(slices, GOAL).consumed(GOAL.target) or Fraction(0)
    found = course(ledger(slices, GOAL, len(pairs)), consumed, points)
    assert bool(found) == bool(consumed)
    if not found:
        return
    left = [each.ratio for each in found]
    assert len(found) <= points + 1
    assert (found[0].at_s, found[-1].at_s) == (600, 600 + 60 * len(pairs))
    assert left[0] == 1.0
    assert left[-1] == pytest.approx(float(1 - consumed))
    assert left == sorted(left, reverse=True)


def test_a_budget_by_hand() -> None:
    """2 of 20 may be bad: one is in the second minute, three are in the fourth."""
    slices = series([(5, 5), (4, 5), (5, 5), (2, 5)])
    found = course(ledger(slices, GOAL, 4), Fraction(2))
    assert [tuple(each) for each in found] == [(0, 1.0), (60, 1.0), (120, 0.5), (180, 0.5), (240, -1.0)]


def test_what_came_before_the_window_is_not_in_it() -> None:
    slices = series([(0, 5), (5, 5), (4, 5)])
    found = course(ledger(slices, GOAL, 2), Fraction(1))
    assert [tuple(each) for each in found] == [(60, 1.0), (120, 1.0), (180, 0.0)]
