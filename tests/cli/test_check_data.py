"""What `airectl check` gives to machines: the keys of every objective, and every format without a fall."""

import json
from typing import Any

import jsonschema
import pytest

from airectl.render import FORMATS
from runner import Runner

AT = "2026-11-20T12:00:00Z"
KEYS = [
    "service", "slo", "objective", "group", "signal", "target_ratio", "method", "window", "sli_ratio",
    "sli_low_ratio", "sli_high_ratio", "valid_events", "bad_events", "good_slices", "bad_slices", "quiet_slices",
    "missing_slices", "coverage_ratio", "budget_consumed_ratio", "budget_consumed_to_date_ratio",
    "budget_remaining_ratio", "burn_rates", "exhausted_since", "exhausts_at", "recovers_at", "spenders",
    "exclusions", "status", "source", "query_case",
]  # fmt: skip
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        good: {{metricSource: {{type: {type}, spec: {{path: {path}, where: status < 500}}}}}}
        total: {{metricSource: {{type: {type}, spec: {{path: {path}}}}}}}
  timeWindow: [{window}]
  budgetingMethod: {method}
  objectives: [{objective}]
"""
ROLLING = "{duration: 1h, isRolling: true}"
CALENDAR = '{duration: 1d, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}}'


def slo(name: str, **changes: str) -> str:
    parts = {
        "type": "Events",
        "path": "log.csv",
        "window": ROLLING,
        "method": "Occurrences",
        "objective": "{target: 0.9}",
    }
    return SLO.format(name=name, **{**parts, **changes})


SLICES = "{target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 5m}"
SPECS = [
    slo("met"),
    slo("exhausted", objective="{target: 0.99}"),
    slo("timeslices", method="Timeslices", objective=SLICES),
    slo("calendar", window=CALENDAR),
    slo("few", objective="{target: 0.999999}"),
    slo("lost", path="none.csv"),
    slo("elsewhere", type="Datadog"),
]


@pytest.fixture
def specs(airectl: Runner) -> Runner:
    """A folder with one SLO of every fate, and their log."""
    rows = [f"2026-11-20T11:{i:02}:00Z,{500 if i in (7, 8) else 200}" for i in range(60)]
    (airectl.cwd / "log.csv").write_text("\n".join(["timestamp,status", *rows]) + "\n")
    (airectl.cwd / "chat.yaml").write_text("---\n".join(SPECS))
    return airectl


def data(runner: Runner, *args: str) -> dict[str, dict[str, Any]]:
    stdout, _, _ = runner.call(["check", "chat.yaml", "--at", AT, "-o", "json", *args])
    slos = json.loads(stdout)["data"]["slos"]
    return {each["slo"].partition("/")[2]: each for each in slos}


def test_every_objective_has_every_key_in_order(specs: Runner) -> None:
    found = data(specs)
    assert list(found) == ["met", "exhausted", "timeslices", "calendar", "few", "lost", "elsewhere"]
    for each in found.values():
        assert list(each) == KEYS
        assert list(each["window"]) == ["kind", "from", "to", "duration"]
        assert list(each["burn_rates"]) == ["5m", "1h", "6h", "1d", "3d"]


def test_the_figures_of_a_budget(specs: Runner) -> None:
    met, slices = data(specs)["met"], data(specs)["timeslices"]
    assert (met["valid_events"], met["bad_events"], met["status"]) == (60, 2, "met")
    assert met["sli_ratio"] == pytest.approx(58 / 60)
    assert met["budget_consumed_ratio"] == pytest.approx(1 / 3)
    assert met["budget_remaining_ratio"] == pytest.approx(2 / 3)
    assert (met["good_slices"], met["budget_consumed_to_date_ratio"], met["sli_low_ratio"]) == (None, None, None)
    assert (met["source"], met["query_case"], met["coverage_ratio"]) == ("Events", "events counted", 1)
    assert (slices["good_slices"], slices["bad_slices"]) == (11, 1)


def test_a_calendar_window_has_both_figures(specs: Runner) -> None:
    each = data(specs)["calendar"]
    assert each["window"] == {
        "kind": "calendar", "from": "2026-11-19T23:00:00Z", "to": "2026-11-20T12:00:00Z", "duration": "1d",
    }  # fmt: skip
    # The log begins at noon local time: an hour is known, and twelve are to come or just gone.
    assert each["budget_consumed_to_date_ratio"] == pytest.approx(1 / 3)
    assert each["budget_consumed_ratio"] == pytest.approx(1 / 3 / 12)


def test_what_is_not_known_is_null(specs: Runner) -> None:
    lost, elsewhere = data(specs)["lost"], data(specs)["elsewhere"]
    assert (lost["status"], elsewhere["status"]) == ("unknown", "unknown")
    for each in (lost, elsewhere):
        assert {
            each[key] for key in KEYS if key.endswith(("_ratio", "_events", "_slices")) and key != "target_ratio"
        } == {None}
        assert set(each["burn_rates"].values()) == {None}


def test_what_was_not_asked_for_has_no_status(specs: Runner) -> None:
    assert data(specs, "--offline")["elsewhere"]["status"] is None


def test_an_interval_is_told(specs: Runner) -> None:
    few = data(specs)["few"]
    assert few["status"] == "exhausted"
    assert few["sli_low_ratio"] < few["sli_ratio"] < few["sli_high_ratio"] < 0.999999


def test_the_report_keeps_to_its_schema(specs: Runner, report_schema: dict[str, Any]) -> None:
    stdout, _, code = specs.call(["check", "chat.yaml", "--at", AT, "-o", "json"])
    report = json.loads(stdout)
    jsonschema.Draft202012Validator(report_schema).validate(report)
    assert (report["status"], report["exit_code"], code) == ("failed", 1, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_shows_it(format: str, specs: Runner) -> None:
    stdout, stderr, code = specs.call(["check", "chat.yaml", "--at", AT, "-o", format])
    assert (code, stderr) == (1, b"")
    assert stdout


def test_two_runs_give_the_same_bytes(specs: Runner) -> None:
    args = ["check", "chat.yaml", "--at", AT, "-o", "json"]
    assert specs.call(args, extra={"TZ": "Asia/Tokyo"})[0] == specs.call(args, extra={"TZ": "America/Lima"})[0]


def test_a_spec_on_stdin_reads_logs_of_the_working_folder(specs: Runner) -> None:
    _, _, code = specs.call(["check", "-", "--at", AT], stdin=slo("met").encode())
    assert code == 0
