"""Why a budget has the status it has, with the numbers: the last steps of its arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from airectl.core.judge import Basis, Budget, State
from airectl.core.report import Column, Kind
from airectl.core.slo import Method
from airectl.render.cells import shown

if TYPE_CHECKING:
    from airectl.evaluate.evaluation import Evaluation

Step = tuple[str, str]
_NUMBER: Final = Column(title="", kind=Kind.NUMBER, digits=6)
_WILSON: Final = "(p + z^2/(2n) -+ z * sqrt(p(1-p)/n + z^2/(4n^2))) / (1 + z^2/n)"


def number(value: Fraction | Decimal | float) -> str:
    """A number as a calculator takes it, with at most six decimals."""
    exact = value if isinstance(value, Decimal) else float(value)
    return shown(exact, _NUMBER).replace(",", "")


def status_steps(each: Evaluation, budget: Budget) -> Iterator[Step]:
    """What decided, and what it came to."""
    match budget.judgement.basis:
        case Basis.NO_SAMPLES:
            yield "status", f"{budget.state}: the source has no samples in the window"
        case Basis.MISSING:
            yield "status", _missing(each, budget)
        case Basis.PARTS:
            yield "status", f"{budget.state}: not every part is decided by complete counts"
        case Basis.CENSUS:
            if not each.parts:
                yield "minimum", _enough(each, budget)
            yield "status", f"{budget.state}: {_compared(each, budget)}"
        case _:
            yield "minimum", _enough(each, budget)
            yield from _bounded(each, budget)


def _missing(each: Evaluation, budget: Budget) -> str:
    seen, allowed = budget.evidence, each.policy.missing_allowed
    share = Fraction(seen.missing, seen.known + seen.missing)
    sum_ = f"{seen.missing} / ({seen.known} + {seen.missing}) = {number(share)}"
    return f"{budget.state}: {sum_} of the slices are missing, more than {number(allowed)}"


def _enough(each: Evaluation, budget: Budget) -> str:
    """Whether there are enough events to decide without an interval."""
    least = budget.minimum_events
    why = (
        "by `airectl.dev/minimum-events`"
        if each.policy.minimum_events
        else f"ln 0.05 / ln {number(budget.goal.target)}, rounded up"
    )
    valid = "the source gives weights" if budget.valid_events is None else f"there are {budget.valid_events}"
    return f"{least} valid events decide by themselves ({why}); {valid}"


def _compared(each: Evaluation, budget: Budget) -> str:
    """The state of a budget of which all is known."""
    consumed = budget.consumed
    if consumed is None:
        return "nothing was counted, so nothing was bad"
    if consumed > 1:
        return f"consumed {number(consumed)} > 1"
    warn = number(each.policy.warn_at)
    return f"consumed {number(consumed)} {'>=' if consumed >= Fraction(each.policy.warn_at) else '<'} {warn}, and <= 1"


def _bounded(each: Evaluation, budget: Budget) -> Iterator[Step]:
    """Bounds of the SLI, and where what is needed lies between them."""
    low, high = budget.judgement.low, budget.judgement.high
    if low is None or high is None:
        yield "status", f"{budget.state}: {_NO_INTERVAL}"
        return
    labels = budget.judgement.basis is Basis.LABELS
    yield from _by_labels(budget) if labels else _by_wilson(each, budget)
    needed = 1 - Fraction(1 - budget.goal.target) / budget.elapsed if budget.elapsed else Fraction(0)
    if budget.elapsed != 1:
        sum_ = f"1 - (1 - {number(budget.goal.target)}) / {number(budget.elapsed)} = {number(needed)}"
        yield "needed", f"{sum_} so far, to keep the whole period's budget"
    yield "status", f"{budget.state}: {_where(needed, low, high)}{_also(each, budget)}"


_NO_INTERVAL: Final = (
    "slices follow each other in good and bad stretches, and weights are no events: there is no interval"
)


def _where(needed: Fraction, low: Fraction | float, high: Fraction | float) -> str:
    if high < needed:
        return f"high {number(high)} < {number(needed)}"
    if low >= needed:
        return f"low {number(low)} >= {number(needed)}"
    return f"low {number(low)} < {number(needed)} <= high {number(high)}"


def _also(each: Evaluation, budget: Budget) -> str:
    decided = budget.state in (State.MET, State.WARNING) and budget.consumed is not None
    return f"; {_compared(each, budget)}" if decided else ""


def _by_labels(budget: Budget) -> Iterator[Step]:
    seen, judged = budget.evidence, budget.judgement
    late, good, valid = seen.unlabelled_events, seen.good_events, seen.valid_events
    if budget.goal.method is not Method.OCCURRENCES or good is None or valid is None or judged.low is None:
        yield "low", f"{number(judged.low or 0)} if all {late} unlabelled events are bad"
        yield "high", f"{number(judged.high or 0)} if all {late} are good"
        return
    yield "low", f"{good} / ({valid} + {late}) = {number(judged.low)} if all unlabelled events are bad"
    yield "high", f"({good} + {late}) / ({valid} + {late}) = {number(judged.high or 0)} if all are good"


def _by_wilson(each: Evaluation, budget: Budget) -> Iterator[Step]:
    """The interval, with z, p and n of each bound."""
    seen, judged, confidence = budget.evidence, budget.judgement, each.policy.confidence
    good, valid = seen.good_events or 0, seen.valid_events or 0
    late = 0 if each.policy.sampled else seen.unlabelled_events
    why = "the events are a sample" if judged.basis is Basis.SAMPLE else "there are too few events"
    z = NormalDist().inv_cdf(float(confidence))
    yield "interval", f"{why}: one-sided Wilson at {number(confidence)}, z = {number(z)}: {_WILSON}"
    n = valid + late
    for name, part, sign, bound in (("low", good, "-", judged.low), ("high", good + late, "+", judged.high)):
        share = number(Fraction(part, n)) if n else "0"
        yield name, f"n = {n}, p = {part} / {n} = {share}, with {sign}: {number(bound or 0)}"
