"""Budgets in words: why an objective is not met, and the findings that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from airectl.commands.budgets import moment, spoken
from airectl.commands.composite_words import sum_of, undecided_part
from airectl.commands.policy_words import consequence, gating, policy_lines, severity, too_fast
from airectl.core.findings import Finding, Location, Severity
from airectl.core.judge import Basis, Budget, State
from airectl.core.report import Column, Kind, Lines
from airectl.core.slo import Method
from airectl.core.stats import events_to_decide
from airectl.evaluate.evaluation import Evaluation
from airectl.render.cells import shown

_RATIO: Final = Column(title="", kind=Kind.RATIO, digits=2)
_AMOUNT: Final = Column(title="", kind=Kind.COUNT, digits=2)
_SHARE: Final = Column(title="", kind=Kind.RATIO, digits=0)
_BURN: Final = Column(title="", kind=Kind.NUMBER, digits=1)
# A stretch that burned less than this says little about the whole.
_WORTH_TELLING: Final = Fraction(1, 10)
_DURATION: Final = Column(title="", kind=Kind.DURATION)
# Codes of findings that say that something could not be decided.
UNDECIDED: Final = ("AIR205", "AIR206", "AIR209", "AIR426")


def percent(ratio: Fraction | float) -> str:
    """A ratio for a sentence."""
    return shown(float(ratio), _RATIO)


def sentences(evaluations: Sequence[Evaluation]) -> Iterator[Lines]:
    """Why an objective is not simply met, in numbers; where its samples begin and end."""
    for each in evaluations:
        lines = [*_reason(each), *_extent(each)]
        if lines:
            name = each.id.removeprefix(f"{each.slo.service}/")
            yield Lines(title=f"{each.slo.service} / {name}", lines=lines)


def _reason(each: Evaluation) -> Iterator[str]:
    budget = each.budget
    if each.parts:
        yield f"a composite of {len(each.parts)}: {each.case}"
    if each.failure:
        message = each.failure.finding.message
        why = "it cannot be evaluated" if each.failure.invalid else "its source gave no answer"
        told = each.parts or each.failure.finding.code == "AIR426"
        yield message if told else f"{why}: {message}"
    if budget is None:
        return
    if budget.state in (State.EXHAUSTED, State.WARNING):
        yield _spent(each, budget)
    elif budget.state is State.INCONCLUSIVE:
        yield _undecided(each, budget)
    elif budget.state is State.UNKNOWN:
        yield _no_data(budget)
    if budget.state is not State.INCONCLUSIVE and budget.judgement.low is not None:
        yield _bounds(budget)
    if not budget.window.rolling and budget.consumed is not None:
        gone = percent(budget.consumed)
        yield f"of the whole period's budget {gone} is gone, if events go on at the mean rate so far"
    yield from _past_and_future(each, budget)
    yield from policy_lines(each)


def _past_and_future(each: Evaluation, budget: Budget) -> Iterator[str]:
    """Since when the budget is spent and when it is back; or when it will be spent; and what spent most of it."""
    told = each.outlook
    if told.exhausted_since_s is not None:
        since = f"spent since {'before ' if told.longer else ''}{_when(told.exhausted_since_s)}"
        yield f"{since}; back on {_when(told.recovers_at_s)} if quiet" if told.recovers_at_s else since
    elif told.recovers_at_s is not None:
        yield f"back on {_when(told.recovers_at_s)} if quiet"
    if told.exhausts_at_s is not None:
        rate = shown(float(each.burn[told.present] or 0), _BURN)
        yield f"at the burn rate of the last {told.present}, {rate}, it is spent {_when(told.exhausts_at_s)}"
    costliest = each.spenders[0] if each.spenders and budget.state in (State.EXHAUSTED, State.WARNING) else None
    if costliest and costliest.share >= _WORTH_TELLING:
        start, end = _when(costliest.start_s), _when(costliest.end_s)
        end = end.removeprefix(start[: start.index(" ") + 1])
        share = "all" if costliest.share == 1 else shown(float(costliest.share), _SHARE)
        yield f"{share} of what is spent went {start} to {end}"


def _when(epoch_s: int) -> str:
    return spoken(moment(epoch_s))


def _bounds(budget: Budget) -> str:
    """Between which bounds the SLI lies, and why it is not known better."""
    judged = budget.judgement
    between = f"{percent(judged.low or 0)} to {percent(judged.high or 0)}"
    if judged.basis is Basis.LABELS:
        waiting = budget.evidence.unlabelled_events
        return f"{waiting:,} events have no label; with them the SLI is {between}"
    return (
        f"{'a sample' if judged.basis is Basis.SAMPLE else 'few events'}, so an interval decides: the SLI is {between}"
    )


def _spent(each: Evaluation, budget: Budget) -> str:
    if each.summed:
        return f"its parts consumed {sum_of(each)} = {_amount(budget.consumed or Fraction(0))} of the budget"
    noun = "event" if budget.goal.method is Method.OCCURRENCES else "slice"
    bad, counted = _amount(budget.tally.bad), _amount(budget.tally.counted)
    allowed = _amount(Fraction(1 - budget.goal.target) * budget.tally.counted)
    return f"{bad} bad {noun if bad == '1' else noun + 's'} of {counted}; the budget allows {allowed}"


def _amount(number: Fraction) -> str:
    return shown(float(number), _AMOUNT)


def _undecided(each: Evaluation, budget: Budget) -> str:
    """What is known, between which bounds it lies, and how much more would settle it."""
    if each.parts:
        return undecided_part(each)
    judged, valid, bad = budget.judgement, budget.valid_events, budget.bad_events
    if judged.low is None or judged.high is None or valid is None or bad is None:
        least = f"{budget.minimum_events:,} valid events are the least that decide"
        return f"{valid:,} valid events; {least}" if valid is not None else "a sample of weights has no interval"
    if judged.basis is Basis.LABELS:
        return f"{valid - bad:,} of {valid:,} labelled events were good; {_bounds(budget)}"
    text = f"{valid - bad:,} of {valid:,} events were good: {percent(judged.low)} to {percent(judged.high)}"
    # In a calendar window the rest of the period decides as well.
    more = events_to_decide(valid - bad, valid, float(budget.goal.target), each.policy.confidence)
    return f"{text}; about {more - valid:,} more at this rate would decide" if more and budget.window.rolling else text


def _no_data(budget: Budget) -> str:
    if budget.judgement.basis is Basis.NO_SAMPLES:
        return "the source has no samples in this window"
    expected = budget.evidence.known + budget.evidence.missing
    return f"{percent(Fraction(budget.evidence.missing, expected))} of the window has no samples; 1 % may have none"


def _extent(each: Evaluation) -> Iterator[str]:
    """That the samples begin after the window, or end before it: what lies outside is unknown, not good."""
    if each.budget is None or each.first_s is None or each.last_s is None:
        return
    window = each.window
    late_s, early_s = each.first_s - window.start_s, window.end_s - each.last_s
    if late_s > window.step_s and each.budget.evidence.before:
        yield f"its samples begin {spoken(moment(int(each.first_s)))}, {_span(late_s)} after the window does"
    if early_s > window.step_s and each.budget.evidence.missing:
        yield f"its samples end {spoken(moment(int(each.last_s)))}, {_span(early_s)} before the window does"


def _span(seconds: float) -> str:
    return shown(float(int(seconds)), _DURATION)


def _not_evaluated(id: str, reason: str, at: Location, *, offline: bool = False) -> Finding:
    """That an objective is not known to be met. It gates unless the run was told to leave it out."""
    message = f"`{id}` was not evaluated: {reason}"
    if offline:
        help = "it does not gate; its spec was checked all the same"
        return Finding(code="AIR209", severity=Severity.INFO, message=message, at=at, help=help)
    help = "leave it out with `--offline` or `--slo`, or let it pass with `--on-unknown warn`"
    return Finding(code="AIR209", severity=Severity.WARNING, message=message, at=at, help=help)


def budget_findings(each: Evaluation) -> Iterator[Finding]:
    """What an objective's state says, at the place of the objective."""
    yield from each.findings
    at, name = each.objective.at, f"`{each.id}`"
    if each.skipped:
        yield _not_evaluated(each.id, each.skipped, at, offline=each.offline)
    if each.budget is None:
        return
    consumed = percent(each.budget.consumed) if each.budget.consumed is not None else ""
    match each.budget.state:
        case State.EXHAUSTED:
            yield Finding(
                code="AIR207", severity=severity(each), message=f"the error budget of {name} is exhausted", at=at,
                label=f"{consumed} of it is gone", notes=(_spent(each, each.budget),),
                help=consequence(each) or "hold risky changes back until it recovers, and look at what spent it",
            )  # fmt: skip
        case State.WARNING:
            level = gating(each)
            how = f"spent to the {level} that its policy allows" if level else "nearly spent"
            message = f"the error budget of {name} is {how}"
            yield Finding(
                code="AIR208", severity=severity(each), message=message, at=at,
                label=f"{consumed} of it is gone", notes=(_spent(each, each.budget),),
                help=consequence(each) or "slow down before it is exhausted",
            )  # fmt: skip
        case State.INCONCLUSIVE:
            yield Finding(
                code="AIR205", severity=Severity.WARNING, message=f"too little data to decide about {name}", at=at,
                notes=(_undecided(each, each.budget),),
                help="wait for more events, widen the window, or set `airectl.dev/minimum-events`",
            )  # fmt: skip
        case State.UNKNOWN:
            yield Finding(
                code="AIR206", severity=Severity.WARNING, message=f"no data to decide about {name}", at=at,
                notes=(_no_data(each.budget), *_extent(each)),
                help="look whether the source still writes, give `--at` a time it covers, or set `airectl.dev/no-data`",
            )  # fmt: skip
    yield from too_fast(each)
