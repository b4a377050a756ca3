"""What is to be evaluated: a case for each objective, and for each group where an SLO has groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from airectl.core.annotations import read
from airectl.core.findings import Finding, Severity
from airectl.core.groups import MOST, Group, in_order
from airectl.core.policy import Agreed, Policy, policy_of
from airectl.core.slo import Indicator, Method, Objective, Query, RatioIndicator, RawIndicator, Slo
from airectl.core.windows import Window, locate, resolution_s
from airectl.errors import SourceError
from airectl.sources.protocol import Ask, Failure, Result, Setting, Unsupported, find, groups


def main_query(indicator: Indicator) -> Query:
    """The query for all events of a ratio, or the only one there is."""
    if isinstance(indicator, RatioIndicator):
        return indicator.total
    return indicator.raw if isinstance(indicator, RawIndicator) else indicator.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One objective over its window, of one `group` where the SLO has groups.

    `settled` is its result where that is known without asking for numbers.
    """

    slo: Slo
    objective: Objective
    window: Window
    policy: Policy
    group: Group = field(default_factory=dict)
    settled: Result | None = None

    @property
    def merged(self) -> bool:
        """Whether its slices are needed again, with those of the other parts."""
        return self.slo.composite and self.slo.method is not Method.OCCURRENCES

    @property
    def indicator(self) -> Indicator:
        """What it is measured by."""
        return self.slo.indicator_of(self.objective)

    @property
    def ask(self) -> Ask:
        """The window and what reaches back further: lookbacks, and as much again to see a rolling one slide."""
        window, step_s = self.window, self.window.step_s
        length_s = window.end_s - window.start_s
        reach_s = max(
            -(-max(self.policy.terms.lookbacks.values()) // step_s) * step_s, length_s * (2 if window.rolling else 1)
        )
        return Ask(
            indicator=self.indicator,
            start_s=window.end_s - reach_s,
            end_s=window.end_s,
            step_s=step_s,
            window_s=length_s,
            op=self.objective.op,
            value=self.objective.value,
            service=self.slo.service,
            slo=self.slo.name,
            group=self.group,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and by what all cases are evaluated. `offline`: sources over the network are not asked."""

    now: datetime
    agreed: Agreed
    setting: Setting
    offline: bool = False


def cases_of(slo: Slo, moment: Moment) -> list[Case]:
    """The cases of one SLO: its objectives in order, and all of them for one group after the other."""
    whole = [_case(slo, objective, moment) for objective in slo.objectives]
    by: Sequence[str] = read(slo.annotations, "group-by") or ()
    if not by or not whole:
        return whole
    found = _groups(whole[0], by, moment)
    if isinstance(found, Sequence):
        return [replace(case, group=group) for group in found for case in whole] or whole
    return [replace(case, settled=found) for case in whole]


def _case(slo: Slo, objective: Objective, moment: Moment) -> Case:
    policy = policy_of(slo.annotations, moment.agreed, slo.id)
    step_s = objective.slice_s or resolution_s(slo.window)
    until = moment.now - timedelta(seconds=policy.label_delay_s)
    return Case(slo=slo, objective=objective, policy=policy, window=locate(slo.window, until, step_s))


def _groups(case: Case, by: Sequence[str], moment: Moment) -> Sequence[Group] | Result:
    """The groups of an SLO in order; `{}` alone is all of it. A result where the source cannot tell."""
    if case.slo.composite:
        return Unsupported(reason="a composite cannot have `airectl.dev/group-by`")
    try:
        source = find(main_query(case.indicator).type)
        if source is None or (moment.offline and source.network) or moment.setting.stop:
            return [{}]
        found = groups(source, moment.setting, case.ask, by)
    except SourceError as error:
        return failed(case, error)
    if not isinstance(found, Sequence):
        return found
    ordered = in_order(found, by) if any(found) else []
    return ordered if len(ordered) <= MOST else _too_many(case, by, len(ordered))


def _too_many(case: Case, by: Sequence[str], count: int) -> Failure:
    finding = Finding(
        code="AIR225",
        severity=Severity.ERROR,
        message=f"`{case.slo.id}` has {count:,} groups by `{', '.join(by)}`; at most {MOST:,} are evaluated",
        at=case.slo.at,
        help="group by fewer labels, or by labels with fewer values",
    )
    return Failure(finding=finding, invalid=True)


def failed(case: Case, error: SourceError) -> Failure:
    """That its source gave no answer."""
    # That there is no data is a state of things; every other reason is something to repair.
    severity = Severity.WARNING if error.code == "AIR206" else Severity.ERROR
    at = main_query(case.indicator).at
    finding = Finding(code=error.code, severity=severity, message=error.message, at=at, help=error.help)
    return Failure(finding=finding, invalid=error.invalid)
