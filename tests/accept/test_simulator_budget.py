"""A real Prometheus scrapes the simulator, and `airectl budget` counts from it what was served.

It waits for a whole minute to begin: no slice of a budget is shorter.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import servers
from runner import Runner
from simulator import Running, settings, simulator

pytestmark = pytest.mark.accept
MINUTE_S = 60
CONFIG = """
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: chat
    static_configs: [{targets: ["127.0.0.1:%d"]}]
"""
SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: answers}
spec:
  service: chat
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(vllm:request_success_total{job="chat",finished_reason=~"stop|length"})'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(vllm:request_success_total{job="chat",finished_reason!="abort"})'}
  timeWindow: [{duration: 1h, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.5}]
"""


def ask(running: Running, fault: str = "") -> None:
    headers = {"x-airectl-fault": fault} if fault else {}
    body = {"prompt": "a", "max_tokens": 4}
    httpx.post(f"{running.url}/v1/completions", json=body, headers=headers, trust_env=False, timeout=60)


def scraped(url: str, query: str) -> float:
    found = httpx.get(f"{url}/api/v1/query", params={"query": query}, trust_env=False).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else -1.0


def until(url: str, query: str, wanted: float) -> None:
    end_s = time.monotonic() + 60
    while scraped(url, query) != wanted:
        assert time.monotonic() < end_s, f"{query} never was {wanted}"
        time.sleep(0.2)


def test_a_budget_from_its_metrics_is_what_was_served(tmp_path: Path, airectl: Runner) -> None:
    servers.need("prometheus")
    (airectl.cwd / "slo.yaml").write_text(SLO)
    with (
        simulator(settings(control=True)) as here,
        servers.prometheus(tmp_path / "prometheus", config=CONFIG % here.port) as url,
    ):
        total = 'sum(vllm:request_success_total{job="chat"})'
        until(url, total, 0)
        # What is there when a minute begins is where counting starts, and the next one ends behind the last request.
        seen_s = int(time.time())
        while time.time() < seen_s // MINUTE_S * MINUTE_S + MINUTE_S + 2:
            time.sleep(0.2)
        end_s = int(time.time()) // MINUTE_S * MINUTE_S + MINUTE_S
        for number in range(20):
            ask(here, "error" if number % 4 == 0 else "")
        until(url, total, 20)
        assert scraped(url, 'up{job="chat"}') == 1
        extra = {"AIRECTL_SOURCES_SIMULATED_URL": url, "SOURCE_DATE_EPOCH": str(end_s)}
        step = replace(airectl, loopback=True, extra=extra).run("airectl budget slo.yaml --source simulated -o json")
    (slo,) = json.loads(step.stdout)["data"]["slos"]
    assert (slo["valid_events"], slo["bad_events"]) == (20, 5)
    assert (slo["status"], step.code) == ("met", 0)
