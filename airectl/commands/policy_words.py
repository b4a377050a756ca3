"""What an SLO's policy and exclusions say about its budget, in words and as findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from airectl.commands.budgets import moment, spoken
from airectl.core.findings import Finding, Severity
from airectl.core.judge import State
from airectl.core.report import Column, Kind
from airectl.core.terms import Threshold
from airectl.evaluate.evaluation import Evaluation
from airectl.render.cells import shown

_RATIO: Final = Column(title="", kind=Kind.RATIO)
_BURN: Final = Column(title="", kind=Kind.NUMBER, digits=2)


def severity(each: Evaluation) -> Severity:
    """How bad a spent budget is: an error where the policy says that it gates."""
    return Severity.ERROR if any(threshold.gates for threshold in _reached(each)) else Severity.WARNING


def gating(each: Evaluation) -> str:
    """From which share of the budget on a check fails, where that is reached before all of it is gone."""
    found = [threshold.consumed for threshold in _reached(each) if threshold.gates]
    return shown(found[0], _RATIO) if found and found[0] < 1 else ""


def consequence(each: Evaluation) -> str:
    """What follows by the policy from what is consumed: that of the highest threshold which has one."""
    said = [threshold.consequence for threshold in _reached(each) if threshold.consequence]
    return said[-1] if said else ""


def _reached(each: Evaluation) -> tuple[Threshold, ...]:
    budget = each.budget
    if budget is None or budget.consumed is None or budget.state not in (State.WARNING, State.EXHAUSTED):
        return ()
    return each.policy.terms.reached(budget.consumed)


def too_fast(each: Evaluation) -> Iterator[Finding]:
    """That the budget burns faster than the policy allows. Not of one that is undecided: its burn is, too."""
    limit = each.policy.terms.broken(each.burn)
    if limit is None or each.budget is None or each.budget.state in (State.UNKNOWN, State.INCONCLUSIVE):
        return
    rate, factor = shown(float(each.burn[limit.over] or 0), _BURN), shown(limit.factor, _BURN)
    yield Finding(
        code="AIR210",
        severity=Severity.ERROR,
        message=f"`{each.id}` burns its error budget at {rate} over {limit.over}; its policy allows {factor}",
        at=each.objective.at,
        label=f"{rate} times as fast as it would last",
        help=limit.consequence or "hold deploys back until it burns slower",
    )


def policy_lines(each: Evaluation) -> Iterator[str]:
    """What the policy says, and what did not count."""
    if consequence(each):
        yield f"by its policy: {consequence(each)}"
    for exclusion in each.excluded:
        start, end = spoken(moment(exclusion.start_s)), spoken(moment(exclusion.end_s))
        yield f"excluded: {start} to {end}" + (f", {exclusion.reason}" if exclusion.reason else "")
