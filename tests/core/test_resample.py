"""Samples on a grid: means, gaps that stay, steps that are chosen, counts a second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.resample import (
    MOST_STEPS,
    averaged,
    counted,
    is_mixed,
    is_sparse,
    regular,
    spacing,
    step_for,
)

HOUR = 3600


def times(*hours: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(hours) * HOUR


def test_means_and_gaps_by_hand() -> None:
    grid = averaged(times(0.0, 0.5, 1.0, 1.5, 4.0, 4.5), np.array([2.0, 4.0, 6.0, np.nan, 8.0, 10.0]), HOUR)
    assert grid.start_s == 0
    assert grid.values.tolist()[:2] == [3.0, 6.0]
    assert np.isnan(grid.values[2:4]).all()
    assert grid.values[4] == 9.0
    assert (grid.known, grid.rows, grid.native_s, grid.partial) == (3, 6, 1800.0, False)


def test_a_last_step_that_is_half_unknown_is_left_out() -> None:
    quarters = times(*(quarter / 4 for quarter in range(9)))  # two hours, and the first quarter of a third
    grid = averaged(quarters, np.ones(9), HOUR)
    assert len(grid.values) == 2
    assert grid.partial
    assert len(averaged(times(*(quarter / 4 for quarter in range(11))), np.ones(11), HOUR).values) == 3


def test_steps_lie_on_whole_hours_of_utc() -> None:
    grid = averaged(np.array([7.2e5 + 1000.0, 7.2e5 + 5000.0]), np.ones(2), HOUR)
    assert grid.start_s % HOUR == 0
    assert grid.start_s <= 7.2e5 + 1000 < grid.start_s + HOUR


@pytest.mark.parametrize(
    ("native_s", "span_days", "step_s"),
    [(60, 73, 3600), (300, 14, 3600), (300, 1, 300), (45, 0.1, 60), (3600, 30, 3600), (5400, 30, 7200),
     (86_400, 400, 86_400), (7 * 86_400, 900, 7 * 86_400)],
)  # fmt: skip
def test_the_step_where_none_is_asked_for(native_s: float, span_days: float, step_s: int) -> None:
    assert step_for(native_s, span_days * 86_400) == step_s


def test_spacing_is_what_most_rows_have() -> None:
    assert spacing(times(0, 1, 2, 3, 7, 8)) == (3600.0, 0.2)
    assert spacing(times(5)) == (None, 0.0)


def test_mixed_steps_are_told_and_a_few_gaps_are_not() -> None:
    fine, coarse = np.arange(100) * 300.0, 30_000 + np.arange(40) * 3600.0
    assert is_mixed(averaged(np.concatenate((fine, coarse)), np.ones(140), HOUR))
    assert not is_mixed(averaged(np.delete(np.arange(100) * 300.0, [7, 8, 50]), np.ones(97), HOUR))


def test_requests_a_second_of_whole_steps() -> None:
    # Minutes 0 to 3; the first and the last are not whole.
    grid = counted(np.array([30.0, 61.0, 62.0, 90.0, 185.0, 200.0]), 60)
    assert grid.values.tolist() == [3 / 60, 0.0]
    assert grid.start_s == 60


def test_tokens_a_second() -> None:
    assert counted(np.array([0.0, 1.0]), 60, np.array([100.0, 20.0])).values.tolist() == [2.0]


def test_a_grid_is_bounded_whatever_lies_between_two_rows() -> None:
    grid = averaged(np.array([0.0, 1.6e9, 1.6e9 + 60]), np.ones(3), 60)
    assert len(grid.values) <= MOST_STEPS
    assert grid.cut_steps > 0
    assert grid.values[-1] == 1.0


@given(st.lists(st.tuples(st.integers(0, 500_000), st.floats(0, 1e6)), min_size=1, max_size=60))
def test_no_mean_leaves_the_range_of_its_samples(rows: list[tuple[int, float]]) -> None:
    rows.sort()
    at, values = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])
    grid = averaged(at, values, HOUR)
    known = grid.values[np.isfinite(grid.values)]
    assert len(known) <= len(rows)
    assert (known >= values.min() - 1e-6).all()
    assert (known <= values.max() + 1e-6).all()


def test_rows_that_later_lie_farther_apart_take_a_longer_step() -> None:
    hours = np.concatenate((np.arange(0.0, 1000), np.arange(1000.0, 2016, 3))).astype(np.float64) * HOUR
    grid = regular(hours, np.ones(len(hours)))
    assert (grid.step_s, is_sparse(grid)) == (2 * HOUR, False)
    assert grid.known == pytest.approx(840, abs=5)
    assert is_sparse(averaged(hours, np.ones(len(hours)), HOUR))


@pytest.mark.parametrize("kept", ["all", "most", "a-month-lost"])
def test_gaps_alone_take_no_longer_step(kept: str) -> None:
    hours = np.arange(0.0, 2016.0)
    rng = np.random.default_rng(5)
    left = {"all": hours, "most": hours[rng.random(2016) < 0.8], "a-month-lost": np.delete(hours, range(500, 1220))}
    grid = regular(left[kept] * 3600, np.ones(len(left[kept])))
    assert (grid.step_s, is_sparse(grid)) == (3600, False)
