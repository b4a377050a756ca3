"""Sloth's own format, `version: prometheus/v1`, as OpenSLO v1.

What becomes of its fields, so that rules made from the result equal those that Sloth makes:

- Each entry of `slos` is an SLO of its own. `metadata.name` is its name; where OpenSLO forbids that name
  (capitals, dots, underscores) it is changed, and `airectl.dev/sloth-slo` keeps the original. The id in
  Sloth is SERVICE-NAME, which is also the name of the inline SLI.
- `labels` of the service and of the SLO are merged into `metadata.labels`: the labels of every rule.
- `objective` in percent becomes `target`, exactly. The window is Sloth's default, 30 days rolling.
- `sli.events` is a ratioMetric with `bad` and `total`, `sli.raw` one with `raw` and `rawType: failure`.
  `{{.window}}` stays in the query.
- Each alert that is not disabled becomes two AlertPolicies, one for each of its burn rates: page 14.4 over
  1h and 6 over 6h, ticket 3 over 1d and 1 over 3d; the short window is a twelfth of the long one.
  `displayName` is the alert's name, `labels` and `annotations` are those of the alert, merged with those
  of `alerting`; `for` becomes `alertAfter`. Policies of one SLO that share `displayName` and severity
  are one alert rule, joined by `or`. `airectl.dev/alerts: none` says that both alerts are disabled.
- A label `owner` or `team`, and an annotation `runbook_url` or `runbook`, are also written as
  `airectl.dev/owner` and `airectl.dev/runbook`.
- Plugins cannot be read: an SLI plugin leaves its SLO out, SLO plugins and `interval` are left out; each
  is finding AIR042.

Sources: https://github.com/slok/sloth/blob/main/pkg/prometheus/api/v1/v1.go and
https://github.com/slok/sloth/blob/main/internal/storage/io/sloth.go
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from airectl.core.annotations import PREFIX
from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import parse_duration, plain
from airectl.spec import moved, schema
from airectl.spec.context import Context
from airectl.spec.documents import V1
from airectl.spec.formats import Converted
from airectl.spec.tree import Map, Mark, Marked, graft

NAME = "sloth"
VERSION: Final = "prometheus/v1"
WINDOW: Final = "30d"
# Burn rates and long windows of Sloth's alerts for a period of 30 days.
# Source: https://github.com/slok/sloth/blob/main/internal/alert/windows/google-30d.yaml
BURN_RATES: Final[Mapping[str, tuple[tuple[str, Decimal], ...]]] = {
    "page": (("1h", Decimal("14.4")), ("6h", Decimal(6))),
    "ticket": (("1d", Decimal(3)), ("3d", Decimal(1))),
}
TARGET: Final = "alertmanager"
OWNERS: Final = ("owner", "team")
RUNBOOKS: Final = ("runbook_url", "runbook")


def matches(node: Map) -> bool:
    """Whether the document says `version: prometheus/v1`."""
    return node.get("version") == VERSION


def to_v1(node: Map, context: Context) -> Converted:
    """Every SLO of the document as v1, and what is wrong with it; an SLO that is wrong is left out."""
    findings = schema.check(node, "sloth-v1", "document")
    slos = _sound(node, findings) if findings else node.maps("slos")
    found = [*findings, *_plugins(node, "slo_plugins", "all SLOs")]
    documents = []
    for slo in slos:
        wrong = list(_findings(slo))
        found += wrong
        if "plugin" not in slo.map("sli") and not any(f.severity is Severity.ERROR for f in wrong):
            documents.append(_slo(node, slo))
    explained = (f"Sloth's SLOs have a window of {WINDOW}, rolling, which is its default",) if documents else ()
    return Converted(documents=tuple(documents), findings=tuple(found), explained=explained)


def _sound(node: Map, findings: list[Finding]) -> list[Map]:
    """The SLOs that nothing is wrong with; none where something is wrong with what they share."""
    own = {id(slo): schema.check(slo, "sloth-v1", "slo") for slo in node.maps("slos")}
    inside = {(finding.code, finding.at) for found in own.values() for finding in found}
    if any((finding.code, finding.at) not in inside for finding in findings):
        return []
    return [slo for slo in node.maps("slos") if not own[id(slo)]]


def _findings(slo: Map) -> Iterator[Finding]:
    if slo["objective"] <= 1:
        yield Finding(
            code="AIR014",
            severity=Severity.WARNING,
            message=f"`objective` is a percentage, got {slo['objective']}",
            at=slo.at("objective"),
            label="looks like a ratio",
            help=f"write `{plain(moved.shifted(slo['objective'], 2))}`",
        )
    yield from _plugins(slo, "plugins", "the SLO")
    if slo.get("interval"):
        yield _left_out("`interval` is left out: OpenSLO has no word for it", slo.key_at("interval"))
    if "plugin" in slo.map("sli"):
        name = slo.map("sli").map("plugin").text("id")
        yield _left_out(
            f"the SLO `{slo['name']}` is left out: its SLI is written by the plugin `{name}`",
            slo.map("sli").key_at("plugin"),
            "write the SLI as `events` or `raw`",
        )
    yield from _alert_findings(slo)


def _alert_findings(slo: Map) -> Iterator[Finding]:
    alerting = slo.map("alerting")
    on = [word for word in BURN_RATES if not _disabled(alerting, word)]
    if on and not alerting.text("name"):
        yield Finding(
            code="AIR010",
            severity=Severity.ERROR,
            message="`alerting` needs `name`: its alerts are not disabled",
            at=slo.key_at("alerting") if "alerting" in slo else slo.at("name"),
            help="add `name:` to `alerting`, or `disable: true` to `page_alert` and `ticket_alert`",
        )
    for word in on:
        alert = alerting.map(f"{word}_alert")
        if alert.text("for") and not _shorthand(alert):
            yield _left_out(f"`for: {alert['for']}` is left out: OpenSLO has one number and one unit", alert.at("for"))


def _plugins(node: Map, key: str, whose: str) -> Iterator[Finding]:
    if node.get(key):
        yield _left_out(f"`{key}` is left out: airectl does not run plugins of Sloth for {whose}", node.key_at(key))


def _left_out(message: str, at: Location, help: str = "") -> Finding:
    help = help or "the rules that airectl writes do without it"
    return Finding(code="AIR042", severity=Severity.WARNING, message=message, at=at, help=help)


def _disabled(alerting: Map, word: str) -> bool:
    return alerting.map(f"{word}_alert").get("disable") is True


def _shorthand(alert: Map) -> str:
    try:
        return str(parse_duration(alert.text("for")))
    except ValueError:
        return ""


def _slo(node: Map, slo: Map) -> Map:
    name = moved.instead(slo, "name", moved.dns_name(slo["name"]))
    labels = moved.merged(node.map("labels"), slo.map("labels"))
    policies = [policy for word in BURN_RATES for policy in _policies(node, slo, word)]
    document: Map = graft(
        {
            "apiVersion": moved.instead(node, "version", V1),
            "kind": "SLO",
            "metadata": {
                "name": name,
                **({"labels": labels} if labels else {}),
                "annotations": _annotations(slo, labels, alerts=bool(policies)),
            },
            "spec": {
                **moved.values(slo, "description"),
                **moved.values(node, "service"),
                "indicator": {
                    "metadata": {"name": moved.instead(slo, "name", moved.dns_name(node["service"], slo["name"]))},
                    "spec": {"ratioMetric": _ratio(slo.map("sli"))},
                },
                "timeWindow": [{"duration": WINDOW, "isRolling": True}],
                "budgetingMethod": "Occurrences",
                "objectives": [{"target": moved.instead(slo, "objective", moved.shifted(slo["objective"], -2))}],
                **({"alertPolicies": policies} if policies else {}),
            },
        },
        node.path,
        slo.marks["name"][0],
    )
    return document


def _annotations(slo: Map, labels: Map, *, alerts: bool) -> dict[str, Any]:
    given = {"converted-from": VERSION}
    if moved.dns_name(slo["name"]) != slo["name"]:
        given["sloth-slo"] = slo["name"]
    if not alerts:
        given["alerts"] = "none"
    found: dict[str, Any] = {f"{PREFIX}{key}": text for key, text in given.items()}
    notes = slo.map("alerting").map("annotations")
    for word, keys, node in (("owner", OWNERS, labels), ("runbook", RUNBOOKS, notes)):
        key = next((key for key in keys if node.text(key)), None)
        if key:
            found[f"{PREFIX}{word}"] = moved.value(node, key)
    return found


def _ratio(sli: Map) -> dict[str, Any]:
    if "raw" in sli:
        return {"raw": _metric(sli.map("raw"), "error_ratio_query"), "rawType": "failure"}
    events = sli.map("events")
    return {"bad": _metric(events, "error_query"), "total": _metric(events, "total_query")}


def _metric(node: Map, key: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": moved.value(node, key)}}}


def _policies(node: Map, slo: Map, word: str) -> Iterator[Marked]:
    """The alert `word` (page, ticket): one policy for each of its burn rates, standing where it is configured."""
    alerting = slo.map("alerting")
    if _disabled(alerting, word):
        return
    mark = _place(slo, alerting, f"{word}_alert")
    for lookback, factor in BURN_RATES[word]:
        name = moved.dns_name(node["service"], slo["name"], word, lookback)
        yield Marked({"kind": "AlertPolicy", **_policy(alerting, word, name, (lookback, factor))}, mark)


def _place(slo: Map, alerting: Map, key: str) -> Mark:
    if key in alerting:
        return alerting.marks[key][0]
    return slo.marks["alerting"][0] if "alerting" in slo else slo.marks["name"][0]


def _policy(alerting: Map, word: str, name: str, burn: tuple[str, Decimal]) -> dict[str, Any]:
    alert = alerting.map(f"{word}_alert")
    both = {key: moved.merged(alerting.map(key), alert.map(key)) for key in ("labels", "annotations")}
    after = _shorthand(alert)
    condition = {"kind": "burnrate", "op": "gt", "threshold": burn[1], "lookbackWindow": burn[0]}
    if after:
        condition["alertAfter"] = moved.instead(alert, "for", after)
    return {
        "metadata": {
            "name": name,
            "displayName": moved.value(alerting, "name"),
            **{key: value for key, value in both.items() if value},
        },
        "spec": {
            "alertWhenBreaching": True,
            "conditions": [
                {
                    "kind": "AlertCondition",
                    "metadata": {"name": name},
                    "spec": {"severity": word, "condition": condition},
                }
            ],
            "notificationTargets": [
                {"kind": "AlertNotificationTarget", "metadata": {"name": TARGET}, "spec": {"target": TARGET}}
            ],
        },
    }
