"""Ask the sources about every objective and judge the answers. One source's failure stays its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from airectl.core.budget import Goal, Tally
from airectl.core.burn import tallies
from airectl.core.findings import Finding, Severity
from airectl.core.judge import Budget, assess
from airectl.core.outlook import Outlook
from airectl.core.policy import Agreed, Exclusion, Policy, policy_of
from airectl.core.slices import Slices
from airectl.core.slo import Indicator, Method, Objective, Query, RatioIndicator, RawIndicator, Slo
from airectl.core.spenders import Spender
from airectl.core.windows import Window, locate, resolution_s
from airectl.errors import SourceError
from airectl.evaluate.composites import composite
from airectl.evaluate.history import told
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Stopped, Unsupported, answers, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One objective at one moment: its budget, or why there is none.

    Exactly one of `budget`, `failure` and `skipped` is set; `skipped` is a reason in a few words, and
    `offline` says that this run was not to ask: only then does it not gate. `burn` has a key for every
    lookback, None where nothing is known; `burnt` has what it was made from, where there was an answer.
    `spenders` are the stretches that burned the most, the costliest first. `parts` are those of a
    composite; `case` is its formula then.
    """

    slo: Slo
    objective: Objective
    window: Window
    policy: Policy
    budget: Budget | None = None
    failure: Failure | None = None
    skipped: str = ""
    offline: bool = False
    burn: Mapping[str, Fraction | None]
    burnt: Mapping[str, Tally] = field(default_factory=dict)
    outlook: Outlook = field(default_factory=Outlook)
    spenders: tuple[Spender, ...] = ()
    case: str = ""
    first_s: float | None = None
    last_s: float | None = None
    findings: tuple[Finding, ...] = ()
    parts: tuple[Evaluation, ...] = ()

    @property
    def id(self) -> str:
        """SERVICE/NAME, with the objective where there are several: as `--slo` takes it."""
        several = len(self.slo.objectives) > 1 or self.slo.composite
        return f"{self.slo.id}/{self.objective.name}" if several else self.slo.id

    @property
    def excluded(self) -> list[Exclusion]:
        """The exclusions that touch the window, in order of time."""
        window = self.window
        touching = (x for x in self.policy.exclusions if x.start_s < window.end_s and x.end_s > window.start_s)
        return sorted(touching, key=lambda x: (x.start_s, x.end_s))

    @property
    def source(self) -> str:
        """What its source is called; empty where there are several, or none that has a name."""
        of = self.parts or (self,)
        queries = [main_query(each.slo.indicator_of(each.objective)) for each in of]
        names = {query.ref or query.type for query in queries}
        return names.pop() if len(names) == 1 else ""

    @property
    def goal(self) -> Goal:
        """What the objective asks for."""
        asked = self.objective
        return Goal(target=asked.target, method=self.slo.method, slice_target=asked.slice_target)

    @property
    def summed(self) -> bool:
        """Whether it is a composite by Occurrences: what its parts consumed, added up, and nothing else."""
        return bool(self.parts) and self.slo.method is Method.OCCURRENCES

    @property
    def target(self) -> Decimal | None:
        """The target; None where there is none."""
        return None if self.summed else self.objective.target

    @property
    def sli(self) -> Fraction | None:
        """The share that was good; None where it is not known, or there is none."""
        return None if self.summed or self.budget is None else self.budget.sli


def main_query(indicator: Indicator) -> Query:
    """The query for all events of a ratio, or the only one there is."""
    if isinstance(indicator, RatioIndicator):
        return indicator.total
    return indicator.raw if isinstance(indicator, RawIndicator) else indicator.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    slo: Slo
    objective: Objective
    window: Window
    policy: Policy

    @property
    def merged(self) -> bool:
        """Whether its slices are needed again, with those of the other parts."""
        return self.slo.composite and self.slo.method is not Method.OCCURRENCES

    @property
    def indicator(self) -> Indicator:
        return self.slo.indicator_of(self.objective)

    @property
    def ask(self) -> Ask:
        """The window and what reaches back further: lookbacks, and as much again to see a rolling one slide."""
        window, step_s = self.window, self.window.step_s
        length_s = window.end_s - window.start_s
        reach_s = max(
            -(-max(self.policy.terms.lookbacks.values()) // step_s) * step_s, length_s * (2 if window.rolling else 1)
        )
        start_s = window.end_s - reach_s
        return Ask(
            indicator=self.indicator,
            start_s=start_s,
            end_s=window.end_s,
            step_s=step_s,
            window_s=length_s,
            op=self.objective.op,
            value=self.objective.value,
            service=self.slo.service,
            slo=self.slo.name,
        )


def evaluate(
    slos: Iterable[Slo], now: datetime, setting: Setting, *, offline: bool = False, agreed: Agreed | None = None
) -> list[Evaluation]:
    """Every objective of `slos` at `now`, in order, and each composite after its parts.

    `offline` leaves out what is asked over the network.

    `agreed` are the policies and exclusions of airectl.toml.
    """
    agreed, slos = agreed or Agreed(), tuple(slos)
    cases = [_case(slo, objective, now, agreed) for slo in slos for objective in slo.objectives]
    by_type: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        by_type.setdefault(main_query(case.indicator).type, []).append(index)
    found: dict[int, Evaluation] = {}
    series: dict[int, Slices] = {}
    for type_, indexes in by_type.items():
        results = _read(type_, [cases[i] for i in indexes], setting, offline=offline)
        for index, result in zip(indexes, results, strict=True):
            found[index] = _evaluation(cases[index], result)
            if cases[index].merged and isinstance(result, Answer) and not result.timeless:
                series[index] = _counted(cases[index], result)
    return list(_in_order(slos, found, series))


def _in_order(
    slos: Iterable[Slo], found: Mapping[int, Evaluation], series: Mapping[int, Slices]
) -> Iterator[Evaluation]:
    """What was found, by its index among all objectives, with the composites."""
    first = 0
    for slo in slos:
        indexes = range(first, first + len(slo.objectives))
        first = indexes.stop
        parts = [found[index] for index in indexes]
        yield from parts
        if slo.composite:
            yield composite(parts, [series[index] for index in indexes if index in series])


def _case(slo: Slo, objective: Objective, now: datetime, agreed: Agreed) -> _Case:
    policy = policy_of(slo.annotations, agreed, slo.id)
    step_s = objective.slice_s or resolution_s(slo.window)
    moment = now - timedelta(seconds=policy.label_delay_s)
    return _Case(slo=slo, objective=objective, policy=policy, window=locate(slo.window, moment, step_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class _NotAsked:
    """Left out because the run is offline."""

    reason: str


def _read(type_: str, cases: Sequence[_Case], setting: Setting, *, offline: bool) -> Iterator[Result | _NotAsked]:
    """One result a case; after an error of the source, the failure of each that is left."""
    answered = 0
    try:
        source = find(type_) if type_ else None
        if source is None or (offline and source.network):
            yield from [_left_out(type_, offline=offline)] * len(cases)
            return
        for result in answers(source, setting, [case.ask for case in cases]):
            yield result
            answered += 1
            if setting.stop:
                yield from [Stopped()] * (len(cases) - answered)
                return
    except SourceError as error:
        yield from (_failed(case, error) for case in cases[answered:])


def _left_out(type_: str, *, offline: bool) -> Unsupported | _NotAsked:
    if not type_:
        return Unsupported(reason="nothing says what kind of source it is")
    if offline:
        return _NotAsked(reason=f"`{type_}` is asked over the network, and this run is offline")
    return Unsupported(reason=f"sources of type `{type_}` are not supported yet")


def _failed(case: _Case, error: SourceError) -> Failure:
    # That there is no data is a state of things; every other reason is something to repair.
    severity = Severity.WARNING if error.code == "AIR206" else Severity.ERROR
    at = main_query(case.indicator).at
    finding = Finding(code=error.code, severity=severity, message=error.message, at=at, help=error.help)
    return Failure(finding=finding, invalid=error.invalid)


def _evaluation(case: _Case, result: Result | _NotAsked) -> Evaluation:
    empty = Evaluation(
        slo=case.slo,
        objective=case.objective,
        window=case.window,
        policy=case.policy,
        burn=dict.fromkeys(case.policy.terms.lookbacks),
    )
    if isinstance(result, Stopped):
        return replace(empty, skipped="the run was interrupted")
    if isinstance(result, Unsupported | _NotAsked):
        return replace(empty, skipped=result.reason, offline=isinstance(result, _NotAsked))
    if isinstance(result, Failure):
        return replace(empty, failure=result, findings=(result.finding,))
    return _judged(case, empty, result)


def _counted(case: _Case, answer: Answer) -> Slices:
    return answer.slices.excluding((each.start_s, each.end_s) for each in case.policy.exclusions)


def _judged(case: _Case, empty: Evaluation, answer: Answer) -> Evaluation:
    window, policy, goal = case.window, case.policy, empty.goal
    slices = _counted(case, answer)
    budget = assess(slices.cut(window.start_s, window.end_s), goal, window, policy)
    lookbacks = policy.terms.lookbacks
    if answer.timeless:
        burnt = dict.fromkeys(lookbacks, budget.tally)
    else:
        burnt = tallies(slices, goal, lookbacks, policy.no_data)
    burn = {name: each.consumed(goal.target) for name, each in burnt.items()}
    outlook, costliest = (Outlook(), ()) if answer.timeless else told(slices, budget, burn, policy)
    return replace(
        empty,
        budget=budget,
        burn=burn,
        burnt=burnt,
        outlook=outlook,
        spenders=costliest,
        case=answer.case,
        first_s=answer.first_s,
        last_s=answer.last_s,
        findings=answer.findings,
    )
