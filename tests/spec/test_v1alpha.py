"""OpenSLO v1alpha reads as v1, and what is wrong with it is said at its own place."""

from decimal import Decimal

import pytest

from spec_texts import documents, found, is_v1, read

RATIO = """
    apiVersion: openslo/v1alpha
    kind: SLO
    metadata:
      name: pages
      displayName: Pages
    spec:
      description: what it is for
      service: web
      budgetingMethod: Occurrences
      objectives:
        - displayName: Good
          value: 1
          target: 0.9990
          ratioMetrics:
            incremental: true
            good: {source: prometheus, queryType: promql, query: good}
            total: {source: datadog, queryType: metric, query: total, metadata: {region: [eu]}}
      timeWindows:
        - {unit: Day, count: 30}
    """


def test_a_ratio_becomes_the_indicator_of_its_slo() -> None:
    loaded = read(RATIO)
    assert (found(loaded), is_v1(loaded)) == ([], True)
    assert documents(loaded) == [
        {
            "apiVersion": "openslo/v1",
            "kind": "SLO",
            "metadata": {
                "name": "pages",
                "displayName": "Pages",
                "annotations": {
                    "airectl.dev/converted-from": "openslo/v1alpha",
                    "airectl.dev/sloth-slo": "pages-0",
                },
            },
            "spec": {
                "description": "what it is for",
                "service": "web",
                "indicator": {
                    "metadata": {"name": "pages"},
                    "spec": {
                        "ratioMetric": {
                            "counter": True,
                            "good": {"metricSource": {"type": "Prometheus", "spec": {"query": "good"}}},
                            "total": {
                                "metricSource": {
                                    "type": "datadog",
                                    "spec": {"queryType": "metric", "query": "total", "metadata": {"region": ["eu"]}},
                                }
                            },
                        }
                    },
                },
                "timeWindow": [{"duration": "30d", "isRolling": True}],
                "budgetingMethod": "Occurrences",
                "objectives": [{"displayName": "Good", "target": Decimal("0.9990")}],
            },
        }
    ]
    assert loaded.explained == ("pages: a window without `isRolling` and `calendar` is rolling, as in Sloth",)


def test_every_value_points_at_what_the_user_wrote() -> None:
    node = read(RATIO).specs.documents[0].node
    ratio = node.map("spec").map("indicator").map("spec").map("ratioMetric")
    places = {
        "apiVersion": node.at("apiVersion"),
        "name": node.map("metadata").at("name"),
        "service": node.map("spec").at("service"),
        "target": node.map("spec").maps("objectives")[0].at("target"),
        "duration": node.map("spec").maps("timeWindow")[0].at("duration"),
        "counter": ratio.at("counter"),
        "query": ratio.map("total").map("metricSource").map("spec").at("query"),
        "type": ratio.map("good").map("metricSource").at("type"),
    }
    assert {key: (at.line, at.col) for key, at in places.items()} == {
        "apiVersion": (2, 13),
        "name": (5, 9),
        "service": (9, 12),
        "target": (14, 15),
        "duration": (20, 26),
        "counter": (16, 22),
        "query": (18, 60),
        "type": (17, 24),
    }


def test_each_objective_with_ratio_metrics_is_an_slo_of_its_own() -> None:
    second = """
        - target: 0.95
          ratioMetrics:
            good: {source: sloth, queryType: promql, query: good}
            total: {source: prometheus, queryType: promql, query: total}
      timeWindows:
    """
    loaded = read(RATIO.replace("\n      timeWindows:\n", second.rstrip() + "\n"))
    assert (found(loaded), is_v1(loaded)) == ([], True)
    first, other = documents(loaded)
    assert [slo["metadata"]["name"] for slo in (first, other)] == ["pages-0", "pages-1"]
    assert [slo["spec"]["indicator"]["metadata"]["name"] for slo in (first, other)] == ["pages-0", "pages-1"]
    assert [slo["metadata"]["annotations"]["airectl.dev/sloth-slo"] for slo in (first, other)] == ["pages-0", "pages-1"]
    assert other["spec"]["objectives"] == [{"target": Decimal("0.95")}]
    ratio = other["spec"]["indicator"]["spec"]["ratioMetric"]
    assert ratio["good"]["metricSource"]["type"] == "Prometheus"


THRESHOLD = """
    apiVersion: openslo/v1alpha
    kind: SLO
    metadata: {name: slow}
    spec:
      service: web
      budgetingMethod: Timeslices
      indicator: {thresholdMetric: {source: prometheus, queryType: promql, query: x}}
      objectives:
        - {displayName: a, op: lt, value: 500, target: 0.99, timeSliceTarget: 0.9}
        - {displayName: b, op: lt, value: 900, target: 0.999, timeSliceTarget: 0.9}
      timeWindows:
        - count: 1
          unit: Month
          calendar: {startTime: "2022-01-01 00:00:00", timeZone: Europe/Berlin}
    """


def test_a_threshold_keeps_its_objectives_in_one_slo() -> None:
    loaded = read(THRESHOLD)
    assert (found(loaded), is_v1(loaded)) == ([], True)
    (slo,) = documents(loaded)
    assert slo["metadata"] == {"name": "slow", "annotations": {"airectl.dev/converted-from": "openslo/v1alpha"}}
    assert slo["spec"]["indicator"]["spec"] == {
        "thresholdMetric": {"metricSource": {"type": "Prometheus", "spec": {"query": "x"}}}
    }
    assert slo["spec"]["timeWindow"] == [
        {
            "duration": "1M",
            "isRolling": False,
            "calendar": {"startTime": "2022-01-01 00:00:00", "timeZone": "Europe/Berlin"},
        }
    ]
    assert [each["value"] for each in slo["spec"]["objectives"]] == [500, 900]
    assert {each["timeSliceWindow"] for each in slo["spec"]["objectives"]} == {"1m"}
    assert loaded.explained == ("slow: a slice is one minute; v1alpha has no `timeSliceWindow`",)


@pytest.mark.parametrize(
    ("window", "duration"),
    [
        ("count: 2592000, unit: Second", "30d"), ("count: 7200, unit: Second", "2h"), ("count: 60, unit: Second", "1m"),
        ("count: 5, unit: Minute", "5m"), ("count: 12, unit: Hour", "12h"), ("count: 4, unit: Week", "4w"),
        ("count: 1, unit: Quarter", "1Q"), ("count: 2, unit: Year", "2Y"),
    ],
)  # fmt: skip
def test_units_of_windows(window: str, duration: str) -> None:
    loaded = read(RATIO.replace("unit: Day, count: 30", window))
    assert documents(loaded)[0]["spec"]["timeWindow"] == [{"duration": duration, "isRolling": True}]


def test_a_service_is_taken_over() -> None:
    loaded = read(
        """
        apiVersion: openslo/v1alpha
        kind: Service
        metadata: {name: web, displayName: Web}
        spec: {description: pages}
        """
    )
    assert (found(loaded), is_v1(loaded)) == ([], True)
    assert documents(loaded) == [
        {
            "apiVersion": "openslo/v1",
            "kind": "Service",
            "metadata": {"name": "web", "displayName": "Web"},
            "spec": {"description": "pages"},
        }
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("target: 0.9990", "target: 99.9", "14:15 error AIR014"),
        ("unit: Day", "unit: Days", "20:14 error AIR013"),
        ("unit: Day, count: 30", "unit: Second, count: 90", "20:29 error AIR017"),
        ("count: 30", "count: 0", "20:26 error AIR013"),
        ("kind: SLO", "kind: SLI", "3:7 error AIR013"),
        ("kind: SLO\n", "\n", "2:1 error AIR010"),
        ("service: web", "servce: web", "7:1 error AIR010"),
        ("source: prometheus", "source: 'my source'", "17:24 error AIR013"),
        ("incremental: true", "incremental: yes please", "16:22 error AIR012"),
        ("name: pages", "name: Pages", "5:9 error AIR016"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_is_made_of_it(old: str, new: str, expected: str) -> None:
    assert old in RATIO
    loaded = read(RATIO.replace(old, new, 1))
    assert expected in found(loaded)
    assert documents(loaded) == []


def test_an_slo_is_measured_in_one_way() -> None:
    both = "service: web\n      indicator: {thresholdMetric: {source: prometheus, queryType: promql, query: x}}"
    assert found(read(RATIO.replace("service: web", both))) == ["16:7 error AIR015"]
    neither = THRESHOLD.replace(
        "      indicator: {thresholdMetric: {source: prometheus, queryType: promql, query: x}}\n", ""
    )
    assert found(read(neither)) == ["9:7 error AIR010", "10:7 error AIR010"]
