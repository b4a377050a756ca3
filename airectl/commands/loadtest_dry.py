"""`airectl loadtest --dry-run`: what would be sent, and what it would come to at most. Nothing is asked of a server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.loadtest_given import Given
from airectl.commands.loadtest_goals import Objectives
from airectl.commands.loadtest_prepare import Prepared
from airectl.commands.loadtest_server import price_of
from airectl.core.lengths import Lengths, Shape
from airectl.core.report import Block, Column, Lines, Report, Status, Table, Verdict
from airectl.core.schedule import Closed, Open, Traced
from airectl.core.units import plain, spoken_seconds
from airectl.load.plan import Plan, Prompts, Replay, Synthetic

if TYPE_CHECKING:
    from airectl.core.goodput import Goal

_PLAN: Final = (Column(title="PLAN"), Column(title=""))
_SECONDS: Final = 3600


def dry(given: Given, prepared: Prepared, objectives: Objectives) -> Report:
    """The plan as a report."""
    tokens = tokens_of(prepared)
    cost = _cost(given, prepared)
    rows = [*_rows(prepared, tokens, cost)]
    return Report(
        status=Status.DONE,
        data=_data(prepared, objectives, tokens, cost),
        blocks=tuple(_blocks(prepared, objectives, rows)),
        findings=prepared.findings,
    )


def _blocks(prepared: Prepared, objectives: Objectives, rows: list[tuple[str, str]]) -> Iterator[Block]:
    yield Verdict(word="PLAN", text=f"for {prepared.target.url}; nothing was sent", aside=prepared.order.name)
    yield Table(columns=_PLAN, rows=rows)
    if objectives.goals:
        yield Lines(title="objectives", lines=[_goal(each) for each in objectives.goals])
    if objectives.unmeasured:
        lines = [f"{each.id}: {each.reason}" for each in objectives.unmeasured]
        yield Lines(title="not measured by a load test", lines=lines)


def _rows(
    prepared: Prepared, tokens: tuple[float | None, float | None], cost: Decimal | None
) -> Iterator[tuple[str, str]]:
    plan, job, demand = prepared.order.plan, prepared.order.job, prepared.demand
    yield "arrivals", _arrivals(plan)
    yield "time", _time(plan)
    if demand.requests is not None:
        yield "requests", f"about {demand.requests:,.0f}"
    yield "requests are", _workload(plan)
    inputs, outputs = tokens
    if inputs is not None:
        yield "input tokens", f"about {inputs:,.0f}"
    if outputs is not None:
        yield "output tokens", f"about {outputs:,.0f}, if answers are as long as was asked for"
    if cost is not None:
        yield "cost", f"about {plain(cost.quantize(Decimal('0.01')))} at the price of --price, with the drain"
    if job.most_in_flight:
        yield (
            "in flight",
            f"at most {job.most_in_flight:,}; others {'wait' if job.when_full == 'queue' else 'are dropped'}",
        )
    yield "protocol", job.protocol + (f", model {job.model}" if job.model else "")
    yield "processes", str(prepared.processes)
    yield "folder", prepared.shown


def _arrivals(plan: Plan) -> str:
    match plan.arrivals:
        case Closed():
            return f"closed loop, {plan.arrivals.concurrency:,} under way at all times"
        case Traced():
            return f"as in the trace, {plan.arrivals.time_scale:g} times as fast"
        case Open():
            return f"{_gaps(plan.arrivals)}, {_rates(plan.arrivals)} req/s"


def _gaps(arrivals: Open) -> str:
    shape = arrivals.burstiness
    return "evenly spaced" if shape is None else "poisson" if shape == 1 else f"gamma with shape {shape:g}"


def _rates(arrivals: Open) -> str:
    parts = [
        f"{each.from_rps:g}" if each.from_rps == each.to_rps else f"{each.from_rps:g}..{each.to_rps:g}"
        for each in arrivals.segments
    ]
    return ", ".join(parts[:8]) + (", ..." if len(parts) > 8 else "")


def _time(plan: Plan) -> str:
    if plan.duration_s is None:
        return "until all is sent"
    measured = spoken_seconds(Decimal(str(plan.duration_s)))
    warm_up = f", after {spoken_seconds(Decimal(str(plan.warm_up_s)))} of warm-up" if plan.warm_up_s else ""
    return f"{measured}{warm_up}"


def _workload(plan: Plan) -> str:
    match plan.workload:
        case Synthetic():
            output = (
                "answers as the server likes"
                if plan.workload.output is None
                else f"{_lengths(plan.workload.output)} back"
            )
            return f"synthetic, {_lengths(plan.workload.input)} tokens, {output}"
        case Prompts():
            return f"{plan.workload.rows:,} prompts of a file"
        case Replay():
            return f"{plan.workload.rows:,} rows of a trace"


def _lengths(lengths: Lengths) -> str:
    match lengths.shape:
        case Shape.FIXED:
            return f"{lengths.mean:,.0f}"
        case Shape.UNIFORM:
            return f"{lengths.least:,} to {lengths.most:,}"
    return f"{lengths.mean:,.0f} ± {lengths.deviation:,.0f}"


def tokens_of(prepared: Prepared) -> tuple[float | None, float | None]:
    """How many tokens go in and come out, on average; None where nobody can know."""
    plan, requests = prepared.order.plan, prepared.demand.requests
    if requests is None:
        return None, None
    if isinstance(plan.workload, Synthetic):
        turns = plan.workload.turns.expected
        output = plan.workload.output
        # What was said before is sent again with each turn.
        again = plan.workload.input.expected * turns * (turns + 1) / 2
        return requests * again, None if output is None else requests * turns * output.expected
    if isinstance(plan.workload, Replay):
        from airectl.load.workloads.packing import unpack_column

        rows = {name: unpack_column(plan.workload.columns[name]) for name in ("inputs", "outputs")}
        count = min(round(requests), plan.workload.rows)
        return float(rows["inputs"][:count].sum()), float(rows["outputs"][:count].sum())
    return None, None


def _cost(given: Given, prepared: Prepared) -> Decimal | None:
    """What the accelerators cost for as long as the run may take."""
    price, ends_s = price_of(given.price), prepared.order.plan.ends_s or prepared.demand.ends_s
    if price is None or ends_s is None:
        return None
    return price * Decimal(str(ends_s + prepared.order.job.drain_s)) / _SECONDS


def _goal(goal: Goal) -> str:
    within = "" if goal.threshold_s is None else f" within {spoken_seconds(goal.threshold_s)}"
    return f"{goal.id}: {plain(goal.target * 100)} % of {goal.measure}{within}"


def _data(
    prepared: Prepared, objectives: Objectives, tokens: tuple[float | None, float | None], cost: Decimal | None
) -> dict[str, Any]:
    plan, job = prepared.order.plan, prepared.order.job
    workload = {name: value for name, value in plan.to_json()["workload"].items() if name not in ("packed", "columns")}
    return {
        "name": prepared.order.name,
        "target": prepared.target.url,
        "protocol": job.protocol,
        "model": job.model or None,
        "arrivals": plan.to_json()["arrivals"],
        "workload": workload,
        "duration_s": plan.duration_s,
        "warm_up_s": plan.warm_up_s,
        "highest_rps": prepared.demand.highest_rps,
        "requests": prepared.demand.requests,
        "input_tokens": tokens[0],
        "output_tokens": tokens[1],
        "cost": cost,
        "seed": plan.seed,
        "processes": prepared.processes,
        "most_in_flight": job.most_in_flight or None,
        "run": prepared.shown,
        "objectives": [
            {
                "objective": goal.id,
                "signal": goal.measure.value,
                "threshold_s": goal.threshold_s,
                "target_ratio": goal.target,
            }
            for goal in objectives.goals
        ],
        "not_measured": [{"objective": each.id, "reason": each.reason} for each in objectives.unmeasured],
    }
