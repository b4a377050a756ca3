"""The short form reads as OpenSLO v1, says what it was read as, and guesses nothing."""

from decimal import Decimal
from typing import Any

import pytest

from airectl.telemetry import catalogue
from spec_texts import documents, found, is_v1, read

SPEC = """
    service: chat
    telemetry: streams
    SLO:
      latency: 250ms
      availability: 99.9%
    """


def metric(slo: Any, role: str) -> Any:
    return slo["spec"]["indicator"]["spec"]["ratioMetric"][role]["metricSource"]


def test_the_form_in_the_documentation_is_read() -> None:
    text = (
        "service: chat\n"
        "telemetry: vllm          # a preset of the telemetry catalogue; or `events: path/*.jsonl`\n"
        "SLO:\n"
        "  accuracy: 95%\n"
        "  latency: 200ms         # or {p99: 200ms, of: ttft|e2e|itl}\n"
        "  availability: 99.9%\n"
    )
    loaded = read(text, known=catalogue.load())
    assert found(loaded) == ["4:3 warning AIR037", "5:12 warning AIR106"]
    bracket = loaded.findings[1]
    assert bracket.label == "lies in [0.1 s, 0.25 s]"
    assert bracket.notes == ("measured at 100 ms, which is stricter: what takes longer counts as bad",)
    latency, availability = documents(loaded)
    assert is_v1(loaded)
    assert latency["metadata"] == {
        "name": "chat-latency",
        "annotations": {
            "airectl.dev/converted-from": "short",
            "airectl.dev/signal": "ttft",
            "airectl.dev/threshold": "200ms",
            "airectl.dev/telemetry": "vllm",
        },
    }
    assert latency["spec"]["objectives"] == [{"displayName": "ttft < 200 ms", "target": Decimal("0.95")}]
    assert latency["spec"]["timeWindow"] == [{"duration": "28d", "isRolling": True}]
    assert latency["spec"]["budgetingMethod"] == "Occurrences"
    assert latency["spec"]["indicator"]["spec"]["ratioMetric"]["counter"] is True
    assert metric(latency, "good") == {
        "type": "Prometheus",
        "spec": {"query": 'sum(vllm:time_to_first_token_seconds_bucket{le="0.1"})'},
    }
    assert availability["spec"]["objectives"] == [{"displayName": "availability", "target": Decimal("0.999")}]
    assert loaded.explained == (
        "chat-latency: p95 of time to first token under 200 ms (95 % of requests); that is the `latency` of a server "
        "that streams; measured at 100 ms, the histogram's edge below, which is stricter; over 28 days, rolling",
        "chat-availability: 99.9 % of requests that finished, of all that clients did not abort, rejected ones "
        "included; over 28 days, rolling",
    )
    assert latency["spec"]["description"] in loaded.explained[0]


def test_latency_is_end_to_end_where_nothing_streams() -> None:
    loaded = read(SPEC.replace("streams", "waits").replace("250ms", "500ms"))
    latency = documents(loaded)[0]
    assert found(loaded) == []
    assert latency["metadata"]["annotations"]["airectl.dev/signal"] == "e2e"
    # The histogram counts milliseconds.
    assert metric(latency, "good")["spec"]["query"] == 'sum(waits_e2e_bucket{le=~"500(\\\\.0)?"})'
    assert "that is the `latency` of what does not stream" in loaded.explained[0]


@pytest.mark.parametrize(
    ("value", "signal", "target", "edge"),
    [
        ("250ms", "ttft", "0.95", "0.25"),
        ("0.25s", "ttft", "0.95", "0.25"),
        ("{p99: 250ms}", "ttft", "0.99", "0.25"),
        ("{p99.9: 250 ms, of: e2e}", "e2e", "0.999", "0.25"),
        ("{p50: 100ms, of: ttft}", "ttft", "0.50", "0.1"),
    ],
)
def test_a_latency_is_a_percentile_of_one_of_them(value: str, signal: str, target: str, edge: str) -> None:
    loaded = read(SPEC.replace("250ms", value))
    latency = documents(loaded)[0]
    assert (found(loaded), is_v1(loaded)) == ([], True)
    assert latency["metadata"]["annotations"]["airectl.dev/signal"] == signal
    assert latency["spec"]["objectives"][0]["target"] == Decimal(target)
    assert f'le="{edge}"' in metric(latency, "good")["spec"]["query"]


def test_several_percentiles_are_several_slos() -> None:
    loaded = read(SPEC.replace("250ms", "{p50: 100ms, p99.9: 1s}"))
    assert [slo["metadata"]["name"] for slo in documents(loaded)] == [
        "chat-latency-p50",
        "chat-latency-p99-9",
        "chat-availability",
    ]


@pytest.mark.parametrize(
    ("threshold", "expected", "label", "edge"),
    [
        ("200ms", "warning AIR106", "lies in [0.1 s, 0.25 s]", "0.1"),
        ("2s", "warning AIR106", "lies in [1 s, +Inf]", "1"),
        ("50ms", "error AIR106", "its first edge is 100 ms", None),
    ],
)
def test_a_threshold_between_edges_is_measured_at_the_lower_one(
    threshold: str, expected: str, label: str, edge: str | None
) -> None:
    loaded = read(SPEC.replace("250ms", threshold))
    assert found(loaded) == [f"5:12 {expected}"]
    assert loaded.findings[0].label == label
    slos = documents(loaded)
    assert len(slos) == (1 if edge is None else 2)
    if edge:
        assert f"measured at {'100 ms' if edge == '0.1' else '1 s'}, the histogram's edge below" in loaded.explained[0]
        assert edge in metric(slos[0], "good")["spec"]["query"]
        assert slos[0]["metadata"]["annotations"]["airectl.dev/threshold"] == threshold


@pytest.mark.parametrize("written", ["99.9%", "99.9 %", "0.999"])
def test_a_share_is_a_percentage_or_a_ratio(written: str) -> None:
    slo = documents(read(SPEC.replace("99.9%", written)))[1]
    assert slo["spec"]["objectives"][0]["target"] == Decimal("0.999")


EVENTS = """
    service: chat
    events: logs/*.jsonl
    SLO:
      accuracy: 95%
    """


def test_accuracy_is_measured_on_events() -> None:
    loaded = read(EVENTS)
    (slo,) = documents(loaded)
    assert (found(loaded), is_v1(loaded)) == ([], True)
    log = {"path": "logs/*.jsonl", "timestamp": "timestamp", "label": "good", "valid": "valid"}
    assert metric(slo, "good") == {"type": "Events", "spec": {**log, "where": 'cast("good" as boolean)'}}
    assert metric(slo, "total") == {"type": "Events", "spec": log}
    assert slo["metadata"]["annotations"]["airectl.dev/signal"] == "quality"
    assert loaded.explained == (
        "chat-accuracy: 95 % of the events are `good`, of those where that is known and `valid` is true, if there is "
        "such a column; over 28 days, rolling",
    )


def test_columns_can_be_named() -> None:
    columns = '{path: [a.jsonl, b.jsonl], timestamp: at, good: "is \\"right\\"", valid: counted}'
    (slo,) = documents(read(EVENTS.replace("logs/*.jsonl", columns)))
    log = {"path": ["a.jsonl", "b.jsonl"], "timestamp": "at", "label": 'is "right"'}
    right, counted = 'cast("is ""right""" as boolean)', 'cast("counted" as boolean)'
    assert metric(slo, "good")["spec"] == {**log, "where": f"{right} and {counted}"}
    assert metric(slo, "total")["spec"] == {**log, "where": counted}


def test_without_telemetry_everything_is_measured_on_events() -> None:
    text = EVENTS.replace(
        "accuracy: 95%", "availability: 99%\n      latency: 2s\n      ttft: {p99: 200ms, column: first}"
    )
    loaded = read(text)
    availability, latency, ttft = documents(loaded)
    assert (found(loaded), is_v1(loaded)) == ([], True)
    assert metric(availability, "good")["spec"]["where"] == 'cast("good" as boolean)'
    assert metric(latency, "good")["spec"]["where"] == '"e2e_s" < 2'
    assert metric(ttft, "good")["spec"]["where"] == '"first" < 0.2'
    assert "label" not in metric(latency, "total")["spec"]


def test_telemetry_measures_what_accuracy_does_not() -> None:
    loaded = read(EVENTS.replace("events:", "telemetry: streams\n    events:").rstrip() + "\n      ttft: 100ms\n")
    accuracy, ttft = documents(loaded)
    assert [metric(each, "good")["type"] for each in (accuracy, ttft)] == ["Events", "Prometheus"]


def test_every_value_points_at_what_the_user_wrote() -> None:
    latency, availability = (document.node for document in read(SPEC).specs.documents)
    ratio = latency.map("spec").map("indicator").map("spec").map("ratioMetric")
    places = {
        "name": latency.map("metadata").at("name"),
        "target": latency.map("spec").maps("objectives")[0].at("target"),
        "query": ratio.map("good").map("metricSource").map("spec").at("query"),
        "service": latency.map("spec").at("service"),
        "telemetry": latency.map("metadata").map("annotations").at("airectl.dev/telemetry"),
        "other": availability.map("metadata").at("name"),
    }
    assert {key: (at.line, at.col) for key, at in places.items()} == {
        "name": (5, 12),
        "target": (5, 12),
        "query": (5, 12),
        "service": (2, 10),
        "telemetry": (3, 12),
        "other": (6, 17),
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("99.9%", "100%", ["6:17 error AIR014"]),
        ("99.9%", "99.9", ["6:17 error AIR014"]),
        ("99.9%", "'99.9'", ["6:17 error AIR014"]),
        ("99.9%", "[1]", ["6:3 error AIR012"]),
        ("250ms", "250", ["5:12 error AIR012"]),
        ("250ms", "250 msec", ["5:12 error AIR017"]),
        ("250ms", "{p99: 1}", ["5:18 error AIR012"]),
        ("250ms", "{p100: 1s}", ["5:13 error AIR011"]),
        ("250ms", "{of: ttft}", ["5:3 error AIR010"]),
        ("250ms", "{p99: 1s, ofs: ttft}", ["5:22 error AIR011"]),
        ("250ms", "{p99: 1s, of: tftt}", ["5:26 error AIR013"]),
        ("latency", "latnecy", ["5:3 error AIR011"]),
        ("latency", "itl", ["5:3 error AIR013"]),
        ("service: chat", "service: Chat", ["2:10 error AIR016"]),
        ("    service: chat\n", "", ["2:1 error AIR010"]),
        ("streams", "stream", ["3:12 error AIR013"]),
        ("    telemetry: streams\n", "", ["4:3 error AIR010"]),
        ("SLO:", "slo:", ["2:1 error AIR010", "4:1 error AIR011"]),
    ],
)
def test_what_is_wrong_is_said_at_its_place(old: str, new: str, expected: list[str]) -> None:
    assert old in SPEC
    assert found(read(SPEC.replace(old, new, 1))) == expected


def test_near_names_are_offered() -> None:
    assert read(SPEC.replace("streams", "stream")).findings[0].label == "did you mean `streams`?"
    assert read(SPEC.replace("latency", "latnecy")).findings[0].label == "did you mean `latency`?"
    assert read(SPEC.replace("SLO:", "slo:")).findings[1].label == "did you mean `SLO`?"
    assert read(SPEC.replace("250ms", "{p100: 1s}")).findings[0].help == "known here: of, column, p50, p95, p99"


def test_accuracy_without_events_is_a_warning_and_no_slo() -> None:
    loaded = read(EVENTS.replace("    events: logs/*.jsonl\n", ""))
    assert (found(loaded), documents(loaded)) == (["4:3 warning AIR037"], [])


def test_good_cannot_mean_two_things() -> None:
    assert found(read(EVENTS.rstrip() + "\n      availability: 99%\n")) == ["6:3 error AIR010"]
    assert found(read(EVENTS.rstrip() + "\n      latency: 2s\n")) == []


SHIPPED = """
    service: chat
    telemetry: {}
    SLO:
      {}
    """


@pytest.mark.parametrize(
    ("system", "promise", "help"),
    [
        ("ollama", "availability: 99%", "`airectl probe`"),
        ("gaudi-exporter", "availability: 99%", "the SLIs of the server that runs on it"),
        ("llama-cpp", "availability: 99%", "write the SLO as OpenSLO with a query of your own"),
        ("python-service", "latency: 100ms", "write the SLO as OpenSLO with a query of your own"),
        ("tf-serving", "e2e: 500ms", "there are: availability, availability-strict, rejections; or write"),
    ],
)
def test_a_system_that_cannot_says_what_can(system: str, promise: str, help: str) -> None:
    loaded = read(SHIPPED.format(system, promise), known=catalogue.load())
    assert documents(loaded) == []
    assert [finding.code for finding in loaded.findings] == ["AIR013"]
    assert loaded.findings[0].help.startswith(help)


def test_bad_events_are_counted_where_the_metrics_do() -> None:
    (slo,) = documents(read(SHIPPED.format("litellm", "availability: 99.9%"), known=catalogue.load()))
    ratio = slo["spec"]["indicator"]["spec"]["ratioMetric"]
    assert set(ratio) == {"counter", "bad", "total"}
    bad = 'sum(litellm_proxy_total_requests_metric_total{status_code=~"5.."})'
    assert metric(slo, "bad")["spec"]["query"] == bad


def test_half_a_second_is_no_edge_of_sglang() -> None:
    loaded = read(SHIPPED.format("sglang", "latency: 500ms"), known=catalogue.load())
    assert loaded.findings[0].label == "lies in [0.4 s, 0.6 s]"
    (slo,) = documents(loaded)
    assert 'is_streaming="true",le="0.4"' in metric(slo, "good")["spec"]["query"]
