"""What the plan of a demand costs: how its accelerators are bought, and what a million tokens or requests comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.money import Lot, active_shares, per_million, purchase
from airectl.core.sizing import accelerators
from airectl.demand.forecasting import DAY_S, Projection
from airectl.demand.service import Sizing

if TYPE_CHECKING:
    from airectl.core.resample import Floats, Grid
    from airectl.core.sizing import Plan

# The days of history that hours of a day, and what is used, are taken from.
_RECENT_DAYS: Final = 28
_PEAK: Final = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """In `currency`. `lots` are how the plan's accelerators are bought; `monthly` is what they cost in a month.

    `per_million_allocated` is what a million units of demand (tokens, requests) costs now with all accelerators that
    run, `per_million_used` with the share of them that demand takes; `utilisation` is that share, measured. None: not
    known.
    """

    currency: str
    lots: Sequence[Lot]
    break_even: Fraction | None
    hourly: Decimal
    per_million_allocated: Decimal | None
    per_million_used: Decimal | None
    utilisation: float | None

    @property
    def monthly(self) -> Decimal:
        """All lots together."""
        return sum((lot.monthly for lot in self.lots), Decimal(0))


def cost(grid: Grid, projection: Projection, plan: Plan, sizing: Sizing) -> Cost | None:
    """What the plan costs; None without prices."""
    prices = sizing.prices
    if prices is None or prices.usual is None:
        return None
    shares = active_shares(needed(grid, projection, sizing), plan.accelerators)
    hourly = prices.usual * accelerators(sizing.replicas, sizing.packing)
    mean = _recent_mean(grid)
    allocated = per_million(hourly, mean)
    limit = sizing.carrying.limit(sizing.replicas) if sizing.carrying else 0.0
    utilisation = mean / limit if limit > 0 else None
    return Cost(
        currency=sizing.currency,
        lots=purchase(shares, prices),
        break_even=prices.break_even,
        hourly=hourly,
        per_million_allocated=allocated,
        per_million_used=None if allocated is None or utilisation is None else allocated * Decimal(utilisation),
        utilisation=utilisation,
    )


def needed(grid: Grid, projection: Projection, sizing: Sizing) -> list[int]:
    """The accelerators that each step of the mean forecast takes, with headroom and what is kept for failures.

    A forecast of daily peaks is spread over the hours of a day as they were in the last four weeks.
    """
    carrying, reserve = sizing.carrying, sizing.reserve
    if carrying is None:
        return []
    demands = projection.mean[:, None] * (_hours(grid) if projection.peaks else np.ones(1))[None, :]
    counts: dict[float, int] = {}
    found = []
    for demand in np.round(demands.ravel() * (1 + reserve.headroom_ratio), 6).tolist():
        if demand not in counts:
            replicas = carrying.replicas(demand) or 0
            running = replicas + (reserve.failure_replicas if replicas else 0)
            counts[demand] = accelerators(running, sizing.packing)
        found.append(counts[demand])
    return found


def _hours(grid: Grid) -> Floats:
    """What the steps of a day have of its p95 step, the highest first, as a mean over recent days; 1 without any."""
    size = DAY_S // grid.step_s
    if size < 2:
        return np.ones(1)
    first = (-grid.start_s // grid.step_s) % size
    whole = grid.values[first:]
    days = whole[: len(whole) // size * size].reshape(-1, size)[-_RECENT_DAYS:]
    days = days[np.isfinite(days).all(axis=1)]
    peaks = np.percentile(days, _PEAK, axis=1) if len(days) else np.zeros(0)
    if not (peaks > 0).any():
        return np.ones(1)
    ratios: Floats = np.mean(-np.sort(-days[peaks > 0], axis=1) / peaks[peaks > 0, None], axis=0)
    return ratios


def _recent_mean(grid: Grid) -> float:
    recent = grid.values[-(_RECENT_DAYS * DAY_S // grid.step_s) :]
    known = recent[np.isfinite(recent)]
    return float(known.mean()) if len(known) else 0.0
