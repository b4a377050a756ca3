"""Burn rates over lookbacks."""

from decimal import Decimal
from fractions import Fraction

from airectl.core.budget import Goal
from airectl.core.burn import burn_rate, burn_rates
from airectl.core.slo import Method
from airectl.core.terms import LOOKBACKS
from series import series


def test_a_burn_of_one_spends_the_budget_in_one_window() -> None:
    goal = Goal(target=Decimal("0.99"))
    assert burn_rate(series([(99, 100)] * 10), goal) == 1


def test_each_lookback_ends_where_the_slices_end() -> None:
    hour_of_errors = series([(100, 100)] * (6 * 60 - 60) + [(90, 100)] * 60)
    rates = burn_rates(hour_of_errors, Goal(target=Decimal("0.99")), LOOKBACKS)
    assert rates["5m"] == rates["1h"] == 10
    assert rates["6h"] == Fraction(10, 6)


def test_without_a_valid_event_the_burn_is_unknown_and_not_zero() -> None:
    quiet = series([(100, 100)] * 100 + [(0, 0)] * 10)
    rates = burn_rates(quiet, Goal(target=Decimal("0.99")), LOOKBACKS)
    assert rates["5m"] is None
    assert rates["1h"] == 0


def test_a_lookback_shorter_than_a_slice_knows_nothing() -> None:
    hourly = series([(1, 2)] * 10, step_s=3600)
    rates = burn_rates(hourly, Goal(target=Decimal("0.5"), method=Method.RATIO_TIMESLICES), LOOKBACKS)
    assert rates["5m"] is None
    assert rates["1h"] == 1


def test_a_burn_on_the_threshold_is_exact() -> None:
    # 14.4 times a budget of 0.1 % is 1.44 % of errors; rounding on the way would lose the page.
    rate = burn_rate(series([(100_000 - 1_440, 100_000)]), Goal(target=Decimal("0.999")))
    assert rate == Fraction("14.4")


def test_target_zero_burns_at_most_one() -> None:
    assert burn_rate(series([(0, 5)]), Goal(target=Decimal(0))) == 1
