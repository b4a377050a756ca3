"""Beyond a week: daily peaks, trends that are not damped, futures, and when a capacity is crossed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from airectl.core.forecast import trend_backtest
from airectl.core.forecast.bootstrap import drawn
from airectl.core.forecast.choosing import crossings
from airectl.core.forecast.crossing import crossing, crossing_days
from airectl.core.forecast.long_horizon import long_horizon
from airectl.core.forecast.model import NEVER, Crossing, Event, Growth, Options
from airectl.core.forecast.peaks import daily_peaks, in_days
from airectl.core.forecast.trend_backtest import least_spread, origins
from airectl.core.forecast.trends import NAMES, Trend, fit, trends
from made_demand import DAY, growing

WEEKS_8 = Options(step_s=3600, horizon=56 * DAY)
REPETITIONS = 200
DAYS = 84
AHEAD = 60


def test_the_peak_of_a_day_lies_between_its_second_and_third_highest_hour() -> None:
    # Place 0.95 · 23 = 21.85 of the hours 0 to 23.
    assert daily_peaks(np.arange(24.0)[None], 3600) == pytest.approx(21.85)


def test_days_are_counted_back_from_the_end() -> None:
    values = np.concatenate([np.full(10, 99.0), np.full(24, 1.0), np.full(24, 2.0)])
    assert daily_peaks(values[None], 3600)[0].tolist() == [1, 2]


def test_what_is_finer_than_an_hour_is_averaged_first() -> None:
    values = np.repeat(np.arange(24.0), 12)
    values[::12] += 12
    assert daily_peaks(values[None], 300) == pytest.approx(22.85)


def test_a_day_of_which_half_is_known_has_a_peak() -> None:
    values = np.arange(48.0)
    values[:12] = math.nan
    values[24:37] = math.nan
    peaks = daily_peaks(values[None], 3600)[0]
    assert peaks[0] == pytest.approx(12 + 11 * 0.95)
    assert np.isnan(peaks[1])


def test_a_day_is_its_own_peak() -> None:
    assert daily_peaks(np.array([[3.0, 5]]), 86_400)[0].tolist() == [3, 5]


def test_what_is_asked_in_days() -> None:
    events = (Event(label="a", start=30, length=24), Event(label="b", start=48, length=1))
    asked = in_days(Options(step_s=3600, horizon=25, events=events, growth=Growth(ratio=0.1, over=240)), 48)
    assert (asked.step_s, asked.horizon, asked.seasons) == (86_400, 2, (7,))
    assert [(event.start, event.length) for event in asked.events] == [(1, 2), (2, 1)]
    assert asked.growth == Growth(ratio=0.1, over=10)


def test_a_line_by_hand() -> None:
    # Without the profile of a week: 1, 2, 3 goes on with 4, 5.
    made = fit(np.array([[1.0, 2, 3]]), Trend(days=3), 2)
    assert made.told(made.forecast)[0] == pytest.approx([4, 5])
    assert made.residuals == pytest.approx(0, abs=1e-9)


def test_a_compound_trend_by_hand() -> None:
    made = fit(np.array([[1.0, 2, 4]]), Trend(days=3, compound=True), 2)
    assert made.told(made.forecast)[0] == pytest.approx([8, 16])


def test_a_level_by_hand() -> None:
    made = fit(np.array([[9.0, 2, 4]]), Trend(days=2, sloped=False), 2)
    assert made.told(made.forecast)[0] == pytest.approx([3, 3])
    # One degree of freedom of two is spent: residuals of 1 are told as the square root of 2.
    assert np.abs(made.residuals) == pytest.approx(math.sqrt(2))


def test_the_profile_of_a_week_goes_on() -> None:
    week = np.array([10.0, 11, 12, 13, 12, 5, 4])
    values = np.tile(week, 5) + np.arange(35.0)
    made = fit(values[None], Trend(days=35), 14)
    assert made.told(made.forecast)[0] == pytest.approx(np.tile(week, 2) + np.arange(35, 49))


def test_the_response_is_what_a_change_of_a_day_does() -> None:
    values = np.random.default_rng(1).normal(100, 5, (1, 40))
    moved = values.copy()
    moved[0, 33] += 2
    one, other = (fit(each, Trend(days=30), 10) for each in (values, moved))
    assert other.forecast - one.forecast == pytest.approx(2 * one.response[23][None])


def test_windows_that_are_the_same_stand_once() -> None:
    assert list(trends(30, 14)) == ["level", "linear-28", "linear-two-horizons", "compound-28", "compound-two-horizons"]
    assert list(trends(10, 14)) == ["level"]
    assert set(trends(400, 60)) == set(NAMES)


@pytest.mark.parametrize(
    ("length", "horizon", "ends"),
    [
        (400, 56, ((64, 120, 176, 232, 288, 344), 56)),
        (84, 56, ((31, 36, 41, 46, 51, 56), 28)),
        (28, 56, ((16, 17, 18, 19, 20, 21), 7)),
        (15, 30, ((), 30)),
        (1, 30, ((), 30)),
    ],
)
def test_origins_lie_a_horizon_apart_where_there_is_room(
    length: int, horizon: int, ends: tuple[tuple[int, ...], int]
) -> None:
    assert origins(length, horizon) == ends


def test_a_far_horizon_is_less_certain() -> None:
    assert least_spread(120, 60) == 1
    assert least_spread(30, 240) == pytest.approx(2)
    assert least_spread(1, 1000) == 3


def test_futures_are_wider_where_earlier_forecasts_missed() -> None:
    rng = np.random.default_rng(9)
    steady = 100 + np.arange(120.0) + rng.normal(0, 3, 120)
    jumped = np.where(np.arange(120) < 100, 100, 300) + rng.normal(0, 3, 120)
    peaks = np.stack([steady, jumped])
    made = trend_backtest.tested(peaks, np.isfinite(peaks), list(trends(120, 40).values()), 40, 0.9)
    assert made.spread[0] < 1.3
    assert made.spread[1] == 3


def test_futures_are_shared_out_by_weight() -> None:
    fits = [fit(np.full((1, 20), level), Trend(days=14, sloped=False), 5) for level in (1.0, 2.0)]
    made = drawn(fits, np.array([[0.25], [0.75]]), np.ones(1), 400, np.random.default_rng(0))
    assert made.shape == (1, 400, 5)
    assert np.isclose(made, 1).all(axis=2).sum() == 100
    assert np.isclose(made, 2).all(axis=2).sum() == 300


def test_the_same_seed_gives_the_same_futures_whatever_stands_beside() -> None:
    values = np.stack([growing("linear", seed, DAYS)[0] for seed in range(3)])
    alone, among = long_horizon(values[1:2], WEEKS_8), long_horizon(values, WEEKS_8)
    assert alone.paths is not None
    assert among.paths is not None
    assert alone.paths[0] == pytest.approx(among.paths[1], rel=1e-9)
    other = long_horizon(values[1:2], Options(step_s=3600, horizon=56 * DAY, seed=1))
    assert other.paths is not None
    assert not np.allclose(other.paths, alone.paths)
    assert np.array_equal(other.mean, alone.mean)


def test_a_first_day_that_lasts() -> None:
    peaks = np.array(
        [[1, 9, 9, 1, 9, 9, 9, 1.0], [9, 9, 1, 9, 9, 1, 9, 9], [9, 9, 9, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 9, 9, 9]]
    )
    assert crossing_days(peaks, 5).tolist() == [5, NEVER, 1, 6]


def test_at_the_capacity_is_not_above_it() -> None:
    assert crossing_days(np.full((1, 5), 5.0), 5).tolist() == [NEVER]


def test_a_crossing_is_told_by_quantiles_of_the_futures() -> None:
    made = Crossing(days=np.array([3, 4, 5, 6, 7, 8, 9, 10, NEVER, NEVER]), horizon_days=20)
    assert [made.quantile(each) for each in (0.1, 0.25, 0.5, 0.8, 0.9)] == [3, 5, 7, 10, None]
    assert made.share == pytest.approx(0.8)
    assert not made.already


def test_what_is_crossed_already_is_day_0() -> None:
    paths = np.full((4, 12), 5.0)
    made = crossing(np.array([1.0, 8, 8, 8]), paths, 7)
    assert made.already
    assert (made.quantile(0.1), made.quantile(0.9), made.share, made.horizon_days) == (0, 0, 1, 10)
    assert not crossing(np.array([8.0, 8, 8, 1]), paths, 7).already


def test_a_capacity_far_above_is_not_crossed_and_one_below_is() -> None:
    values = np.stack([growing("linear", seed, DAYS)[0] for seed in range(2)])
    never, crossed = crossings(values, np.array([1e9, 1.0]), WEEKS_8)
    assert never is not None
    assert (never.quantile(0.1), never.share) == (None, 0)
    assert crossed is not None
    assert crossed.already
    assert crossings(np.full((1, 100), math.nan), 5, WEEKS_8) == [None]


@pytest.mark.parametrize(("kind", "least"), [("linear", 0.8), ("compound", 0.7)])
@pytest.mark.parametrize("history", [56, 84, 168])
def test_growth_is_recovered_eight_weeks_ahead(kind: str, least: float, history: int) -> None:
    made = [growing(kind, seed, history + 56) for seed in range(40)]
    values, clean = (np.stack(each) for each in zip(*made, strict=True))
    peaks = daily_peaks(clean, 3600)
    before, truth = peaks[:, history - 7 : history].mean(axis=1), peaks[:, -7:].mean(axis=1)
    forecast = long_horizon(values[:, : history * DAY], WEEKS_8).mean[:, -7:].mean(axis=1)
    assert least <= (forecast - before).sum() / (truth - before).sum() <= 1.5


@pytest.mark.parametrize("kind", ["linear", "compound"])
def test_the_crossing_lies_in_its_interval(kind: str) -> None:
    made = [growing(kind, seed, DAYS + AHEAD) for seed in range(REPETITIONS)]
    values, clean = (np.stack(each) for each in zip(*made, strict=True))
    # What demand will reach after half of the way, where it all goes as it should.
    capacity = daily_peaks(clean, 3600)[:, : DAYS + AHEAD // 2].max(axis=1)
    truth = [crossing_days(each[DAYS:], limit) for each, limit in zip(daily_peaks(values, 3600), capacity, strict=True)]
    options = Options(step_s=3600, horizon=(AHEAD - 2) * DAY)
    found = crossings(values[:, : DAYS * DAY], capacity, options)
    held = [held_by(each, int(day)) for each, day in zip(found, truth, strict=True) if each is not None]
    assert len(held) == REPETITIONS
    assert 0.75 <= sum(held) / REPETITIONS <= 0.98


def held_by(found: Crossing, day: int) -> bool:
    low, high = found.quantile(0.1), found.quantile(0.9)
    return (NEVER if low is None else low) <= day <= (NEVER if high is None else high)


@pytest.mark.parametrize("kind", ["linear", "compound"])
def test_the_trend_that_did_better_counts_more(kind: str) -> None:
    at = np.arange(168.0)
    values = 100 + at if kind == "linear" else 100 * np.exp(0.02 * at)
    made = long_horizon(values[None], Options(step_s=86_400, horizon=28))
    share = sum(weight for name, weight in zip(NAMES, made.weights[0].tolist(), strict=True) if name.startswith(kind))
    assert share > 0.999
    noisy = values * (1 + np.random.default_rng(7).normal(0, 0.03, 168))
    made = long_horizon(noisy[None], Options(step_s=86_400, horizon=28))
    share = sum(weight for name, weight in zip(NAMES, made.weights[0].tolist(), strict=True) if name.startswith(kind))
    assert share > 0.5


def test_demand_that_does_not_grow_is_not_made_to() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(100, 5, (30, 120))
    made = long_horizon(values, Options(step_s=86_400, horizon=56))
    assert made.mean[:, -7:].mean() == pytest.approx(100, rel=0.05)
    later = rng.normal(100, 5, (30, 56))
    assert ((later >= made.low) & (later <= made.high)).mean() >= 0.85


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_stays(value: float) -> None:
    made = long_horizon(np.full((1, 60), value), Options(step_s=86_400, horizon=30))
    for each in (made.mean, made.low, made.high):
        assert each == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 13, 14, 15, 20, 21, 28, 29, 60])
def test_any_number_of_days_has_a_forecast(length: int) -> None:
    values = np.random.default_rng(length).uniform(0, 10, (2, length))
    made = long_horizon(values, Options(step_s=86_400, horizon=40))
    assert made.mean.shape == (2, 40)
    assert (made.low >= 0).all()
    assert (made.low <= made.mean).all()
    assert (made.mean <= made.high).all()


def test_less_than_a_day_is_no_forecast() -> None:
    made = long_horizon(np.arange(23.0)[None], WEEKS_8)
    assert np.isnan(made.mean).all()
    assert made.backtest.windows == 0


def test_days_without_data_are_told_and_bridged() -> None:
    values = growing("linear", 1, DAYS)[0]
    values[30 * DAY : 33 * DAY] = math.nan
    made = long_horizon(values[None], WEEKS_8)
    whole = long_horizon(growing("linear", 1, DAYS)[0][None], WEEKS_8)
    assert (made.cleaning[0].missing, made.cleaning[0].gaps) == (72, 1)
    assert made.mean == pytest.approx(whole.mean, rel=0.1)


def test_a_level_shift_is_told_in_steps_of_the_values_given() -> None:
    values = np.random.default_rng(2).normal(100, 1, 60 * DAY + 5)
    values[5 + 40 * DAY :] += 50
    made = long_horizon(values[None], WEEKS_8)
    assert [each.at for each in made.cleaning[0].shifts] == [5 + 40 * DAY]
    assert made.cleaning[0].used_from == 5


def test_growth_and_events_multiply() -> None:
    values = np.random.default_rng(3).normal(100, 1, (1, 100))
    plain = long_horizon(values, Options(step_s=86_400, horizon=30))
    events = (Event(label="launch", start=110, length=2, effect=3.0),)
    made = long_horizon(values, Options(step_s=86_400, horizon=30, events=events, growth=Growth(ratio=0.1)))
    ratio = made.mean[0] / plain.mean[0]
    assert ratio[10:12] == pytest.approx(3.3)
    assert np.delete(ratio, [10, 11]) == pytest.approx(1.1)
    assert made.paths is not None
    assert plain.paths is not None
    assert made.paths[0, :, 10] == pytest.approx(3.3 * plain.paths[0, :, 10])


def test_no_square_overflows() -> None:
    values = np.random.default_rng(3).normal(100, 1, (1, 60))
    large = long_horizon(np.ldexp(values, 900), Options(step_s=86_400, horizon=30))
    assert np.array_equal(large.mean, np.ldexp(long_horizon(values, Options(step_s=86_400, horizon=30)).mean, 900))
