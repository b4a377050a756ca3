"""Lints of queries, at their edges. The plain cases are the fixtures in tests/codes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl.core.findings import Finding
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.source import SourceText
from airectl.telemetry import catalogue

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC), catalogue=catalogue.load())


def source(query: str, type: str = "Prometheus") -> dict[str, Any]:
    return {"metricSource": {"type": type, "spec": {"query": query}}}


def sli(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": "x"}, "spec": spec}


def threshold(query: str, type: str = "Prometheus") -> dict[str, Any]:
    return sli(thresholdMetric=source(query, type))


def raw(query: str) -> dict[str, Any]:
    return sli(ratioMetric={"rawType": "success", "raw": source(query)})


def ratio(good: str, total: str, *, counter: bool = True, part: str = "good") -> dict[str, Any]:
    return sli(ratioMetric={"counter": counter, part: source(good), "total": source(total)})


def findings(*documents: dict[str, Any]) -> list[Finding]:
    """What is found in `documents`, AIR1xx only. JSON is YAML, and needs no layout."""
    text = "\n---\n".join(json.dumps(each, ensure_ascii=False) for each in documents)
    found = check([SourceText(path="f.yaml", text=text)], CONTEXT).findings
    return [each for each in found if each.code.startswith("AIR1")]


def codes(*documents: dict[str, Any]) -> list[str]:
    return [each.code for each in findings(*documents)]


QUIET = [
    threshold("sum(x", "VictoriaMetrics"),
    threshold("sum:trace.http{*}.as_count()", "Datadog"),
    threshold("sum(x", ""),
    threshold("Any"),
    threshold("my_gauge"),
    ratio("sum(good_total)", "sum(all_total)"),
    # Other metrics may differ in everything but what both name.
    ratio('sum(good_total{code="200"})', 'sum(all_total{handler="/"})'),
    ratio('sum(errors_total{job="a"})', "sum(requests_total)", part="bad"),
    # Another spelling of the same matcher.
    ratio('sum(a_total{job=~"x"})', 'sum(a_total{job="x"})'),
    ratio('sum(a_total{job=~"x|y"})', 'sum(a_total{job=~"(y|x)"})'),
    # What an expression selects is not always known.
    ratio('sum(a_total{code=~"2.."})', 'sum(a_total{code!~"4.."})'),
    ratio('sum(a_total{code="200"})', 'sum(a_total{code=~"(2+)+00"})'),
    # One of two totals fits.
    ratio('sum(a_total{job="x",code="200"})', 'sum(b_total) + sum(a_total{job="x"})'),
    ratio("sum by (le) (a_bucket{le='1'})", "sum(a_count)"),
    # The matcher is of a label that only the other metric has.
    ratio("sum(tgi_request_success)", 'sum({__name__=~"tgi_request_success|tgi_request_failure",err!="dropped"})'),
    # Counters that are no longer bare.
    ratio("count(a_total)", "count(b_total)", counter=False),
    ratio("sum(rate(a_total[5m]))", "sum(rate(b_total[5m]))", counter=False),
    ratio("sum_over_time(a_total[5m])", "sum_over_time(b_total[5m])", counter=False),
    # A stand-in, a comparison or a lower bound keeps the number.
    raw("sum(rate(a[5m])) / clamp_min(sum(rate(b[5m])), 1)"),
    raw("(sum(rate(a[5m])) / sum(rate(b[5m]))) >= 0"),
    raw('(sum(rate(a{code="500"}[5m])) or vector(0)) / (sum(rate(b[5m])) > 0)'),
    raw('absent(a{code="500"}) + b'),
    raw("sum(a) / count(a)"),
    # Known labels, labels of targets, and values that are no values.
    threshold('vllm:num_requests_waiting{engine="0",model_name="m",namespace="n",team="t"}'),
    threshold('vllm:num_requests_waiting{status=""}'),
    threshold('rate(vllm:request_success_total{finished_reason=~"st.*"}[5m])'),
    threshold('vllm:cache_config_info{code="1"}'),
    threshold('{__name__=~"vllm:.*",status="200"}'),
    threshold('{__name__=~"vllm:num_requests_waiting|my_gauge",status="200"}'),
    threshold('max(x{quantile="0.9"})'),
    threshold('sum(x{quantile!="0.9"})'),
    # Edges: every spelling.
    *(
        threshold(f'rate(vllm:time_to_first_token_seconds_bucket{{le="{le}"}}[5m])')
        for le in ("0.5", "1.0", "2560.0", "+Inf")
    ),
    threshold(r'rate(vllm:time_to_first_token_seconds_bucket{le=~"1(\\.0)?"}[5m])'),
    threshold('rate(vllm:time_to_first_token_seconds_bucket{le=~"0.2|0.3"}[5m])'),
    threshold('rate(vllm:request_prompt_tokens_bucket{le="300"}[5m])'),
]


@pytest.mark.parametrize("document", QUIET, ids=lambda document: json.dumps(document["spec"])[:100])
def test_nothing_to_say(document: dict[str, Any]) -> None:
    assert findings(document) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (threshold("sum(x", "Thanos"), "AIR101"),
        (threshold("sum(x", "Grafana Mimir"), "AIR101"),
        (threshold("(" * 10_000), "AIR102"),
        (threshold("+".join(["a"] * 10_000)), "AIR102"),
        (threshold("sum(vllm:nothing_like_it)", "VictoriaMetrics"), "AIR107"),
        (ratio('sum(a_total{job="x"})', 'sum(a_total{job=~"x|y"})'), "AIR103"),
        (ratio('sum(a_total{job="x"})', 'sum(b_total) + sum(a_total{job="y"})'), "AIR103"),
        (ratio('sum(a_total{job!~"x.*"})', 'sum(a_total{job!~"y.*"})'), "AIR103"),
        (ratio('sum(a_total{code=~"5..|404"})', 'sum(a_total{code!="404"})', part="bad"), "AIR103"),
        (ratio("sum without (pod) (a_total)", "sum by (pod) (a_total)"), "AIR103"),
        (ratio("sum(a_total)", "sum(vllm:num_requests_waiting)"), "AIR105"),
        (ratio("sum(clamp_min(a_total, 0)) > 0", "sum(b)", counter=False), "AIR105"),
        (raw('sum(rate(a{code="500"}[5m])) / (sum(rate(b[5m])) > 0)'), "AIR104"),
        (ratio("sum(a_total)", 'sum(b_total) + sum(b_total{reason="late"})'), "AIR104"),
        (threshold('rate(vllm:time_to_first_token_seconds_bucket{le="0.3"}[5m])'), "AIR106"),
        (threshold('rate(vllm:time_to_first_token_seconds_bucket{le=~"3(\\\\.0)?"}[5m])'), "AIR106"),
        (threshold('rate(vllm:e2e_request_latency_seconds_bucket{le="90"}[5m])'), "AIR106"),
        (threshold('rate(vllm:e2e_request_latency_seconds_bucket{le="500"}[5m])'), "AIR113"),
        (threshold('rate(vllm:inter_token_latency_seconds_bucket{le="100"}[5m])'), "AIR113"),
        (threshold("vllm:num_requests_running_total"), "AIR107"),
        (threshold('{__name__="vllm:gpu_cache_usage_perc"}'), "AIR108"),
        (threshold('vllm:num_requests_waiting{le="1"}'), "AIR112"),
        (threshold('vllm:num_requests_waiting_by_reason{reason="capacty"}'), "AIR112"),
        (threshold("rate(x_total[$__interval])"), "AIR114"),
    ],
)
def test_one_thing_to_say(document: dict[str, Any], expected: str) -> None:
    assert codes(document) == [expected]


def test_the_bracket_is_named() -> None:
    (found,) = findings(threshold('rate(vllm:time_to_first_token_seconds_bucket{le="0.2"}[5m])'))
    assert found.label == "it lies in [0.1 s, 0.25 s]"
    assert found.help == 'write `le="0.1"` (stricter) or `le="0.25"` (laxer)'
    (found,) = findings(threshold('rate(vllm:time_to_first_token_seconds_bucket{le="0.0001"}[5m])'))
    assert found.label == "the first edge is 0.001 s"


def test_help_names_the_successor_on_the_wire() -> None:
    (found,) = findings(threshold("sum(rate(vllm:time_per_output_token_seconds_count[5m]))"))
    assert found.help == "use `vllm:inter_token_latency_seconds_count`"


def test_a_counter_without_its_suffix_is_recognised() -> None:
    (found,) = findings(threshold("rate(vllm:num_preemptions[5m])"))
    assert found.label == "did you mean `vllm:num_preemptions_total`?"


def versioned(version: str) -> dict[str, Any]:
    document = threshold("max(vllm:gpu_cache_usage_perc)")
    document["metadata"]["annotations"] = {"airectl.dev/telemetry-version": version}
    return document


def test_an_older_server_has_its_metrics_still() -> None:
    assert codes(versioned("0.9.2")) == []
    assert codes(versioned("0.33")) == ["AIR108"]
    assert codes(versioned("0.33.1")) == ["AIR108"]


def test_the_type_may_stand_at_the_data_source() -> None:
    document = threshold("sum(x")
    document["spec"]["thresholdMetric"]["metricSource"] = {"metricSourceRef": "prod", "spec": {"query": "sum(x"}}
    prod = {"apiVersion": "openslo/v1", "kind": "DataSource", "metadata": {"name": "prod"}}
    assert codes(document) == []
    assert codes(document, {**prod, "spec": {"type": "Prometheus", "connectionDetails": [{"url": "x"}]}}) == ["AIR101"]
    assert codes(document, {**prod, "spec": {"type": "Datadog", "connectionDetails": [{"url": "x"}]}}) == []


def test_sloth_writes_its_window_as_it_should() -> None:
    text = """\
version: prometheus/v1
service: chat
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(a_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(a_total[{{.window}}]))
    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
"""
    found = check([SourceText(path="f.yaml", text=text)], CONTEXT).findings
    assert [each for each in found if each.code.startswith("AIR1")] == []
    broken = check([SourceText(path="f.yaml", text=text.replace("sum(rate(a_total[", "sum(rate(a_total"))], CONTEXT)
    assert [str(each.at) for each in broken.findings if each.code == "AIR101"] == ["f.yaml:9:22"]


def test_a_message_is_one_line() -> None:
    odd = r'"a\nb"'
    found = findings(
        ratio(
            f"sum(vllm:request_success_total{{finished_reason={odd},job={odd}}})",
            'sum(vllm:request_success_total{job="x"})',
        )
    )
    assert [each.code for each in found] == ["AIR103", "AIR112"]
    for each in found:
        assert r"a\nb" in each.message
        assert "\n" not in each.message


QUERIES = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from([
            "sum(", ")", "rate(", "[5m]", "vllm:time_to_first_token_seconds_bucket", "vllm:request_success", "a_total",
            '{job="a\\nb"}', '{le="0.2"}', '{le=~"1(\\\\.0)?"}', '{finish_reason="x"}', '{__name__=~"a|b"}', " / ",
            " + ", " or vector(0)", " > 0",
            "vllm:lora_requests_info", "{{.window}}", "$__interval", '{quantile="0.9"}', " offset 5m", "1",
        ]),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(QUERIES, QUERIES, st.sampled_from(["good", "bad"]))
@settings(deadline=None)
def test_no_query_makes_a_lint_raise(one: str, other: str, part: str) -> None:
    for each in findings(ratio(one, other, part=part), raw(one), threshold(other)):
        assert each.at is not None
        assert each.at.line >= 1
        assert each.help
        assert not each.message.endswith(".")
        assert "\n" not in each.message + each.help + each.label
