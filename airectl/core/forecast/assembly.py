"""Forecasts of blocks of series made into one, and blocks made of many series."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from airectl.core.forecast.model import Backtest, Floats, Forecasts, Ints, Options

_ROWS: Final = 250
# What the arrays of one block may take.
_BYTES: Final = 100e6


def blocks(count: int, bytes_each: float) -> Iterator[slice]:
    """So many series in pieces of at most 250, fewer where a series needs much memory."""
    rows = max(min(int(_BYTES // bytes_each), _ROWS), 1)
    return (slice(start, min(start + rows, count)) for start in range(0, count, rows))


def joined(parts: Sequence[tuple[Ints, Forecasts]]) -> Forecasts:
    """One of several, each with the places of its series in the whole."""
    order = np.argsort(np.concatenate([places for places, _ in parts]), kind="stable")
    made = [part for _, part in parts]
    cleaning = [note for part in made for note in part.cleaning]
    paths = [part.paths for part in made if part.paths is not None]
    backtests = [part.backtest for part in made]

    def whole(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in made])[order]

    tests: dict[str, Any] = {
        each.name: np.concatenate([getattr(test, each.name) for test in backtests])[order] for each in fields(Backtest)
    }
    return replace(
        made[0],
        mean=whole("mean"),
        low=whole("low"),
        high=whole("high"),
        weights=whole("weights"),
        scale=whole("scale"),
        backtest=Backtest(**tests),
        cleaning=tuple(cleaning[place] for place in order),
        paths=np.concatenate(paths)[order] if paths else None,
    )


def untold(count: int, members: tuple[str, ...], options: Options, *, peaks: bool = False) -> Forecasts:
    """Of series of which nothing is known. The horizon is that of the result."""
    unknown: Floats = np.full(count, math.nan)
    nothing = np.full((count, options.horizon), math.nan)
    windows = np.zeros(count, np.int64)
    each: dict[str, Any] = {field.name: unknown for field in fields(Backtest)}
    each |= {"windows": windows, "level": np.zeros(count)}
    return Forecasts(
        step_s=options.step_s,
        peaks=peaks,
        members=members,
        mean=nothing,
        low=nothing,
        high=nothing,
        weights=np.full((count, len(members)), 1 / len(members)),
        scale=unknown,
        backtest=Backtest(**each),
        cleaning=(),
    )


def units(values: Floats) -> Floats:
    """A power of two near the largest value of each series [n, t], 1 for one of zeros: to divide by it is exact."""
    most = values.max(axis=1)
    told: Floats = np.where(most > 0, np.ldexp(1.0, np.frexp(most)[1] - 1), 1.0)
    return told


def in_units(backtest: Backtest, unit: Floats) -> Backtest:
    """With the errors of values that were divided by `unit`, in the series' own unit."""
    return replace(
        backtest,
        mae=backtest.mae * unit,
        mae_naive=backtest.mae_naive * unit,
        mae_seasonal_naive=backtest.mae_seasonal_naive * unit,
    )
