"""The pool: what holds for every series."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from airectl.core.forecast.choosing import forecast
from airectl.core.forecast.members import NAMES
from airectl.core.forecast.model import Floats, Forecasts, Options
from airectl.core.forecast.pool import pool
from made_demand import KINDS, demand

HOURLY = Options(step_s=3600, horizon=24)
ALL = np.stack([demand(kind, 3) for kind in KINDS])


def same(one: Forecasts, other: Forecasts) -> None:
    for name in ("mean", "low", "high", "weights", "scale"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name
    assert np.array_equal(one.backtest.mase, other.backtest.mase, equal_nan=True)
    assert np.array_equal(one.backtest.coverage, other.backtest.coverage, equal_nan=True)


def row(made: Forecasts, place: int) -> tuple[list[float], ...]:
    return made.mean[place].tolist(), made.low[place].tolist(), made.high[place].tolist(), made.weights[place].tolist()


def test_the_shapes_and_bounds() -> None:
    made = pool(ALL, HOURLY)
    assert made.mean.shape == made.low.shape == made.high.shape == (len(KINDS), 24)
    assert made.weights.shape == (len(KINDS), len(NAMES))
    assert made.weights.sum(axis=1) == pytest.approx(1)
    assert (made.low >= 0).all()
    assert (made.low <= made.mean).all()
    assert (made.mean <= made.high).all()
    assert made.backtest.windows.tolist() == [10] * len(KINDS)
    assert (made.scale > 0).all()
    assert not made.peaks
    assert made.step_s == 3600


def test_a_series_is_forecast_alike_alone_and_among_others() -> None:
    short = np.concatenate([np.full(200, math.nan), ALL[0, 200:]])
    values = np.stack([*ALL, short, np.full(720, math.nan)])
    together = pool(values, HOURLY)
    for place in (0, 5, len(KINDS), len(KINDS) + 1):
        alone = pool(values[place : place + 1], HOURLY)
        assert np.allclose(alone.mean[0], together.mean[place], rtol=1e-9, equal_nan=True)
        assert np.allclose(alone.high[0], together.high[place], rtol=1e-9, equal_nan=True)
        assert alone.cleaning[0] == together.cleaning[place]


def test_more_series_than_a_block_keep_their_order() -> None:
    values = np.tile(ALL, (30, 1)) * np.arange(1, 301)[:, None]
    made = pool(values, HOURLY)
    some = pool(values[[7, 260, 299]], HOURLY)
    assert made.mean[[7, 260, 299]] == pytest.approx(some.mean)


def test_the_same_data_give_the_same_forecast() -> None:
    same(pool(ALL, HOURLY), pool(ALL.copy(), HOURLY))


@pytest.mark.parametrize("power", [-900, -40, 3, 900])
def test_a_unit_twice_as_large_is_a_forecast_half_as_large(power: int) -> None:
    made = pool(np.ldexp(ALL, power), HOURLY)
    plain = pool(ALL, HOURLY)
    assert np.array_equal(made.mean, np.ldexp(plain.mean, power))
    assert np.array_equal(made.high, np.ldexp(plain.high, power))
    assert np.array_equal(made.backtest.mase, plain.backtest.mase)


@given(st.floats(1e-6, 1e6))
@settings(max_examples=10)
def test_any_other_unit_too(unit: float) -> None:
    assert pool(ALL[:3] * unit, HOURLY).mean == pytest.approx(pool(ALL[:3], HOURLY).mean * unit, rel=1e-6)


@given(
    arrays.arrays(
        np.float64, st.tuples(st.just(2), st.integers(1, 80)), elements=st.floats(-10, 1e12) | st.just(math.nan)
    )
)
@settings(max_examples=60)
def test_whatever_comes_demand_is_never_negative(values: Floats) -> None:
    made = pool(values, Options(step_s=14_400, horizon=5))
    known = np.isfinite(values).any(axis=1)
    assert np.isfinite(made.mean[known]).all()
    assert np.isnan(made.mean[~known]).all()
    bounded = np.isfinite(made.low).all(axis=1)
    assert (made.low[bounded] >= 0).all()
    assert (made.low[bounded] <= made.mean[bounded]).all()
    assert (made.mean[bounded] <= made.high[bounded]).all()


@pytest.mark.parametrize("length", [100, 300, 720])
@pytest.mark.parametrize("value", [0.0, 7.0, 0.1])
def test_a_constant_stays_with_an_interval_of_no_width(length: int, value: float) -> None:
    made = pool(np.full((1, length), value), HOURLY)
    for each in (made.mean, made.low, made.high):
        assert each == pytest.approx(value, rel=1e-9)
    assert made.backtest.coverage == 1
    assert np.isnan(made.backtest.mase).all()


def test_three_points_have_a_forecast_without_an_interval() -> None:
    made = pool(np.array([[1.0, 2, 3]]), HOURLY)
    assert (made.mean > 0).all()
    assert np.isnan(made.low).all()
    assert made.backtest.windows == 0
    assert made.backtest.level == 0


def test_with_few_origins_the_interval_says_what_it_can_promise() -> None:
    made = pool(ALL[:1, :30], HOURLY)
    assert made.backtest.windows == 4
    assert made.backtest.level == pytest.approx(0.8)
    assert np.isfinite(made.low).all()


def test_nothing_known_is_no_forecast() -> None:
    made = pool(np.full((2, 50), math.nan), HOURLY)
    assert np.isnan(made.mean).all()
    assert made.cleaning[1].known == 0
    assert pool(np.zeros((0, 50)), HOURLY).mean.shape == (0, 24)
    assert np.isnan(pool(np.zeros((1, 0)), HOURLY).mean).all()


def test_a_shorter_series_is_forecast_from_what_it_has() -> None:
    late = np.concatenate([np.full(240, math.nan), ALL[0, 240:]])
    assert pool(late[None], HOURLY).mean == pytest.approx(pool(ALL[:1, 240:], HOURLY).mean)


@pytest.mark.parametrize(("step_s", "day"), [(300, 288), (3600, 24), (86_400, 7)])
def test_a_pattern_of_any_step_is_found(step_s: int, day: int) -> None:
    at = np.arange(9 * day)
    values = 100 + 50 * np.sin(2 * np.pi * at / day)
    made = pool(values[None], Options(step_s=step_s, horizon=day))
    assert made.mean[0] == pytest.approx(values[:day], rel=0.02)


def test_seasons_that_are_given_are_taken() -> None:
    at = np.arange(400)
    values = 100 + 50 * np.sin(2 * np.pi * at / 10)
    made = pool(values[None], Options(step_s=3600, horizon=24, seasons=(10,)))
    assert made.mean[0] == pytest.approx(100 + 50 * np.sin(2 * np.pi * np.arange(400, 424) / 10), rel=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_coverage_on_what_comes(kind: str) -> None:
    values = np.stack([demand(kind, seed, 744) for seed in range(40)])
    made = pool(values[:, :720], HOURLY)
    inside = (values[:, 720:] >= made.low) & (values[:, 720:] <= made.high)
    assert inside.mean() >= 0.85


def test_up_to_a_week_the_pool_forecasts_and_beyond_the_peaks() -> None:
    week = forecast(ALL[:1], Options(step_s=3600, horizon=168))
    assert (week.peaks, week.mean.shape, week.paths) == (False, (1, 168), None)
    beyond = forecast(ALL[:1], Options(step_s=3600, horizon=169))
    assert (beyond.peaks, beyond.mean.shape, beyond.step_s) == (True, (1, 8), 86_400)
