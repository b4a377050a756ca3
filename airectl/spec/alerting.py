"""The alert policies of SLO documents as core types: inline or referred to, all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airectl.core.alerting import Alerting, AlertPolicy, Condition, NotificationTarget
from airectl.core.annotations import read
from airectl.core.findings import Location
from airectl.spec import values
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.sloth import RUNBOOKS
from airectl.spec.sloth_alerts import LABEL, labels_of
from airectl.spec.tree import Map


def alerting(specs: SpecSet) -> Mapping[str, Alerting]:
    """The alerting of every SLO, by SERVICE/NAME; the first where two SLOs have one name.

    What is broken, such as a reference to nothing or a condition without threshold, is left out here: it
    is a finding of validation.
    """
    found: dict[str, Alerting] = {}
    for document in specs.documents:
        if document.kind == "SLO":
            found.setdefault(f"{document.spec.text('service')}/{document.name}", alerting_of(document, specs))
    return found


def alerting_of(slo: SpecObject, specs: SpecSet) -> Alerting:
    """The alerting of one SLO."""
    return Alerting(policies=tuple(_policies(slo, specs)), silent=read(slo.annotations, "alerts") == "none")


def _policies(slo: SpecObject, specs: SpecSet) -> Iterator[AlertPolicy]:
    for item in slo.spec.maps("alertPolicies"):
        policy = specs.take(item, "alertPolicyRef", "AlertPolicy", slo)
        condition = _condition(policy, specs) if policy else None
        if policy and condition:
            yield _policy(policy, condition, specs, item.at("alertPolicyRef") if policy.node is not item else policy.at)


def _policy(policy: SpecObject, condition: Condition, specs: SpecSet, at: Location) -> AlertPolicy:
    metadata, spec = policy.node.map("metadata"), policy.spec
    return AlertPolicy(
        name=policy.name,
        condition=condition,
        targets=tuple(_targets(policy, specs)),
        at=at,
        display_name=metadata.text("displayName"),
        description=spec.text("description"),
        runbook=_runbook(policy.annotations),
        when_breaching=_switch(spec, "alertWhenBreaching"),
        when_resolved=_switch(spec, "alertWhenResolved"),
        when_no_data=_switch(spec, "alertWhenNoData"),
        labels=labels_of(metadata),
        annotations={
            key: text for key, text in policy.annotations.items() if LABEL.fullmatch(key) and isinstance(text, str)
        },
    )


def _condition(policy: SpecObject, specs: SpecSet) -> Condition | None:
    """The one condition of a policy; None where it is broken."""
    for item in policy.spec.maps("conditions"):
        found = specs.take(item, "conditionRef", "AlertCondition", policy)
        given = found.spec.map("condition") if found else None
        if found is None or given is None:
            continue
        threshold, lookback = values.number(given, "threshold"), values.duration(given, "lookbackWindow")
        if threshold is None or lookback is None or not found.spec.text("severity"):
            continue
        after = values.duration(given, "alertAfter")
        return Condition(
            name=found.name,
            severity=found.spec.text("severity"),
            op=given.text("op"),
            threshold=threshold,
            lookback_s=lookback.nominal_s,
            after_s=after.nominal_s if after else 0,
            at=found.at,
            threshold_at=given.at("threshold"),
            lookback_at=given.at("lookbackWindow"),
            display_name=found.node.map("metadata").text("displayName"),
            description=found.spec.text("description"),
        )
    return None


def _targets(policy: SpecObject, specs: SpecSet) -> Iterator[NotificationTarget]:
    for item in policy.spec.maps("notificationTargets"):
        found = specs.take(item, "targetRef", "AlertNotificationTarget", policy)
        if found and found.spec.text("target"):
            yield NotificationTarget(
                name=found.name,
                target=found.spec.text("target"),
                at=found.at,
                target_at=found.spec.at("target"),
                address=read(found.annotations, "address") or "",
                display_name=found.node.map("metadata").text("displayName"),
                description=found.spec.text("description"),
            )


def _runbook(written: Map) -> str:
    return read(written, "runbook") or next((written.text(key) for key in RUNBOOKS if key in written), "")


def _switch(spec: Map, key: str) -> bool | None:
    value = spec.get(key)
    return value if isinstance(value, bool) else None
