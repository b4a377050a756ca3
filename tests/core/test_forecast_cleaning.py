"""Gaps, negative values, spikes, level shifts and events: found, told, and kept out of the models' way."""

from __future__ import annotations

import math

import numpy as np
import pytest

from airectl.core.forecast.adjusting import growths
from airectl.core.forecast.cleaning import clean
from airectl.core.forecast.filling import fill, runs
from airectl.core.forecast.model import Cleaning, Event, EventEffect, Floats, Growth, Options
from airectl.core.forecast.pool import pool

HOURLY = Options(step_s=3600, horizon=24)
SEASONS = (24, 168)


def wave(hours: int = 720) -> Floats:
    at = np.arange(hours)
    made: Floats = 100 + 50 * np.sin(2 * np.pi * at / 24) + np.random.default_rng(0).normal(0, 1, hours)
    return made


def note(values: Floats, options: Options = HOURLY) -> Cleaning:
    return pool(values[None], options).cleaning[0]


def test_runs() -> None:
    assert list(runs(np.array([True, True, False, True]))) == [(0, 2), (3, 4)]
    assert list(runs(np.array([False]))) == []


def test_a_short_gap_is_bridged() -> None:
    values = np.arange(48.0)
    values[10:13] = math.nan
    assert np.array_equal(fill(values, (24,)), np.arange(48.0))


def test_a_long_gap_takes_the_cycle_before() -> None:
    values = np.array([1.0, 2, 3, 4, math.nan, math.nan, math.nan, math.nan, math.nan, 9])
    assert fill(values, (4,)).tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 1, 9]


def test_a_gap_takes_the_longest_season_that_is_known() -> None:
    values = np.tile([1.0, 2, 3, 40, 50, 60], 2)
    values[6:8] = math.nan
    assert fill(values, (3, 6)).tolist()[6:8] == [1, 2]


def test_a_gap_at_the_start_takes_the_cycle_after() -> None:
    values = np.array([math.nan, math.nan, 3, 4, 5, 6.0])
    assert fill(values, (4,)).tolist() == [5, 6, 3, 4, 5, 6]


def test_what_was_found_is_counted() -> None:
    values = wave()
    values[:3] = math.nan
    values[100:140] = math.nan
    values[300] = math.inf
    values[310:312] = -4
    values[-5:] = math.nan
    found = note(values)
    assert (found.known, found.missing, found.gaps) == (720 - 3 - 40 - 1 - 5, 46, 3)
    assert (found.longest_gap, found.trailing) == (40, 5)
    assert (found.negative, found.infinite) == (2, 1)
    assert found.used_from == 24


def test_a_series_without_flaw_has_nothing_to_tell() -> None:
    assert note(wave()) == Cleaning(known=720)


def test_negative_values_are_taken_as_0_and_infinite_ones_as_unknown() -> None:
    cleaned = clean(np.array([[1.0, -5, math.inf, 3, -math.inf, 2]]), ())
    assert cleaned.values[0, 1] == 0
    assert cleaned.known[0].tolist() == [True, True, False, True, False, True]
    assert np.isfinite(cleaned.values).all()


def test_what_lies_before_ten_years_without_data_is_not_used() -> None:
    gap = np.full(87_600, math.nan)
    values = np.concatenate([1000 + wave(300), gap, wave(100)])
    made = pool(values[None], HOURLY)
    assert made.cleaning[0].longest_gap == 87_600
    assert made.cleaning[0].used_from == 300 + 87_600 + 4
    assert made.high.max() < 500


def test_a_series_that_ended_ten_years_ago_says_so() -> None:
    made = pool(np.concatenate([wave(), np.full(87_600, math.nan)])[None], HOURLY)
    assert made.cleaning[0].trailing == 87_600
    assert np.isfinite(made.mean).all()
    assert np.isnan(made.low).all()
    assert made.backtest.windows == 0


@pytest.mark.parametrize(("step_s", "used"), [(3600, 1344), (300, 16_128), (60, 20_160), (86_400, 994)])
def test_what_is_too_old_is_not_used(step_s: int, used: int) -> None:
    made = pool(np.ones((1, 25_000)), Options(step_s=step_s, horizon=1))
    assert 25_000 - made.cleaning[0].used_from == used


def test_values_in_a_gap_are_not_judged() -> None:
    values = wave()
    values[480:720:2] = math.nan
    made = pool(values[None], HOURLY)
    assert made.backtest.windows == 10
    assert made.backtest.mase < 1.5


def test_a_spike_is_told_and_kept() -> None:
    values = wave()
    values[300] = 1000
    (spike,) = note(values).spikes
    assert (spike.at, spike.value) == (300, 1000)
    assert spike.expected == pytest.approx(100, abs=60)


@pytest.mark.parametrize(("by", "told"), [(200.0, 1), (50.0, 0)])
def test_a_spike_is_six_deviations_away(by: float, told: int) -> None:
    # The deviation is a tenth of the mean of 100 at least.
    values = wave()
    values[300] += by
    assert len(note(values).spikes) == told


def test_a_level_shift_is_told_at_its_day() -> None:
    values = wave()
    values[480:] += 100
    (shift,) = note(values).shifts
    assert shift.at == 480
    assert shift.before == pytest.approx(100, abs=1)
    assert shift.after == pytest.approx(200, abs=1)


def test_a_level_shift_two_days_ago_is_seen() -> None:
    values = wave()
    values[-48:] *= 2
    assert [shift.at for shift in note(values).shifts] == [672]


def test_a_level_shift_of_a_daily_series() -> None:
    values = np.random.default_rng(1).normal(100, 1, 60)
    values[40:] += 50
    (shift,) = note(values, Options(step_s=86_400, horizon=7)).shifts
    assert shift.at == 40
    assert shift.before == pytest.approx(100, abs=2)
    assert shift.after == pytest.approx(150, abs=2)


@pytest.mark.parametrize("way", ["growth", "weekends", "one day"])
def test_what_is_no_level_shift(way: str) -> None:
    values, at = wave(), np.arange(720)
    if way == "growth":
        values = values * (1 + at / 720)
    elif way == "weekends":
        values = np.where(at // 24 % 7 >= 5, values / 2, values)
    else:
        values[480:504] *= 3
    assert note(values).shifts == ()


def test_noise_has_neither_spikes_nor_shifts() -> None:
    values = np.random.default_rng(5).normal(100, 10, (200, 720))
    found = pool(values, HOURLY).cleaning
    assert sum(len(each.spikes) for each in found) <= 2
    assert sum(len(each.shifts) for each in found) <= 2


def test_strong_noise_has_no_shifts() -> None:
    values = np.random.default_rng(5).normal(100, 30, (200, 100))
    found = pool(values, Options(step_s=86_400, horizon=7)).cleaning
    assert sum(len(each.shifts) for each in found) <= 2


def test_an_event_repeats_what_its_like_did() -> None:
    values = wave()
    values[480:504] *= 2
    events = (Event(label="launch", start=480, length=24), Event(label="launch", start=720, length=12))
    made = pool(values[None], Options(step_s=3600, horizon=24, events=events))
    plain = pool(wave()[None], HOURLY)
    (effect,) = made.cleaning[0].events
    assert (effect.label, effect.past) == ("launch", 1)
    assert effect.effect == pytest.approx(2, abs=0.02)
    assert made.mean[0, :12] == pytest.approx(2 * plain.mean[0, :12], rel=0.05)
    assert made.mean[0, 12:] == pytest.approx(plain.mean[0, 12:], rel=0.05)


def test_an_effect_that_is_stated_is_taken() -> None:
    events = (Event(label="launch", start=722, length=2, effect=1.5),)
    made, plain = pool(wave()[None], Options(step_s=3600, horizon=24, events=events)), pool(wave()[None], HOURLY)
    ratio = made.high[0] / plain.high[0]
    assert ratio[2:4] == pytest.approx(1.5)
    assert np.delete(ratio, [2, 3]) == pytest.approx(1)


def test_an_event_that_never_was_has_no_effect_and_says_so() -> None:
    events = (Event(label="launch", start=720, length=5),)
    made = pool(wave()[None], Options(step_s=3600, horizon=24, events=events))
    assert made.cleaning[0].events == (EventEffect(label="launch", effect=None, past=0),)
    assert np.array_equal(made.mean, pool(wave()[None], HOURLY).mean)


def test_growth_compounds() -> None:
    assert growths(Growth(ratio=0.5, over=2), 4) == pytest.approx([1.5**0.5, 1.5, 1.5**1.5, 2.25])
    assert growths(Growth(ratio=0.5), 2) == pytest.approx([1.5, 1.5])
    made = pool(wave()[None], Options(step_s=3600, horizon=24, growth=Growth(ratio=1.0)))
    assert np.array_equal(made.mean, 2 * pool(wave()[None], HOURLY).mean)
