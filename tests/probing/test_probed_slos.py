"""A real prober, scraped by a real Prometheus; and budgets of SLOs that are made of the catalogue's presets for it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

import servers
from airectl.core.preset import Preset
from airectl.spec.emit import emit
from airectl.telemetry import catalogue
from inference_server import MODEL, inference, scripted
from runner import Runner

# One of the four prompts is answered wrongly, and one breaks off.
SICK = scripted([{"prompt": "France", "text": "gibberish, all of it"}, {"prompt": "blue", "fault": "error"}])
PRESETS = catalogue.load().systems["airectl-probe"].presets
_LONG_S = 60.0
_MINUTE_S = 60
# 2026-11-20 12:00 UTC
_END_S = 1795176000


@dataclass(frozen=True, slots=True)
class Going:
    """A prober that goes on: where its metrics are, and how its report is had."""

    metrics: str
    process: subprocess.Popen[str]

    def page(self) -> str:
        """What Prometheus would scrape."""
        return httpx.get(self.metrics, trust_env=False).raise_for_status().text

    def ended(self) -> dict[str, Any]:
        """The final report, after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        stdout, _ = self.process.communicate(timeout=_LONG_S)
        report: dict[str, Any] = json.loads(stdout)
        return report


@contextmanager
def going_on(url: str, runner: Runner, interval: str) -> Iterator[Going]:
    environ = {key: value for key, value in runner.environ.items() if key not in ("PYTHONPATH", "SOURCE_DATE_EPOCH")}
    command = ["airectl", "probe", url, "--interval", interval, "--listen", "127.0.0.1:0", "-o", "json"]
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=runner.cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            yield Going(said.strip().rpartition("metrics at ")[2], process)
        finally:
            process.kill()


def one_round(going: Going) -> str:
    """The page after the first round, when nothing happens for an hour."""
    end = time.monotonic() + _LONG_S
    while not re.search("^airectl_probe_last_round_timestamp_seconds{", page := going.page(), re.MULTILINE):
        assert time.monotonic() < end, page
        time.sleep(0.05)
    # A page is not made in one moment: that one may have been begun before the round was over.
    return going.page()


def value(url: str, query: str) -> float | None:
    found = httpx.get(f"{url}/api/v1/query", params={"query": query}, trust_env=False).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else None


def test_prometheus_scrapes_it(tmp_path: Path, airectl: Runner) -> None:
    with inference(SICK) as server, going_on(server.url, airectl, "100ms") as going:
        job = {"job_name": "probe", "static_configs": [{"targets": [going.metrics.split("/")[2]]}]}
        config = json.dumps(
            {"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"}, "scrape_configs": [job]}
        )
        with servers.prometheus(tmp_path / "prometheus", config=config) as url:
            end = time.monotonic() + _LONG_S
            while (value(url, "sum(airectl_probe_requests_total)") or 0) < 8:
                assert time.monotonic() < end, going.page()
                time.sleep(0.1)
            ratio = value(url, 'sum(airectl_probe_answers_total{verdict="right"}) / sum(airectl_probe_answers_total)')
            quantile = "histogram_quantile(0.5, sum by (le) (airectl_probe_time_to_first_token_seconds_bucket))"
            first = value(url, quantile)
            metadata = httpx.get(f"{url}/api/v1/metadata", trust_env=False).json()["data"]
            up = value(url, "min(up)")
    assert up == 1
    # The answer that broke off is not judged, and a scrape may fall between two prompts.
    assert ratio is not None
    assert 0.5 <= ratio <= 0.8
    assert first is not None
    assert 0 < first < 60
    units = {name: (found[0]["type"], found[0]["unit"]) for name, found in metadata.items()}
    assert units["airectl_probe_e2e_latency_seconds"] == ("histogram", "seconds")
    assert {kind for kind, _ in units.values()} == {"counter", "gauge", "histogram", "info"}


def slo(name: str, preset: Preset) -> dict[str, Any]:
    """An SLO made of a preset, at a threshold of 5 s where it has one."""
    ratio = preset.ratio_at(Decimal(5) if preset.family else None)
    queries = {
        role: {"metricSource": {"type": "Prometheus", "spec": {"query": query}}} for role, query in ratio.items()
    }
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name, "annotations": {"airectl.dev/owner": "a@example.com"}},
        "spec": {
            "service": "chat",
            "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": {"counter": True, **queries}}},
            "timeWindow": [{"duration": "1h", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "it", "target": Decimal("0.7")}],
        },
    }


SERVICE = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "chat"}, "spec": {}}


def history(page: str) -> str:
    """The page of one round, as if there had been a round each minute of the last hour and a half."""
    lines = []
    for line in page.splitlines():
        if not line.startswith("#"):
            series, _, number = line.rpartition(" ")
            start_s = _END_S - 90 * _MINUTE_S
            lines += [f"{series} {float(number) * n} {start_s + n * _MINUTE_S}" for n in range(91)]
    return "\n".join(lines) + "\n# EOF\n"


# What the SLOs have to say of a server of which one in four answers is wrong and another breaks off.
SEEN = {
    "availability": 0.75, "availability-strict": 0.5, "quality": 2 / 3, "completeness": 1.0, "ttft": 1.0,
    "ttft-strict": 1.0, "itl": 1.0, "e2e": 1.0, "e2e-strict": 0.75,
}  # fmt: skip


def test_every_preset_gives_the_budget_that_the_server_deserves(tmp_path: Path, airectl: Runner) -> None:
    with inference(SICK) as server, going_on(server.url, airectl, "1h") as going:
        page = one_round(going)
        report = going.ended()
    (airectl.cwd / "slo.yaml").write_text(
        emit([SERVICE, *(slo(name, preset) for name, preset in PRESETS.items())], "openslo-v1")
    )
    with servers.prometheus(tmp_path / "prometheus", history(page)) as url:
        command = f"AIRECTL_SCRAPE_INTERVAL=60s airectl budget slo.yaml --source {url} --no-cache -o json"
        step = Runner(cwd=airectl.cwd, home=airectl.home, loopback=True).run(command)
    found = {each["slo"].partition("/")[2]: each for each in json.loads(step.stdout)["data"]["slos"]}
    assert set(found) == set(PRESETS) == set(SEEN)
    assert {name: float(each["sli_ratio"]) for name, each in found.items()} == pytest.approx(SEEN)
    failed = {name for name, each in found.items() if each["status"] == "exhausted"}
    assert failed == {"availability-strict", "quality"}
    assert (report["data"]["model"], report["data"]["rounds"], report["partial"]) == (MODEL, 1, False)
