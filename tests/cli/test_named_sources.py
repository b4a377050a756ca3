"""Sources with names, end to end: whose path counts, and which folder it is relative to."""

import json
from pathlib import Path

import pytest

from runner import Runner

AT = "2026-11-20T12:00:00Z"
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: answers}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        good: {{metricSource: {{{source}, spec: {{{path}where: status < 500}}}}}}
        total: {{metricSource: {{{source}, spec: {{{path}timestamp: timestamp}}}}}}
  timeWindow: [{{duration: 1h, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.5}}]
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: logs}}
spec: {{type: Events, connectionDetails: {{path: ../logs/*.csv}}}}
"""


def log(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"2026-11-20T11:{i:02}:00Z,200\n" for i in range(rows)]
    path.write_text("timestamp,status\n" + "".join(lines))


@pytest.fixture
def project(airectl: Runner) -> Runner:
    """Specs in a folder of their own; each log has another number of rows."""
    log(airectl.cwd / "logs" / "named.csv", 20)
    log(airectl.cwd / "specs" / "own.csv", 30)
    log(airectl.cwd / "staging.csv", 40)
    (airectl.cwd / "specs").mkdir(exist_ok=True)
    (airectl.cwd / "airectl.toml").write_text('[sources.staging]\ntype = "Events"\npath = "staging.csv"\n')
    return airectl


def valid_events(project: Runner, source: str, path: str, *args: str) -> int:
    (project.cwd / "specs" / "chat.yaml").write_text(SLO.format(source=source, path=path))
    stdout, stderr, _ = project.call(["budget", "specs", "--at", AT, "-o", "json", *args])
    assert stderr == b""
    (slo,) = json.loads(stdout)["data"]["slos"]
    found: int = slo["valid_events"]
    return found


def test_a_data_source_gives_a_path_relative_to_its_own_file(project: Runner) -> None:
    assert valid_events(project, "metricSourceRef: logs", "") == 20


def test_a_path_of_the_query_s_own_comes_before_that_of_its_source(project: Runner) -> None:
    assert valid_events(project, "metricSourceRef: logs", "path: own.csv, ") == 30


@pytest.mark.parametrize("source", ["metricSourceRef: logs", "type: Events", "metricSourceRef: nowhere"])
def test_source_comes_before_all_of_them(source: str, project: Runner) -> None:
    assert valid_events(project, source, "path: own.csv, ", "--source", "staging") == 40


def test_a_path_of_airectl_toml_is_relative_to_it(project: Runner) -> None:
    inside = Runner(cwd=project.cwd / "specs", home=project.home)
    (inside.cwd / "chat.yaml").write_text(SLO.format(source="metricSourceRef: staging", path=""))
    stdout, stderr, _ = inside.call(["budget", "chat.yaml", "--at", AT, "-o", "json"])
    assert stderr == b""
    assert json.loads(stdout)["data"]["slos"][0]["valid_events"] == 40


def test_the_setting_is_for_queries_that_name_no_source(project: Runner) -> None:
    with (project.cwd / "airectl.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write('source = "staging"\n' + text)
    assert valid_events(project, "type: Events", "path: own.csv, ") == 30
    assert valid_events(project, "metricSourceRef: logs", "") == 20


def test_a_source_that_is_not_there_fails_the_gate(project: Runner) -> None:
    (project.cwd / "specs" / "chat.yaml").write_text(SLO.format(source="metricSourceRef: lgs", path="path: own.csv, "))
    stdout, _, code = project.call(["budget", "specs", "--at", AT, "-o", "json"])
    report = json.loads(stdout)
    assert code == 1
    assert [(f["code"], f["severity"]) for f in report["findings"]] == [("AIR024", "error")]


def test_a_named_source_leads_out_of_no_project(project: Runner) -> None:
    (project.cwd / "airectl.toml").write_text('[sources.staging]\ntype = "Events"\npath = "/etc/passwd"\n')
    (project.cwd / "specs" / "chat.yaml").write_text(SLO.format(source="metricSourceRef: staging", path=""))
    stdout, _, code = project.call(["budget", "specs", "--at", AT, "-o", "json"])
    assert code == 3
    (finding,) = (f for f in json.loads(stdout)["findings"] if f["code"] == "AIR201")
    assert "leads out of the project" in finding["message"]
