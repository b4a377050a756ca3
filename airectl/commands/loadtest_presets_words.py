"""Scenarios and limits as tables and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.findings import Finding, Severity
from airectl.core.lengths import Lengths, Shape
from airectl.core.report import Block, Column, Gate, Kind, Lines, Next, Outcome, Report, Status, Table, Verdict
from airectl.core.schedule import Closed, Open, Traced
from airectl.load.asked import Asked
from airectl.load.plan import Plan, PlanError, Synthetic
from airectl.load.safety import Demand
from airectl.run import Run

_SCENARIOS: Final = (
    Column(title="SCENARIO"),
    Column(title="PROMPT"),
    Column(title="ANSWER"),
    Column(title="PREFIX"),
    Column(title="WHAT IT IS"),
)
_LIMITS: Final = (
    Column(title="LIMITS"),
    Column(title="TTFT", kind=Kind.DURATION),
    Column(title="TPOT", kind=Kind.DURATION),
    Column(title="SHARE", kind=Kind.RATIO),
    Column(title="WHAT THEY ARE"),
)
_PLANS: Final = (
    Column(title="SCENARIO"),
    Column(title="ARRIVALS"),
    Column(title="REQUESTS", kind=Kind.COUNT),
    Column(title="ENDS AFTER", kind=Kind.DURATION),
    Column(title="MOST/S", kind=Kind.NUMBER, digits=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A scenario with its plan. The requests of its demand are a mean where gaps are random."""

    path: str
    asked: Asked
    plan: Plan
    demand: Demand


def shipped(scenarios: Sequence[Asked]) -> Report:
    """All scenarios and limits that come with airectl."""
    from airectl.load import limits

    known = limits.shipped().values()
    return Report(
        status=Status.DONE,
        data={
            "scenarios": [_scenario(each) for each in scenarios],
            "limits": [
                {
                    "name": each.name,
                    "title": each.title,
                    "source": each.source,
                    "target_ratio": float(each.limits[0].target),
                    **{f"{limit.measure}_s": float(limit.threshold_s) for limit in each.limits},
                }
                for each in known
            ],
        },
        blocks=(
            Table(columns=_SCENARIOS, rows=[_scenario_row(each) for each in scenarios]),
            Lines(lines=["prompts and answers in tokens: mean, deviation; `-o json` has their sources"]),
            Table(
                columns=_LIMITS,
                rows=[
                    (each.name, *(limit.threshold_s for limit in each.limits), each.limits[0].target, each.title)
                    for each in known
                ],
            ),
            Next(commands=["airectl loadtest http://127.0.0.1:8000 --preset chat --rate 5 --dry-run"]),
        ),
    )


def planned(path: str, asked: Asked, run: Run) -> tuple[Planned | None, list[Finding]]:
    """The plan of a scenario, without one where its files cannot be used, and what is to say of it."""
    from airectl.load import planning
    from airectl.load.demand import demand

    data = planning.load(asked, run.env)
    if not data.usable:
        return None, list(data.findings)
    plan = planning.plan_of(asked, data)
    try:
        asks = demand(plan)
    except PlanError as error:
        raise RuntimeError(f"a plan that was made here cannot be read: {error}") from None
    remarks = planning.remarks(asked, plan, asks.requests)
    return Planned(path=path, asked=asked, plan=plan, demand=asks), [*data.findings, *remarks]


def told(plans: Sequence[Planned], findings: Sequence[Finding]) -> Report:
    """What scenarios would send, and what is wrong with them."""
    wrong = [each for each in findings if each.severity is Severity.ERROR]
    gate = Gate(
        name="scenario",
        group="loadtest",
        outcome=Outcome.FAILED if wrong else Outcome.PASSED,
        message=wrong[0].message if wrong else "",
    )
    blocks: list[Block] = []
    if wrong:
        status = Status.FAILED if plans else Status.UNREADABLE
        blocks.append(Verdict(word=status.upper(), text="a scenario cannot be used"))
    else:
        status = Status.DONE
    if plans:
        blocks.append(Table(columns=_PLANS, rows=[_plan_row(each) for each in plans]))
        blocks.append(Table(columns=_SCENARIOS, rows=[_scenario_row(each.asked, each.path) for each in plans]))
    return Report(
        status=status,
        data={"plans": [_plan(each) for each in plans]},
        blocks=tuple(blocks),
        findings=tuple(findings),
        gates=(gate,),
    )


def _scenario_row(asked: Asked, path: str = "") -> tuple[str, ...]:
    work = asked.workload
    name = asked.name or path
    if not isinstance(work, Synthetic):
        what = "by its file" if work else "256"
        return name, what, what if work else "64", "-", asked.title
    prefix = "-"
    if work.prefix:
        prefix = str(work.prefix.tokens) if work.prefix.tokens else f"{work.prefix.share * 100:g} %"
    return name, lengths(work.input), lengths(work.output) if work.output else "-", prefix, asked.title


def lengths(spread: Lengths) -> str:
    """`512`, `normal 512, 128`, `uniform 32 to 512`."""
    if spread.shape is Shape.FIXED:
        return f"{spread.mean:,.6g}"
    if spread.shape is Shape.UNIFORM:
        return f"uniform {spread.least:,} to {spread.most:,}"
    return f"{spread.shape} {spread.mean:,.6g}, {spread.deviation:,.6g}"


def arrivals(plan: Plan) -> str:
    """When requests are sent, in words."""
    found = plan.arrivals
    if isinstance(found, Closed):
        return f"{found.concurrency} at a time"
    if isinstance(found, Traced):
        return f"as traced, {found.time_scale:g} times as fast"
    return f"{_gaps(found)}, {_rates(found)}"


def _gaps(found: Open) -> str:
    if found.burstiness is None:
        return "constant"
    return "Poisson" if found.burstiness == 1 else f"gamma {found.burstiness:g}"


def _rates(found: Open) -> str:
    first, last = found.segments[0], found.segments[-1]
    if len({rate for each in found.segments for rate in (each.from_rps, each.to_rps)}) == 1:
        return f"{first.from_rps:g}/s"
    return f"{first.from_rps:g} to {last.to_rps:g}/s" + ("" if len(found.segments) == 1 else " in steps")


def _plan_row(each: Planned) -> tuple[Any, ...]:
    demand = each.demand
    name = each.asked.name or each.path
    return name, arrivals(each.plan), demand.requests, demand.ends_s, demand.highest_rps


def _scenario(asked: Asked) -> dict[str, Any]:
    work = asked.workload
    found: dict[str, Any] = {"name": asked.name, "title": asked.title, "sources": list(asked.sources)}
    if isinstance(work, Synthetic):
        found["input_tokens"] = _lengths(work.input)
        found["output_tokens"] = _lengths(work.output) if work.output else None
        found["shared_prefix_tokens"] = work.prefix.tokens if work.prefix else 0
    return found


def _lengths(spread: Lengths) -> dict[str, Any]:
    found: dict[str, Any] = {"distribution": spread.shape.value, "min": spread.least, "max": spread.most}
    if spread.shape is not Shape.UNIFORM:
        found |= {"mean": spread.mean, "deviation": spread.deviation}
    return found


def _plan(each: Planned) -> dict[str, Any]:
    work, demand = each.plan.workload, each.demand
    return {
        "path": each.path,
        "name": each.plan.name,
        "arrivals": arrivals(each.plan),
        "requests": demand.requests,
        "ends_s": demand.ends_s,
        "highest_rps": demand.highest_rps,
        "seed": each.plan.seed,
        "rows": None if isinstance(work, Synthetic) else work.rows,
        "limits": [
            {
                "measure": limit.measure.value,
                "threshold_s": float(limit.threshold_s),
                "target_ratio": float(limit.target),
            }
            for limit in each.asked.limits
        ],
    }
