"""OpenSLO v1 as Sloth's prometheus/v1, for those who keep Sloth. What Sloth cannot say is finding AIR042.

The reverse of `spec.sloth`, which says where each field goes. Beyond that:

- good and total become one ratio, as Sloth itself reads OpenSLO: 1 - (good / total).
- A query without a range gets one: `rate` for counters, a sum or mean over time for other samples.
- Several objectives become several SLOs, called NAME-OBJECTIVE.
- Sloth has one window for all its SLOs, 30 days unless `--default-slo-period` says otherwise.
- Timeslices, thresholds, composites and sources that do not speak PromQL are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from airectl.core.annotations import PREFIX
from airectl.core.findings import Finding, Location
from airectl.promql.guard import PromqlError
from airectl.promql.ranged import over_window
from airectl.spec import moved, resolve, values
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.queries import SpecQuery, queries
from airectl.spec.sloth import OWNERS, VERSION, WINDOW
from airectl.spec.sloth_alerts import LABEL, alerting, common, labels_of, lost
from airectl.spec.tree import Map

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
# Annotations whose meaning is written in another place, or that say nothing about the rules.
_CARRIED: Final = frozenset(
    f"{PREFIX}{name}"
    for name in ("converted-from", "sloth-slo", "alerts", "owner", "runbook", "signal", "threshold", "telemetry")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slothed:
    """One Sloth document a service, and what could not be said in them. `paths` are the files of each one's SLOs."""

    documents: tuple[dict[str, Any], ...]
    paths: tuple[str, ...]
    findings: tuple[Finding, ...]


class _LeftOutError(Exception):
    """The SLO cannot be a Sloth SLO: why, and where that stands."""

    def __init__(self, reason: str, at: Location) -> None:
        super().__init__(reason)
        self.at = at


@dataclass(slots=True)
class _Service:
    """The SLOs of one service, in order; `path` is the file of the first."""

    path: str
    slos: list[dict[str, Any]] = field(default_factory=list)


def to_sloth(specs: SpecSet) -> Slothed:
    """Every SLO of `specs` that Sloth can have, in reading order."""
    services: dict[tuple[str, str], _Service] = {}
    findings: list[Finding] = []
    for document, node in zip(specs.documents, resolve.inline(specs), strict=True):
        if document.kind != "SLO":
            continue
        try:
            made = _slos(document, node, specs)
        except _LeftOutError as error:
            findings.append(lost(f"the SLO `{document.name}` is left out: {error}", error.at))
            continue
        findings += made.findings
        if made.slos:
            key = (document.path, document.spec.text("service"))
            services.setdefault(key, _Service(path=document.path)).slos += made.slos
    return Slothed(
        documents=tuple(_document(name, service.slos) for (_, name), service in services.items()),
        paths=tuple(service.path for service in services.values()),
        findings=tuple(findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    slos: tuple[dict[str, Any], ...]
    findings: tuple[Finding, ...]


def _slos(slo: SpecObject, node: Map, specs: SpecSet) -> _Made:
    """Raises _LeftOutError."""
    if not _NAME.fullmatch(slo.spec.text("service")):
        raise _LeftOutError("Sloth does not take the name of its service", slo.spec.at("service"))
    _check_method(slo)
    sli = _sli(slo, specs)
    alerts = alerting(SpecObject(kind="SLO", node=node))
    description = slo.spec.text("description") or slo.node.map("metadata").text("displayName")
    made = []
    for objective, name in _named(slo):
        percent = _percent(objective)
        if percent:
            entry = {"name": name, "description": description, "objective": percent, "labels": _labels(slo)}
            entry |= {"sli": sli, "alerting": alerts.alerting}
            made.append({key: value for key, value in entry.items() if value})
    return _Made(slos=tuple(made), findings=(*_losses(slo), *alerts.findings))


def _check_method(slo: SpecObject) -> None:
    method = slo.spec.text("budgetingMethod")
    if method != "Occurrences":
        raise _LeftOutError(f"Sloth has no {method}", slo.spec.at("budgetingMethod"))
    for objective in slo.spec.maps("objectives"):
        for key in ("indicator", "indicatorRef"):
            if key in objective:
                raise _LeftOutError("Sloth has no composite SLOs", objective.key_at(key))


def _named(slo: SpecObject) -> Iterator[tuple[Map, str]]:
    objectives = slo.spec.maps("objectives")
    given = slo.annotations.text(f"{PREFIX}sloth-slo")
    own = given if _NAME.fullmatch(given) else slo.name
    for index, objective in enumerate(objectives):
        suffix = objective.text("displayName") or str(index)
        yield objective, own if len(objectives) == 1 else moved.dns_name(own, suffix)


def _percent(objective: Map) -> Decimal | None:
    ratio = values.number(objective, "target")
    return moved.shifted(ratio, 2) if ratio is not None else values.number(objective, "targetPercent")


def _sli(slo: SpecObject, specs: SpecSet) -> dict[str, Any]:
    sli = specs.indicator(slo)
    if sli is None:
        raise _LeftOutError("its SLI is not there", slo.spec.at("indicatorRef"))
    if "thresholdMetric" in sli.spec:
        raise _LeftOutError("Sloth has no thresholdMetric", sli.spec.key_at("thresholdMetric"))
    ratio = sli.spec.map("ratioMetric")
    asked = {query.role: query for query in queries(sli, specs)}
    for role in ("good", "bad", "total", "raw"):
        if role in ratio and role not in asked:
            raise _LeftOutError(f"`{role}` is no PromQL of a source that Sloth can ask", ratio.key_at(role))
    if "raw" in ratio:
        text = _raw(asked["raw"])
        failure = ratio.text("rawType") == "failure"
        return {"raw": {"error_ratio_query": text if failure else f"1 - (\n{text.rstrip()}\n)"}}
    function = "rate" if ratio.get("counter") is True else "sum_over_time"
    total = _over(asked["total"], function)
    if "bad" in ratio:
        return {"events": {"error_query": _over(asked["bad"], function), "total_query": total}}
    good = _over(asked["good"], function)
    return {"raw": {"error_ratio_query": f"1 - (\n{_nested(good)}\n  /\n{_nested(total)}\n)"}}


def _nested(query: str) -> str:
    lines = "\n".join(f"    {line}" for line in query.rstrip("\n").split("\n"))
    return f"  (\n{lines}\n  )"


def _over(query: SpecQuery, function: str) -> str:
    try:
        return over_window(query.text, function)
    except PromqlError as error:
        reason = f"`{query.role}` cannot be taken over Sloth's window: {error}"
        raise _LeftOutError(reason, query.node.at("query")) from None


def _raw(query: SpecQuery) -> str:
    """A ratio over the window: as it is if it says so itself, else its mean."""
    if query.parsed and not query.parsed.templates:
        return f"avg_over_time((\n  {query.text.strip()}\n)[{{{{.window}}}}:])"
    return _over(query, "avg_over_time")


def _labels(slo: SpecObject) -> dict[str, str]:
    found = labels_of(slo.node.map("metadata"))
    owner = slo.annotations.text(f"{PREFIX}owner")
    if owner and not any(key in found for key in OWNERS):
        found[OWNERS[0]] = owner
    return found


def _losses(slo: SpecObject) -> Iterator[Finding]:
    """What is not in the Sloth SLO though the SLO is there."""
    window = values.window(slo.spec)
    if window is not None and not window.get("isRolling", "calendar" not in window):
        at = window.key_at("calendar") if "calendar" in window else window.here
        yield lost("Sloth has no calendar windows: its alerts and budgets take a rolling one", at)
    elif window is not None and window.text("duration") not in (WINDOW, ""):
        help = f"run `sloth generate --default-slo-period {window['duration']}`"
        yield lost(
            f"the window of {window['duration']} is not in the file: Sloth takes {WINDOW}", window.at("duration"), help
        )
    labels = slo.node.map("metadata").map("labels")
    for key, value in labels.items():
        if not LABEL.fullmatch(key):
            yield lost(f"the label `{key}` is left out: Prometheus does not take its name", labels.key_at(key))
        elif not isinstance(value, str) and len(value) > 1:
            yield lost(f"the label `{key}` has several values, and becomes one with commas", labels.key_at(key))
    for objective in slo.spec.maps("objectives"):
        if not _percent(objective):
            yield lost("the objective is left out: Sloth has none of 0 %", objective.here)
    others = [key for key in slo.annotations if key not in _CARRIED]
    if others:
        listed = ", ".join(f"`{key}`" for key in others)
        yield lost(f"Sloth has no place for annotations: {listed}", slo.annotations.key_at(others[0]))


def _document(service: str, slos: list[dict[str, Any]]) -> dict[str, Any]:
    """One Sloth document; labels that all SLOs share are the service's."""
    shared = common([slo.get("labels", {}) for slo in slos])
    own = []
    for slo in slos:
        rest = {key: value for key, value in slo.get("labels", {}).items() if key not in shared}
        own.append({key: value for key, value in {**slo, "labels": rest}.items() if value})
    return {"version": VERSION, "service": service, **({"labels": shared} if shared else {}), "slos": own}
