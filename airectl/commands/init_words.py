"""What `airectl init` says it found, assumed and wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Table, Verdict

if TYPE_CHECKING:
    from airectl.commands.init_plan import Plan
    from airectl.telemetry.drafts import Draft


def blocks(plan: Plan, verdict: Verdict) -> list[Block]:
    """The report."""
    from airectl.telemetry.commented import commands

    columns = [Column(title="SLO"), Column(title="OBJECTIVE"), Column(title="TARGET", kind=Kind.RATIO)]
    rows: list[list[Cell]] = [[each.name, each.title, each.wish.target] for each in plan.drafts]
    return [
        verdict,
        Lines(title="found", lines=list(found(plan))),
        Table(columns=columns, rows=rows),
        Lines(title="assumed", lines=list(assumed(plan))),
        Next(commands=commands(plan.server, plan.frame)),
    ]


def found(plan: Plan) -> Iterator[str]:
    """What is known of the server, and from where."""
    server = plan.server
    system = server.system
    if server.page is None:
        yield f"{system.title} {system.versions}, as the telemetry catalogue has it"
        yield f"its metrics are {'on by default' if system.enabled else f'off until there is {system.flag}'}"
        return
    under = f" under names that begin with {server.page.alias}" if server.page.alias else ""
    yield f"{system.title} on {server.where}{under}, {len(server.page.families)} of its metrics"
    if server.version:
        yield f"its version is {server.version}"
    if server.models:
        yield f"{'models' if len(server.models) > 1 else 'model'}: {', '.join(server.models)}"
    own = [each for each in plan.drafts if each.threshold and server.has_own_edges(each.preset.family)]
    yield from (f"{server.named(each.preset.family)} has edges of its own" for each in own)


def assumed(plan: Plan) -> Iterator[str]:
    """What nobody said, and how to say it."""
    if plan.frame.start:
        yield "nobody said what to promise, so this is a starting point; `--ttft 500ms@99%` and the like say it"
    for each in plan.drafts:
        if not each.wish.said and not plan.frame.start:
            yield f"{each.name}: the target, as none was given"
    if plan.server.page is None:
        system = plan.server.system
        yield f"names and edges as in {system.title} {system.versions}; `--from URL` reads those of your server"
    if not plan.frame.narrowed:
        yield f"every series of {plan.server.system.title} counts; `--selector 'job=\"...\"'` narrows it"
    yield from _of_models(plan)
    for each in plan.drafts:
        if each.lacking:
            names = ", ".join(each.lacking)
            yield f"{each.name}: {names} not on the page; it may come with the first request, or not at all"
    gaps = [f"--{name}" for name in ("owner", "runbook") if not getattr(plan.frame, name)]
    if gaps:
        yield f"no {' and no '.join(gap.removeprefix('--') for gap in gaps)}; {' and '.join(gaps)} add them"


def _of_models(plan: Plan) -> Iterator[str]:
    if plan.narrowing.of_models:
        every = [each.name for each in plan.drafts if not (each.model_label or each.model)]
        yield from (f"{name}: counts every model, as its metrics do not name any" for name in every)
        named = plan.server.models
        absent = [model for model in plan.narrowing.models if named and model not in named]
        yield from (f"model `{model}`: not on the page; is that what the server calls it?" for model in absent)
    elif len(plan.server.models) > 1:
        yield f"{len(plan.server.models)} models count together; --model selects, --by-model gives each its own budget"


def data(plan: Plan, files: Sequence[str]) -> dict[str, Any]:
    """The same for machines."""
    server = plan.server
    return {
        "service": plan.frame.service,
        "system": server.system.name,
        "versions": server.system.versions,
        "page": server.where or None,
        "models": list(server.models),
        "starting_point": plan.frame.start,
        "files": list(files),
        "slos": [_slo(each) for each in plan.drafts],
        "assumed": list(assumed(plan)),
    }


def _slo(draft: Draft) -> dict[str, Any]:
    at = draft.threshold
    return {
        "name": draft.name,
        "objective": draft.title,
        "preset": draft.preset.name,
        "measure": draft.preset.measure,
        "target_ratio": draft.wish.target,
        "threshold_s": at.seconds if at else None,
        "edge_below_s": at.below if at else None,
        "edge_above_s": at.above if at else None,
        "limit": draft.limit,
        "unit": draft.preset.unit or None,
        "queries": dict(draft.queries),
    }
