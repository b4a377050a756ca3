"""`budget --explain`: every figure of a budget with the numbers that it is made from, to check by hand.

Numbers stand as a calculator takes them: no separators of thousands, `*` and `/`, and six decimals where
there are more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from airectl.commands.budgets import moment
from airectl.commands.composite_words import part_steps, summed_steps
from airectl.commands.verdicts import number, status_steps
from airectl.core.judge import Budget
from airectl.core.report import Column, Table
from airectl.core.secrets import redact
from airectl.core.slo import Method, Query, RatioIndicator, RawIndicator

if TYPE_CHECKING:
    from airectl.evaluate.evaluation import Evaluation

Step = tuple[str, str]
_METHODS: Final = {
    Method.OCCURRENCES: "SLI = good events / valid events; budget = (1 - target) * valid events; "
    "consumed = bad events / budget",
    Method.TIMESLICES: "SLI = good slices / counted slices; budget = (1 - target) * counted slices; "
    "consumed = bad slices / budget",
    Method.RATIO_TIMESLICES: "SLI = mean of good / valid over the counted slices; budget = (1 - target) * counted "
    "slices; consumed = sum of (1 - good / valid) / budget",
}
_COLUMNS: Final = (Column(title="STEP"), Column(title="WITH THE NUMBERS"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The arithmetic of one objective, as pairs of a name and a line. Empty where there was no answer."""

    id: str
    title: str
    steps: tuple[Step, ...]


def steps_of(each: Evaluation) -> Steps:
    """How the figures of an objective come about."""
    steps = tuple(_steps(each, each.budget)) if each.budget else ()
    return Steps(id=each.id, title=f"{each.id.replace('/', ' / ', 1)}: the arithmetic", steps=steps)


def steps_table(steps: Steps) -> Table:
    """The steps for people."""
    return Table(columns=_COLUMNS, rows=steps.steps, title=steps.title)


def _steps(each: Evaluation, budget: Budget) -> Iterator[Step]:
    if each.parts:
        yield "composite", each.case
    if not each.summed:
        yield "method", f"{each.slo.method.value}: {_METHODS[each.slo.method]}"
    yield from _window(each)
    yield from part_steps(each) if each.parts else _source(each)
    if each.summed:
        yield from summed_steps(each, budget)
    else:
        yield from _counts(each, budget)
    if budget.consumed is not None and not each.summed:
        yield from _spent(each, budget)
        yield from _burn(each)
    yield from status_steps(each, budget)
    yield from _dates(each)


def _window(each: Evaluation) -> Iterator[Step]:
    window, slo = each.window, each.slo.window
    zone = ZoneInfo(slo.time_zone) if slo.time_zone and not window.rolling else UTC
    start, end, until = (_in(zone, second) for second in (window.start_s, window.end_s, window.until_s))
    kind = "rolling" if window.rolling else "calendar"
    size = f"{window.slices} slices of {window.step_s} s"
    yield "window", f"{slo.duration}, {kind}, {slo.time_zone or 'UTC'}: from {start} to {end}, {size}"
    if not window.rolling:
        yield "period", f"goes on to {until}, {window.period_slices} slices in all"
    if each.policy.label_delay_s:
        yield "label delay", f"the window ends {each.policy.label_delay_s} s before the time asked about"


def _in(zone: tzinfo, epoch_s: int) -> str:
    return moment(epoch_s).astimezone(zone).isoformat().replace("+00:00", "Z")


def _source(each: Evaluation) -> Iterator[Step]:
    yield "source", f"{each.source}: {each.case}"
    indicator = each.slo.indicator_of(each.objective)
    if isinstance(indicator, RatioIndicator):
        named = {"good": indicator.good, "bad": indicator.bad, "valid": indicator.total}
    elif isinstance(indicator, RawIndicator):
        named = {"raw": indicator.raw}
    else:
        named = {"metric": indicator.metric}
    yield from ((f"{name} is", _said(query)) for name, query in named.items() if query)


def _said(query: Query) -> str:
    own, shared = query.spec, query.connection
    said = {**own, **shared} if query.overrides else {**shared, **own}
    return "; ".join(f"{key}: {value}" for key, value in redact(said).items())


def _counts(each: Evaluation, budget: Budget) -> Iterator[Step]:
    seen, policy = budget.evidence, each.policy
    parts = (
        (seen.known - seen.quiet, "with events"),
        (seen.quiet, "quiet"),
        (seen.missing, "missing"),
        (seen.excluded, "excluded"),
        (seen.before, "before the first sample"),
    )
    yield "slices", f"{seen.slices} = {' + '.join(f'{count} {name}' for count, name in parts)}"
    if budget.valid_events is not None:
        late = f"; {seen.unlabelled_events} more have no label" if seen.unlabelled_events else ""
        yield "events", f"{budget.valid_events} valid = {seen.good_events} good + {budget.bad_events} bad{late}"
    goal, counted = budget.goal, budget.tally.counted
    if goal.method is Method.TIMESLICES and not each.parts:
        least = number(goal.slice_target if goal.slice_target is not None else goal.target)
        yield "good slice", f"one with good events >= {least} * its valid events"
    assumed = seen.missing if policy.no_data == "bad" else 0
    if goal.method is not Method.OCCURRENCES:
        also = f" + {assumed} missing, which are bad by the policy" if assumed else ""
        yield "counted", f"{number(counted)} = {number(counted - assumed)} with events{also}"
    elif assumed and seen.known and budget.valid_events is not None:
        whole = f"{budget.valid_events} * ({seen.known} + {assumed}) / {seen.known} = {number(counted)}"
        yield "counted", f"{whole}: missing slices are bad by the policy, at the mean rate"


def _spent(each: Evaluation, budget: Budget) -> Iterator[Step]:
    tally, target = budget.tally, budget.goal.target
    to_date, consumed = budget.consumed_to_date, budget.consumed
    if tally.sli is None or to_date is None or consumed is None:
        return
    good, bad, counted = number(tally.good), number(tally.bad), number(tally.counted)
    allowed = number(Fraction(1 - target) * tally.counted)
    yield "SLI", f"{good} / {counted} = {number(tally.sli)}"
    yield "target", number(target) + (", that of the strictest part" if each.parts else "")
    yield "budget", f"(1 - {number(target)}) * {counted} = {allowed}"
    if budget.window.rolling:
        yield "consumed", f"{bad} / {allowed} = {number(consumed)}"
    else:
        yield "consumed to date", f"{bad} / {allowed} = {number(to_date)}"
        yield from _projected(each, budget, to_date)
    yield "left", f"1 - {number(consumed)} = {number(1 - consumed)}"


def _projected(each: Evaluation, budget: Budget, to_date: Fraction) -> Iterator[Step]:
    """What has gone of the whole period's budget, if the rest brings events at the same rate."""
    seen, share = budget.evidence, number(budget.elapsed)
    outside = seen.before + seen.excluded + (seen.missing if each.policy.no_data != "bad" else 0)
    sum_ = f"({seen.slices} - {outside}) / ({budget.window.period_slices} - {outside}) = {share}"
    yield "elapsed", f"{sum_} of the period's slices that count"
    yield "consumed", f"{number(to_date)} * {share} = {number(to_date * budget.elapsed)} of the period's budget"


def _burn(each: Evaluation) -> Iterator[Step]:
    target = each.objective.target
    for name, rate in each.burn.items():
        tally = each.burnt.get(name)
        if rate is None or tally is None:
            yield f"burn {name}", "nothing was counted"
            continue
        fraction = f"({number(tally.bad)} / {number(tally.counted)}) / (1 - {number(target)})"
        yield f"burn {name}", f"{fraction} = {number(rate)}"


def _dates(each: Evaluation) -> Iterator[Step]:
    told = each.outlook
    if told.exhausted_since_s is not None:
        longer = ", or earlier: the history begins there" if told.longer else ""
        yield (
            "spent since",
            f"{_at(told.exhausted_since_s)}: the window that ended then was the first of those over{longer}",
        )
    if told.exhausts_at_s is not None:
        yield "spent at", f"{_at(told.exhausts_at_s)}: if things go on as over the last {told.present}"
    if told.recovers_at_s is not None:
        yield "back at", f"{_at(told.recovers_at_s)}: if nothing more goes bad"
    if each.window.rolling and (told.exhausts_at_s or told.recovers_at_s):
        yield (
            "assumed",
            "what is old falls out of the window, what comes counts as much as the window's slices on average",
        )
    whole = each.budget.tally.bad if each.budget else Fraction(0)
    for spender in each.spenders if whole else ():
        span = f"{_at(spender.start_s)} to {_at(spender.end_s)}"
        yield "spent in", f"{span}: {number(spender.bad)} / {number(whole)} = {number(spender.share)} of what is bad"


def _at(epoch_s: int) -> str:
    return moment(epoch_s).strftime("%Y-%m-%dT%H:%M:%SZ")
