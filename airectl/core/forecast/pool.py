"""Forecasts of up to a week: many simple models, each counted by how it did in the backtest."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from airectl.core.forecast.adjusting import during, growths, to_come
from airectl.core.forecast.assembly import blocks, in_units, joined, units, untold
from airectl.core.forecast.backtest import tried
from airectl.core.forecast.cleaning import Cleaned, clean
from airectl.core.forecast.members import NAMES, all_of
from airectl.core.forecast.model import Bools, Floats, Forecasts, Ints, Options
from airectl.core.forecast.ratios import mean_known
from airectl.core.forecast.seasons import ORIGINS, Shape, origins, shape
from airectl.core.forecast.shifts import found
from airectl.core.forecast.weighing import middle

# Settings of Holt-Winters that run side by side, each with its own seasons.
_SETTINGS: Final = 72
# Copies of all members' forecasts that are held at once.
_COPIES: Final = 4


def pool(values: Floats, options: Options) -> Forecasts:
    """Forecast each of n series [n, t], NaN where unknown, `options.horizon` steps ahead.

    The weighted middle of the members, each counted by 1/MAE⁶ over up to ten earlier origins; the interval is
    conformal, from the errors of the pool at these origins. Meant for up to a week: trends are damped.
    """
    given = np.array(values, dtype=np.float64, ndmin=2)
    sought = shape(options)
    nobody: Ints = np.zeros(0, np.int64)
    parts = [(nobody, untold(0, NAMES, options))]
    for rows in blocks(len(given), _bytes_each(given.shape[1], sought)):
        parts += [(places + rows.start, part) for places, part in _block(given[rows], options, sought)]
    return joined(parts)


def _bytes_each(length: int, shape: Shape) -> float:
    forecasts = len(NAMES) * (ORIGINS + 1) * shape.horizon * _COPIES
    return 8.0 * (forecasts + _SETTINGS * (sum(shape.seasons) + 8) + 2 * (ORIGINS + 1) * length)


def _block(values: Floats, options: Options, shape: Shape) -> Iterator[tuple[Ints, Forecasts]]:
    """The forecasts of some series, in groups that have equally much history, with their places."""
    cleaned = clean(values, shape.seasons, during(options.events, values.shape[1]))
    factors, told = to_come(values, shape.seasons, options.events, shape.horizon)
    factors *= growths(options.growth, shape.horizon)
    for start, places in _groups(cleaned, shape):
        notes = [replace(cleaned.notes[place], events=told[place]) for place in places]
        if start == values.shape[1]:
            yield places, replace(untold(len(places), NAMES, options), cleaning=tuple(notes))
            continue
        used = cleaned.values[places, start:], cleaned.known[places, start:]
        part = _multiplied(_forecast(*used, options, shape), factors[places])
        yield places, replace(part, cleaning=found(notes, used, shape.seasons, (start, 1)))


def _groups(cleaned: Cleaned, shape: Shape) -> Iterator[tuple[int, Ints]]:
    """Starts of history, and the series that have it: whole cycles of the shortest season, once it has two."""
    length = cleaned.values.shape[1]
    season = shape.seasons[0] if shape.seasons else 1
    used = length - cleaned.start
    used = np.where(used >= 2 * season, used // season * season, used)
    for each in np.unique(used).tolist():
        yield length - each, np.flatnonzero(used == each)


def _forecast(values: Floats, known: Bools, options: Options, shape: Shape) -> Forecasts:
    """Of series that are known from their first value on, in units of their own, so that no square overflows."""
    length = values.shape[1]
    unit = units(values)
    values = values / unit[:, None]
    starts = origins(length, shape)
    forecasts = all_of(values, (*starts, length), shape)
    at = np.array(starts, np.int64)[:, None] + np.arange(shape.horizon)
    actual = np.where(known[:, at], values[:, at], math.nan)
    result = tried(forecasts[:, :, :-1], actual, change(values, known, shape), options.level)
    mean = middle(forecasts[:, :, -1], result.weights)
    return Forecasts(
        step_s=options.step_s,
        peaks=False,
        members=NAMES,
        mean=mean * unit[:, None],
        low=np.maximum(mean - result.radius[:, None], 0.0) * unit[:, None],
        high=(mean + result.radius[:, None]) * unit[:, None],
        weights=result.weights.T,
        scale=result.scale * unit,
        backtest=in_units(result.backtest, unit),
        cleaning=(),
    )


def change(values: Floats, known: Bools, shape: Shape) -> Floats:
    """The mean absolute change [n] over the shortest season, of what is known; over a step where it is too short."""
    season = (shape.within(values.shape[1] - 1) or (1,))[0]
    both = known[:, season:] & known[:, :-season]
    return mean_known(np.abs(values[:, season:] - values[:, :-season]), both)


def _multiplied(part: Forecasts, factors: Floats) -> Forecasts:
    return replace(part, mean=part.mean * factors, low=part.low * factors, high=part.high * factors)
