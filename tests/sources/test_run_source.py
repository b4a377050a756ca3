"""A run as a source of budgets: what counts, where it counts, and what is not decided by it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airectl.runs.manifest import End
from airectl.runs.record import ErrorClass
from load_requests import answered, failed
from run_folders import STARTED_S, manifest, write_run
from runner import Runner

SPEC = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
  annotations:
    airectl.dev/signal: {signal}
    airectl.dev/threshold: 200ms
spec:
  service: chat
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        good: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(good_total)'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: 'sum(all_total)'}}}}}}
        counter: true
  timeWindow: [{{duration: {window}, isRolling: true}}]
  budgetingMethod: {method}
  objectives:
    - target: {target}
{more}"""


def spec(folder: Path, name: str, **given: str) -> None:
    said = {"signal": "ttft", "window": "28d", "method": "Occurrences", "target": "0.9", "more": "", **given}
    text = SPEC.format(name=name, **said)
    if said["signal"] in ("availability", "quality"):
        text = text.replace("    airectl.dev/threshold: 200ms\n", "")
    (folder / f"{name}.yaml").write_text(text, "utf-8")


def stalled(folder: Path, **about: Any) -> None:
    """Ten requests a second for a minute, of which those from second 20 to 29 are late; the first five are warm-up."""
    records = [answered(n * 100, 500 if 200 <= n < 300 else 50, 10) for n in range(600)]
    records = [replace(each, index=n, warm_up=n < 50) for n, each in enumerate(records)]
    records[599] = failed(59_900, ErrorClass.HTTP_5XX)
    write_run(folder / "run", manifest(warm_up_s=5.0, **about), records)


def asked(airectl: Runner, command: str = "budget") -> dict[str, Any]:
    stdout, stderr, code = airectl.call([command, ".", "--run", "run", "-o", "json"])
    assert stdout, stderr.decode()
    report: dict[str, Any] = json.loads(stdout)
    assert report["exit_code"] == code
    return report


def slos(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["slo"].removeprefix("chat/"): each for each in report["data"]["slos"]}


def test_a_fault_in_mid_run_is_what_spent_the_budget(airectl: Runner) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "first")
    report = asked(airectl)
    first = slos(report)["first"]
    assert (first["valid_events"], first["bad_events"], first["status"]) == (550, 101, "exhausted")
    assert first["sli_ratio"] == pytest.approx(449 / 550)
    (spender,) = [each for each in first["spenders"] if each["bad"] == 100]
    assert (spender["from"], spender["to"]) == ("2026-11-20T12:00:20Z", "2026-11-20T12:00:30Z")
    assert first["burn_rates"]["5m"] == pytest.approx(101 / 550 / 0.1)
    assert (first["recovers_at"], first["exhausts_at"]) == (None, None)
    assert report["exit_code"] == 1
    assert report["data"]["run"] == {
        "path": "run", "from": "2026-11-20T12:00:05Z", "to": "2026-11-20T12:01:00Z", "length_s": 55.0,
        "validity": "valid", "requests": 550,
    }  # fmt: skip


def test_what_is_called_warm_up_does_not_count_whenever_it_was_sent(airectl: Runner) -> None:
    records = [answered(n * 100, 50, 10, warm_up=n == 500) for n in range(600)]
    write_run(airectl.cwd / "run", manifest(), records)
    spec(airectl.cwd, "first")
    assert slos(asked(airectl))["first"]["valid_events"] == 599


def test_each_objective_is_judged_by_its_own_signal(airectl: Runner) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "answers", signal="availability")
    spec(airectl.cwd, "gaps", signal="itl")
    spec(airectl.cwd, "right", signal="quality")
    report = asked(airectl, "check")
    found = slos(report)
    assert (found["answers"]["valid_events"], found["answers"]["bad_events"]) == (550, 1)
    # A gap each, and a bad one for the request that failed.
    assert (found["gaps"]["valid_events"], found["gaps"]["bad_events"]) == (550, 1)
    assert (found["right"]["valid_events"], found["right"]["status"]) == (None, None)
    assert report["exit_code"] == 0
    assert [f["message"] for f in report["findings"] if "right" in f["message"]] == [
        "`chat/right` was not evaluated: a load test does not judge what answers say"
    ]


def test_slices_keep_their_length(airectl: Runner) -> None:
    """Of six slices of ten seconds... a minute is the least: one slice of a minute, which is bad."""
    stalled(airectl.cwd)
    more = "      timeSliceTarget: 0.9\n      timeSliceWindow: 1m\n"
    spec(airectl.cwd, "slices", method="Timeslices", target="0.5", more=more)
    found = slos(asked(airectl))["slices"]
    assert (found["good_slices"], found["bad_slices"], found["missing_slices"]) == (0, 1, 0)


def test_a_calendar_window_becomes_one_as_long_as_the_run(airectl: Runner) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "month")
    path = airectl.cwd / "month.yaml"
    calendar = "[{duration: 1M, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]"
    path.write_text(path.read_text().replace("[{duration: 28d, isRolling: true}]", calendar), "utf-8")
    found = slos(asked(airectl))["month"]
    assert found["window"]["kind"] == "rolling"
    assert found["valid_events"] == 550


def test_several_objectives_of_one_slo_are_told_apart(airectl: Runner) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "two")
    path = airectl.cwd / "two.yaml"
    text = path.read_text()
    start, end = text.index("      ratioMetric"), text.index("  timeWindow")
    query = "histogram_quantile(0.9, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket[5m])))"
    threshold = f"      thresholdMetric: {{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}\n"
    text = text[:start] + threshold + text[end:].replace(
        "    - target: 0.9\n",
        "    - {displayName: quick, target: 0.9, op: lte, value: 0.2}\n"
        "    - {displayName: slow, target: 0.9, op: lte, value: 0.6}\n",
    )  # fmt: skip
    text = re.sub(r"  annotations:\n(    airectl.*\n)+", "", text)
    path.write_text(text.replace("        counter: true\n", ""), "utf-8")
    found = {each["objective"]: each for each in asked(airectl)["data"]["slos"]}
    assert {name: each["bad_events"] for name, each in found.items()} == {"quick": 101, "slow": 1}


def test_nothing_is_decided_by_a_run_that_is_not_valid(airectl: Runner) -> None:
    stalled(airectl.cwd, planned_requests=1200)
    spec(airectl.cwd, "first")
    report = asked(airectl, "check")
    assert slos(report)["first"]["status"] == "unknown"
    assert report["exit_code"] == 3
    (message,) = (f["message"] for f in report["findings"] if f["code"] == "AIR426")
    assert "the run is client-limited: 550 of 1,150 requests" in message


def test_a_run_that_was_cut_off_is_judged_by_what_there_is(airectl: Runner) -> None:
    records = [answered(n * 100, 50, 10) for n in range(300)]
    write_run(airectl.cwd / "run", manifest(), records, end=End(how="interrupted", ended_s=30.0))
    spec(airectl.cwd, "first")
    report = asked(airectl)
    assert (slos(report)["first"]["valid_events"], report["data"]["run"]["length_s"]) == (300, 30.0)


@pytest.mark.parametrize(
    "more", [["--at", "2026-11-20"], ["--static", "good=1,valid=2"], ["--source", "prod"]], ids=str
)
def test_a_run_says_itself_what_and_when(airectl: Runner, more: list[str]) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "first")
    _, stderr, code = airectl.call(["budget", ".", "--run", "run", *more])
    assert code == 2
    assert f"--run does not go with {more[0]}" in stderr.decode()


def test_a_folder_that_is_no_run_is_said(airectl: Runner) -> None:
    spec(airectl.cwd, "first")
    _, stderr, code = airectl.call(["budget", ".", "--run", "nowhere"])
    assert code == 2
    assert "is no run of a load test" in stderr.decode()


def test_a_spec_cannot_name_a_run_itself(airectl: Runner) -> None:
    spec(airectl.cwd, "first")
    path = airectl.cwd / "first.yaml"
    path.write_text(path.read_text().replace("type: Prometheus", "type: LoadTest"), "utf-8")
    stdout, _, code = airectl.call(["budget", ".", "-o", "json"])
    assert code == 3
    assert "are judged by a load test with `--run RUN`" in stdout.decode()


def test_the_arithmetic_names_the_run_and_the_event(airectl: Runner) -> None:
    stalled(airectl.cwd)
    spec(airectl.cwd, "first")
    step = airectl.run("airectl budget . --run run --explain")
    assert "events: first content, from the intended send, within 200 ms" in step.stdout
    assert "/run, 5 s to 60 s after its start" in step.stdout
    assert STARTED_S % 60 == 0
