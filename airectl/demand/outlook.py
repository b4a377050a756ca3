"""What a forecast means for who has to order: when the capacity is crossed, what is needed, and by when to order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.forecast.peaks import daily_peaks
from airectl.core.sizing import Plan, SizeError, accelerators, size
from airectl.demand.buying import Cost, cost
from airectl.demand.forecasting import DAY_S, Projection
from airectl.demand.service import Service

if TYPE_CHECKING:
    from airectl.core.findings import Finding
    from airectl.core.forecast.model import Crossing
    from airectl.core.resample import Grid
    from airectl.demand.series import Series

QUANTILES: Final = (0.1, 0.5, 0.9)


class Standing(StrEnum):
    """What is to be done about one series."""

    ORDER = "order"  # by a day to come
    LATE = "late"  # that day is over
    CROSSED = "crossed"  # demand is above the capacity already
    ENOUGH = "enough"  # not within the horizon
    UNKNOWN = "unknown"  # the history is too short
    FORECAST = "forecast"  # no capacity to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """When a limit is crossed. `days` gives the day of a quantile; None: not within the horizon, or not known."""

    limit: float
    crossing: Crossing
    start_s: int

    def at(self, quantile: float) -> datetime | None:
        """The day on which that share of the futures has crossed."""
        day = self.crossing.quantile(quantile)
        if day is None:
            return None
        return datetime.fromtimestamp((self.start_s + max(day - 1, 0) * DAY_S) // DAY_S * DAY_S, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One series of a service, and what follows from its forecast. `now` is what days are counted from.

    `plan` is what the upper bound of the interval takes; `running` are the accelerators of the replicas that run.
    `unsized` says why there is no plan, where a capacity is known.
    """

    service: Service
    series: Series
    grid: Grid
    projection: Projection
    now: datetime
    horizon: Horizon | None = None
    plan: Plan | None = None
    running: int = 0
    cost: Cost | None = None
    unsized: str = ""
    findings: Sequence[Finding] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.series.name

    @property
    def latest(self) -> float | None:
        """The last value known, in the measure of the forecast: a step's mean, or a day's p95 hour."""
        values, step_s = self.grid.values, self.grid.step_s
        if self.projection.peaks and step_s < DAY_S:
            values = daily_peaks(values[None, :], step_s)[0]
        known = values[np.isfinite(values)]
        return float(known[-1]) if len(known) else None

    @property
    def crosses_at(self) -> datetime | None:
        """The day that the order is placed for."""
        return self.horizon.at(self.service.timing.order_quantile) if self.horizon else None

    @property
    def order_by(self) -> datetime | None:
        """The last day to order on; None without a crossing or a lead time."""
        lead_s, day = self.service.timing.lead_time_s, self.crosses_at
        return day - timedelta(seconds=lead_s) if day and lead_s is not None else None

    @property
    def to_order(self) -> int | None:
        """The accelerators that are missing to the plan."""
        return None if self.plan is None else max(self.plan.accelerators - self.running, 0)

    @property
    def over_budget(self) -> int:
        """By how many accelerators the plan is above the stated budget."""
        budget = self.service.sizing.budget
        return max(self.plan.accelerators - budget, 0) if self.plan and budget is not None else 0

    @property
    def standing(self) -> Standing:
        """What is to be done."""
        if self.service.sizing.carrying is None:
            return Standing.UNKNOWN if self.projection.high is None else Standing.FORECAST
        if self.horizon is None or self.projection.high is None:
            return Standing.UNKNOWN
        if self.horizon.crossing.already:
            return Standing.CROSSED
        if self.crosses_at is None:
            return Standing.ENOUGH
        return Standing.LATE if self.order_by and self.order_by < self.now else Standing.ORDER

    @property
    def too_soon(self) -> bool:
        """Whether it is crossed within the time that fails the gate."""
        within_s, day = self.service.timing.fail_within_s, self.crosses_at
        return within_s is not None and day is not None and day <= self.now + timedelta(seconds=within_s)


def limit_of(service: Service) -> float | None:
    """What all replicas that run carry together; None where it is not known."""
    sizing = service.sizing
    return sizing.carrying.limit(sizing.replicas) if sizing.carrying else None


def outlook(of: Outlook) -> Outlook:
    """The same with its crossing, plan and cost, as far as they can be known."""
    sizing, projection = of.service.sizing, of.projection
    limit = limit_of(of.service)
    if limit is None or projection.high is None:
        return of
    horizon = _horizon(of, limit)
    try:
        running = accelerators(sizing.replicas, sizing.packing)
        plan = size(float(projection.high.max()), _counted(of), sizing.reserve, sizing.packing)
    except SizeError as error:
        return replace(of, horizon=horizon, unsized=str(error))
    found = cost(of.grid, projection, plan, sizing)
    return replace(of, horizon=horizon, running=running, plan=plan, cost=found)


def _counted(of: Outlook) -> Callable[[float], int]:
    carrying = of.service.sizing.carrying

    def replicas(demand: float) -> int:
        count = carrying.replicas(demand) if carrying else None
        if count is None:
            raise SizeError(
                "no number of replicas carries it: look at the model, and at what `--ttft` and `--itl` promise"
            )
        return count

    return replicas


def _horizon(of: Outlook, limit: float) -> Horizon | None:
    """When the limit is crossed; None where the history is too short to say."""
    crossing = of.projection.crossing
    if crossing is None:
        return None
    return Horizon(limit=limit, crossing=crossing, start_s=of.projection.start_s)
