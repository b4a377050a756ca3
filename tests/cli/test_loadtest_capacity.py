"""`--find-capacity` as a user runs it, on the replica model in virtual time: what it finds, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airectl.load.scraper import Scraper
from airectl.runs.reading import open_run
from runner import Runner
from simulator import simulator
from virtual_engine import VirtualEngine, installed

# The model in closed form has its limit at about 60 requests a second of these lengths.
PLAN = ("--input-tokens", "512", "--output-tokens", "8", "--no-calibration", "--out", "run", "--step", "5s")


@pytest.fixture
def loading(airectl: Runner, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs commands that ask a real server for its models, and send in virtual time."""
    monkeypatch.setattr(Scraper, "__enter__", lambda self: self)
    return replace(airectl, loopback=True)


def found(runner: Runner, *args: str, schema: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The JSON report of a search, which is valid, and its exit code."""
    with simulator() as server:
        stdout, stderr, code = runner.call(["loadtest", server.url, *PLAN, "--find-capacity", *args, "-o", "json"])
    assert b"error" not in stderr
    report: dict[str, Any] = json.loads(stdout)
    jsonschema.validate(report, schema)
    assert report["exit_code"] == code
    return report, code


def test_the_capacity_is_found_between_a_rate_that_passes_and_one_that_fails(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    engine = VirtualEngine()
    installed(monkeypatch, engine)
    report, code = found(loading, "--ttft-p99", "200ms", "--rate", "8", "--accelerator", "H100x2", schema=report_schema)
    data, capacity = report["data"], report["data"]["capacity"]
    assert (code, data["ended"], capacity["at_least"]) == (0, "found", False)
    low, high = capacity["rps"]["low"], capacity["rps"]["high"]
    assert 30 < low < high < 80
    assert high / low < 1.25
    assert capacity["output_tokens_per_s"]["low"] == pytest.approx(8 * low, rel=0.02)
    assert capacity["input_tokens_mean"] == pytest.approx(512, rel=0.02)
    assert (capacity["accelerator"], capacity["accelerators"]) == ("H100", 2)
    assert json.loads((loading.cwd / "run" / "report.json").read_text())["data"]["capacity"] == capacity
    _, stderr, code = loading.call(["loadtest", "report", "run"])
    assert code == 2
    assert f"name one of its steps, such as run/step-{len(data['steps']) - 1:02d}" in stderr.decode()
    # Each step is a run of its own, with a seed and prompts of its own.
    steps: list[Path] = sorted((loading.cwd / "run").glob("step-*"))
    assert len(steps) == len(data["steps"]) == len(engine.plans)
    runs = [open_run(step) for step in steps]
    assert all(run.complete for run in runs)
    assert len({run.manifest.seed for run in runs}) == len({plan.salt for plan in engine.plans}) == len(steps)
    assert [run.manifest.warm_up_s > 0 for run in runs] == [True] * len(runs)


def test_a_wider_result_takes_fewer_steps(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    args = ("--ttft-p99", "200ms", "--rate", "8")
    steps: list[list[dict[str, Any]]] = []
    for wider in ((), ("--resolution", "0.25", "--replicates", "1")):
        installed(monkeypatch, VirtualEngine())
        report, code = found(loading, *args, *wider, "--out", f"run{len(steps)}", schema=report_schema)
        capacity = report["data"]["capacity"]["rps"]
        assert code == 0
        assert 30 < capacity["low"] < capacity["high"] < 80
        steps.append(report["data"]["steps"])
    assert len(steps[1]) < len(steps[0]) / 2
    assert {step["replicate"] for step in steps[1]} == {0}


def test_what_meets_its_objectives_at_the_highest_rate_is_an_open_end(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    installed(monkeypatch, VirtualEngine())
    report, code = found(loading, "--ttft-p99", "500ms", "--rate", "8", "--max-rate", "16", schema=report_schema)
    capacity = report["data"]["capacity"]
    assert (code, capacity["at_least"], capacity["rps"]) == (0, True, {"value": None, "low": 16.0, "high": None})


def test_a_client_at_its_limit_is_no_capacity(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    installed(monkeypatch, VirtualEngine(limit_rps=20))
    report, code = found(loading, "--ttft-p99", "500ms", "--rate", "8", schema=report_schema)
    assert (code, report["data"]["ended"], report["data"]["capacity"]) == (3, "client-limited", None)
    assert report["data"]["steps"][-1]["validity"] == "client-limited"


def test_objectives_that_no_rate_meets(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    installed(monkeypatch, VirtualEngine())
    report, code = found(loading, "--ttft-p99", "1ms", "--rate", "0.2", schema=report_schema)
    assert (code, report["data"]["ended"], report["data"]["capacity"]) == (1, "none passed", None)


def test_a_search_keeps_to_the_time_that_it_may_take(
    loading: Runner, monkeypatch: pytest.MonkeyPatch, report_schema: dict[str, Any]
) -> None:
    installed(monkeypatch, VirtualEngine())
    report, code = found(loading, "--ttft-p99", "200ms", "--max-duration", "20s", "--rate", "1", schema=report_schema)
    assert (code, report["data"]["ended"], report["data"]["capacity"]) == (3, "stopped", None)


def test_the_text_of_a_search(loading: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, VirtualEngine())
    with simulator() as server:
        stdout, _, code = loading.call(
            ["loadtest", server.url, *PLAN, "--find-capacity", "--limits", "mlperf-llama3.1-8b", "--max-rate", "2"]
        )
    said = stdout.decode()
    assert code == 0
    assert said.startswith("PASSED  at least 2 req/s, the most that may be asked for: ")
    assert "ttft 2 s: 99 % of ttft within 2 s" in said
    assert "next  airectl forecast QUERY --source NAME --capacity run" in said


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "--find-capacity has no objective that a load test can measure"),
        (("--ttft-p99", "1s", "--concurrency", "4"), "--find-capacity varies the rate by itself"),
        (("--ttft-p99", "1s", "--rate", "1..5", "--duration", "9s"), "--find-capacity varies the rate by itself"),
        (("--ttft-p99", "1s", "--max-in-flight", "4"), "--max-in-flight holds requests back"),
    ],
)
def test_what_cannot_be_searched(args: tuple[str, ...], message: str, loading: Runner) -> None:
    stdout, stderr, code = loading.call(["loadtest", "http://127.0.0.1:9", *PLAN, "--find-capacity", *args])
    assert (stdout, code) == (b"", 2)
    assert message in stderr.decode()
