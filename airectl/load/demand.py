"""What a plan asks for, as far as it says: the highest rate, its end, its requests."""

from __future__ import annotations

from airectl.core.schedule import Open
from airectl.load.plan import Plan, Replay
from airectl.load.safety import Demand


def demand(plan: Plan) -> Demand:
    """The demand of a plan. Raises PlanError where its rows cannot be read."""
    found = [count for count in (plan.requests, _by_rate(plan), _by_rows(plan)) if count is not None]
    return Demand(
        highest_rps=plan.arrivals.highest_rps if isinstance(plan.arrivals, Open) else None,
        ends_s=plan.ends_s,
        requests=min(found, default=None),
    )


def _by_rate(plan: Plan) -> float | None:
    if plan.ends_s is None or not isinstance(plan.arrivals, Open):
        return None
    return plan.arrivals.requests(plan.ends_s)


def _by_rows(plan: Plan) -> float | None:
    return float(plan.workload.rows) if isinstance(plan.workload, Replay) else None
