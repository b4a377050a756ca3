"""Trends of daily peaks: straight and compound, over windows of several lengths, with the profile of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats

_WEEK: Final = 7
_MONTH: Final = 28
_LEVEL: Final = 14
# Below so many days a trend is a guess, and the profile of a week another one.
_LEAST_TREND: Final = 14
_LEAST_PROFILE: Final = 21
# For logs: a peak below this part of the mean is taken as it.
_FLOOR: Final = 0.01
_LARGEST_LOG: Final = 300.0
WINDOWS: Final = ("28", "horizon", "two-horizons", "all")
NAMES: Final = ("level", *(f"{kind}-{window}" for kind in ("linear", "compound") for window in WINDOWS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The line through the last `days` of history; a level has no slope, a compound one is straight in logs."""

    days: int
    sloped: bool = True
    compound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Of n series, in logs where the trend is compound.

    `forecast` [n, h], `residuals` [n, days] (as wide as those of values not used for the fit are), `response`
    [days, h]: what a change of each value in the window does to the forecast.
    """

    trend: Trend
    forecast: Floats
    residuals: Floats
    response: Floats

    def told(self, forecast: Floats) -> Floats:
        """In the unit of the series, none below 0."""
        values: Floats = np.exp(np.minimum(forecast, _LARGEST_LOG)) if self.trend.compound else np.maximum(forecast, 0)
        return values

    def variance(self) -> Floats:
        """Of the error of each step ahead [n, h], in the unit of the series.

        That of the noise and of the line, which is less certain where residuals follow each other.
        """
        square = (self.residuals**2).mean(axis=1)
        follow = (self.residuals[:, 1:] * self.residuals[:, :-1]).sum(axis=1)
        memory = np.clip(follow / np.maximum((self.residuals**2).sum(axis=1), np.finfo(float).tiny), 0, 0.9)
        line = (self.response**2).sum(axis=0) * ((1 + memory) / (1 - memory))[:, None]
        told: Floats = square[:, None] * (1 + line)
        return told * self.told(self.forecast) ** 2 if self.trend.compound else told


def trends(days: int, horizon: int) -> dict[str, Trend]:
    """The trends for so many days of history, by name; windows that would be the same stand once, the shortest name.

    Windows of 28 days, of one and of two horizons (28 and 56 days at least) and of all. With less than 14 days
    there is only the level of what there is.
    """
    found = {"level": Trend(days=min(_LEVEL, days), sloped=False)}
    lengths = (_MONTH, max(_MONTH, horizon), max(2 * _MONTH, 2 * horizon), days)
    for kind in ("linear", "compound"):
        for window, length in zip(WINDOWS, lengths, strict=True):
            trend = Trend(days=min(length, days), compound=kind == "compound")
            if days >= _LEAST_TREND and trend not in found.values():
                found[f"{kind}-{window}"] = trend
    return found


def fit(peaks: Floats, trend: Trend, horizon: int) -> Fit:
    """Least squares over the window of peaks [n, days]; from three weeks on with three sines and cosines of a week."""
    days = min(trend.days, peaks.shape[1])
    history = peaks[:, -days:]
    if trend.compound:
        floor = np.maximum(peaks.mean(axis=1, keepdims=True) * _FLOOR, np.finfo(float).tiny)
        history = np.log(np.maximum(history, floor))
    past, future = _columns(days, horizon, trend)
    solution = np.linalg.pinv(past)
    coefficients = history @ solution.T
    residuals = history - coefficients @ past.T
    return Fit(
        trend=trend,
        forecast=coefficients @ future.T,
        residuals=residuals * np.sqrt(days / max(days - past.shape[1], 1)),
        response=(future @ solution).T,
    )


def _columns(days: int, horizon: int, trend: Trend) -> tuple[Floats, Floats]:
    at = np.arange(-days, horizon) + 0.5
    columns: list[Floats] = [np.ones(len(at))]
    if trend.sloped:
        columns.append(at / _MONTH)
    if days >= _LEAST_PROFILE or (days >= _LEVEL and not trend.sloped):
        for wave in range(1, (_WEEK + 1) // 2):
            angle = 2 * np.pi * wave * at / _WEEK
            columns += [np.sin(angle), np.cos(angle)]
    whole = np.stack(columns, axis=1)
    return whole[:days], whole[days:]


def all_fitted(peaks: Floats, found: Sequence[Trend], horizon: int) -> list[Fit]:
    """Each trend through what these peaks hold of its window."""
    return [fit(peaks, trend, horizon) for trend in found]
