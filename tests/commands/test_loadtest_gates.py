"""Gates of load tests: what holds them back, and what a comparison takes from elsewhere."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airectl.runs.record import ErrorClass
from load_requests import answered, failed
from run_folders import manifest, write_client, write_run
from runner import Runner

RUNS = Path(__file__).parents[1] / "load" / "runs"


def report(airectl: Runner, *args: str) -> dict[str, Any]:
    stdout, stderr, _ = airectl.call(["loadtest", *args, "-o", "json"])
    assert stdout, stderr.decode()
    found: dict[str, Any] = json.loads(stdout)
    return found


def late(folder: Path, ttft_ms: float, **about: Any) -> None:
    records = [replace(answered(n * 100, ttft_ms, 10), index=n) for n in range(600)]
    write_run(folder, manifest(**about), records)


def test_what_an_invalid_run_measured_is_neither_missed_nor_met(airectl: Runner) -> None:
    late(airectl.cwd / "run", 900)
    late(airectl.cwd / "short", 900, planned_requests=1200)
    late(airectl.cwd / "quick", 50, planned_requests=1200)
    found = [report(airectl, "report", name, "--ttft-p99", "500ms") for name in ("run", "short", "quick")]
    assert [each["exit_code"] for each in found] == [1, 3, 3]
    assert [each["data"]["validity"] for each in found] == ["valid", "client-limited", "client-limited"]
    assert "AIR425" not in [finding["code"] for each in found[1:] for finding in each["findings"]]


@pytest.mark.parametrize(("more", "code"), [((), 3), (("--on-unknown", "warn"), 0), (("--on-unknown", "pass"), 0)])
def test_what_is_undecided_holds_back_unless_told_otherwise(airectl: Runner, more: tuple[str, ...], code: int) -> None:
    late(airectl.cwd / "run", 50, planned_requests=1200)
    assert report(airectl, "report", "run", *more)["exit_code"] == code


def test_with_fail_on_never_nothing_fails(airectl: Runner) -> None:
    late(airectl.cwd / "run", 900)
    assert report(airectl, "report", "run", "--ttft-p99", "500ms", "--fail-on", "never")["exit_code"] == 0


def test_a_run_without_an_answer_fails_without_any_objective(airectl: Runner) -> None:
    write_run(airectl.cwd / "run", manifest(), [failed(n * 100, ErrorClass.CONNECT, sent_ns=-1) for n in range(600)])
    found = report(airectl, "report", "run")
    assert found["exit_code"] == 1
    assert [each["code"] for each in found["findings"]] == ["AIR429"]


def test_a_busy_client_is_told_by_its_process(airectl: Runner) -> None:
    late(airectl.cwd / "run", 50)
    write_client(airectl.cwd / "run", 2, 0.97, 61)
    found = report(airectl, "report", "run")
    assert found["data"]["client"]["cpu_ratios"] == {"2": pytest.approx(0.97)}
    assert "client process 2 used up to 97 % of a core" in found["findings"][0]["message"]


@pytest.mark.parametrize(
    "text", ["ttft p100 1s", "ttft p0 1s", "ttft p95 0s", "speed p95 1s", "availability 100%", "availability 99", ""]
)
def test_an_objective_that_cannot_be_is_refused(airectl: Runner, text: str) -> None:
    late(airectl.cwd / "run", 50)
    _, stderr, code = airectl.call(["loadtest", "report", "run", "--objective", text])
    assert code == 2
    assert "--objective" in stderr.decode()


def test_an_answer_that_is_not_streamed_has_no_time_to_the_first_token(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text(SPEC, "utf-8")
    late(airectl.cwd / "run", 50, streamed=False)
    found = report(airectl, "report", "run", "--specs", "slo.yaml")
    assert found["data"]["objectives"] == []
    assert found["data"]["not_measured"][0]["reason"] == "answers were not streamed, so there is no ttft"


SPEC = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: first
  annotations: {airectl.dev/signal: ttft, airectl.dev/threshold: 200ms}
spec:
  service: chat
  indicator:
    metadata: {name: first}
    spec:
      ratioMetric:
        good: {metricSource: {type: Static, spec: {value: 9}}}
        total: {metricSource: {type: Static, spec: {value: 10}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""


def compared(airectl: Runner, *more: str) -> dict[str, Any]:
    for name in ("chat", "slow"):
        shutil.copytree(RUNS / name, airectl.cwd / name, dirs_exist_ok=True)
    return report(airectl, "compare", "chat", "slow", *more)


def test_the_hosts_own_error_is_taken_from_a_calibration(airectl: Runner) -> None:
    errors = {"ttft_s": 0.2, "e2e_s": 0.2, "itl_s": None}
    (airectl.cwd / "host.json").write_text(json.dumps({"data": {"host_error_s": errors}}), "utf-8")
    assert compared(airectl)["exit_code"] == 1
    found = compared(airectl, "--calibration", "host.json")
    assert found["exit_code"] == 0
    limits = {each["name"]: each["limit"] for each in found["data"]["figures"]}
    assert limits["ttft_s.p50"] == pytest.approx(0.2 / 0.129, rel=0.01)
    assert limits["itl_s.p50"] == 0.1


@pytest.mark.parametrize(
    "text", ["", "[]", '{"data": {"host_error_s": {"ttft_s": -1}}}', '{"data": {"host_error_s": 3}}']
)
def test_a_calibration_that_is_none_is_refused(airectl: Runner, text: str) -> None:
    (airectl.cwd / "host.json").write_text(text, "utf-8")
    for name in ("chat", "slow"):
        shutil.copytree(RUNS / name, airectl.cwd / name, dirs_exist_ok=True)
    _, stderr, code = airectl.call(["loadtest", "compare", "chat", "slow", "--calibration", "host.json"])
    assert code == 2
    assert "--calibration" in stderr.decode()


def test_runs_that_are_not_valid_are_not_compared(airectl: Runner) -> None:
    late(airectl.cwd / "one", 50)
    late(airectl.cwd / "two", 900, planned_requests=1200)
    found = report(airectl, "compare", "one", "two")
    assert found["exit_code"] == 3
    assert [each["code"] for each in found["findings"]] == ["AIR426"]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"protocol": "http"}, "protocol is `openai-chat` and `http`"),
        ({"caps": {"in_flight": 8}}, "caps is `none` and `in_flight 8`"),
        ({"plan": {"arrivals": {"rate": 20}}}, "arrivals of the plan differs"),
    ],
    ids=["protocol", "caps", "plan"],
)
def test_different_tests_are_not_compared(airectl: Runner, about: dict[str, Any], said: str) -> None:
    late(airectl.cwd / "one", 50, plan={"seed": 1, "arrivals": {"rate": 10}} if "plan" in about else {})
    late(airectl.cwd / "two", 50, **about)
    _, stderr, code = airectl.call(["loadtest", "compare", "one", "two"])
    assert code == 2
    assert said in stderr.decode()


def test_seeds_and_salts_are_no_difference_of_the_test(airectl: Runner) -> None:
    late(airectl.cwd / "one", 50, seed=1, plan={"seed": 1, "salt": 1, "arrivals": 2})
    late(airectl.cwd / "two", 50, seed=2, plan={"seed": 2, "salt": 9, "arrivals": 2})
    found = report(airectl, "compare", "one", "two")
    assert (found["exit_code"], found["data"]["paired"]) == (0, False)
