"""A live page comes before the catalogue: names, types, edges and labels of the page hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from airectl.core import exposition
from airectl.core.observed import Observed, observed
from airectl.evaluate.judged_queries import judge
from airectl.rules.rule_queries import rule_queries
from airectl.telemetry import catalogue
from airectl.telemetry.observing import observe

CATALOGUE = catalogue.load()
VLLM = """# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{model_name="m",engine="0"} 1.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{model_name="m",engine="0",finished_reason="stop"} 1.0
"""
RAY = """# TYPE ray_vllm_num_requests_waiting gauge
ray_vllm_num_requests_waiting{model_name="m",Version="2.60.0"} 1.0
# TYPE ray_serve_num_http_requests_total counter
ray_serve_num_http_requests_total{route="/",Version="2.60.0"} 1.0
"""
OLD = """# TYPE vllm:gpu_cache_usage_perc gauge
vllm:gpu_cache_usage_perc{model_name="m"} 0.5
"""
SWITCHED_ON = """# TYPE DCGM_FI_DEV_ECC_DBE_VOL_TOTAL counter
DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{gpu="0"} 0
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{gpu="0"} 40
"""
OTHER_TYPES = """# TYPE vllm:num_requests_waiting counter
vllm:num_requests_waiting{model_name="m"} 1.0
# TYPE vllm:request_success_total untyped
vllm:request_success_total{model_name="m"} 1.0
# TYPE own_seconds summary
own_seconds{quantile="0.9"} 0.1
own_seconds_sum 1
own_seconds_count 1
# TYPE go_seconds histogram
go_seconds_bucket{le="1"} 1
go_seconds_bucket{le="2.5"} 1
go_seconds_bucket{le="+Inf"} 1
go_seconds_sum 1
go_seconds_count 1
untyped_bucket{le="1"} 1
untyped_bucket{le="+Inf"} 1
"""


def known(*pages: str, recorded: Sequence[str] = ()) -> Observed:
    seen = [observe(f"p{n}", exposition.read(text), CATALOGUE).seen for n, text in enumerate(pages)]
    return observed(CATALOGUE, seen, recorded)


def found(query: str, *pages: str, recorded: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Codes, each with its help."""
    text = f"groups:\n- rules:\n  - expr: {query}\n"
    judged = judge(rule_queries("r.yaml", text).queries, known(*pages, recorded=recorded))
    return [(each.code, each.help) for each in judged.findings]


@pytest.mark.parametrize(
    ("page", "query", "code", "words"),
    [
        # Under Ray a colon becomes an underscore.
        (RAY, "max(vllm:num_requests_waiting) > 1", "AIR120", "`ray_vllm_num_requests_waiting`"),
        (VLLM, "max(ray_vllm_num_requests_waiting) > 1", "AIR120", "`vllm:num_requests_waiting`"),
        (VLLM, "max(ray_vllm:num_requests_waiting) > 1", "AIR107", "`ray_vllm_num_requests_waiting`"),
        # Misspelt, removed, off, or not there at all.
        (VLLM, "max(vllm:num_requests_wating) > 1", "AIR107", "`vllm:num_requests_waiting`"),
        (VLLM, "sum(rate(vllm:request_success[5m])) > 1", "AIR107", "`vllm:request_success_total`"),
        (VLLM, "max(vllm:gpu_cache_usage_perc) > 1", "AIR108", "`vllm:kv_cache_usage_perc`"),
        (VLLM, "sum(rate(vllm:corrupted_requests_total[5m])) > 1", "AIR109", "VLLM_COMPUTE_NANS_IN_LOGITS"),
        (VLLM, "max(vllm:kv_cache_usage_perc) > 0.9", "AIR120", "version and flags"),
        (VLLM, "max(some_metric) > 1", "AIR120", "name the page that has it"),
        # The page's types and edges.
        (OTHER_TYPES, "max(vllm:num_requests_waiting) > 1", "AIR117", "rate"),
        (OTHER_TYPES, "avg(own_seconds) > 1", "AIR111", "mean"),
        (OTHER_TYPES, 'max(own_seconds{quantiles="0.9"}) > 1', "AIR112", "`quantile`"),
        (OTHER_TYPES, 'sum(rate(go_seconds_bucket{le="2"}[5m])) > 1', "AIR106", 'le="2.5"'),
        (OTHER_TYPES, 'sum(rate(go_seconds_bucket{le="1"}[5m])) > 1', "AIR116", "1(\\\\.0)?"),
        (OTHER_TYPES, 'sum(rate(untyped_bucket{le="3"}[5m])) > 1', "AIR106", "(stricter)"),
    ],
)  # fmt: skip
def test_what_the_page_says_is_wrong(page: str, query: str, code: str, words: str) -> None:
    ((got, help),) = found(query, page)
    assert got == code
    assert words in help


@pytest.mark.parametrize(
    ("page", "query"),
    [
        (RAY, "max(ray_vllm_num_requests_waiting) > 1"),
        (OLD, "max(vllm:gpu_cache_usage_perc) > 0.9"),
        (SWITCHED_ON, "increase(DCGM_FI_DEV_ECC_DBE_VOL_TOTAL[5m]) > 0"),
        (OTHER_TYPES, "rate(vllm:num_requests_waiting[5m]) > 1"),
        (OTHER_TYPES, 'max(own_seconds{quantile="0.9"}) > 1'),
        (OTHER_TYPES, 'sum(rate(go_seconds_bucket{le=~"1(\\\\.0)?"}[5m])) > 1'),
        # Appears with its first event; is of another system; is Prometheus' own; is recorded.
        (VLLM, "sum(rate(vllm:admission_rejections_total[5m])) > 1"),
        (VLLM, "max(DCGM_FI_DEV_GPU_TEMP) > 90"),
        (VLLM, 'max(memory_used{make="cloud-tpu"}) > 1'),
        (VLLM, "up == 0 or node_load1 > 9 or kube_pod_info > 9 or job:latency:p95 > 1 or absent(go_goroutines)"),
    ],
)
def test_what_the_page_says_is_right(page: str, query: str) -> None:
    assert found(query, page) == []


def test_any_page_may_have_it() -> None:
    assert found("max(vllm:num_requests_waiting) > DCGM_FI_DEV_GPU_TEMP", VLLM, SWITCHED_ON) == []
    ((code, _),) = found("increase(DCGM_FI_DEV_ECC_SBE_VOL_TOTAL[5m]) > 0", VLLM, SWITCHED_ON)
    assert code == "AIR109"


def test_recorded_names_are_nobodys() -> None:
    query = "rate(vllm:request_failed_total[5m]) > 5"
    assert [code for code, _ in found(query)] == ["AIR107"]
    assert found(query, recorded=["vllm:request_failed_total"]) == []
    assert found(query, VLLM, recorded=["vllm:request_failed_total"]) == []


def test_without_a_page_unknown_names_are_left_alone() -> None:
    assert found("max(some_metric) > 1 and own_seconds_total > 1") == []


def test_versions_are_read_or_implied() -> None:
    (ray, *_) = observe("p", exposition.read(RAY), CATALOGUE).systems
    (old,) = observe("p", exposition.read(OLD), CATALOGUE).systems
    (new,) = observe("p", exposition.read(VLLM), CATALOGUE).systems
    assert ray.version == "2.60.0"
    assert "0.33" in old.version
    assert new.version == ""


def test_a_page_of_two_systems_is_of_both() -> None:
    seen = observe("p", exposition.read(RAY + SWITCHED_ON), CATALOGUE)
    assert {each.detected.system.name for each in seen.systems} == {"vllm", "ray-serve", "dcgm-exporter"}
    assert seen.others == ()
    assert seen.models == ("m",)
