"""Mistakes that stand in published rules and dashboards: each is found in a spec; the right names are not."""

from __future__ import annotations

from typing import Any

import pytest

from airectl.spec.emit import emit
from airectl.telemetry import catalogue
from spec_texts import serious

CATALOGUE = catalogue.load()


def slo(query: str, *, telemetry: str = "", op: str = "lt", value: float = 0) -> dict[str, Any]:
    """An SLO that compares a query with a value."""
    annotations = {"airectl.dev/telemetry": telemetry} if telemetry else {}
    source = {"type": "Prometheus", "spec": {"query": query}}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "it", "annotations": annotations},
        "spec": {
            "service": "chat",
            "indicator": {"metadata": {"name": "it"}, "spec": {"thresholdMetric": {"metricSource": source}}},
            "timeWindow": [{"duration": "28d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"op": op, "value": value, "target": 0.99}],
        },
    }


SERVICE = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "chat"}, "spec": {}}


def codes(document: dict[str, Any]) -> set[str]:
    return {finding.code for finding in serious(emit([SERVICE, document], "openslo-v1"), CATALOGUE)}


WRONG = [
    # Seen in rules that are published.
    ("sum(rate(vllm:request_failed_total[5m]))", "AIR107"),
    ("max(DCGM_FI_DEV_FB_USED / 1024^3)", "AIR113"),
    ("max(DCGM_FI_DEV_FB_USED / (1024 * 1024 * 1024))", "AIR113"),
    ("max(DCGM_FI_DEV_FB_USED / DCGM_FI_DEV_FB_TOTAL)", "AIR109"),
    ("max(DCGM_FI_DEV_XID_ERRORS > 0)", "AIR110"),
    ("max(DCGM_FI_DEV_XID_ERRORS)", "AIR110"),
    ("sum(increase(DCGM_FI_DEV_ECC_DBE_VOL_TOTAL[5m]))", "AIR109"),
    ("sum(DCGM_EXP_XID_ERRORS_COUNT)", "AIR109"),
    ("sum(rate(inference_model_request_total[5m]))", "AIR108"),
    ("sum(rate(inference_model_request_duration_seconds_count[5m]))", "AIR108"),
    ("sum(rate(vllm:num_preemptions[5m]))", "AIR107"),
    ("sum(rate(vllm:gpu_prefix_cache_hits_total[5m]))", "AIR108"),
    ("max(vllm:gpu_cache_usage_perc)", "AIR108"),
    ("max(vllm:num_requests_swapped)", "AIR108"),
    ("sum(rate(sglang:time_per_output_token_seconds_sum[5m]))", "AIR108"),
    ("sum(rate(ai_prompt_tokens_total[5m]))", "AIR108"),
    # `_total` is on the wire, or is there in spite of the type.
    ("sum(rate(vllm:request_success[5m]))", "AIR107"),
    ("sum(rate(vllm:iteration_tokens_total[5m]))", "AIR107"),
    ("sum(rate(tgi_request_success_total[5m]))", "AIR107"),
    ("sum(rate(nv_inference_request_success_total[5m]))", "AIR107"),
    ("sum(rate(litellm_proxy_total_requests_metric[5m]))", "AIR107"),
    # Other names, under Ray too.
    ("sum(rate(ray_vllm_request_success[5m]))", "AIR107"),
    ("max(ray_vllm_gpu_cache_usage_perc)", "AIR108"),
    ("max(kserve_vllm:gpu_cache_usage_perc)", "AIR108"),
    # How a whole number is spelled.
    ('sum(rate(vllm:time_to_first_token_seconds_bucket{le="1"}[5m]))', "AIR116"),
    ('sum(rate(llm_d_epp_request_ttft_seconds_bucket{le="1"}[5m]))', "AIR116"),
    ('sum(rate(llm_d_epp_request_ttft_seconds_bucket{le="1.0"}[5m]))', "AIR116"),
    # No bucket at half a second.
    ('sum(rate(sglang:time_to_first_token_seconds_bucket{le="0.5"}[5m]))', "AIR106"),
    ('sum(rate(llm_d_epp_request_ttft_seconds_bucket{le="0.5"}[5m]))', "AIR106"),
    ('sum(rate(gen_ai_client_operation_duration_seconds_bucket{le="0.5"}[5m]))', "AIR106"),
    ('sum(rate(agentgateway_gen_ai_server_request_duration_bucket{le="0.5"}[5m]))', "AIR106"),
    ('sum(rate(nv_inference_first_response_histogram_ms_bucket{le="250"}[5m]))', "AIR106"),
    # Units.
    ('sum(rate(vllm:time_to_first_token_seconds_bucket{le="500"}[5m]))', "AIR113"),
    ('sum(rate(ray_serve_http_request_latency_ms_bucket{le="0.5"}[5m]))', "AIR113"),
    ("max(gpu_used_vram / 1024 / 1024 / 1024)", "AIR113"),
    # Off by default.
    ('sum(rate(nv_inference_first_response_histogram_ms_bucket{le="500"}[5m]))', "AIR109"),
    ('max(nv_inference_request_summary_us{quantile="0.95"})', "AIR109"),
    ("sum(rate(vllm:corrupted_requests_total[5m]))", "AIR109"),
    # Summaries.
    ('avg(nv_inference_request_summary_us{quantile="0.95"})', "AIR111"),
    ('max(model_prediction_duration_seconds{quantile="0.95"})', "AIR107"),
    # Labels and their values.
    ('sum(rate(vllm:request_success_total{finish_reason="stop"}[5m]))', "AIR112"),
    ('sum(rate(tgi_request_failure{err="timeout"}[5m]))', "AIR112"),
    ('sum(rate(nv_inference_request_failure{reason="cancelled"}[5m]))', "AIR112"),
    ('sum(rate(:tensorflow:serving:request_count{status="Ok"}[5m]))', "AIR112"),
    # Names that say nothing of their system.
    ("avg(duty_cycle)", "AIR115"),
    ("avg(tensorcore_utilization_node)", "AIR115"),
]


@pytest.mark.parametrize(("query", "code"), WRONG)
def test_it_is_found(query: str, code: str) -> None:
    assert code in codes(slo(query))


@pytest.mark.parametrize(
    ("query", "op", "value"),
    [
        ("max(DCGM_FI_DEV_FB_USED)", "lt", 8e10),
        ("avg(DCGM_FI_DEV_GPU_UTIL)", "lt", 0.9),
        ("max(vllm:kv_cache_usage_perc)", "lt", 90),
        ('avg(duty_cycle{make="cloud-tpu"})', "lt", 0.85),
    ],
)
def test_a_limit_in_another_unit_is_found(query: str, op: str, value: float) -> None:
    assert "AIR113" in codes(slo(query, op=op, value=value))


RIGHT = [
    ("max(DCGM_FI_DEV_FB_USED / 1024)", 40),
    ("max(DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE))", 0.95),
    ("max(changes(DCGM_FI_DEV_XID_ERRORS[5m]))", 1),
    ("sum(rate(vllm:request_success_total[5m]))", 1),
    ("sum(rate(vllm:iteration_tokens_total_sum[5m]))", 1),
    ("sum(rate(inference_objective_request_total[5m]))", 1),
    ("max(ray_vllm_kv_cache_usage_perc)", 0.9),
    ("max(kserve_vllm:kv_cache_usage_perc{pod='a'})", 0.9),
    ('avg(duty_cycle{make="cloud-tpu"})', 85),
    ('avg(duty_cycle{make="nvidia"})', 0.85),
    ("max(memory_used)", 1e11),
    ("max(jetstream_server_total_streams)", 1),
    ("max(amd_gpu_used_vram)", 1000),
    ('sum(rate(gen_ai_server_time_to_first_token_seconds_bucket{le="30"}[5m]))', 1),
    ('sum(rate(http_requests_total{code="500"}[5m]))', 1),
    ('histogram_quantile(0.95, sum by (le) (rate(request_predict_seconds_bucket[5m])))', 0.5),
    ("sum(litellm_a_metric_of_tomorrow)", 1),
]  # fmt: skip


@pytest.mark.parametrize(("query", "value"), RIGHT)
def test_what_is_right_has_no_finding(query: str, value: float) -> None:
    assert codes(slo(query, value=value)) == set()


def test_saying_the_system_decides_between_two() -> None:
    query = 'sum(rate(gen_ai_server_time_to_first_token_seconds_bucket{{le=~"{}(\\\\.0)?"}}[5m]))'
    assert codes(slo(query.format(30), telemetry="envoy-ai-gateway")) == set()
    assert codes(slo(query.format(30), telemetry="otel-genai")) == {"AIR106"}
    assert codes(slo(query.format(25), telemetry="envoy-ai-gateway")) == {"AIR106"}
    assert codes(slo('sum(rate(http_requests_total{code="500"}[5m]))', telemetry="vllm")) == {"AIR112"}
    assert codes(slo('sum(rate(http_requests_total{status="5xx"}[5m]))', telemetry="vllm")) == set()
    assert codes(slo("sum(memory_used)", telemetry="tpu-device-plugin")) == set()
    assert codes(slo("sum(memory_used)", telemetry="no-such-system")) == set()
