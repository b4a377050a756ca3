"""From a failing service to an alert in Alertmanager, back, and to its postmortem, with real components."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import failing_service
import servers
from runner import Runner

# Each wait ends as soon as what it waits for is there; this is what it may take on a machine with much to do.
LONGEST_S: Final = 25

SPEC: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability, annotations: {airectl.dev/runbook: https://runbooks.example.com/chat}}
spec:
  service: chat
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'sum(http_requests_total{job="chat",code=~"5.."})'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum(http_requests_total{job="chat"})'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""
WINDOWS: Final = """\
name: seconds
period: 28d
alerts:
  - {severity: page, factor: 20, long: 12s, short: 4s, keep_firing_for: 1s}
"""
PROMETHEUS: Final = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules/*.rules.yaml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: chat, static_configs: [{{targets: ["127.0.0.1:{service}"]}}]}}]
"""


def history(port: int) -> str:
    """The service in the 20 minutes before: without samples on both sides nobody knows what a minute held."""
    end = int(time.time()) - 15
    labels = f'job="chat",instance="127.0.0.1:{port}",code="200"'
    rows = [f"http_requests_total{{{labels}}} {50 * (at - end + 1200)} {at}" for at in range(end - 1200, end + 1, 15)]
    return "\n".join(["# TYPE http_requests counter", *rows, "# EOF", ""])


class Service:
    """The process that exports counters."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def turn(self, word: str) -> None:
        """`fail` or `recover`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"


@contextmanager
def service(port: int) -> Iterator[Service]:
    command = [sys.executable, failing_service.__file__, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Service(process)
        finally:
            process.kill()


def asked(url: str, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{url}{path}", params=parameters, timeout=5, trust_env=False)
    answer.raise_for_status()
    return answer.json()


def alerts(alertmanager: str) -> list[Any]:
    found: list[Any] = asked(alertmanager, "/api/v2/alerts", active="true")
    return [each for each in found if each["status"]["state"] == "active"]


def burn(prometheus: str) -> float | None:
    """The recorded burn rate, once there is one."""
    result = asked(prometheus, "/api/v1/query", query="slo:current_burn_rate:ratio")["data"]["result"]
    return float(result[0]["value"][1]) if result else None


def until(what: str, holds: Any) -> Any:
    """The first true answer of `holds`, asked a few times a second."""
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {LONGEST_S} s")


def written(airectl: Runner, prometheus: str, began: datetime) -> None:
    """A postmortem of it has the alert, as both servers tell it, and the budget that the failures burned."""
    now = datetime.now(UTC)
    command = ["postmortem", "new", "--from", (began - timedelta(seconds=5)).isoformat(), "--to", now.isoformat(),
               "--specs", "spec.yaml", "--source", prometheus, "--alerts", prometheus, "--alerts", "alerts.json",
               "--no-cache", "--out", "pm.md", "-o", "json"]  # fmt: skip
    # Budgets are counted in minutes, and the one that goes on has to be over.
    clock = str((int(now.timestamp()) // 60 + 1) * 60)
    runner = replace(airectl, loopback=True, extra={"SOURCE_DATE_EPOCH": clock})
    stdout, stderr, code = runner.call(command)
    assert code == 0, stderr.decode()
    said = json.loads(stdout)
    assert said["findings"] == []
    data = said["data"]
    # Both servers know when the alert began, each from its own evaluation, within seconds of the failures.
    # That it is over shows a few evaluations later.
    fired, saved = (each["events"] for each in data["inputs"])
    assert fired in (1, 2)
    assert saved == 1
    detected = datetime.fromisoformat(data["markers"]["detected"]["at"])
    assert data["markers"]["detected"]["proposed"]
    assert "ChatAvailabilityBudgetBurn" in data["markers"]["detected"]["source"]
    assert timedelta() < detected - began < timedelta(seconds=LONGEST_S)
    degraded, recovered = (datetime.fromisoformat(data["markers"][each]["at"]) for each in ("degraded", "recovered"))
    assert degraded <= began + timedelta(seconds=3)
    assert recovered > detected - timedelta(minutes=1)
    # Nothing but the failures was bad, so what was burned is all that is gone of the budget.
    (budget,) = data["budgets"]
    assert budget["slo"] == "chat/availability"
    assert budget["basis"] == "measured"
    (counted,) = asked(prometheus, "/api/v1/query", query='sum(http_requests_total{code="500"})')["data"]["result"]
    failed = float(counted["value"][1])
    assert 0.5 * failed <= budget["bad"] <= failed
    assert budget["consumed_ratio"] == pytest.approx(budget["bad"] / (0.01 * budget["counted"]))
    assert budget["left_ratio"] == pytest.approx(1 - budget["consumed_ratio"])
    text = (airectl.cwd / "pm.md").read_text("utf-8")
    assert text.count("ChatAvailabilityBudgetBurn (") >= 2
    assert (airectl.cwd / "pm-burn.svg").read_text("utf-8").startswith("<svg")
    assert (airectl.cwd / "pm-timeline.svg").is_file()


def test_an_outage_is_an_alert_until_it_ends(airectl: Runner, tmp_path: Path) -> None:
    servers.need("prometheus", "promtool", "prometheus-alertmanager", "amtool")
    (airectl.cwd / "spec.yaml").write_text(SPEC, "utf-8")
    (airectl.cwd / "windows.yaml").write_text(WINDOWS, "utf-8")
    folder = tmp_path / "prometheus"
    command = ["rules", "spec.yaml", "--windows", "windows.yaml", "--out", str(folder / "rules"), "--alertmanager"]
    _, stderr, code = airectl.call(command)
    assert code == 0, stderr.decode()
    routes = folder / "rules" / "alertmanager.yaml"
    subprocess.run(["amtool", "check-config", str(routes)], check=True, capture_output=True)
    for test in (folder / "rules").glob("*.rules.test.yaml"):
        subprocess.run(["promtool", "test", "rules", test.name], check=True, capture_output=True, cwd=test.parent)

    port = servers.free_port()
    with (
        servers.alertmanager(tmp_path / "alertmanager", routes.read_text("utf-8")) as alertmanager,
        service(port) as chat,
    ):
        config = PROMETHEUS.format(alertmanager=alertmanager.removeprefix("http://"), service=port)
        with servers.prometheus(folder, history(port), config=config) as prometheus:
            # All is well, though no series of failures exists.
            assert until("a burn rate of 0", lambda: burn(prometheus) == 0.0)
            assert alerts(alertmanager) == []

            began = datetime.now(UTC)
            chat.turn("fail")
            (alert,) = until("an alert", lambda: alerts(alertmanager))
            assert alert["labels"]["alertname"] == "ChatAvailabilityBudgetBurn"
            assert alert["labels"]["sloth_severity"] == "page"
            assert alert["annotations"]["runbook_url"] == "https://runbooks.example.com/chat"
            # Groups are evaluated one after the other, within a second.
            assert until("a burn rate above 0", lambda: burn(prometheus))

            (airectl.cwd / "alerts.json").write_text(json.dumps(alerts(alertmanager)), "utf-8")

            chat.turn("recover")
            assert until("an end of the alert", lambda: not alerts(alertmanager))
            written(airectl, prometheus, began)
