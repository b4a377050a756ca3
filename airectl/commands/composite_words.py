"""Composites in words: what their parts come to together, and the arithmetic of it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from airectl.commands.verdicts import number
from airectl.core.judge import Basis, Budget
from airectl.core.slo import Method

if TYPE_CHECKING:
    from airectl.evaluate.evaluation import Evaluation

Step = tuple[str, str]


def undecided_part(each: Evaluation) -> str:
    """Why a composite is inconclusive."""
    named = next(part.objective.name for part in each.parts if part.budget and not _counted(part.budget))
    return f"its part `{named}` is not counted completely, so what they consume together is not known"


def _counted(budget: Budget) -> bool:
    return budget.judgement.basis is Basis.CENSUS


def sum_of(each: Evaluation) -> str:
    """`0.4 + 2 * 0.3`: what each part consumed, times its weight."""
    return _sum(each, [part.budget.consumed if part.budget else None for part in each.parts])


def _sum(each: Evaluation, rates: list[Fraction | None]) -> str:
    """Parts of which nothing is known add nothing."""
    weights = [part.objective.weight for part in each.parts]
    known = [(weight, rate) for weight, rate in zip(weights, rates, strict=True) if rate is not None]
    return " + ".join(number(rate) if weight == 1 else f"{number(weight)} * {number(rate)}" for weight, rate in known)


def part_steps(each: Evaluation) -> Iterator[Step]:
    """Which parts there are, and how they go together."""
    for part in each.parts:
        weight = f", weight {number(part.objective.weight)}" if each.summed else ""
        yield "part", f"{part.objective.name}: target {number(part.objective.target)}{weight}"
    if each.slo.method is Method.TIMESLICES:
        yield "good slice", "one that is good by every part that has events in it"


def summed_steps(each: Evaluation, budget: Budget) -> Iterator[Step]:
    """What the parts consumed, added up, and their burn rates."""
    if budget.consumed is None:
        return
    if not budget.window.rolling and budget.consumed_to_date is not None:
        to_date = _sum(each, [part.budget.consumed_to_date if part.budget else None for part in each.parts])
        yield "consumed to date", f"{to_date} = {number(budget.consumed_to_date)}"
    yield "consumed", f"{sum_of(each)} = {number(budget.consumed)}"
    yield "left", f"1 - {number(budget.consumed)} = {number(1 - budget.consumed)}"
    for name, rate in each.burn.items():
        added = _sum(each, [part.burn[name] for part in each.parts])
        yield f"burn {name}", "nothing was counted" if rate is None else f"{added} = {number(rate)}"
