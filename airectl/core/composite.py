"""Composite SLOs: parts with indicators of their own that spend one budget together.

    method           of the parts' budgets
    Occurrences      consumed = Σ weight · consumed of the part; burn rates alike
    Timeslices       a slice with any bad part is bad
    RatioTimeslices  what the parts miss in a slice adds up, to all of it at most

Source: https://github.com/OpenSLO/OpenSLO/pull/182
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import Final

from airectl.core.budget import Goal, Tally, slice_test
from airectl.core.judge import Basis, Budget, Judgement, State, assess, state_of
from airectl.core.policy import Policy
from airectl.core.slices import BEFORE, EXCLUDED, KNOWN, MISSING, Number, Slices
from airectl.core.slo import Method

FORMULAS: Final[Mapping[Method, str]] = {
    Method.OCCURRENCES: "the consumed ratios of the parts add up, each times its weight",
    Method.TIMESLICES: "a slice with any bad part is bad",
    Method.RATIO_TIMESLICES: "what the parts miss in a slice adds up, to all of it at most",
}


def weighted(parts: Iterable[tuple[Decimal, Fraction | None]]) -> Fraction | None:
    """Σ weight · rate, of (weight, consumed ratio or burn rate) pairs by Occurrences.

    A part of which nothing is known adds nothing; None where that is so of all.
    """
    known = [Fraction(weight) * rate for weight, rate in parts if rate is not None]
    return sum(known, Fraction(0)) if known else None


def summed(parts: Sequence[tuple[Decimal, Budget]], policy: Policy) -> Budget:
    """The composite's budget by Occurrences, of (weight, budget of the part) pairs in one window.

    It has neither a target nor an SLI: it is counted in budgets, one of which there is, so that `tally.bad`
    is what is consumed to date. The evidence is the first part's.
    """
    first = parts[0][1]
    to_date = weighted((weight, part.consumed_to_date) for weight, part in parts)
    consumed = weighted((weight, part.consumed) for weight, part in parts)
    counted = Fraction(to_date is not None)
    return replace(
        first,
        goal=Goal(target=Decimal(0)),
        tally=Tally(good=counted - (to_date or 0), counted=counted),
        elapsed=consumed / to_date if consumed and to_date else first.elapsed,
        judgement=_judgement([part for _, part in parts], consumed, policy),
        evidence=replace(first.evidence, valid_events=None, good_events=None),
    )


def joined(slices: Slices, goal: Goal, parts: Sequence[Budget], policy: Policy) -> Budget:
    """The composite's budget by methods that count slices; `slices` are the merged ones of the parts' window."""
    budget = assess(slices, goal, parts[0].window, policy)
    return replace(
        budget,
        judgement=_judgement(parts, budget.consumed, policy),
        evidence=replace(budget.evidence, valid_events=None, good_events=None),
    )


def _judgement(parts: Iterable[Budget], consumed: Fraction | None, policy: Policy) -> Judgement:
    """By what is consumed where every part is counted completely; intervals of parts do not add up to one."""
    if all(part.judgement.basis is Basis.CENSUS for part in parts):
        return Judgement(state=state_of(consumed, policy), basis=Basis.CENSUS)
    return Judgement(state=State.INCONCLUSIVE, basis=Basis.PARTS)


def merged(parts: Sequence[tuple[Slices, Goal]]) -> Slices:
    """One series for the composite by Timeslices or RatioTimeslices, whose tally is the composite's.

    Parts must be counts in the same slices. By Timeslices a slice holds one event, which is good or bad;
    by RatioTimeslices as many as make its ratio exact. A slice is missing where a part is missing and no
    other part has spent all of it already; quiet parts, and those before their first sample, leave it to
    the others. Raises ValueError for parts that do not fit together.
    """
    first, goal = parts[0]
    if any((s.start_s, s.step_s, len(s)) != (first.start_s, first.step_s, len(first)) for s, _ in parts):
        raise ValueError("the parts have different slices")
    if goal.method is Method.OCCURRENCES or any(g.method is not goal.method for _, g in parts):
        raise ValueError("the parts must count slices, all by one method")
    join = _joined_share if goal.method is Method.RATIO_TIMESLICES else _joined_verdict(parts)
    columns = [zip(s.good, s.valid, s.states, strict=True) for s, _ in parts]
    cells = [_cell(row, join) for row in zip(*columns, strict=True)]
    return Slices(
        start_s=first.start_s,
        step_s=first.step_s,
        good=[good for good, _, _ in cells],
        valid=[valid for _, valid, _ in cells],
        states=bytes(state for _, _, state in cells),
        whole=all(s.whole for s, _ in parts),
    )


_Row = Sequence[tuple[Number, Number, int]]
_Join = Callable[[_Row], tuple[Number, Number]]


def _cell(row: _Row, join: _Join) -> tuple[Number, Number, int]:
    states = [state for _, _, state in row]
    good, valid = join(row)
    if EXCLUDED in states:
        return 0, 0, EXCLUDED
    if MISSING in states and (good or not valid):
        return 0, 0, MISSING
    return good, valid, KNOWN if KNOWN in states else BEFORE


def _joined_verdict(parts: Sequence[tuple[Slices, Goal]]) -> _Join:
    tests = [slice_test(goal, whole=slices.whole) for slices, goal in parts]

    def join(row: _Row) -> tuple[Number, Number]:
        verdicts = [test(good, valid) for test, (good, valid, _) in zip(tests, row, strict=True) if valid]
        return (int(all(verdicts)), 1) if verdicts else (0, 0)

    return join


def _joined_share(row: _Row) -> tuple[Number, Number]:
    counted = [(valid - good, valid) for good, valid, _ in row if valid]
    if not counted:
        return 0, 0
    whole = prod(valid for _, valid in counted)
    missed = sum(
        bad * whole // valid if isinstance(bad * whole, int) else bad * whole / valid for bad, valid in counted
    )
    return max(whole - missed, 0), whole
