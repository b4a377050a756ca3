"""What is said of series that lie on one grid with others, and of what is old, sparse or mixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from airectl.core.findings import Finding
from airectl.core.resample import averaged
from airectl.demand import remarks
from airectl.demand.forecasting import projections
from airectl.demand.mixture import mixed_units
from airectl.demand.outlook import Outlook
from airectl.demand.series import Series
from airectl.demand.service import Service, Sizing, Timing
from demand_series import END

HOUR = 3600
END_S = int(END.timestamp())
TIMING = Timing(horizon_s=30 * 24 * HOUR)


def rows(hours: int, *, ending: int = 0, jump: int | None = None) -> tuple[Any, Any]:
    """Times and values of so many hours, until `ending` hours before the end; twice as much from hour `jump` on."""
    times = END_S - HOUR * np.arange(hours + ending, ending, -1, dtype=np.float64)
    wave = 20 + 5 * np.sin(times / 86_400 * 2 * np.pi) + np.random.default_rng(1).normal(0, 0.3, hours)
    return times, np.where(np.arange(hours) >= (hours if jump is None else jump), 2.0, 1.0) * wave


def told(*given: tuple[Any, Any]) -> list[Finding]:
    """What is said of these series, forecast together."""
    series = [Series(name=f"s{at}", times_s=times, values=values) for at, (times, values) in enumerate(given)]
    grids = [averaged(each.times_s, each.values, HOUR) for each in series]
    found = zip(series, grids, projections(grids, TIMING, [None] * len(grids)), strict=True)
    service = Service(name="many", unit="", timing=TIMING, sizing=Sizing())
    outlooks = [
        Outlook(service=service, series=each, grid=grid, projection=projection, now=END)
        for each, grid, projection in found
    ]
    return remarks.told(outlooks, None)


def test_days_are_those_of_the_series_whatever_began_before_it() -> None:
    young = rows(40 * 24, jump=20 * 24)
    (alone,) = (each.message for each in told(young) if "the level changed" in each.message)
    assert f"{END - timedelta(days=20):%Y-%m-%d}" in alone
    together = [each.message for each in told(rows(100 * 24), young)]
    assert f"`s1`: {alone}" in together


def test_a_series_of_a_few_hours_beside_long_ones() -> None:
    found = told(rows(60 * 24), rows(10))
    assert [each.message for each in found if each.code == "AIR510"] == [
        "`s1`: too little history: 10 steps have data, 1 h each; there is no forecast"
    ]


def test_a_series_that_ended_before_the_others_is_told() -> None:
    found = told(rows(60 * 24), rows(60 * 24, ending=20 * 24))
    (old,) = (each for each in found if each.code == "AIR506")
    ended = datetime.fromtimestamp(END_S, UTC) - timedelta(days=20)
    assert old.message == f"`s1`: the last value is of {ended:%Y-%m-%dT%H:%MZ}, 20 d before the forecast begins"
    assert not [each for each in told(rows(60 * 24), rows(60 * 24, ending=24)) if each.code == "AIR506"]


@pytest.mark.parametrize(
    ("factor", "said"), [(1000.0, "1,000 times what they were"), (1 / 1000, "1/1,000 of what they were")]
)
def test_a_level_in_another_unit_is_told_upwards_and_down(factor: float, said: str) -> None:
    times, values = rows(60 * 24)
    found = told((times, np.where(np.arange(len(values)) < 30 * 24, 1.0, factor) * values))
    assert [said in each.message for each in found if each.code == "AIR513"] == [True]
    assert not [each for each in found if "the level changed" in each.message]


def test_rows_of_two_units_among_each_other_are_told() -> None:
    times, values = rows(60 * 24)
    found = told((times, np.where(np.arange(len(values)) % 2, 1.0, 1000.0) * values))
    assert [each.message for each in found if each.code == "AIR513"] == [
        "720 of 1,440 rows are about 1,000 times the others, with nothing between: they look like another unit"
    ]


def wave(level: float = 20.0) -> Any:
    return rows(60 * 24)[1] / 20 * level


@pytest.mark.parametrize(
    "values",
    [
        wave(),
        np.zeros(100),
        np.array([1.0, 1000.0]),
        np.where(np.arange(1440) % 24 < 8, 0.0, wave()),  # closed at night
        np.where(np.arange(1440) % 24 < 8, 0.5, wave()),  # nearly: 40 times is no unit
        np.where(np.arange(1440) % 480 == 0, 1000.0, 1.0) * wave(),  # three spikes
        np.exp(np.linspace(0, 9, 1440)),  # compound growth to 8,000 times
    ],
    ids=["plain", "zeros", "two", "night", "quiet-night", "spikes", "growth"],
)
def test_one_unit(values: Any) -> None:
    assert mixed_units(values) is None


def test_a_forecast_that_reaches_far_beyond_its_history_says_so() -> None:
    assert [each.message for each in told(rows(19 * 24)) if each.code == "AIR510"] == [
        "the forecast reaches 30 d ahead, and what it rests on only 19 d back"
    ]
    assert not [each for each in told(rows(21 * 24)) if "reaches" in each.message]
