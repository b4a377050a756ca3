"""Days and their peaks: what capacity must carry is the 95th percentile hour of a day, not its mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from airectl.core.forecast.model import Event, Floats, Options
from airectl.core.forecast.ratios import mean_known

DAY_S: Final = 86_400
_HOUR_S: Final = 3_600
_WEEK: Final = 7
PEAK: Final = 0.95
# A day of which less is known has no peak.
_LEAST: Final = 0.5


def steps_of_day(step_s: int) -> int:
    """How many steps make a day, the nearest whole number; 1 where a step is a day or longer."""
    return max(round(DAY_S / step_s), 1)


def daily_peaks(values: Floats, step_s: int) -> Floats:
    """Of values [n, t]: the 95th percentile over the hours of each day [n, days], NaN where under half is known.

    Days are counted back from the last value, so that each is whole; what is left over at the start is not
    looked at. Values finer than an hour are averaged to hours first. The percentile lies between two hours in
    proportion: of 24 sorted ones 0.15 · the 22nd + 0.85 · the 23rd (the 24th is the highest).
    """
    block = steps_of_day(step_s)
    days = values.shape[1] // block
    each = values[:, values.shape[1] - days * block :].reshape(len(values), days, block)
    hours = max(_HOUR_S // step_s, 1)
    known = np.isfinite(each).mean(axis=2)
    if hours > 1 and block % hours == 0:
        each = mean_known(each.reshape(len(values), days, block // hours, hours))
    return np.where(known >= _LEAST, _quantile(each, PEAK), np.nan)


def _quantile(values: Floats, quantile: float) -> Floats:
    """Over the last axis, of what is known; NaN where nothing is."""
    ordered = np.sort(values, axis=-1)  # NaN come last
    place = np.maximum(np.isfinite(values).sum(axis=-1) - 1, 0) * quantile
    below = np.floor(place).astype(np.int64)
    low, high = (
        np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (below, np.ceil(place).astype(np.int64))
    )
    told: Floats = low + (high - low) * (place - below)
    return told


def in_days(options: Options, length: int) -> Options:
    """The same asked of daily peaks, of which the history of `length` steps has so many whole ones.

    The horizon is rounded up to days. An event lasts all days that it touches.
    """
    block = steps_of_day(options.step_s)
    first = length % block
    growth = options.growth
    return replace(
        options,
        step_s=options.step_s * block,
        horizon=-(-options.horizon // block),
        seasons=_week(options.step_s * block),
        events=tuple(_touched(event, first, block) for event in options.events),
        growth=growth and replace(growth, over=max(round(growth.over / block), 1) if growth.over else 0),
    )


def _week(step_s: int) -> tuple[int, ...]:
    return (_WEEK,) if step_s == DAY_S else ()


def _touched(event: Event, first: int, block: int) -> Event:
    start = (event.start - first) // block
    end = -(-(event.start - first + event.length) // block)
    return replace(event, start=start, length=max(end - start, 1))
