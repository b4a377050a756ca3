"""Ask the sources about every objective and judge the answers. One source's failure stays its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from airectl.core.budget import Goal, Tally
from airectl.core.burn import tallies
from airectl.core.course import Left
from airectl.core.findings import Finding
from airectl.core.groups import Group, named
from airectl.core.judge import Budget, assess
from airectl.core.outlook import Outlook
from airectl.core.policy import Agreed, Exclusion, Policy
from airectl.core.slices import Slices
from airectl.core.slo import Method, Objective, Slo
from airectl.core.spenders import Spender
from airectl.core.windows import Window
from airectl.evaluate.asking import NotAsked, counted, read
from airectl.evaluate.cases import Case, Moment, cases_of, main_query
from airectl.evaluate.composites import composite
from airectl.evaluate.history import Past, Told, told
from airectl.sources.protocol import Answer, Failure, Result, Setting, Stopped, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One objective at one moment: its budget, or why there is none.

    Exactly one of `budget`, `failure` and `skipped` is set; `skipped` is a reason in a few words, and
    `offline` says that this run was not to ask for it: only then does it not gate. `burn` has a key for every
    lookback, None where nothing is known; `burnt` has what it was made from, where there was an answer.
    `spenders` are the stretches that burned the most, the costliest first; `course` is what was left of the budget
    over the window. `parts` are those of a
    composite; `case` is its formula then. `group` holds the labels of the group that it is of, empty where
    the SLO has none.
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
    course: tuple[Left, ...] = ()
    case: str = ""
    first_s: float | None = None
    last_s: float | None = None
    findings: tuple[Finding, ...] = ()
    parts: tuple[Evaluation, ...] = ()
    group: Group = field(default_factory=dict)

    @property
    def id(self) -> str:
        """SERVICE/NAME, with the group and, where there are several, the objective: as `--slo` takes it."""
        several = len(self.slo.objectives) > 1 or self.slo.composite
        name = f"{self.slo.id}{named(self.group)}"
        return f"{name}/{self.objective.name}" if several else name

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


def evaluate(
    slos: Iterable[Slo], now: datetime, setting: Setting, *, offline: bool = False, agreed: Agreed | None = None
) -> list[Evaluation]:
    """Every objective of `slos` at `now`, in order, and each composite after its parts.

    `offline` leaves out what is asked over the network.

    `agreed` are the policies and exclusions of airectl.toml.
    """
    moment = Moment(now=now, agreed=agreed or Agreed(), setting=setting, offline=offline)
    plan = [cases_of(slo, moment) for slo in slos]
    cases = [case for each in plan for case in each]
    found: dict[int, Evaluation] = {}
    series: dict[int, Slices] = {}
    by_type: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        if case.settled:
            found[index] = _evaluation(case, case.settled)
        else:
            by_type.setdefault(main_query(case.indicator).type, []).append(index)
    for type_, indexes in by_type.items():
        results = read(type_, [cases[i] for i in indexes], setting, offline=offline)
        for index, result in zip(indexes, results, strict=True):
            found[index] = _evaluation(cases[index], result)
            if cases[index].merged and isinstance(result, Answer) and not result.timeless:
                series[index] = counted(cases[index], result)
    return list(_in_order(plan, found, series))


def _in_order(
    plan: Iterable[Sequence[Case]], found: Mapping[int, Evaluation], series: Mapping[int, Slices]
) -> Iterator[Evaluation]:
    """What was found, by its index among all cases, with the composites."""
    first = 0
    for cases in plan:
        indexes = range(first, first + len(cases))
        first = indexes.stop
        parts = [found[index] for index in indexes]
        yield from parts
        if cases and cases[0].slo.composite:
            yield composite(parts, [series[index] for index in indexes if index in series])


def _evaluation(case: Case, result: Result | NotAsked) -> Evaluation:
    empty = Evaluation(
        slo=case.slo,
        objective=case.objective,
        window=case.window,
        policy=case.policy,
        group=case.group,
        burn=dict.fromkeys(case.policy.terms.lookbacks),
    )
    if isinstance(result, Stopped):
        return replace(empty, skipped="the run was interrupted")
    if isinstance(result, Unsupported | NotAsked):
        unasked = isinstance(result, NotAsked) or not result.wanted
        return replace(empty, skipped=result.reason, offline=unasked)
    if isinstance(result, Failure):
        return replace(empty, failure=result, findings=(result.finding,))
    return _judged(case, empty, result)


def _judged(case: Case, empty: Evaluation, answer: Answer) -> Evaluation:
    window, policy, goal = case.window, case.policy, empty.goal
    slices = counted(case, answer)
    past = Past(window=slices.cut(window.start_s, window.end_s), all=slices)
    budget = assess(past.window, goal, window, policy)
    lookbacks = policy.terms.lookbacks
    if answer.timeless:
        burnt = dict.fromkeys(lookbacks, budget.tally)
    else:
        burnt = tallies(slices, goal, lookbacks, policy.no_data)
    burn = {name: each.consumed(goal.target) for name, each in burnt.items()}
    found = Told() if answer.timeless else told(past, budget, burn, policy)
    return replace(
        empty,
        budget=budget,
        burn=burn,
        burnt=burnt,
        outlook=found.outlook,
        spenders=found.spenders,
        course=found.course,
        case=answer.case,
        first_s=answer.first_s,
        last_s=answer.last_s,
        findings=answer.findings,
    )
