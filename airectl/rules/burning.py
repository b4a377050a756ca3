"""Burn-rate alerts of one SLO: from a table or its alert policies to pairs of windows, and to rules.

    threshold = factor · (1 - target); nothing burns faster than a total outage, 1 / (1 - target)
    detection time of a total outage = threshold · long window

Source: https://sre.google/workbook/alerting-on-slos/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from airectl.core import naming
from airectl.core.alerting import AlertPolicy
from airectl.core.slo import Objective, Slo
from airectl.rules.model import BurnAlert
from airectl.rules.windows import Pair, Table

# A factor that cannot be reached is lowered so far that the alert fires when this share of events is bad.
REACHED_AT: Final = Decimal("0.8")
# An alert stays for its short window after it no longer holds, this long at most, so that a moment without
# events does not end it.
_LONGEST_KEPT_S: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A pair that is left out because its long window is longer than the period. `asked` is who wants it."""

    long_s: int
    severity: str
    asked: Table | AlertPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Burning:
    """The alerts of an SLO: those that fire, those that cannot, and pairs that look back too far."""

    alerts: tuple[BurnAlert, ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One pair of windows as a table or a policy has it. `fixed`: the factor is the user's own and stays."""

    alert: str
    severity: str
    long_s: int
    short_s: int
    factor: Decimal
    fixed: bool = False
    inclusive: bool = False
    for_s: int = 0
    kept_s: int | None = None
    source: str
    url: str = ""
    policy: str = ""


def from_table(slo: Slo, objective: Objective, table: Table) -> Burning:
    """The alerts of a table, for an SLO that has no policies of its own."""
    period_s = slo.window.duration.nominal_s
    fitting = [pair for pair in table.pairs if pair.long_s <= period_s]
    left = [Left(long_s=p.long_s, severity=p.severity, asked=table) for p in table.pairs if p.long_s > period_s]
    name = naming.burn_alert(slo, objective)
    alerts = (_burn(period_s, objective, _of_pair(table, pair, period_s, name)) for pair in fitting)
    return Burning(alerts=tuple(alerts), left=tuple(left))


def from_policies(slo: Slo, objective: Objective, policies: Sequence[AlertPolicy]) -> Burning:
    """The alerts of the SLO's alert policies; a condition that holds while all is well makes none."""
    period_s = slo.window.duration.nominal_s
    wanted = [policy for policy in policies if _is_of_burns(policy)]
    fitting = [policy for policy in wanted if policy.condition.lookback_s <= period_s]
    left = [
        Left(long_s=policy.condition.lookback_s, severity=policy.condition.severity, asked=policy)
        for policy in wanted
        if policy not in fitting
    ]
    alerts = (_burn(period_s, objective, _of_policy(policy)) for policy in fitting)
    return Burning(alerts=tuple(alerts), left=tuple(left))


def _is_of_burns(policy: AlertPolicy) -> bool:
    condition = policy.condition
    return policy.when_breaching is not False and condition.op in ("gt", "gte") and condition.threshold > 0


def _of_pair(table: Table, pair: Pair, period_s: int, name: str) -> _Asked:
    factor = pair.factor_of(period_s)
    return _Asked(
        alert=name,
        severity=pair.severity,
        long_s=pair.long_s,
        short_s=pair.short_s,
        factor=factor if table.below_one else max(factor, Decimal(1)),
        for_s=pair.for_s,
        kept_s=pair.keep_firing_for_s,
        source=table.name,
        url=pair.url,
    )


def _of_policy(policy: AlertPolicy) -> _Asked:
    condition = policy.condition
    return _Asked(
        alert=naming.policy_alert(policy.title),
        severity=condition.severity,
        long_s=condition.lookback_s,
        short_s=condition.short_s,
        factor=condition.threshold,
        fixed=True,
        inclusive=condition.op == "gte",
        for_s=condition.after_s,
        source=f"policy {policy.name}",
        policy=policy.name,
    )


def _burn(period_s: int, objective: Objective, asked: _Asked) -> BurnAlert:
    """The alert, its factor lowered where even a total outage would not reach it and that is allowed."""
    budget = 1 - objective.target
    reached = asked.factor * budget <= 1 if asked.inclusive else asked.factor * budget < 1
    lowered = REACHED_AT / budget
    scaled = not reached and not asked.fixed and lowered >= 1
    factor = lowered if scaled else asked.factor
    threshold = REACHED_AT if scaled else factor * budget
    return BurnAlert(
        alert=asked.alert,
        severity=asked.severity,
        long_s=asked.long_s,
        short_s=asked.short_s,
        factor=factor,
        asked=asked.factor,
        threshold=threshold,
        budget_share=factor * asked.long_s / period_s,
        detection_s=threshold * asked.long_s + asked.for_s if reached or scaled else None,
        fires=reached or scaled,
        needed_target=1 - 1 / asked.factor,
        inclusive=asked.inclusive,
        for_s=asked.for_s,
        keep_firing_for_s=min(asked.short_s, _LONGEST_KEPT_S) if asked.kept_s is None else asked.kept_s,
        source=asked.source,
        url=asked.url,
        policy=asked.policy,
    )
