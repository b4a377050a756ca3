"""Alert policies of an OpenSLO SLO as Sloth's `alerting`: a name, a page and a ticket at fixed burn rates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.annotations import PREFIX
from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import plain
from airectl.spec import values
from airectl.spec.documents import SpecObject
from airectl.spec.sloth import BURN_RATES, RUNBOOKS, TARGET
from airectl.spec.tree import Map

# What Prometheus takes as the name of a label, and of an annotation.
LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What a severity of OpenSLO, which may be any word, is in Sloth.
_WORDS: Final = {"page": "page", "critical": "page", "ticket": "ticket", "warning": "ticket"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """The value of `alerting`, and what is not in it."""

    alerting: dict[str, Any]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """An alert policy with its one condition. `word` is page or ticket, empty for another severity."""

    node: Map
    word: str

    @property
    def metadata(self) -> Map:
        return self.node.map("metadata")

    @property
    def spec(self) -> Map:
        return self.node.map("spec")

    @property
    def condition(self) -> Map:
        conditions = self.spec.maps("conditions")
        return conditions[0].map("spec").map("condition") if conditions else self.spec

    @property
    def title(self) -> str:
        return self.metadata.text("displayName") or self.metadata.text("name")

    @property
    def at(self) -> Location:
        return self.metadata.at("name") if "name" in self.metadata else self.node.here


def alerting(slo: SpecObject) -> Alerting:
    """Sloth's alerts for an SLO whose policies are inline. A severity without a policy is disabled."""
    policies = [_policy(node) for node in slo.spec.maps("alertPolicies") if "spec" in node]
    known = [policy for policy in policies if policy.word]
    titles = list(dict.fromkeys(policy.title for policy in known))
    parts = {word: [policy for policy in known if policy.word == word] for word in BURN_RATES}
    alerts = {f"{word}_alert": _alert(found) for word, found in parts.items()}
    shared = {key: common([alert.get(key, {}) for alert in alerts.values() if "disable" not in alert])
              for key in ("labels", "annotations")}  # fmt: skip
    for alert in alerts.values():
        for key, both in shared.items():
            alert[key] = {name: text for name, text in alert.get(key, {}).items() if name not in both}
    runbook = slo.annotations.text(f"{PREFIX}runbook")
    if known and runbook and not any(key in shared["annotations"] for key in RUNBOOKS):
        shared["annotations"][RUNBOOKS[1]] = runbook
    made = {"name": titles[0] if titles else "", **shared, **{key: _filled(alert) for key, alert in alerts.items()}}
    return Alerting(alerting=_filled(made), findings=tuple(_losses(policies, titles)))


def _filled(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value}


def _policy(node: Map) -> _Policy:
    conditions = node.map("spec").maps("conditions")
    severity = conditions[0].map("spec").text("severity") if conditions else ""
    return _Policy(node=node, word=_WORDS.get(severity.lower(), ""))


def _alert(policies: list[_Policy]) -> dict[str, Any]:
    if not policies:
        return {"disable": True}
    after = policies[0].condition.text("alertAfter")
    return {
        "for": after,
        "labels": labels_of(policies[0].metadata),
        "annotations": {
            key: text for key, text in policies[0].metadata.map("annotations").items() if LABEL.fullmatch(key)
        },
    }


def labels_of(metadata: Map) -> dict[str, str]:
    """The labels that Prometheus takes; several values of one become one, with commas."""
    return {
        key: value if isinstance(value, str) else ",".join(value)
        for key, value in metadata.map("labels").items()
        if LABEL.fullmatch(key)
    }


def common(mappings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The entries that all mappings have."""
    if not mappings:
        return {}
    first, *others = mappings
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}


def _losses(policies: list[_Policy], titles: list[str]) -> Iterator[Finding]:
    for policy in policies:
        if not policy.word:
            message = f"the alert policy `{policy.title}` is left out: Sloth has page and ticket alerts only"
            yield lost(message, policy.at)
            continue
        burn = (policy.condition.text("lookbackWindow"), values.number(policy.condition, "threshold"))
        if burn not in BURN_RATES[policy.word]:
            rates = " and ".join(f"{plain(rate)} over {lookback}" for lookback, rate in BURN_RATES[policy.word])
            yield lost(f"the burn rate of `{policy.title}` becomes Sloth's own: {rates}", policy.at)
        targets = [
            node.map("metadata").text("name") or node.text("targetRef")
            for node in policy.spec.maps("notificationTargets")
        ]
        yield from _unnamed(policy)
        others = ", ".join(f"`{name}`" for name in targets if name != TARGET)
        if others:
            help = "give the policy labels that Alertmanager routes by"
            yield lost(f"Sloth has no notification targets: {others} of `{policy.title}`", policy.at, help)
    for title in titles[1:]:
        at = next(policy.at for policy in policies if policy.title == title)
        yield lost(f"Sloth's alerts of one SLO share a name: `{title}` becomes `{titles[0]}`", at)


def _unnamed(policy: _Policy) -> Iterator[Finding]:
    for node in (policy.metadata.map("labels"), policy.metadata.map("annotations")):
        for key in node:
            if not LABEL.fullmatch(key) and not key.startswith(PREFIX):
                yield lost(f"`{key}` is left out: Prometheus does not take that name", node.key_at(key))


def lost(message: str, at: Location, help: str = "") -> Finding:
    """A finding for what Sloth cannot say."""
    help = help or "keep it in OpenSLO, or write it as Sloth does"
    return Finding(code="AIR042", severity=Severity.WARNING, message=message, at=at, help=help)
