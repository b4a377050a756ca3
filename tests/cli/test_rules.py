"""airectl rules: files that promtool takes, all or none, the same for the same specs; drift is seen."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

import servers
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
SPECS: Final = sorted(path.name for path in (ROOT / "slo-specs").glob("*.yaml"))
WITHOUT_RULES: Final = {"batch.yaml", "demo-accuracy.yaml", "demo-chat.yaml", "rag.yaml"}
SLO: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: Prometheus, spec: {{query: '{good}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: sum(all_total)}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"""


def slo(name: str = "ok", good: str = "sum(good_total)") -> str:
    return SLO.format(name=name, good=good)


def rules(runner: Runner, *args: str) -> int:
    """The exit code of `airectl rules`, with the report thrown away."""
    return runner.call(["rules", *args, "-q"])[2]


def promtool(folder: Path, *arguments: str) -> str:
    """What promtool says against the files; nothing where all is well."""
    servers.need("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_spec_of_the_project_has_rules_that_promtool_takes(airectl: Runner) -> None:
    assert rules(airectl, str(ROOT / "slo-specs"), "--out", "rules") == 0
    found = sorted(path.name for path in (airectl.cwd / "rules").glob("*.rules.yaml"))
    assert len(found) >= len(SPECS) - len(WITHOUT_RULES)
    assert promtool(airectl.cwd / "rules", "check", "rules", *found) == ""
    for name in found:
        assert (airectl.cwd / "rules" / name).read_text("utf-8").count("\ngroups:") == 1


def test_every_conformance_spec_has_rules_that_promtool_takes(conformance: Path, airectl: Runner) -> None:
    folder = conformance / "specs"
    taken = 0
    for group in ("sloth", "openslo-sdk", "openslo-spec"):
        for path in sorted(p for p in (folder / group).rglob("*.y*ml") if "generated" not in p.parts):
            out = f"rules/{group}-{path.stem}-{taken}"
            if rules(airectl, str(path), "--out", out) != 0:
                assert not (airectl.cwd / out).exists()  # nothing half-written
                continue
            files = sorted(p.name for p in (airectl.cwd / out).glob("*.rules.yaml"))
            if files:
                assert promtool(airectl.cwd / out, "check", "rules", *files) == "", path
                taken += 1
    assert taken >= 7


def test_rules_of_all_specs_on_stdout_are_one_document(airectl: Runner) -> None:
    stdout, _, code = airectl.call(["rules", str(ROOT / "slo-specs")])
    assert code == 0
    (document,) = yaml.safe_load_all(stdout)
    assert len({group["name"] for group in document["groups"]}) == len(document["groups"]) > 10
    (airectl.cwd / "all.rules.yaml").write_bytes(stdout)
    assert promtool(airectl.cwd, "check", "rules", "all.rules.yaml") == ""


def test_the_same_specs_give_the_same_bytes(airectl: Runner) -> None:
    arguments = [str(ROOT / "slo-specs"), "--dashboards", "grafana", "--alertmanager"]
    for out in ("one", "two"):
        assert rules(airectl, *arguments, "--out", out) == 0
    one, two = ({p.name: p.read_bytes() for p in (airectl.cwd / d).rglob("*") if p.is_file()} for d in ("one", "two"))
    assert one == two
    assert len(one) > 20


def test_the_report_is_valid_json(airectl: Runner, report_schema: dict[str, Any]) -> None:
    (airectl.cwd / "slo.yaml").write_text(slo())
    stdout, _, code = airectl.call(["rules", "slo.yaml", "--out", "rules", "-o", "json"])
    assert code == 0
    report = json.loads(stdout)
    jsonschema.Draft202012Validator(report_schema).validate(report)
    (found,) = report["data"]["slos"]
    assert [each["factor"] for each in found["alerts"]] == [13.44, 5.6, 2.8, 1]
    assert report["data"]["files"] == ["rules/chat-ok.rules.yaml", "rules/chat-ok.rules.test.yaml"]


@pytest.mark.parametrize("wrong", ["sum(good_total", "sum(max_over_time(good_total[5m]))", "sum(good_total) default 0"])
def test_one_bad_query_among_many_slos_leaves_the_old_files(airectl: Runner, wrong: str) -> None:
    (airectl.cwd / "a.yaml").write_text(slo("a"))
    (airectl.cwd / "b.yaml").write_text(slo("b"))
    assert rules(airectl, "a.yaml", "b.yaml", "--out", "rules") == 0
    before = {p.name: p.read_bytes() for p in (airectl.cwd / "rules").iterdir()}
    (airectl.cwd / "a.yaml").write_text(slo("a").replace("0.99", "0.95"))
    (airectl.cwd / "b.yaml").write_text(slo("b", wrong))
    assert rules(airectl, "a.yaml", "b.yaml", "--out", "rules") == 1
    assert {p.name: p.read_bytes() for p in (airectl.cwd / "rules").iterdir()} == before


def test_check_sees_what_is_missing_changed_and_left_over(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text(slo())
    check = ["slo.yaml", "--out", "rules", "--check"]
    assert rules(airectl, *check) == 1
    assert not (airectl.cwd / "rules").exists()
    assert rules(airectl, "slo.yaml", "--out", "rules") == 0
    assert rules(airectl, *check) == 0
    (airectl.cwd / "slo.yaml").write_text(slo().replace("0.99", "0.95"))
    assert rules(airectl, *check) == 1
    (airectl.cwd / "slo.yaml").write_text(slo("renamed"))
    assert rules(airectl, "slo.yaml", "--out", "rules") == 0
    stdout, _, code = airectl.call(["rules", *check])
    assert code == 1
    assert "rules/chat-ok.rules.yaml is of no SLO in these specs" in stdout.decode()


def test_left_over_is_only_what_airectl_wrote(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text(slo())
    assert rules(airectl, "slo.yaml", "--out", "rules") == 0
    (airectl.cwd / "rules" / "mine.rules.yaml").write_text("groups: []\n")
    assert rules(airectl, "slo.yaml", "--out", "rules", "--check") == 0


def test_a_comment_silences_a_finding_of_rules(airectl: Runner) -> None:
    low = slo().replace("  objectives: [{target: 0.99}]\n", "  objectives:\n    - target: 0.9\n")
    (airectl.cwd / "loud.yaml").write_text(low)
    comment = "# airectl: ignore AIR301: known, the pager is off"
    (airectl.cwd / "calm.yaml").write_text(low.replace("target: 0.9", f"target: 0.9 {comment}"))
    loud, _, _ = airectl.call(["rules", "loud.yaml", "--out", "a", "-o", "concise"])
    calm, _, _ = airectl.call(["rules", "calm.yaml", "--out", "b", "-o", "concise"])
    assert b"AIR301" in loud
    assert b"AIR301" not in calm
    validated, _, _ = airectl.call(["validate", "calm.yaml", "-o", "concise"])
    assert b"AIR036" not in validated


def test_a_comment_without_effect_is_told(airectl: Runner) -> None:
    fine = slo().replace("objectives: [{target: 0.99}]", "objectives: [{target: 0.99}] # airectl: ignore AIR301: x")
    (airectl.cwd / "slo.yaml").write_text(fine)
    stdout, _, _ = airectl.call(["rules", "slo.yaml", "--out", "rules", "-o", "concise"])
    assert b"AIR036" in stdout


def test_check_fails_where_there_can_be_no_rules(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text(slo("b", "sum(max_over_time(good_total[5m]))"))
    stdout, _, code = airectl.call(["check", "slo.yaml", "--offline", "-o", "concise"])
    assert code == 1
    assert b"AIR304" in stdout


def test_check_lets_metricsql_pass(airectl: Runner) -> None:
    text = slo("b", "sum(good_total) default 0").replace("Prometheus", "VictoriaMetrics")
    (airectl.cwd / "slo.yaml").write_text(text)
    assert airectl.call(["check", "slo.yaml", "--offline", "-q"])[2] == 0


def test_a_folder_that_cannot_be_written_leaves_nothing(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text(slo())
    (airectl.cwd / "rules").write_text("a file")
    assert rules(airectl, "slo.yaml", "--out", "rules") == 2
    assert sorted(path.name for path in airectl.cwd.iterdir()) == ["rules", "slo.yaml"]
