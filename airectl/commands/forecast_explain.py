"""`forecast --explain`: every figure with the numbers that it is made from, to check by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airectl.core.report import Column, Table
from airectl.demand.carrying import Measured, Modelled

if TYPE_CHECKING:
    from airectl.demand.buying import Cost
    from airectl.demand.outlook import Outlook

Step = tuple[str, str]


def explained(each: Outlook) -> Table:
    """The arithmetic of one series."""
    columns = (Column(title="STEP"), Column(title="WITH THE NUMBERS"))
    return Table(columns=columns, rows=list(_steps(each)), title=f"{each.name}: the arithmetic")


def _steps(each: Outlook) -> Iterator[Step]:
    yield from _forecast(each)
    yield from _capacity(each)
    yield from _crossing(each)
    yield from _plan(each)
    if each.cost is not None:
        yield from _cost(each.cost, each)


def _forecast(each: Outlook) -> Iterator[Step]:
    grid, projection = each.grid, each.projection
    tested = projection.tested
    yield "history", f"{grid.known} known values of {len(grid.values)}, {grid.step_s} s each, of {grid.rows} rows"
    if not projection.known:
        return
    weights = sorted(projection.weights.items(), key=lambda pair: -pair[1])
    yield "weights", "1 / MAE^4: " + ", ".join(f"{name} {weight:.2f}" for name, weight in weights if weight >= 0.005)
    if tested.mae is not None and tested.mae_naive is not None and tested.mae_seasonal_naive is not None:
        yield (
            "backtest",
            f"mean absolute error of {tested.windows} windows: {tested.mae:.6g}; naive {tested.mae_naive:.6g}, "
            f"seasonal naive {tested.mae_seasonal_naive:.6g}",
        )
    if projection.high is not None and projection.low is not None:
        last = f"{projection.mean[-1]:.6g} ({projection.low[-1]:.6g} to {projection.high[-1]:.6g})"
        yield "at the horizon", last


def _capacity(each: Outlook) -> Iterator[Step]:
    carrying, sizing = each.service.sizing.carrying, each.service.sizing
    if isinstance(carrying, Measured):
        factor = f" * {carrying.factor:.6g} by the model of the change" if carrying.factor != 1 else ""
        yield "capacity of a replica", f"{carrying.low:.6g}{factor}{_unit(each)}, the lower bound"
    if isinstance(carrying, Modelled):
        yield from _model(carrying, each)
    if each.horizon is not None:
        yield "capacity of all", f"of {sizing.replicas} replicas: {each.horizon.limit:.6g}{_unit(each)}"


def _unit(each: Outlook) -> str:
    return f" {each.service.unit}" if each.service.unit else ""


def _model(carrying: Modelled, each: Outlook) -> Iterator[Step]:
    from dataclasses import replace

    from airectl.core.replica.fleet import state

    profile, load = carrying.profile, carrying.load
    lengths = load.lengths
    chips = profile.accelerator.count
    memory, ratio = profile.accelerator.memory_bytes, profile.serving.memory_ratio
    activations, weights = profile.serving.activation_bytes, profile.model.weight_bytes
    yield "KV bytes per token", f"{profile.model.kv_bytes} = 2 * layers * kv_heads * head_dim * bytes"
    yield (
        "KV tokens of a replica",
        f"({chips} * ({memory:.4g} * {ratio} - {activations:.4g}) - {weights:.4g}) / {profile.model.kv_bytes} = "
        f"{profile.kv_tokens}",
    )
    yield (
        "requests",
        f"{lengths.input_tokens:.6g} in, {lengths.output_tokens:.6g} out, {lengths.context_tokens:.6g} in flight, "
        f"{lengths.cached_ratio:.0%} cached; arrivals vary by {load.arrival_scv:.4g} (Poisson 1)",
    )
    plan = each.plan
    if plan is None or not plan.carrying:
        return
    rate = plan.demand * (1 + each.service.sizing.reserve.headroom_ratio) / carrying.per_request
    found = state(profile, replace(load, rate_rps=rate), plan.carrying, carrying.promise)
    if found is None:
        return
    yield (
        "a replica is busy",
        f"prefill {found.prefill_ratio:.4g} + decode {found.decode_ratio:.4g}, at most 1 together",
    )
    yield "in flight", f"{rate:.6g} * {found.service_s:.6g} s = {found.in_flight:.6g} of {found.slots} slots (Little)"
    yield "times", f"prefill {found.prefill_s:.6g} s, wait {found.wait_s:.6g} s, between tokens {found.itl_s:.6g} s"


def _crossing(each: Outlook) -> Iterator[Step]:
    horizon, timing = each.horizon, each.service.timing
    if horizon is None:
        return
    crossing = horizon.crossing
    yield (
        "crossed",
        f"in {crossing.share:.0%} of {len(crossing.days)} futures within {crossing.horizon_days} days: the first day "
        "whose p95 hour is above the capacity, as are those of the two days after it",
    )
    if each.crosses_at is not None:
        yield (
            "the day that counts",
            f"{each.crosses_at:%Y-%m-%d}: {timing.order_quantile:.0%} of the futures cross by then",
        )
    if each.order_by is not None and timing.lead_time_s is not None:
        yield (
            "order by",
            f"{each.crosses_at:%Y-%m-%d} - {timing.lead_time_s / 86_400:g} days = {each.order_by:%Y-%m-%d}",
        )


def _plan(each: Outlook) -> Iterator[Step]:
    plan, sizing = each.plan, each.service.sizing
    if plan is None:
        return
    reserve, packing = sizing.reserve, sizing.packing
    yield "demand planned for", f"{plan.demand:.6g} * (1 + {reserve.headroom_ratio:g}), from the interval's upper bound"
    yield (
        "replicas",
        f"{plan.carrying} carry it + {plan.failure_replicas} may fail + {plan.surge_replicas} for updates = "
        f"{plan.replicas}",
    )
    if packing.slices:
        yield "accelerators", f"{plan.replicas} * a slice of {packing.slice_size} = {plan.accelerators}"
    else:
        yield (
            "accelerators",
            f"{plan.replicas} * {packing.per_replica}, in nodes of {packing.node}: {plan.accelerators}",
        )
    yield "to order", f"{plan.accelerators} - {each.running} that run = {each.to_order}"


def _cost(found: Cost, each: Outlook) -> Iterator[Step]:
    if found.break_even is not None:
        yield "break-even", f"reserved / on demand = {float(found.break_even):.4g} of the time"
    for lot in found.lots:
        paid = "at all times" if lot.how == "reserved" else f"{float(lot.active_ratio):.4g} of the time"
        yield f"{lot.how}", f"{lot.count} * {lot.price} {found.currency}/h * 730 h, {paid} = {lot.monthly:.2f}"
    if found.per_million_allocated is not None:
        yield (
            "per million",
            f"{found.hourly} {found.currency}/h / (mean demand of 28 days * 3600) * 10^6 = "
            f"{found.per_million_allocated:.6g} by what is allocated",
        )
    if found.utilisation is not None and each.horizon is not None:
        yield "used", f"mean demand / {each.horizon.limit:.6g} = {found.utilisation:.4g} of the capacity, measured"
