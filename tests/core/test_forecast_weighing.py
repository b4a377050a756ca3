"""Weights, the middle of the weight, the conformal quantile and the backtest: examples by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from airectl.core.forecast.backtest import tried
from airectl.core.forecast.conformal import radius, scores
from airectl.core.forecast.members import NAMES
from airectl.core.forecast.model import Floats
from airectl.core.forecast.weighing import errors_of_origins, middle, weights, weights_without


def alike(*errors: float) -> Floats:
    """The errors of as many members at one origin of one series."""
    return np.array(errors)[:, None, None]


def test_twice_the_error_counts_a_sixteenth() -> None:
    made = weights(alike(1.0, 2.0), np.ones((1, 1)), 4)
    assert made[:, 0] == pytest.approx([16 / 17, 1 / 17])


def test_a_member_without_error_takes_all_and_two_share_it() -> None:
    assert weights(alike(0, 1, 5), np.ones((1, 1)), 4)[:, 0] == pytest.approx([1, 0, 0])
    assert weights(alike(0, 0, 5), np.ones((1, 1)), 4)[:, 0] == pytest.approx([0.5, 0.5, 0])
    assert weights(alike(0, 0), np.ones((1, 1)), 4)[:, 0] == pytest.approx([0.5, 0.5])


def test_without_an_origin_all_count_alike() -> None:
    assert weights(np.zeros((4, 1, 0)), np.zeros((1, 0)), 6)[:, 0] == pytest.approx([0.25] * 4)


def test_a_quiet_day_counts_as_much_as_a_stormy_one() -> None:
    errors = np.array([[[100.0, 1.0]], [[300.0, 3.0]], [[200.0, 2.0]]])
    relative, _ = errors_of_origins(errors)
    assert relative[:, 0] == pytest.approx(np.array([[0.5, 0.5], [1.5, 1.5], [1, 1]]))


def test_recent_origins_count_more_and_unknown_ones_not() -> None:
    errors = np.ones((2, 1, 9))
    errors[:, :, 4] = math.nan
    _, counts = errors_of_origins(errors)
    assert counts[0, [8, 4, 0]] == pytest.approx([1, 0, 0.25])


def test_an_origin_is_weighed_by_the_others_only() -> None:
    errors = np.array([[[1.0, 9.0]], [[2.0, 9.0]]])
    made = weights_without(errors, np.ones((1, 2)), 4)
    assert made[:, 0, 0] == pytest.approx([0.5, 0.5])
    assert made[:, 0, 1] == pytest.approx([16 / 17, 1 / 17])


def test_the_middle_fifth_of_the_weight() -> None:
    # From 0.4 to 0.6: half of it the member 1, half of it the member 2.
    forecasts = np.array([3.0, 1.0, 2.0])[:, None]
    assert middle(forecasts, np.array([0.2, 0.5, 0.3])) == pytest.approx(1.5)


def test_where_most_of_the_weight_says_0_the_middle_is_0() -> None:
    forecasts = np.array([[0.0], [1e9], [0.0]])
    assert middle(forecasts, np.array([0.3, 0.3, 0.4])) == 0


shares = arrays.arrays(np.float64, 6, elements=st.floats(0.001, 1))
guesses = arrays.arrays(np.float64, (6, 4), elements=st.floats(1e-6, 1e6) | st.just(0.0))


@given(guesses, shares)
def test_the_middle_lies_among_the_members_in_any_order(forecasts: Floats, share: Floats) -> None:
    share = share / share.sum()
    made = middle(forecasts, share)
    assert (made >= forecasts.min(axis=0) * (1 - 1e-9)).all()
    assert (made <= forecasts.max(axis=0) * (1 + 1e-9)).all()
    # A member on the edge of the middle is in it or not, as sums of floats are rounded.
    edge = 1e-6 * (forecasts.max() - forecasts.min())
    assert middle(forecasts[::-1], share[::-1]) == pytest.approx(made, abs=edge + 1e-9)


@given(arrays.arrays(np.float64, (5, 3, 4), elements=st.floats(1e-9, 1e9) | st.just(0.0)))
def test_weights_are_shares(errors: Floats) -> None:
    relative, counts = errors_of_origins(errors)
    for made in (weights(relative, counts, 6), weights_without(relative, counts, 6)):
        assert made.sum(axis=0) == pytest.approx(1)
        assert (made >= 0).all()


def test_a_score_is_a_quantile_of_the_errors_of_an_origin() -> None:
    errors = np.arange(1.0, 21.0)[None, None]
    assert scores(errors, 0.9) == 18
    errors[0, 0, 10:] = math.nan
    assert scores(errors, 0.9) == 9


def test_an_origin_without_a_known_value_has_no_score() -> None:
    assert np.isnan(scores(np.full((1, 2, 3), math.nan), 0.9)).all()


@pytest.mark.parametrize(
    ("count", "place", "level"), [(19, 18, 0.9), (10, 10, 0.9), (9, 9, 0.9), (8, 8, 8 / 9), (1, 1, 0.5), (29, 27, 0.9)]
)
def test_the_conformal_quantile(count: int, place: int, level: float) -> None:
    size, promised = radius(np.random.default_rng(0).permutation(np.arange(1.0, count + 1))[None], 0.9)
    assert size == place
    assert promised == pytest.approx(level)


def test_without_a_score_there_is_no_interval() -> None:
    size, promised = radius(np.zeros((1, 0)), 0.9)
    assert np.isnan(size).all()
    assert promised == 0


def test_a_conformal_interval_covers_what_it_says() -> None:
    rng = np.random.default_rng(3)
    drawn = rng.exponential(size=(4000, 20))
    size, _ = radius(drawn[:, :19], 0.9)
    assert (drawn[:, 19] <= size).mean() == pytest.approx(0.9, abs=0.02)


def test_a_backtest_by_hand() -> None:
    # Two origins, two steps; every member forecasts 10 but naive, which forecasts 12.
    forecasts = np.full((len(NAMES), 1, 2, 2), 10.0)
    forecasts[NAMES.index("naive")] = 12
    actual = np.array([[[11.0, 13.0], [10.0, math.nan]]])
    made = tried(forecasts, actual, np.array([4.0]), 0.9)
    test = made.backtest
    # At the second origin naive was the worst one, so the first is forecast as 10: errors 1 and 3. There naive
    # was the best one, so the second is forecast as 12: error 2.
    assert test.windows == 2
    assert test.mae == pytest.approx(2)
    assert test.mae_naive == pytest.approx(1.5)
    assert test.mase == pytest.approx(0.5)
    assert test.mase_seasonal_naive == pytest.approx((2 + 0) / 2 / 4)
    # Scores 3 and 2: each origin with the other one's radius.
    assert test.coverage == pytest.approx(2 / 3)
    assert made.radius == 3
    assert test.level == pytest.approx(2 / 3)
    assert made.scale == pytest.approx(1.5)


def test_without_change_there_is_no_mase() -> None:
    made = tried(np.full((len(NAMES), 1, 1, 2), 5.0), np.full((1, 1, 2), 5.0), np.array([0.0]), 0.9)
    assert np.isnan(made.backtest.mase).all()
    assert made.backtest.mae == 0
