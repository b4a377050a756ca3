"""Each member of the pool: an example by hand, and what holds for all of them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.forecast.members import MEMBERS, NAMES, all_of
from airectl.core.forecast.model import Floats
from airectl.core.forecast.seasons import Shape, of_step, origins

# The pool's members that know no scale of their own: what is added to all values is added to the forecast.
_SHIFTED = sorted(MEMBERS.keys() - {"harmonic-log"})
HOURLY = Shape(seasons=(24, 168), horizon=24)


def told(name: str, values: list[float], horizon: int = 3, seasons: tuple[int, ...] = ()) -> list[float]:
    """The forecast of one series from its end."""
    shape = Shape(seasons=seasons, horizon=horizon)
    forecast = MEMBERS[name](np.array([values]), (len(values),), shape)
    assert forecast.shape == (1, 1, horizon)
    made: list[float] = forecast[0, 0].tolist()
    return made


def wave(hours: int, noise: float = 0.0) -> Floats:
    at = np.arange(hours)
    rng = np.random.default_rng(1)
    made: Floats = (
        100 + 40 * np.sin(2 * np.pi * at / 24) + 20 * np.cos(2 * np.pi * at / 168) + rng.normal(0, 1, hours) * noise
    )
    return made


@pytest.mark.parametrize(
    ("step_s", "seasons"),
    [
        (3600, (24, 168)),
        (300, (288, 2016)),
        (86400, (7,)),
        (604800, ()),
        (7200, (12, 84)),
        (50_000, ()),
        (7000, ()),
        (43200, (2, 14)),
    ],
)
def test_seasons_come_from_the_step(step_s: int, seasons: tuple[int, ...]) -> None:
    assert of_step(step_s) == seasons


def test_origins_lie_a_day_apart() -> None:
    assert origins(720, HOURLY) == tuple(range(480, 697, 24))


@pytest.mark.parametrize(
    ("known", "first", "step"), [(287, 56, 23), (288, 48, 24), (100, 49, 3), (60, 27, 1), (40, 7, 1), (30, 3, 1)]
)
def test_in_a_short_history_origins_lie_closer(known: int, first: int, step: int) -> None:
    starts = origins(known, HOURLY)
    assert starts == tuple(range(first, known - 23, step))


@pytest.mark.parametrize("known", [1, 3, 20, 26, 30, 49, 60, 100, 200, 400, 10_000])
def test_origins_leave_room_for_the_horizon(known: int) -> None:
    starts = origins(known, HOURLY)
    assert len(starts) <= 10
    assert all(3 <= start <= known - 24 for start in starts)
    assert bool(starts) == (known >= 27)


def test_naive_repeats_the_last_value() -> None:
    assert told("naive", [1, 2, 5]) == [5, 5, 5]


def test_seasonal_naive_repeats_the_last_cycle() -> None:
    assert told("seasonal-naive", [1, 2, 3, 4, 5], seasons=(2, 4)) == [4, 5, 4]
    assert told("seasonal-naive-long", [1, 2, 3, 4, 5], seasons=(2, 4), horizon=5) == [2, 3, 4, 5, 2]


def test_a_season_that_does_not_fit_is_not_repeated() -> None:
    assert told("seasonal-naive-long", [1, 2, 3], seasons=(2, 4)) == [2, 3, 2]
    assert told("seasonal-naive", [7], seasons=(2, 4)) == [7, 7, 7]


def test_the_mean_cycle_is_that_of_four() -> None:
    # The first two values are a fifth cycle back and do not count.
    assert told("mean-cycle", [90, 90, 1, 10, 2, 20, 3, 30, 6, 40], seasons=(2,)) == [3, 25, 3]


def test_holt_winters_by_hand() -> None:
    # Level 10, one error of 4, all settings erred alike: the first one has rate 0.02.
    assert told("holt-winters", [10, 10, 14]) == pytest.approx([10.08, 10.08, 10.08])


def test_holt_winters_repeats_what_only_repeats() -> None:
    cycle = [1.0, 5, 2, 8, 3, 9]
    assert told("holt-winters", cycle * 4, horizon=7, seasons=(2, 6)) == pytest.approx([*cycle, 1.0])


@pytest.mark.parametrize("kind", ["noise", "growth", "lasting noise"])
def test_holt_winters_is_the_recursion_of_its_source(kind: str) -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 3, 60)
    made = {"noise": noise, "growth": 0.1 * noise + np.arange(60.0) ** 1.5, "lasting noise": np.cumsum(noise)}[kind]
    values = (500 + 10 * np.sin(np.arange(60) * np.pi / 2) + made).tolist()
    rho, expected = slow_holt_winters(values, (4, 8), 5)
    assert rho > 0 or kind != "growth"  # else the part that goes on of the last error would not be looked at
    assert told("holt-winters", values, horizon=5, seasons=(4, 8)) == pytest.approx(expected)


def slow_holt_winters(values: list[float], seasons: tuple[int, int], horizon: int) -> tuple[float, list[float]]:
    """The same in plain loops, one setting after the other; and how much of the last error the best one keeps."""
    best: tuple[float, float, list[float]] = (float("inf"), 0.0, [])
    short, long = seasons
    for alpha, beta, gamma, delta, rho in product(
        (0.02, 0.1, 0.3), (0.0, 0.005), (0.05, 0.2), (0.05, 0.2), (0, 0.5, 0.9)
    ):
        warm = 2 * long
        level, trend, last, squares = sum(values[:warm]) / warm, 0.0, 0.0, 0.0
        days = begun(values[:warm], short)
        left = [value - days[at % short] for at, value in enumerate(values[:warm])]
        weeks = begun(left, long)
        for at, value in enumerate(values):
            trend *= 0.98
            level += trend
            raw = value - level - days[at % short] - weeks[at % long]
            error = raw - rho * last
            last = raw
            squares += error**2 if at >= warm else 0.0
            level += alpha * error
            trend += beta * error
            days[at % short] += gamma * error
            weeks[at % long] += delta * error
        ahead = range(len(values), len(values) + horizon)
        damped = [sum(0.98**step for step in range(1, far + 1)) for far in range(1, horizon + 1)]
        made = [
            level + trend * damped[far] + days[at % short] + weeks[at % long] + last * rho ** (far + 1)
            for far, at in enumerate(ahead)
        ]
        if squares < best[0]:
            best = (squares, rho, made)
    return best[1:]


def begun(values: list[float], season: int) -> list[float]:
    """What each place has above its cycle's mean, the a-th cycle back counting e^(-0.3 a)."""
    cycles = [values[at : at + season] for at in range(0, len(values), season)]
    weights = [np.exp(-0.3 * back) for back in reversed(range(len(cycles)))]
    return [
        float(
            sum(w * (cycle[place] - sum(cycle) / season) for w, cycle in zip(weights, cycles, strict=True))
            / sum(weights)
        )
        for place in range(season)
    ]


def test_theta_by_hand() -> None:
    # Smoothed by 0.95: 0, 0.95, 0.95 + 0.95 · 1.05 = 1.9475; half the slope of 1 a step.
    assert told("theta", [0, 1, 2]) == pytest.approx([2.4475, 2.9475, 3.4475])


def test_theta_smooths_with_the_rate_that_erred_least() -> None:
    values = (100 + np.random.default_rng(8).normal(0, 9, 60)).tolist()
    best = (float("inf"), 0.0)
    for alpha in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95):
        level, squares = values[0], 0.0
        for value in values[1:]:
            squares += (value - level) ** 2
            level += alpha * (value - level)
        best = min(best, (squares, level))
    half = float(np.polyfit(np.arange(60), values, 1)[0]) / 2
    assert told("theta", values) == pytest.approx([best[1] + half * ahead for ahead in (1, 2, 3)])


def test_theta_adds_its_profile_back() -> None:
    # Cycles of mean 5 with 4 below and above: level 5, no slope.
    assert told("theta", [1, 9] * 4, seasons=(2,)) == pytest.approx([1, 9, 1])


def test_the_harmonic_regression_is_weighted_ridge() -> None:
    values = wave(400, noise=3.0)
    shape = Shape(seasons=(24,), horizon=4)
    at = np.arange(-400, 4)
    columns = [np.ones(404), at / 24]
    for pair in range(1, 9):
        columns += [np.sin(2 * np.pi * pair * at / 24), np.cos(2 * np.pi * pair * at / 24)]
    matrix = np.stack(columns, axis=1)
    root = np.sqrt(0.5 ** (np.arange(400, 0, -1) / 48))
    penalty = np.sqrt(np.diag([0.0, 20.0] + [1.0] * 16))
    rows = np.concatenate([matrix[:400] * root[:, None], penalty])
    solution = np.linalg.lstsq(rows, np.concatenate([values * root, np.zeros(18)]), rcond=None)[0]
    residuals = values - matrix[:400] @ solution
    memory = residuals[1:] @ residuals[:-1] / (residuals @ residuals)
    expected = matrix[400:] @ solution + residuals[-1] * memory ** np.arange(1, 5)
    assert MEMBERS["harmonic"](values[None], (400,), shape)[0, 0] == pytest.approx(expected)


def test_the_harmonic_regression_of_logs_follows_seasons_that_grow() -> None:
    at = np.arange(24 * 30)
    values = np.exp(0.002 * at) * (100 + 60 * np.sin(2 * np.pi * at / 24))
    truth = np.exp(0.002 * (at[-24:] + 24)) * (100 + 60 * np.sin(2 * np.pi * at[-24:] / 24))
    errors = {
        name: np.abs(MEMBERS[name](values[None], (len(at),), HOURLY)[0, 0] - truth).mean()
        for name in ("harmonic", "harmonic-log")
    }
    assert errors["harmonic-log"] < errors["harmonic"] / 3


def test_logs_do_not_run_away() -> None:
    values = np.exp(np.arange(200) / 5.0)
    shape = Shape(seasons=(24,), horizon=500)
    assert MEMBERS["harmonic-log"](values[None], (200,), shape).max() <= 10 * values.max() * (1 + 1e-9)


def test_the_recent_median_is_that_of_the_last_cycle() -> None:
    assert told("recent-median", [9, 9, 9, 1, 2, 6], seasons=(3,)) == [2, 2, 2]
    assert told("recent-median", [5, 0, 0, 7, 0, 0], seasons=(3,)) == [0, 0, 0]


def test_returning_goes_to_the_recent_mean_by_hand() -> None:
    # The value before counts 0.5^(1/3.5) = 0.8203; deviations of opposite sign have no memory.
    mean = 4 / 1.8203
    assert told("returning", [0, 4]) == pytest.approx([mean] * 3, rel=1e-4)


def test_returning_fades() -> None:
    rng = np.random.default_rng(2)
    values = [0.0]
    for shock in rng.normal(0, 1, 3000):
        values.append(0.8 * values[-1] + shock)
    values = [each + 100 for each in [*values, 10.0]]
    made = told("returning", values, seasons=(240,))
    ratio = (made[1] - 100) / (made[0] - 100)
    assert ratio == pytest.approx(0.8, abs=0.1)


def test_the_last_member_is_the_median_of_three() -> None:
    told_by_all = all_of(wave(720, noise=5.0)[None], (600, 720), HOURLY)
    three = np.stack([told_by_all[NAMES.index(name)] for name in ("holt-winters", "theta", "harmonic")])
    assert told_by_all.shape == (11, 1, 2, 24)
    assert np.array_equal(told_by_all[-1], np.sort(three, axis=0)[1])


def test_no_member_forecasts_below_0() -> None:
    falling = np.maximum(100 - np.arange(200.0), 1)[None]
    made = all_of(falling, (90, 200), Shape(seasons=(), horizon=60))
    assert MEMBERS["theta"](falling, (90,), Shape(seasons=(), horizon=60)).min() < 0
    assert made.min() == 0


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_a_constant_stays(name: str) -> None:
    assert MEMBERS[name](np.full((1, 400), 7.0), (350, 400), HOURLY) == pytest.approx(7.0)


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_what_comes_later_is_not_looked_at(name: str) -> None:
    values = wave(600, noise=5.0)[None]
    later = values.copy()
    later[:, 480:] = 1e6
    shape = Shape(seasons=(24, 168), horizon=5)
    before, after = (MEMBERS[name](each, (400, 480, 600), shape) for each in (values, later))
    assert np.array_equal(before[:, :2], after[:, :2])


@pytest.mark.parametrize("name", _SHIFTED)
@given(by=st.floats(0, 1e4))
def test_what_is_added_to_all_values_is_added_to_the_forecast(name: str, by: float) -> None:
    values = wave(400, noise=5.0)[None]
    shape = Shape(seasons=(24, 168), horizon=5)
    moved = MEMBERS[name](values + by, (380, 400), shape)
    assert moved == pytest.approx(MEMBERS[name](values, (380, 400), shape) + by, rel=1e-6)


@pytest.mark.parametrize("name", sorted(MEMBERS))
@pytest.mark.parametrize("length", [1, 2, 3, 8, 25, 50, 170, 340])
@pytest.mark.parametrize("seasons", [(), (7,), (24, 168)], ids=str)
def test_any_length_has_a_forecast(name: str, length: int, seasons: tuple[int, ...]) -> None:
    made = MEMBERS[name](wave(length, noise=5.0)[None], (length,), Shape(seasons=seasons, horizon=30))
    assert made.shape == (1, 1, 30)
    assert np.isfinite(made).all()
