"""Alerts for runbooks: what the rules of SLOs say, with the systems that their metrics are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from airectl.commands.ruled import Asked, Ruled, ruled
from airectl.core.annotations import read
from airectl.core.incident.alerts import Alert, Pair, Watched
from airectl.core.naming import SEVERITY
from airectl.core.slo import RatioIndicator, RawIndicator, ThresholdIndicator
from airectl.promql.guard import PromqlError
from airectl.promql.matchers import Op
from airectl.promql.parse import parse
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.alerting import AlertPolicy
    from airectl.core.catalogue import Catalogue
    from airectl.core.slo import Query
    from airectl.promql.selectors import Selector
    from airectl.rules.model import Rule, SloRules

# Labels of a target as a whole: every series of it has them, whatever it measures.
_OF_TARGETS: Final = ("job", "namespace", "cluster", "environment", "region")
_LINKS: Final = ("runbook_url", "runbook")


def alerts_of(run: Run, paths: Sequence[str] | None, slo: Sequence[str] | None = None) -> tuple[Ruled, list[Alert]]:
    """The rules of specs, and their alerts by service and name, in order."""
    made = ruled(run, Asked(paths=paths, slo=slo, labels={}, records=False))
    return made, list(_alerts(made))


def _alerts(made: Ruled) -> Iterator[Alert]:
    found: dict[tuple[str, str], list[tuple[SloRules, Rule]]] = {}
    for rules in made.generated.slos:
        for rule in (rule for group in rules.groups for rule in group.rules if rule.alert):
            found.setdefault((rules.slo.service, rule.alert), []).append((rules, rule))
    for (service, name), parts in found.items():
        objectives = {id(rules): rules for rules, _ in parts}
        yield Alert(
            service=service,
            name=name,
            severities=tuple(dict.fromkeys(rule.labels[SEVERITY] for _, rule in parts)),
            watched=tuple(_watched(made, rules, name) for rules in objectives.values()),
            targets=tuple(dict.fromkeys(text for rules in objectives.values() for text in _targets(made, rules, name))),
            links=tuple(dict.fromkeys(link for _, rule in parts if (link := _link(rule)))),
        )


def _link(rule: Rule) -> str:
    return next((rule.annotations[key] for key in _LINKS if key in rule.annotations), "")


def _watched(made: Ruled, rules: SloRules, alert: str) -> Watched:
    asked = list(_queries(rules))
    selected = [each for _, query in asked for each in _selectors(query)]
    return Watched(
        slo=rules.slo,
        objective=rules.objective,
        id=rules.id,
        system=_system(rules, selected, made.checked.context.catalogue),
        matchers=_matchers(selected),
        pairs=tuple(
            Pair(
                severity=each.severity,
                long_s=each.long_s,
                short_s=each.short_s,
                factor=each.factor,
                threshold=each.threshold,
                share=each.budget_share,
                detection_s=each.detection_s,
            )
            for each in rules.alerts
            if each.fires and each.alert == alert
        ),
        no_data_s=rules.no_data.for_s if rules.no_data and rules.no_data.alert == alert else 0,
        queries=tuple(asked),
    )


def _queries(rules: SloRules) -> Iterator[tuple[str, str]]:
    """What the SLI asks, by its role."""
    match rules.slo.indicator_of(rules.objective):
        case RatioIndicator() as ratio:
            asked: list[tuple[str, Query | None]] = [("good", ratio.good), ("bad", ratio.bad), ("total", ratio.total)]
        case RawIndicator() as raw:
            asked = [("raw", raw.raw)]
        case ThresholdIndicator() as threshold:
            asked = [("value", threshold.metric)]
    for role, query in asked:
        text = query.spec.get("query") if query else None
        if isinstance(text, str) and text.strip():
            yield role, text.strip()


def _selectors(query: str) -> Sequence[Selector]:
    try:
        return parse(query).selectors
    except PromqlError:
        return ()


def _matchers(selected: Sequence[Selector]) -> str:
    """What all of them ask of labels that every series of a target has."""
    if not selected:
        return ""
    common = {str(m): m for m in selected[0].labels if m.name in _OF_TARGETS and m.op is Op.EQUAL}
    for each in selected[1:]:
        asked = {str(m) for m in each.labels}
        common = {text: m for text, m in common.items() if text in asked}
    return ",".join(common)


def _system(rules: SloRules, selected: Sequence[Selector], catalogue: Catalogue) -> str:
    """The system that exposes the metrics: as the spec says, else by their names; empty where that is not one."""
    said = read(rules.slo.annotations, "telemetry") or ""
    names = {name for each in selected for name in each.names}
    found = {system.name for name in names if (system := catalogue.system_of(name, said))}
    return said or (found.pop() if len(found) == 1 else "")


def _targets(made: Ruled, rules: SloRules, alert: str) -> Iterator[str]:
    known = made.alerting.get(rules.slo.id)
    names = {each.policy for each in rules.alerts if each.alert == alert}
    severity = rules.no_data.severity if rules.no_data and rules.no_data.alert == alert else ""
    for policy in known.policies if known else ():
        if policy.name in names or policy.condition.severity == severity:
            yield from _reached(policy)


def _reached(policy: AlertPolicy) -> Iterator[str]:
    for target in policy.targets:
        yield f"{target.display_name or target.name}, {target.target}"
