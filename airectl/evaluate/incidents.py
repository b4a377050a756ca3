"""What the sources know of an incident: every objective over the window that ends with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from airectl.core.budget import Goal
from airectl.core.groups import named
from airectl.core.incident.damage import Measured
from airectl.core.judge import assess
from airectl.core.slo import Slo
from airectl.core.windows import locate
from airectl.evaluate.asking import NotAsked, counted, read
from airectl.evaluate.cases import Case, Moment, cases_of, main_query
from airectl.sources.protocol import Answer, Failure, Result, Stopped, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One objective: what was measured, or `why` it was not; `source` is what it was asked of."""

    id: str
    slo: Slo
    target: Decimal
    measured: Measured | None = None
    why: str = ""
    source: str = ""


def seen(slos: Iterable[Slo], moment: Moment) -> list[Seen]:
    """Every objective of `slos` at `moment`, the end of the incident, which its last slice holds."""
    by_type: dict[str, list[Case]] = {}
    found: list[Seen] = []
    for slo in slos:
        for each in cases_of(slo, moment):
            case = _holding(each, moment)
            if case.settled:
                found.append(_seen(case, case.settled))
            else:
                by_type.setdefault(main_query(case.indicator).type, []).append(case)
    for type_, cases in by_type.items():
        results = read(type_, cases, moment.setting, offline=moment.offline)
        found += [_seen(case, result) for case, result in zip(cases, results, strict=True)]
    return found


def _holding(case: Case, moment: Moment) -> Case:
    """The case with a window whose last slice holds the moment, unless that slice goes beyond the present."""
    step_s, end_s = case.window.step_s, moment.now.timestamp()
    up_s = -(-end_s // step_s) * step_s
    now = moment.setting.now
    if now is not None and up_s > now.timestamp():
        return case
    return replace(case, window=locate(case.slo.window, datetime.fromtimestamp(up_s, UTC), step_s))


def _seen(case: Case, result: Result | NotAsked) -> Seen:
    several = len(case.slo.objectives) > 1 or case.slo.composite
    id_ = f"{case.slo.id}{named(case.group)}" + (f"/{case.objective.name}" if several else "")
    source = main_query(case.indicator).ref or main_query(case.indicator).type
    empty = Seen(id=id_, slo=case.slo, target=case.objective.target, source=source)
    if isinstance(result, Stopped):
        return replace(empty, why="the run was interrupted")
    if isinstance(result, Unsupported | NotAsked):
        return replace(empty, why=result.reason)
    if isinstance(result, Failure):
        return replace(empty, why=result.finding.message)
    if result.timeless:
        return replace(empty, why="its numbers say nothing of when")
    return replace(empty, measured=_measured(case, result, id_))


def _measured(case: Case, answer: Answer, id_: str) -> Measured:
    slices, window = counted(case, answer), case.window
    asked = case.objective
    goal = Goal(target=asked.target, method=case.slo.method, slice_target=asked.slice_target)
    budget = assess(slices.cut(window.start_s, window.end_s), goal, window, case.policy)
    return Measured(slo=id_, window=case.slo.window.duration, slices=slices, budget=budget, policy=case.policy)
