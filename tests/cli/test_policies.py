"""Policies and exclusions of airectl.toml and of specs, as `airectl check` takes them."""

import json
from typing import Any

import pytest

from runner import Runner

AT = "2026-11-20T12:00:00Z"
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability, annotations: {%s}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        good: {metricSource: {type: Events, spec: {path: log.csv, where: status < 500}}}
        total: {metricSource: {type: Events, spec: {path: log.csv}}}
  timeWindow: [{duration: 2h, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: %s}]
"""
STRICT = """\
[policies.strict]
max_burn = { factor = 1.5, over = "30m", consequence = "no deploys" }
[[policies.strict.thresholds]]
consumed = 0.25
consequence = "only fixes"
gates = true
[[policies.strict.thresholds]]
consumed = 1
consequence = "reliability work first"
gates = false
"""
SWITCHES = """\
[[exclusions]]
from = 2026-11-20T11:38:30Z
to = 2026-11-20T11:41:30Z
reason = "new switches"
service = "chat"
"""


@pytest.fixture
def log(airectl: Runner) -> Runner:
    """Two hours of a request a minute; four fail, from 11:38 to 11:41."""
    times = [(hour, minute) for hour in (10, 11) for minute in range(60)]
    rows = [f"2026-11-20T{h}:{m:02}:00Z,{500 if h == 11 and 38 <= m < 42 else 200}" for h, m in times]
    (airectl.cwd / "log.csv").write_text("\n".join(["timestamp,status", *rows]) + "\n")
    return airectl


def check(
    runner: Runner, *, target: str = "0.9", annotations: str = "", config: str = ""
) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    """The exit code, the findings and the SLO's data."""
    (runner.cwd / "chat.yaml").write_text(SLO % (annotations, target))
    (runner.cwd / "airectl.toml").write_text(config)
    stdout, _, exit_code = runner.call(["check", "chat.yaml", "--at", AT, "-o", "json"])
    report = json.loads(stdout)
    return exit_code, [f for f in report["findings"] if f["code"] >= "AIR2"], report["data"]["slos"][0]


def text(runner: Runner) -> str:
    return runner.call(["check", "chat.yaml", "--at", AT])[0].decode()


def test_without_a_policy_a_third_of_the_budget_is_no_matter(log: Runner) -> None:
    exit_code, findings, slo = check(log)
    assert (exit_code, findings, slo["status"]) == (0, [], "met")
    assert slo["budget_consumed_ratio"] == pytest.approx(4 / 12)


def test_a_threshold_that_gates_fails_with_its_consequence(log: Runner) -> None:
    exit_code, findings, slo = check(log, annotations="airectl.dev/policy: strict", config=STRICT.replace("1.5", "9"))
    assert (exit_code, slo["status"]) == (1, "warning")
    (finding,) = findings
    assert (finding["code"], finding["severity"], finding["help"]) == ("AIR208", "error", "only fixes")
    assert finding["message"] == "the error budget of `chat/availability` is spent to the 25 % that its policy allows"
    assert "by its policy: only fixes" in text(log)


def test_an_exhausted_budget_may_be_let_pass(log: Runner) -> None:
    config = STRICT.replace("1.5", "99").replace("gates = true", "")
    exit_code, findings, slo = check(log, target="0.99", annotations="airectl.dev/policy: strict", config=config)
    assert (exit_code, slo["status"]) == (0, "exhausted")
    (finding,) = findings
    assert (finding["code"], finding["severity"]) == ("AIR207", "warning")
    assert finding["help"] == "reliability work first"


def test_too_fast_a_burn_freezes_deploys_and_the_gate_says_why(log: Runner) -> None:
    policy = '{"max_burn": {"factor": 1.3, "over": "30m"}}'
    exit_code, findings, slo = check(log, annotations=f"airectl.dev/policy: '{policy}'")
    assert (exit_code, slo["status"]) == (1, "met")
    (finding,) = findings
    said = "`chat/availability` burns its error budget at 1.33 over 30m; its policy allows 1.3"
    assert (finding["code"], finding["severity"], finding["message"]) == ("AIR210", "error", said)
    assert slo["burn_rates"]["30m"] == pytest.approx(4 / 3)
    junit = log.call(["check", "chat.yaml", "--at", AT, "-o", "junit"])[0].decode()
    assert "at 1.33 over 30m; its policy allows 1.3" in junit


def test_a_burn_at_the_limit_or_of_an_undecided_budget_freezes_nothing(log: Runner) -> None:
    limit = '{"max_burn": {"factor": 1.3333333333333333334, "over": "30m"}}'
    assert check(log, annotations=f"airectl.dev/policy: '{limit}'")[0] == 0
    low = '{"max_burn": {"factor": 0.1, "over": "30m"}}'
    undecided = f"airectl.dev/policy: '{low}', airectl.dev/minimum-events: '10000', airectl.dev/confidence: '0.9999'"
    exit_code, findings, slo = check(log, target="0.95", annotations=undecided)
    assert (exit_code, slo["status"], [f["code"] for f in findings]) == (3, "inconclusive", ["AIR205"])


def test_the_policy_default_is_for_all_that_name_none(log: Runner) -> None:
    config = STRICT.replace("strict", "default")
    assert check(log, config=config)[0] == 1
    assert check(log, annotations="airectl.dev/policy: '{}'", config=config)[0] == 0


def test_lookbacks_are_those_of_the_policy(log: Runner) -> None:
    config = '[policies.default]\nlookbacks = ["10m", "30m"]\n'
    assert list(check(log, config=config)[2]["burn_rates"]) == ["10m", "30m"]
    assert "BUDGET LEFT  10m  30m  STATUS" in " ".join(text(log).splitlines())


def test_an_exclusion_leaves_numerator_and_denominator_and_is_listed(log: Runner) -> None:
    _, _, slo = check(log, config=SWITCHES)
    assert (slo["valid_events"], slo["bad_events"], slo["budget_consumed_ratio"]) == (116, 0, 0)
    assert slo["exclusions"] == [
        {"from": "2026-11-20T11:38:30Z", "to": "2026-11-20T11:41:30Z", "reason": "new switches"}
    ]
    assert "excluded: 2026-11-20 11:38:30Z to 2026-11-20 11:41:30Z, new switches" in text(log)


def test_an_exclusion_is_for_those_it_names_and_for_its_time(log: Runner) -> None:
    assert check(log, config=SWITCHES.replace("chat", "embed"))[2]["exclusions"] == []
    assert check(log, config=SWITCHES.replace("2026-11-20T11", "2026-11-19T11"))[2]["exclusions"] == []
    own = "airectl.dev/exclusions: 2026-11-20T11:00Z/2026-11-20T12:00Z"
    assert check(log, annotations=own)[2]["valid_events"] == 60
