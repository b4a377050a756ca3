"""What machines are told of a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airectl.commands.forecasted import Forecasted
    from airectl.demand.buying import Cost
    from airectl.demand.outlook import Outlook

_QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def data(done: Forecasted) -> dict[str, Any]:
    """All of it for machines."""
    timing = done.timing
    return {
        "as_of": done.now,
        "horizon_s": timing.horizon_s if timing else None,
        "lead_time_s": timing.lead_time_s if timing else None,
        "order_quantile_ratio": timing.order_quantile if timing else None,
        "assumptions": list(done.assumptions),
        "series": [series_data(each) for each in done.outlooks],
        "what_if": [
            {"change": text, "series": [_variant(each) for each in outlooks]}
            for text, outlooks in done.variants.items()
        ],
    }


def series_data(each: Outlook) -> dict[str, Any]:
    """One series."""
    projection, grid = each.projection, each.grid
    tested = asdict(projection.tested)
    names = ("mase", "mase_naive", "mase_seasonal_naive", "coverage_ratio", "windows", "level_ratio")
    return {
        "name": each.name,
        "service": each.service.name,
        "unit": each.service.unit or None,
        "status": each.standing.value,
        "step_s": grid.step_s,
        "history_points": grid.known,
        "history_from": _time(grid.start_s),
        "history_to": _time(grid.end_s),
        "gaps": len(grid.values) - grid.known,
        "model_weights": projection.weights if projection.known else {},
        "backtest": {name: tested[name] for name in names},
        "forecast_step_s": projection.step_s,
        "forecast_kind": "p95 hour of a day" if projection.peaks else "mean of a step",
        "forecast": _forecast(each),
        "crossing": _crossing(each),
        "accelerators": _accelerators(each),
        "cost": _cost(each.cost),
    }


def _time(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _forecast(each: Outlook) -> list[dict[str, Any]]:
    projection = each.projection
    if not projection.known:
        return []
    empty: Sequence[float | None] = [None] * len(projection.mean)
    low = empty if projection.low is None else projection.low.tolist()
    high = empty if projection.high is None else projection.high.tolist()
    rows = zip(projection.times_s, projection.mean.tolist(), low, high, strict=True)
    return [{"time": _time(time_s), "mean": mean, "low": least, "high": most} for time_s, mean, least, most in rows]


def _crossing(each: Outlook) -> dict[str, Any] | None:
    """None where there is nothing to cross, or it cannot be said; a quantile is None if not within the horizon."""
    if each.horizon is None:
        return None
    days = {name: each.horizon.at(quantile) for name, quantile in _QUANTILES.items()}
    return {
        **days,
        "limit": each.horizon.limit,
        "within_horizon_ratio": each.horizon.crossing.share,
        "already": each.horizon.crossing.already,
    }


def _accelerators(each: Outlook) -> dict[str, Any]:
    sizing, plan = each.service.sizing, each.plan
    carrying = sizing.carrying
    return {
        "needed": plan.accelerators if plan else None,
        "running": each.running if carrying else None,
        "to_order": each.to_order,
        "order_by": each.order_by,
        "budget": sizing.budget,
        "kind": sizing.accelerator or None,
        "per_replica": sizing.packing.per_replica,
        "replicas": None
        if plan is None
        else {
            "running": sizing.replicas,
            "for_demand": plan.carrying,
            "for_failures": plan.failure_replicas,
            "for_updates": plan.surge_replicas,
            "needed": plan.replicas,
        },
        "demand": plan.demand if plan else None,
        "capacity_per_replica": carrying.per_replica if carrying else None,
        "capacity_measured": carrying.measured if carrying else None,
        "assumptions": list(each.service.assumptions),
    }


def _cost(found: Cost | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "currency": found.currency,
        "monthly": found.monthly,
        "per_million_allocated": found.per_million_allocated,
        "per_million_used": found.per_million_used,
        "utilisation_ratio": found.utilisation,
        "break_even_ratio": None if found.break_even is None else float(found.break_even),
        "purchase": [
            {
                "how": lot.how,
                "accelerators": lot.count,
                "price_per_hour": lot.price,
                "active_ratio": float(lot.active_ratio),
                "monthly": lot.monthly,
            }
            for lot in found.lots
        ],
    }


def _variant(each: Outlook) -> dict[str, Any]:
    return {
        "name": each.name,
        "status": each.standing.value,
        "crossing": _crossing(each),
        "accelerators": _accelerators(each),
        "cost": _cost(each.cost),
    }
