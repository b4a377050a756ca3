"""The forecast of a piece of many series as plain values: what an engine maps over a cluster."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

import numpy as np

from airectl.core.forecast.choosing import crossings, forecast
from airectl.core.forecast.model import Backtest, Crossing, Forecasts, Options

SIZE: Final = 250


def chunk(rows: Sequence[Mapping[str, Any]], options: Options, capacity: float | None = None) -> list[dict[str, Any]]:
    """Forecast series: rows of `name`, `values` (numbers, None or NaN where unknown) and, where it has its own, `capacity`.

    Series that are shorter than the longest end with it: what is missing lies before them. Each row told has
    `name`, `step_s`, `peaks`, `mean`, `low`, `high` (lists), `weights` and `backtest` (by name), `scale`,
    `cleaning` (as in `Cleaning`) and `crossing` (`p10`, `p50`, `p90`, `share`, `horizon_days`, `days`; None without a
    capacity or a known day). Unknown numbers are None. The order is that of the rows.
    """
    if not rows:
        return []
    values = np.full((len(rows), max(1, *(len(row["values"]) for row in rows))), math.nan)
    for place, row in enumerate(rows):
        given = np.asarray(row["values"], dtype=np.float64)
        values[place, values.shape[1] - len(given) :] = given
    made = forecast(values, options)
    limits = [row.get("capacity", capacity) for row in rows]
    crossed: list[Crossing | None] = [None] * len(rows)
    if any(limit is not None for limit in limits):
        known = np.array([math.inf if limit is None else float(limit) for limit in limits])
        found = crossings(values, known, options, made)
        crossed = [each if limit is not None else None for each, limit in zip(found, limits, strict=True)]
    return [
        {"name": row["name"], **told(made, place), "crossing": each and crossing_told(each)}
        for place, (row, each) in enumerate(zip(rows, crossed, strict=True))
    ]


def chunks(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """In pieces of 250, in order."""
    return (rows[start : start + SIZE] for start in range(0, len(rows), SIZE))


def told(made: Forecasts, place: int) -> dict[str, Any]:
    """One series as plain values."""
    backtest = {each.name: _plain(getattr(made.backtest, each.name)[place]) for each in fields(Backtest)}
    return {
        "step_s": made.step_s,
        "peaks": made.peaks,
        **{name: [_plain(value) for value in getattr(made, name)[place]] for name in ("mean", "low", "high")},
        "weights": {name: float(made.weights[place, at]) for at, name in enumerate(made.members)},
        "scale": _plain(made.scale[place]),
        "backtest": backtest,
        "cleaning": asdict(made.cleaning[place]),
    }


def crossing_told(crossing: Crossing) -> dict[str, Any]:
    """One crossing as plain values: days ahead, None: not within the horizon."""
    return {
        "p10": crossing.quantile(0.1),
        "p50": crossing.quantile(0.5),
        "p90": crossing.quantile(0.9),
        "share": crossing.share,
        "horizon_days": crossing.horizon_days,
        "days": crossing.days.tolist(),
    }


def _plain(value: Any) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if isinstance(value, np.integer) else float(value)
