"""Composite SLOs: one more evaluation, made from those of the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from airectl.core.burn import tallies
from airectl.core.composite import FORMULAS, joined, merged, summed, weighted
from airectl.core.findings import Finding, Severity
from airectl.core.judge import Budget, State
from airectl.core.outlook import Outlook
from airectl.core.slices import Slices
from airectl.core.slo import Method, Objective
from airectl.evaluate.history import Past, told
from airectl.sources.protocol import Failure

if TYPE_CHECKING:
    from airectl.evaluate.evaluation import Evaluation

NAME: Final = "composite"


def composite(parts: Sequence[Evaluation], series: Sequence[Slices]) -> Evaluation:
    """What the parts of one SLO come to together, as an evaluation whose objective is called `composite`.

    `series` are the slices of the parts that say when things happened, exclusions already taken out. A
    part that is unknown makes it unknown; one that was not evaluated leaves it out as well.
    """
    empty = _empty(parts)
    skipped = [part for part in parts if part.skipped]
    if skipped:
        offline = all(part.offline for part in skipped)
        return replace(empty, skipped=f"its part {_named(skipped[0])} was not evaluated", offline=offline)
    budgets = [part.budget for part in parts if part.budget and part.budget.state is not State.UNKNOWN]
    if len(budgets) < len(parts):
        return _unknown(empty)
    if empty.slo.method is Method.OCCURRENCES:
        return _summed(empty, budgets)
    if len({part.window.step_s for part in parts}) > 1:
        return replace(empty, skipped="its parts have slices of different lengths")
    if len(series) < len(parts):
        return replace(empty, skipped="numbers that say nothing of when cannot be told slice by slice")
    return _joined(empty, budgets, series)


def _empty(parts: Sequence[Evaluation]) -> Evaluation:
    """OpenSLO gives a composite no target: where slices are counted it is that of the strictest part."""
    first = parts[0]
    objective = Objective(
        name=NAME,
        target=max(part.objective.target for part in parts),
        at=first.slo.at,
        slice_target=Decimal(1) if first.slo.method is Method.TIMESLICES else None,
        slice_s=first.objective.slice_s,
    )
    return replace(
        first,
        objective=objective,
        parts=tuple(parts),
        budget=None,
        failure=None,
        skipped="",
        offline=False,
        burn=dict.fromkeys(first.burn),
        burnt={},
        outlook=Outlook(),
        spenders=(),
        course=(),
        case=FORMULAS[first.slo.method],
        first_s=None,
        last_s=None,
        findings=(),
    )


def _named(part: Evaluation) -> str:
    return f"`{part.objective.name}`"


def _unknown(empty: Evaluation) -> Evaluation:
    unknown = next(part for part in empty.parts if part.budget is None or part.budget.state is State.UNKNOWN)
    finding = Finding(
        code="AIR206",
        severity=Severity.WARNING,
        message=f"no data to decide about `{empty.id}`: its part {_named(unknown)} is unknown",
        at=empty.objective.at,
        help="a composite is known when all of its parts are",
    )
    return replace(empty, failure=Failure(finding=finding), findings=(finding,))


def _summed(empty: Evaluation, budgets: Sequence[Budget]) -> Evaluation:
    parts = empty.parts
    weights = [part.objective.weight for part in parts]
    burn = {name: weighted((part.objective.weight, part.burn[name]) for part in parts) for name in empty.burn}
    return replace(empty, budget=summed(list(zip(weights, budgets, strict=True)), empty.policy), burn=burn)


def _joined(empty: Evaluation, budgets: Sequence[Budget], series: Sequence[Slices]) -> Evaluation:
    window, policy, goal = empty.window, empty.policy, empty.goal
    slices = merged([(each, part.goal) for each, part in zip(series, empty.parts, strict=True)])
    past = Past(window=slices.cut(window.start_s, window.end_s), all=slices)
    budget = joined(past.window, goal, budgets, policy)
    burnt = tallies(slices, goal, policy.terms.lookbacks, policy.no_data)
    burn = {name: each.consumed(goal.target) for name, each in burnt.items()}
    found = told(past, budget, burn, policy)
    return replace(
        empty,
        budget=budget,
        burn=burn,
        burnt=burnt,
        outlook=found.outlook,
        spenders=found.spenders,
        course=found.course,
    )
