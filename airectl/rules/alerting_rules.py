"""Alert rules of one SLO: pairs of windows to PromQL, and the words and labels that people and routes see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from airectl.core import naming
from airectl.core.alerting import AlertPolicy
from airectl.core.annotations import read
from airectl.core.units import plain
from airectl.rules.expressions import bracketed, literal
from airectl.rules.model import BurnAlert, Group, NoDataAlert, Rule
from airectl.rules.recordings import Subject
from airectl.rules.templating import verbatim

_NO_DATA_FOR_S: Final = 600
_PAGE, _TICKET = "page", "ticket"
_RUNBOOKS: Final = ("runbook_url", "runbook")
_DASHBOARDS: Final = ("dashboard_url", "dashboard")
_WHO: Final = "{{ $labels.sloth_service }} / {{ $labels.sloth_slo }}"


def alert_group(
    of: Subject, alerts: Sequence[BurnAlert], no_data: NoDataAlert | None, policies: Sequence[AlertPolicy]
) -> tuple[Group, ...]:
    """The SLO's alerts in one group; no group where there is none."""
    by_name = {policy.name: policy for policy in policies}
    rules = [_rule(of, same, by_name.get(same[0].policy)) for same in _joined(alerts, by_name)]
    if no_data:
        rules.append(_no_data_rule(of, no_data, _like(no_data.severity, policies)))
    return (Group(name=f"slo-alerts-{of.labels[naming.ID]}", rules=tuple(rules)),) if rules else ()


def no_data_alert(of: Subject, policies: Sequence[AlertPolicy]) -> NoDataAlert | None:
    """The alert for metrics that are gone, unless the SLO says that their absence means nothing."""
    said = read(of.slo.annotations, "no-data")
    switches = [policy.when_no_data for policy in policies]
    if said == "ignore" or (switches and all(switch is False for switch in switches)):
        return None
    severity = _PAGE if said == "bad" else _TICKET
    asked = [policy.condition.severity for policy in policies if policy.when_no_data]
    own = [policy.condition.severity for policy in policies]
    if asked or (own and severity not in own):
        severity = (asked or own)[-1]
    return NoDataAlert(alert=naming.no_data_alert(of.slo, of.objective), severity=severity, for_s=_NO_DATA_FOR_S)


def _joined(alerts: Sequence[BurnAlert], policies: Mapping[str, AlertPolicy]) -> list[list[BurnAlert]]:
    """Those that can fire, with one name, severity, patience and labels together: one rule each."""
    groups: dict[object, list[BurnAlert]] = {}
    for alert in alerts:
        if alert.fires:
            policy = policies.get(alert.policy)
            texts = tuple(sorted((policy.labels if policy else {}).items()))
            notes = tuple(sorted((policy.annotations if policy else {}).items()))
            groups.setdefault((alert.alert, alert.severity, alert.for_s, texts, notes), []).append(alert)
    return list(groups.values())


def _rule(of: Subject, same: Sequence[BurnAlert], policy: AlertPolicy | None) -> Rule:
    first = same[0]
    return Rule(
        alert=first.alert,
        expr="\nor\n".join(_pair(of, each) for each in same),
        labels={**_labels(first.severity, policy), **_own(of.labels)},
        annotations={
            **_words(of, first.severity, same),
            **_links(of, policy, first.alert),
            **(policy.annotations if policy else {}),
        },
        for_s=first.for_s,
        keep_firing_for_s=min(each.keep_firing_for_s for each in same),
    )


def _pair(of: Subject, alert: BurnAlert) -> str:
    """Both windows above the threshold; the labels that tell windows apart are dropped so that they match."""
    op = ">=" if alert.inclusive else ">"
    above = f"{op} ({literal(alert.factor)} * {literal(1 - of.objective.target)})"
    windows = (alert.short_s, alert.long_s)
    apart = naming.WINDOW if of.slo.window.rolling else f"{naming.WINDOW}, {naming.APPROXIMATE}"
    both = (f"max without ({apart}) ({of.record(naming.error_ratio(window_s))} {above})" for window_s in windows)
    return bracketed("\nand\n".join(both))


def _no_data_rule(of: Subject, no_data: NoDataAlert, policy: AlertPolicy | None) -> Rule:
    # The expression has no labels of the SLO, and templates see only those of the expression.
    who = verbatim(f"{of.labels[naming.SERVICE]} / {of.labels[naming.SLO]}")
    return Rule(
        alert=no_data.alert,
        expr=of.sli.absent or f"absent({of.record(naming.TOTAL_RATE)})",
        labels={**_own({**of.extra, **of.labels}), **_labels(no_data.severity, policy)},
        annotations={
            "title": f"({no_data.severity}) {who} has no data",
            "summary": f"{who} is not measured: its metrics are gone, as they are when nothing exports them.",
            **_links(of, policy, no_data.alert),
        },
        for_s=no_data.for_s,
    )


def _like(severity: str, policies: Sequence[AlertPolicy]) -> AlertPolicy | None:
    """The policy of that severity, whose labels route the alert."""
    return next((policy for policy in policies if policy.condition.severity == severity), None)


def _labels(severity: str, policy: AlertPolicy | None) -> dict[str, str]:
    return {"severity": severity, **(policy.labels if policy else {}), naming.SEVERITY: severity}


def _own(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels of the SLO, which are texts; those of policies may be templates."""
    return {name: verbatim(text) for name, text in labels.items()}


def _words(of: Subject, severity: str, same: Sequence[BurnAlert]) -> dict[str, str]:
    least = min(same, key=lambda alert: alert.factor)
    period = of.slo.window.duration.spoken
    return {
        "title": f"({severity}) {_WHO} spends its error budget too fast",
        "summary": (
            f"{_WHO}: {{{{ $value | humanizePercentage }}}} is bad, where {_percent(1 - of.objective.target)} over "
            f"{period} is the budget. At {_factor(least)} times that, it lasts {_lasts(of.period_s, least)}."
        ),
    }


def _percent(ratio: Decimal) -> str:
    return f"{plain(ratio * 100)} %"


def _factor(alert: BurnAlert) -> str:
    return plain(round(alert.factor, 2))


def _lasts(period_s: int, alert: BurnAlert) -> str:
    hours = Decimal(period_s) / alert.factor / 3600
    return f"{plain(round(hours / 24, 1))} days" if hours >= 48 else f"{plain(round(hours, 1))} hours"


def _links(of: Subject, policy: AlertPolicy | None, alert: str) -> dict[str, str]:
    """Runbook and dashboard; what the policy's own annotations say comes first."""
    own = policy.annotations if policy else {}
    said = (policy.runbook if policy else "") or read(of.slo.annotations, "runbook") or of.runbooks
    runbook = naming.runbook_link(said, of.slo.service, alert)
    return dict(
        [*_link(runbook, _RUNBOOKS, own), *_link(read(of.slo.annotations, "dashboard") or "", _DASHBOARDS, own)]
    )


def _link(target: str, keys: tuple[str, str], own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if target and not any(key in own for key in keys):
        url, path = keys
        yield (url if target.startswith(("http://", "https://")) else path), target
