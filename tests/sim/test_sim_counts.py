"""What /metrics says is what was served, to the event; its names, labels and edges are those of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from airectl.core import exposition
from airectl.sim.exposition import Histogram, nice_edges
from airectl.sim.metrics import Metrics
from airectl.sim.profiles import shipped
from airectl.telemetry import catalogue
from simulator import Running, settings, simulator

# What only a vLLM with speculative decoding, adapters or a remote cache has.
ELSEWHERE = {
    "vllm:num_requests_kv_fetch_by_stage", "vllm:spec_decode_num_drafts_total",
    "vllm:spec_decode_num_draft_tokens_total", "vllm:spec_decode_num_accepted_tokens_total",
    "vllm:spec_decode_num_accepted_tokens_per_pos_total", "vllm:lora_requests_info",
}  # fmt: skip


def ask(running: Running, number: int) -> tuple[int, int]:
    """Prompt and output tokens of one answer, streamed every other time."""
    body = {
        "prompt": f"{number} " * (number % 7 + 1), "max_tokens": number % 23 + 1, "ignore_eos": number % 3 == 0,
        "stream": number % 2 == 0, "stream_options": {"include_usage": True},
    }  # fmt: skip
    text = httpx.post(f"{running.url}/v1/completions", json=body, trust_env=False, timeout=60).text
    said = text.split("data: ")[-2] if body["stream"] else text
    usage = json.loads(said)["usage"]
    return usage["prompt_tokens"], usage["completion_tokens"]


@pytest.mark.parametrize("golden", [None, (0.002, 0.001)], ids=["model", "golden"])
def test_metrics_count_what_was_served(golden: tuple[float, float] | None) -> None:
    with_ = settings(replicas=2, golden=golden, speed=1.0 if golden else 50.0)
    with simulator(with_) as here:
        with ThreadPoolExecutor(8) as clients:
            usages = list(clients.map(lambda number: ask(here, number), range(60)))
        prompts, outputs = (sum(each) for each in zip(*usages, strict=True))
        assert here.total("vllm:prompt_tokens_total") == prompts
        assert here.total("vllm:generation_tokens_total") == outputs
        assert here.total("vllm:request_success_total") == 60
        for name in ("time_to_first_token", "e2e_request_latency", "request_queue_time"):
            assert here.total(f"vllm:{name}_seconds_count") == 60
        assert here.total("vllm:inter_token_latency_seconds_count") == outputs - 60
        assert here.total("vllm:request_generation_tokens_sum") == outputs
        assert here.total("vllm:request_prompt_tokens_sum") == prompts
        assert here.total(r'http_requests_total\{handler="/v1/completions".*status="2xx"') == 60
        assert here.total("vllm:num_requests_running") == here.total("vllm:num_requests_waiting") == 0
    assert here.outcome
    assert here.outcome.tokens["generation_tokens"] == outputs
    assert here.outcome.requests == 60


def test_times_are_those_that_a_client_sees_at_any_speed() -> None:
    sums = []
    for speed in (20.0, 200.0):
        with simulator(settings("xeon-llama-8b", speed=speed)) as here:
            ask(here, 3)
            sums.append(here.total("vllm:e2e_request_latency_seconds_sum"))
    assert sums[0] == pytest.approx(10 * sums[1], rel=1e-6)


@pytest.fixture(scope="module")
def page() -> exposition.Page:
    with simulator(settings(fault=("503:0.2",))) as here:
        for number in range(8):
            httpx.post(f"{here.url}/v1/completions", json={"prompt": "a", "max_tokens": number + 1}, trust_env=False)
        text = httpx.get(f"{here.url}/metrics", trust_env=False).text
    return exposition.read(text)


def families(page: exposition.Page, prefix: str) -> Iterator[exposition.Family]:
    return (each for name, each in page.families.items() if name.startswith(prefix))


@pytest.mark.parametrize(("system", "prefix"), [("vllm", "vllm:"), ("dcgm-exporter", "DCGM_"), ("vllm", "http_")])
def test_each_metric_is_as_the_catalogue_has_it(system: str, prefix: str, page: exposition.Page) -> None:
    known = catalogue.system(system)
    assert known
    assert not page.faults
    seen = list(families(page, prefix))
    assert seen
    for family in seen:
        own = known.families[family.name]
        assert own.current, family.name
        assert own.enabled, family.name
        assert family.type == own.type.value, family.name
        labels = set(family.labels) - {"le"}
        assert labels <= set(own.labels), family.name
        if system == "vllm":
            assert labels == set(own.labels), family.name
        for label, values in own.values.items():
            assert set(family.values(label)) <= set(values), family.name
        if own.buckets:
            edges = [float(edge) for edge in family.values("le")]
            assert edges == [*(float(edge) for edge in own.buckets), float("inf")], family.name


def test_no_metric_is_missing_that_each_server_has(page: exposition.Page) -> None:
    known = catalogue.system("vllm")
    assert known
    always = {
        name
        for name, each in known.families.items()
        if name.startswith("vllm:") and each.current and each.enabled and not each.rare and not each.open_labels
    }
    assert always - set(page.families) == ELSEWHERE


def test_no_metric_is_missing_that_each_gpu_has(page: exposition.Page) -> None:
    known = catalogue.system("dcgm-exporter")
    assert known
    assert {name for name, each in known.families.items() if each.enabled} <= set(page.families)


def test_only_gpus_have_the_metrics_of_gpus() -> None:
    for name, there in (("h100-llama-8b", True), ("v5e-8-llama-8b", False), ("xeon-llama-8b", False)):
        assert ("DCGM_FI_DEV_GPU_UTIL" in Metrics(shipped(name), "m", 1, 1.0).page(1)) == there


def test_utilisation_is_that_of_the_last_second_whoever_looks() -> None:
    metrics = Metrics(shipped("h100-llama-8b"), "m", 1, 1.0)
    metrics.page(10)
    metrics.engines[0].work.busy_s = 1
    for now_s in (12, 12.5):
        text = metrics.page(now_s)
        line = next(line for line in text.splitlines() if line.startswith("DCGM_FI_PROF_GR_ENGINE_ACTIVE{"))
        assert line.endswith(" 0.5")
    power = next(line for line in text.splitlines() if line.startswith("DCGM_FI_DEV_POWER_USAGE{"))
    assert float(power.rpartition(" ")[2]) == pytest.approx(700 * (0.1 + 0.9 / 2))


def test_a_histogram_counts_a_value_on_an_edge_below_it() -> None:
    histogram = Histogram((1, 2, 5))
    for value in (0.5, 1, 1.5, 5, 6):
        histogram.observe(value)
    assert list(histogram.lines("x", {})) == [
        'x_bucket{le="1.0"} 2.0', 'x_bucket{le="2.0"} 3.0', 'x_bucket{le="5.0"} 4.0', 'x_bucket{le="+Inf"} 5.0',
        "x_count 5.0", "x_sum 14.0",
    ]  # fmt: skip


def test_edges_of_tokens_are_nice_and_end_at_the_longest_request() -> None:
    assert nice_edges(30) == (1, 2, 5, 10, 20)
    assert nice_edges(131_072)[-1] == 100_000
