"""Forecasts beyond a week: the daily peaks, with trends that are not damped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from airectl.core.forecast.adjusting import during, growths, to_come
from airectl.core.forecast.assembly import blocks, in_units, joined, units, untold
from airectl.core.forecast.bootstrap import drawn
from airectl.core.forecast.cleaning import clean, tidied
from airectl.core.forecast.crossing import SUSTAINED
from airectl.core.forecast.model import Bools, Floats, Forecasts, Ints, Options
from airectl.core.forecast.peaks import daily_peaks, in_days, steps_of_day
from airectl.core.forecast.seasons import shape
from airectl.core.forecast.shifts import found
from airectl.core.forecast.trend_backtest import tested
from airectl.core.forecast.trends import NAMES, all_fitted, trends
from airectl.core.forecast.weighing import middle

# Days beyond the horizon that the futures tell of, so that a crossing within it is seen to last.
BEYOND: Final = SUSTAINED - 1
_OLDEST_DAYS: Final = 730


def long_horizon(values: Floats, options: Options) -> Forecasts:
    """Forecast the p95 hour of each day of n series [n, t], NaN where unknown; the horizon is rounded up to days.

    The weighted middle of straight and compound trends and of the level as it is, each counted by 1/MAE⁴ over
    up to six earlier origins. The interval is of futures drawn from them (`paths`, two days longer than the
    horizon). The same seed gives the same futures, whatever other series stand beside.
    """
    given = np.array(values, dtype=np.float64, ndmin=2)
    daily = in_days(options, given.shape[1])
    parts = [(np.zeros(0, np.int64), _unknown(0, daily))]
    days = given.shape[1] // steps_of_day(options.step_s)
    for rows in blocks(len(given), 8.0 * (options.paths * (min(days, _OLDEST_DAYS) + 3 * daily.horizon))):
        parts += [(places + rows.start, part) for places, part in _block(given[rows], options, daily)]
    return joined(parts)


def _block(values: Floats, options: Options, daily: Options) -> Iterator[tuple[Ints, Forecasts]]:
    """The forecasts of some series, in groups that have equally many days of history, with their places."""
    block = steps_of_day(options.step_s)
    tidy, notes = tidied(values, shape(options).seasons, _OLDEST_DAYS * block)
    start = np.array([note.used_from for note in notes])
    peaks = daily_peaks(np.where(np.arange(values.shape[1]) < start[:, None], np.nan, tidy), options.step_s)
    seasons = daily.seasons or ()
    cleaned = clean(peaks, seasons, during(daily.events, peaks.shape[1]), _OLDEST_DAYS)
    factors, told = to_come(peaks, seasons, daily.events, daily.horizon + BEYOND)
    factors *= growths(daily.growth, daily.horizon + BEYOND)
    for first in np.unique(cleaned.start).tolist():
        places = np.flatnonzero(cleaned.start == first)
        own = [replace(notes[place], events=told[place]) for place in places]
        if first == peaks.shape[1]:
            yield places, replace(_unknown(len(places), daily), cleaning=tuple(own))
            continue
        used = cleaned.values[places, first:], cleaned.known[places, first:]
        since = values.shape[1] - (peaks.shape[1] - first) * block
        cleaning = found(own, used, seasons, (since, block))
        yield places, replace(_forecast(*used, daily, factors[places]), cleaning=cleaning)


def _forecast(peaks: Floats, known: Bools, daily: Options, factors: Floats) -> Forecasts:
    """Of series that are known from their first day on, in units of their own, so that no square overflows."""
    unit = units(peaks)
    peaks = peaks / unit[:, None]
    lines = trends(peaks.shape[1], daily.horizon)
    result = tested(peaks, known, list(lines.values()), daily.horizon, daily.level)
    fits = all_fitted(peaks, list(lines.values()), daily.horizon + BEYOND)
    rng = np.random.default_rng(daily.seed)
    factors = factors * unit[:, None]
    paths = drawn(fits, result.weights, result.spread, daily.paths, rng) * factors[:, None]
    mean = middle(np.stack([each.told(each.forecast) for each in fits]), result.weights) * factors
    mean = mean[:, : daily.horizon]
    low, high = np.quantile(paths[:, :, : daily.horizon], [(1 - daily.level) / 2, (1 + daily.level) / 2], axis=1)
    weights = np.zeros((len(peaks), len(NAMES)))
    weights[:, [NAMES.index(name) for name in lines]] = result.weights.T
    return Forecasts(
        step_s=daily.step_s,
        peaks=True,
        members=NAMES,
        mean=mean,
        low=np.minimum(low, mean),
        high=np.maximum(high, mean),
        weights=weights,
        scale=result.scale * unit,
        backtest=in_units(result.backtest, unit),
        cleaning=(),
        paths=paths,
    )


def _unknown(count: int, daily: Options) -> Forecasts:
    """Of series without a day of which enough is known."""
    nothing = np.full((count, daily.paths, daily.horizon + BEYOND), np.nan)
    return replace(untold(count, NAMES, daily, peaks=True), paths=nothing)
