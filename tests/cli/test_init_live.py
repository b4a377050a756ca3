"""airectl init on a process that is there, and its SLOs on a real Prometheus: what was written can be measured."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

import servers
from runner import EPOCH, Runner

# A server with a version's names and buckets of its own, as Python's client library writes them.
PROCESS: Final = """\
import sys, time
from prometheus_client import Counter, Gauge, Histogram, start_http_server
labels, values = ["model_name", "engine"], ["llama-3.1-8b", "0"]
done = Counter("vllm:request_success", "finished requests", [*labels, "finished_reason"])
for reason in ("stop", "length", "abort", "error", "repetition"):
    done.labels(*values, reason)
ttft = Histogram("vllm:time_to_first_token_seconds", "t", labels, buckets=(0.1, 0.3, 1.5, 4)).labels(*values)
itl = Histogram("vllm:inter_token_latency_seconds", "t", labels, buckets=(0.025, 0.05, 2)).labels(*values)
kv = Gauge("vllm:kv_cache_usage_perc", "ratio", labels).labels(*values)
start_http_server(int(sys.argv[1]), "127.0.0.1")
while True:
    done.labels(*values, "stop").inc()
    ttft.observe(0.2)
    itl.observe(0.03)
    kv.set(0.5)
    time.sleep(0.02)
"""
CONFIG: Final = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: chat, static_configs: [{{targets: ["127.0.0.1:{target}"]}}]}}]
"""
WHO: Final = ("--owner", "team-chat", "--runbook", "https://runbooks.example.com/chat")


@contextmanager
def vllm(folder: Path) -> Iterator[str]:
    """The URL of such a process."""
    port = servers.free_port()
    script = folder / "process.py"
    script.write_text(PROCESS, "utf-8")
    with subprocess.Popen([sys.executable, str(script), str(port)]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _until(lambda: httpx.get(f"{url}/metrics", trust_env=False).is_success)
            yield url
        finally:
            process.terminate()


def _until(done: Any) -> None:
    give_up_s = time.monotonic() + 60
    while time.monotonic() < give_up_s:
        try:
            if done():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail("it did not come to pass within 60 s")


@pytest.fixture
def online(airectl: Runner) -> Runner:
    return replace(airectl, loopback=True)


def test_a_running_process_is_read(online: Runner, tmp_path: Path) -> None:
    with vllm(tmp_path) as url:
        stdout, stderr, code = online.call(["init", "--from", url, "--service", "chat", *WHO])
        assert (stderr, code) == (b"", 0)
        said = stdout.decode()
        # Asked as Prometheus 2 asks, it would have given other names.
        assert f"vLLM on {url}/metrics, " in said
        assert "model: llama-3.1-8b" in said
        # The edge that is next to what one would begin with, on this server.
        assert "ttft < 1.5 s" in said
        assert "itl < 50 ms" in said
        assert online.call(["validate", "slo-specs", "--fail-on", "info", "-q"])[2] == 0
        lint = online.call(["metrics", "lint", f"{url}/metrics", "--specs", "slo-specs", "-o", "json"])
    assert [f"{each['code']} {each['message']}" for each in json.loads(lint[0])["findings"]] == []


# What Prometheus 2 asks for. Python's client library then writes `vllm_` for `vllm:`, and so it is stored.
ACCEPT: Final = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


def test_what_prometheus_scrapes_has_the_series_of_what_was_written(online: Runner, tmp_path: Path) -> None:
    with vllm(tmp_path) as url:
        page = httpx.get(f"{url}/metrics", headers={"Accept": ACCEPT}, trust_env=False).content
        (online.cwd / "page.txt").write_bytes(page)
        stdout, stderr, code = online.call(["init", "--from", "page.txt", "--service", "chat", *WHO])
        assert (stderr, code) == (b"", 0)
        assert b"under names that begin with vllm_" in stdout
        assert online.call(["validate", "slo-specs", "--fail-on", "info", "-q"])[2] == 0
        port = int(url.rpartition(":")[2])
        with servers.prometheus(tmp_path / "prometheus", config=CONFIG.format(target=port)) as prometheus:
            _until(lambda: scraped(prometheus))
            asked = list(queries(online))
            assert [query for query in asked if not found(prometheus, query)] == []
    assert len(asked) == 6


def scraped(prometheus: str) -> bool:
    return bool(found(prometheus, "vllm_time_to_first_token_seconds_count > 1"))


def found(prometheus: str, query: str) -> list[Any]:
    answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}, trust_env=False)
    result: list[Any] = answer.json()["data"]["result"]
    return result


def queries(runner: Runner) -> Iterator[str]:
    for document in yaml.safe_load_all((runner.cwd / "slo-specs" / "chat.yaml").read_text("utf-8")):
        if document["kind"] == "SLO":
            for each in document["spec"]["indicator"]["spec"]["ratioMetric"].values():
                if isinstance(each, dict):
                    yield each["metricSource"]["spec"]["query"]


def test_a_page_over_the_network_that_is_cut_off_is_none(online: Runner, tmp_path: Path) -> None:
    with vllm(tmp_path) as url:
        stdout, stderr, code = online.call(
            ["init", "--from", f"{url}/elsewhere?x=1", "--service", "chat", "--out", "-"]
        )
        assert code == 0, stderr  # Python's client answers everywhere
        stdout, stderr, code = online.call(["init", "--from", url, "--telemetry", "sglang", "--service", "chat"])
    assert (stdout, code) == (b"", 2)
    assert b"it looks like vLLM" in stderr


MINUTES: Final = 26 * 60
# A minute: 100 requests, of which one fails; 90 first tokens within half a second; 950 of 1000 gaps within 50 ms.
RATES: Final = {
    'vllm:request_success_total{finished_reason="stop"}': 98,
    'vllm:request_success_total{finished_reason="length"}': 1,
    'vllm:request_success_total{finished_reason="error"}': 1,
    'vllm:request_success_total{finished_reason="abort"}': 7,
    'vllm:time_to_first_token_seconds_bucket{le="0.5"}': 90,
    'vllm:time_to_first_token_seconds_bucket{le="+Inf"}': 99,
    "vllm:time_to_first_token_seconds_count": 99,
    'vllm:inter_token_latency_seconds_bucket{le="0.05"}': 950,
    'vllm:inter_token_latency_seconds_bucket{le="+Inf"}': 1000,
    "vllm:inter_token_latency_seconds_count": 1000,
}


def history() -> str:
    """A day and two hours of a server, in OpenMetrics, up to the tests' present moment."""
    end_s = int(EPOCH)
    lines = []
    for series, rate in RATES.items():
        lines += [f"{series} {rate * minute} {end_s - 60 * (MINUTES - minute)}" for minute in range(MINUTES + 1)]
    return "\n".join([*lines, "# EOF\n"])


def test_budgets_of_what_was_written_are_those_of_the_server(online: Runner, tmp_path: Path) -> None:
    arguments = ["init", "--telemetry", "vllm", "--service", "chat", "--window", "1d", *WHO]
    assert online.call(arguments)[2] == 0
    with servers.prometheus(tmp_path / "prometheus", history()) as url:
        stdout, stderr, code = online.call(["budget", "slo-specs", "--source", url, "-o", "json"])
    assert stderr == b""
    assert code == 1  # a percent of errors is more than the promised 0.1 %
    budgets = {each["objective"]: each for each in json.loads(stdout)["data"]["slos"]}
    assert budgets["availability"]["sli_ratio"] == pytest.approx(0.99)
    assert budgets["ttft < 500 ms"]["sli_ratio"] == pytest.approx(90 / 99)
    assert budgets["itl < 50 ms"]["sli_ratio"] == pytest.approx(0.95)
    assert budgets["availability"]["valid_events"] == pytest.approx(100 * 24 * 60, rel=0.001)
