"""OpenSLO v1 as Sloth's format: the same rules come out, and what Sloth cannot say is a warning."""

from pathlib import Path
from typing import Any

import pytest

from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.emit import emit
from airectl.spec.to_sloth import Slothed, to_sloth
from spec_texts import read, read_file

SLO = """
    apiVersion: openslo/v1
    kind: SLO
    metadata:
      name: pages
      displayName: Pages
      labels: {team: [web], tier: "1"}
      annotations: {airectl.dev/runbook: https://runbooks.example.com/pages, airectl.dev/signal: availability}
    spec:
      service: shop
      indicator:
        metadata: {name: pages}
        spec:
          ratioMetric:
            counter: true
            good: {metricSource: {type: Prometheus, spec: {query: 'sum(ok_total)'}}}
            total: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(all_total[5m]))'}}}
      timeWindow: [{duration: 30d, isRolling: true}]
      budgetingMethod: Occurrences
      objectives:
        - target: 0.9990
    """
POLICY = """
      alertPolicies:
        - kind: AlertPolicy
          metadata: {{name: burns-fast, displayName: PagesBurn, labels: {{severity: page}}}}
          spec:
            conditions:
              - kind: AlertCondition
                metadata: {{name: fast}}
                spec: {{severity: {severity}, condition: {{kind: burnrate, op: gt, {burn}}}}}
            notificationTargets:
              - kind: AlertNotificationTarget
                metadata: {{name: {target}}}
                spec: {{target: {target}}}
    """


def sloth(text: str) -> Slothed:
    loaded = read(text)
    assert loaded.findings == ()
    return to_sloth(loaded.specs)


def lost(made: Slothed) -> list[str]:
    return [f"{f.at.line}:{f.at.col} {f.severity} {f.code}" for f in made.findings if f.at]


def only(made: Slothed) -> Any:
    (document,) = made.documents
    (slo,) = document["slos"]
    return slo


def is_sloth(made: Slothed) -> bool:
    """Whether what is written is valid in Sloth's own schema."""
    written = compose("out.yaml", emit(made.documents, "sloth-v1"))
    return not written.findings and not any(schema.check(each, "sloth-v1", "document") for each in written.documents)


def merged(document: Any) -> Any:
    """A Sloth document by what it means: labels and alerts as Sloth merges them."""
    slos = []
    for slo in document["slos"]:
        alerting = slo.get("alerting") or {}
        alerts = {}
        for word in ("page_alert", "ticket_alert"):
            alert = alerting.get(word) or {}
            both = {key: {**(alerting.get(key) or {}), **(alert.get(key) or {})} for key in ("labels", "annotations")}
            alerts[word] = "disabled" if alert.get("disable") else {"name": alerting.get("name"), **both}
        labels = {**(document.get("labels") or {}), **(slo.get("labels") or {})}
        slos.append({**slo, "labels": labels, "alerting": alerts})
    return {"service": document["service"], "slos": slos}


@pytest.mark.parametrize(
    "name", ["getting-started", "home-wifi", "kubernetes-apiserver", "multifile", "no-alerts", "raw-home-wifi"]
)
def test_there_and_back_means_the_same(conformance: Path, name: str) -> None:
    path = conformance / f"specs/sloth/{name}.yml"
    made = to_sloth(read_file(path).specs)
    original = compose(str(path), path.read_text("utf-8")).documents
    assert made.findings == ()
    assert is_sloth(made)
    assert [merged(each) for each in made.documents] == [merged(each) for each in original]


def test_openslo_reads_as_sloth_reads_it(conformance: Path) -> None:
    made = to_sloth(read_file(conformance / "specs/sloth/openslo-getting-started.yml").specs)
    slo = only(made)
    assert slo["name"] == "sloth-slo-my-service-0"
    assert slo["objective"] * 1000 == 99900
    assert slo["alerting"] == {"page_alert": {"disable": True}, "ticket_alert": {"disable": True}}
    rules = compose("rules", (conformance / "specs/sloth/generated/openslo-getting-started.yml").read_text("utf-8"))
    expression = rules.documents[0]["groups"][0]["rules"][0]["expr"]
    assert _words(slo["sli"]["raw"]["error_ratio_query"].replace("{{.window}}", "5m")) == _words(expression)[1:-1]


def _words(expression: str) -> list[str]:
    return expression.replace("(", " ( ").replace(")", " ) ").split()


def test_a_query_gets_its_range_from_sloth() -> None:
    made = sloth(SLO)
    assert (lost(made), is_sloth(made)) == ([], True)
    assert made.documents[0]["service"] == "shop"
    assert made.documents[0]["labels"] == {"team": "web", "tier": "1"}
    slo = only(made)
    assert (slo["name"], slo["description"], str(slo["objective"])) == ("pages", "Pages", "99.90")
    assert slo["sli"]["raw"]["error_ratio_query"] == (
        "1 - (\n  (\n    sum(rate(ok_total[{{.window}}]))\n  )\n  /\n  (\n    sum(rate(all_total[{{.window}}]))\n  )\n)"
    )


def test_bad_and_total_are_events() -> None:
    slo = only(sloth(SLO.replace("good:", "bad:").replace("counter: true", "counter: false")))
    assert slo["sli"]["events"]["error_query"] == "sum(sum_over_time(ok_total[{{.window}}]))"


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("a[{{.window}}]", "failure", None),
        ("1 - rate(a[{{.window}}])", "failure", "1 - rate(a[{{.window}}])"),
        ("1 - rate(a[$__range])", "success", "1 - (\n1 - rate(a[{{.window}}])\n)"),
        ("up", "failure", "avg_over_time((\n  up\n)[{{.window}}:])"),
    ],
)
def test_a_ratio_is_taken_over_the_window(query: str, kind: str, expected: str | None) -> None:
    start, end = SLO.index("            counter:"), SLO.index("      timeWindow")
    source = f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}"
    raw = f"            raw: {source}\n            rawType: {kind}\n"
    made = sloth(SLO[:start] + raw + SLO[end:])
    if expected is None:
        assert lost(made) == ["15:62 warning AIR042"]
    else:
        assert only(made)["sli"] == {"raw": {"error_ratio_query": expected}}


def test_several_objectives_are_several_slos() -> None:
    made = sloth(SLO.rstrip() + "\n        - {displayName: Strict one, targetPercent: 99.99}\n")
    assert [(slo["name"], str(slo["objective"])) for slo in made.documents[0]["slos"]] == [
        ("pages-0", "99.90"),
        ("pages-strict-one", "99.99"),
    ]
    assert is_sloth(made)


def test_policies_become_alerts() -> None:
    made = sloth(
        SLO.rstrip() + POLICY.format(severity="page", burn="threshold: 14.4, lookbackWindow: 1h", target="alertmanager")
    )
    assert (lost(made), is_sloth(made)) == ([], True)
    assert only(made)["alerting"] == {
        "name": "PagesBurn",
        "labels": {"severity": "page"},
        "annotations": {"runbook": "https://runbooks.example.com/pages"},
        "ticket_alert": {"disable": True},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "burn", "target", "expected"),
    [
        ("page", "threshold: 2, lookbackWindow: 1h", "alertmanager", ["24:24 warning AIR042"]),
        ("info", "threshold: 14.4, lookbackWindow: 1h", "alertmanager", ["24:24 warning AIR042"]),
        ("critical", "threshold: 14.4, lookbackWindow: 1h", "mail", ["24:24 warning AIR042"]),
    ],
)
def test_what_sloth_alerts_cannot_say_is_a_warning(severity: str, burn: str, target: str, expected: list[str]) -> None:
    assert lost(sloth(SLO.rstrip() + POLICY.format(severity=severity, burn=burn, target=target))) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected", "slos"),
    [
        ("Occurrences", "RatioTimeslices", "19:20 warning AIR042", 0),
        ("type: Prometheus", "type: Datadog", "16:9 warning AIR042", 0),
        ("sum(ok_total)", "sum(", "16:63 warning AIR042", 0),
        ("sum(ok_total)", "abs(ok_total)", "16:63 warning AIR042", 0),
        ("duration: 30d", "duration: 28d", "18:27 warning AIR042", 1),
        ("team: [web]", "team: [web, shop]", "7:12 warning AIR042", 1),
        ("team: [web]", "my-team: web", "7:12 warning AIR042", 1),
        ("service: shop", "service: my shop", "10:12 warning AIR042", 0),
        ("target: 0.9990", "target: 0", "21:7 warning AIR042", 0),
        ("airectl.dev/signal: availability", "airectl.dev/no-data: bad", "8:74 warning AIR042", 1),
        (
            "{duration: 30d, isRolling: true}",
            '{duration: 1M, isRolling: false, calendar: {startTime: "2026-01-01 00:00:00", timeZone: UTC}}',
            "18:49 warning AIR042",
            1,
        ),
    ],
)  # fmt: skip
def test_what_sloth_cannot_say_is_a_warning_at_its_place(old: str, new: str, expected: str, slos: int) -> None:
    assert old in SLO
    made = sloth(SLO.replace(old, new, 1))
    assert (lost(made), sum(len(each["slos"]) for each in made.documents)) == ([expected], slos)


def test_alerts_keep_what_prometheus_can_name() -> None:
    text = POLICY.format(severity="page", burn="threshold: 14.4, lookbackWindow: 1h", target="alertmanager")
    labels = "labels: {severity: page, my-team: web}, annotations: {summary: burns, example.com/x: y}"
    made = sloth(SLO.rstrip() + text.replace("labels: {severity: page}", labels))
    assert lost(made) == ["24:85 warning AIR042", "24:130 warning AIR042"]
    alerting = only(made)["alerting"]
    assert alerting["labels"] == {"severity": "page"}
    assert alerting["annotations"] == {"summary": "burns", "runbook": "https://runbooks.example.com/pages"}


def test_thresholds_and_composites_are_left_out() -> None:
    start, end = SLO.index("          ratioMetric"), SLO.index("      timeWindow")
    threshold = "          thresholdMetric: {metricSource: {type: Prometheus, spec: {query: x}}}\n"
    assert lost(sloth(SLO[:start] + threshold + SLO[end:])) == ["14:7 warning AIR042"]
    composite = SLO.replace("- target", "- indicatorRef: x\n          target")
    assert lost(sloth(composite)) == ["21:7 warning AIR042"]
    missing = SLO[: SLO.index("      indicator:")] + "      indicatorRef: none\n" + SLO[SLO.index("      timeWindow") :]
    assert lost(sloth(missing)) == ["11:17 warning AIR042"]


def test_one_document_a_service_and_file() -> None:
    loaded = read(SLO + "---" + SLO.replace("shop", "bank") + "---" + SLO.replace("name: pages", "name: more"))
    made = to_sloth(loaded.specs)
    assert [(each["service"], len(each["slos"])) for each in made.documents] == [("shop", 2), ("bank", 1)]
    assert made.paths == ("spec.yaml", "spec.yaml")
