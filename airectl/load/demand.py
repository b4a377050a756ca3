"""What a plan asks for, as far as it says: the highest rate, its end, its requests."""

from __future__ import annotations

from airectl.core.lengths import Lengths
from airectl.core.schedule import Open, Traced
from airectl.load.plan import Plan, PlanError, Replay, Synthetic
from airectl.load.safety import Demand

_SECOND_NS = 10**9
_ONE = Lengths(mean=1)


def demand(plan: Plan) -> Demand:
    """The demand of a plan. Raises PlanError where its rows cannot be read."""
    if isinstance(plan.arrivals, Traced):
        return _of_trace(plan, plan.arrivals.time_scale)
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


def _of_trace(plan: Plan, time_scale: float) -> Demand:
    """That of the rows that are sent: as many as there are before the end, the most of them within a second."""
    import numpy as np

    from airectl.load.workloads.packing import PackedError, unpack_column

    if not isinstance(plan.workload, Replay):
        raise PlanError("only a trace has times of its own")
    try:
        times = unpack_column(plan.workload.columns["times_ns"])[: plan.requests]
    except (PackedError, KeyError) as error:
        raise PlanError(str(error)) from None
    if plan.ends_s is not None:
        times = times[times < plan.ends_s * time_scale * _SECOND_NS]
    within = np.searchsorted(times, times + time_scale * _SECOND_NS) - np.arange(times.size)
    last_s = float(times[-1]) / (time_scale * _SECOND_NS) if times.size else 0.0
    return Demand(highest_rps=float(within.max(initial=0)), ends_s=last_s, requests=float(times.size))


def planned(plan: Plan) -> int | None:
    """How many requests the plan has, exactly; None where answers decide: in a closed loop, and in conversations."""
    from airectl.load.workloads.drawing import due

    if isinstance(plan.arrivals, Traced):
        requests = demand(plan).requests
        return None if requests is None else round(requests)
    if isinstance(plan.arrivals, Open) and isinstance(plan.workload, Synthetic) and plan.workload.turns == _ONE:
        return sum(block.size for block in due(plan))
    return None
