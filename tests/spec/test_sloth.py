"""Sloth's format reads as OpenSLO v1 that holds all that Sloth's rules are made of."""

from decimal import Decimal
from typing import Any

import pytest

from spec_texts import documents, found, is_v1, read

SPEC = """
    version: prometheus/v1
    service: shop
    labels: {owner: team-shop, tier: "2"}
    slos:
      - name: requests
        objective: 99.9
        description: what it is for
        labels: {tier: "1", category: availability}
        sli:
          events:
            error_query: sum(rate(bad[{{.window}}]))
            total_query: sum(rate(all[{{ .window }}]))
        alerting:
          name: ShopErrors
          labels: {area: web, severity: none}
          annotations: {runbook: https://runbooks.example.com/shop}
          page_alert:
            labels: {severity: page}
            for: 5m
          ticket_alert:
            annotations: {runbook: other}
    """


def only(text: str) -> Any:
    loaded = read(text)
    assert (found(loaded), is_v1(loaded)) == ([], True)
    (slo,) = documents(loaded)
    return slo


def test_an_slo_keeps_names_labels_target_and_queries() -> None:
    slo = only(SPEC)
    assert slo["metadata"] == {
        "name": "requests",
        "labels": {"owner": "team-shop", "tier": "1", "category": "availability"},
        "annotations": {
            "airectl.dev/converted-from": "prometheus/v1",
            "airectl.dev/owner": "team-shop",
            "airectl.dev/runbook": "https://runbooks.example.com/shop",
        },
    }
    spec = slo["spec"]
    del spec["alertPolicies"]
    assert spec == {
        "description": "what it is for",
        "service": "shop",
        "indicator": {
            "metadata": {"name": "shop-requests"},
            "spec": {
                "ratioMetric": {
                    "bad": {"metricSource": {"type": "Prometheus", "spec": {"query": "sum(rate(bad[{{.window}}]))"}}},
                    "total": {
                        "metricSource": {"type": "Prometheus", "spec": {"query": "sum(rate(all[{{ .window }}]))"}}
                    },
                }
            },
        },
        "timeWindow": [{"duration": "30d", "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"target": Decimal("0.999")}],
    }


@pytest.mark.parametrize(
    ("percent", "target"),
    [("99.9", "0.999"), ("95", "0.95"), ("99.90", "0.9990"), (f"99.{'9' * 40}", f"0.99{'9' * 40}")],
)
def test_the_target_is_exact(percent: str, target: str) -> None:
    slo = only(SPEC.replace("99.9", percent))
    assert str(slo["spec"]["objectives"][0]["target"]) == target


def test_each_alert_is_a_policy_for_each_of_its_burn_rates() -> None:
    policies = only(SPEC)["spec"]["alertPolicies"]
    seen = [
        (
            policy["metadata"]["name"],
            policy["metadata"]["displayName"],
            policy["spec"]["conditions"][0]["spec"]["severity"],
            policy["spec"]["conditions"][0]["spec"]["condition"],
        )
        for policy in policies
    ]

    def burn(threshold: str, lookback: str, **more: str) -> dict[str, object]:
        return {"kind": "burnrate", "op": "gt", "threshold": Decimal(threshold), "lookbackWindow": lookback, **more}

    assert seen == [
        ("shop-requests-page-1h", "ShopErrors", "page", burn("14.4", "1h", alertAfter="5m")),
        ("shop-requests-page-6h", "ShopErrors", "page", burn("6", "6h", alertAfter="5m")),
        ("shop-requests-ticket-1d", "ShopErrors", "ticket", burn("3", "1d")),
        ("shop-requests-ticket-3d", "ShopErrors", "ticket", burn("1", "3d")),
    ]
    assert [policy["metadata"]["labels"] for policy in policies[::2]] == [
        {"area": "web", "severity": "page"},
        {"area": "web", "severity": "none"},
    ]
    assert [policy["metadata"]["annotations"] for policy in policies[::2]] == [
        {"runbook": "https://runbooks.example.com/shop"},
        {"runbook": "other"},
    ]


@pytest.mark.parametrize("alerting", ["page_alert: {disable: true}", "page_alert: {disable: true}\n          labels:"])
def test_a_disabled_alert_has_no_policies(alerting: str) -> None:
    text = SPEC[: SPEC.index("          labels: {area")] + f"          {alerting}\n"
    policies = only(text)["spec"]["alertPolicies"]
    assert [policy["metadata"]["name"] for policy in policies] == ["shop-requests-ticket-1d", "shop-requests-ticket-3d"]


def test_without_alerts_that_is_said() -> None:
    text = SPEC[: SPEC.index("          name: ShopErrors")]
    slo = only(text + "          page_alert: {disable: true}\n          ticket_alert: {disable: true}\n")
    assert "alertPolicies" not in slo["spec"]
    assert slo["metadata"]["annotations"]["airectl.dev/alerts"] == "none"


def test_an_error_ratio_is_a_raw_metric_of_failures() -> None:
    events = SPEC[SPEC.index("          events:") : SPEC.index("        alerting:")]
    slo = only(SPEC.replace(events, "          raw: {error_ratio_query: 'a[{{.window}}]'}\n"))
    assert slo["spec"]["indicator"]["spec"]["ratioMetric"] == {
        "raw": {"metricSource": {"type": "Prometheus", "spec": {"query": "a[{{.window}}]"}}},
        "rawType": "failure",
    }


def test_a_name_that_openslo_forbids_is_kept_beside_the_new_one() -> None:
    slo = only(SPEC.replace("name: requests", "name: Requests_v1.2"))
    assert slo["metadata"]["name"] == "requests-v1-2"
    assert slo["metadata"]["annotations"]["airectl.dev/sloth-slo"] == "Requests_v1.2"
    assert slo["spec"]["indicator"]["metadata"]["name"] == "shop-requests-v1-2"


def test_long_names_stay_apart() -> None:
    names = []
    for end in "ab":
        slo = only(SPEC.replace("name: requests", f"name: {'x' * 60}{end}"))
        names += [policy["metadata"]["name"] for policy in slo["spec"]["alertPolicies"]]
    assert len(set(names)) == 8
    assert max(map(len, names)) == 63


def test_every_value_points_at_what_the_user_wrote() -> None:
    node = read(SPEC).specs.documents[0].node
    spec, metadata = node.map("spec"), node.map("metadata")
    policies, ratio = spec.maps("alertPolicies"), spec.map("indicator").map("spec").map("ratioMetric")
    places = {
        "name": metadata.at("name"),
        "label of the service": metadata.map("labels").at("owner"),
        "label of the slo": metadata.map("labels").at("tier"),
        "service": spec.at("service"),
        "target": spec.maps("objectives")[0].at("target"),
        "query": ratio.map("bad").map("metricSource").map("spec").at("query"),
        "page": policies[0].here,
        "ticket": policies[2].here,
        "alert name": policies[0].map("metadata").at("displayName"),
        "severity": policies[0].map("metadata").map("labels").at("severity"),
        "for": policies[0].map("spec").maps("conditions")[0].map("spec").map("condition").at("alertAfter"),
    }  # fmt: skip
    assert {key: (at.line, at.col) for key, at in places.items()} == {
        "name": (6, 11),
        "label of the service": (4, 17),
        "label of the slo": (9, 20),
        "service": (3, 10),
        "target": (7, 16),
        "query": (12, 22),
        "page": (18, 7),
        "ticket": (21, 7),
        "alert name": (15, 13),
        "severity": (19, 28),
        "for": (20, 14),
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("objective: 99.9", "objective: 100", "7:16 error AIR014"),
        ("objective: 99.9", "objective: 0", "7:16 error AIR014"),
        ("service: shop", "service: -shop", "3:10 error AIR016"),
        ("[{{.window}}]", "[5m]", "12:22 error AIR013"),
        ("error_query", "eror_query", "12:9 error AIR011"),
        ("          name: ShopErrors\n", "", "14:5 error AIR010"),
        ('tier: "2"', "tier: 2", "4:34 error AIR012"),
        ("for: 5m", "for: 5", "20:14 error AIR012"),
        ("for: 5m", "for: 5x", "20:14 error AIR017"),
        ("sli:", "sli:\n          raw: {error_ratio_query: '{{.window}}'}", "10:5 error AIR015"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(old: str, new: str, expected: str) -> None:
    assert old in SPEC
    loaded = read(SPEC.replace(old, new, 1))
    assert expected in found(loaded)
    assert documents(loaded) == []


def test_an_slo_that_is_wrong_leaves_the_others() -> None:
    second = SPEC[SPEC.index("      - name: requests") :].replace("requests", "other").replace("99.9", "101")
    loaded = read(SPEC.rstrip() + "\n" + second)
    assert found(loaded) == ["24:16 error AIR014"]
    assert [each["metadata"]["name"] for each in documents(loaded)] == ["requests"]


@pytest.mark.parametrize(
    ("old", "new", "expected", "slos"),
    [
        ("slos:", "slo_plugins: {chain: [{id: x}]}\n    slos:", "5:1 warning AIR042", 1),
        ("        description:", "        plugins: {chain: [{id: x}]}\n        description:", "8:5 warning AIR042", 1),
        ("        description:", "        interval: {all: 1m}\n        description:", "8:5 warning AIR042", 1),
        ("for: 5m", "for: 1h30m", "20:14 warning AIR042", 1),
        ("objective: 99.9", "objective: 0.999", "7:16 warning AIR014", 1),
    ],
)
def test_what_openslo_cannot_say_is_a_warning(old: str, new: str, expected: str, slos: int) -> None:
    loaded = read(SPEC.replace(old, new, 1))
    assert (found(loaded), len(documents(loaded))) == ([expected], slos)


def test_an_sli_of_a_plugin_leaves_its_slo_out() -> None:
    events = SPEC[SPEC.index("          events:") : SPEC.index("        alerting:")]
    loaded = read(SPEC.replace(events, "          plugin: {id: some/plugin, options: {job: x}}\n"))
    assert (found(loaded), documents(loaded), loaded.explained) == (["11:7 warning AIR042"], [], ())
