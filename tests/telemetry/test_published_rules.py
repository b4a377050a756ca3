"""Rules and dashboards as they are published: each mistake is found, once, and nothing else is."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import test_presets as presets

import servers
from airectl.spec.emit import emit
from airectl.telemetry import catalogue
from runner import Runner

FOLDER: Final = Path(__file__).parent / "published"
EXPOSITIONS: Final = Path(__file__).parent / "expositions"
SPECS: Final = Path(__file__).parents[2] / "slo-specs"


def lint(airectl: Runner, *args: str | Path) -> dict[str, Any]:
    stdout, stderr, code = airectl.call(["metrics", "lint", *map(str, args), "-o", "json"])
    assert code in (0, 1), stderr.decode()
    report: dict[str, Any] = json.loads(stdout)
    return report


def codes_by_line(report: dict[str, Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for finding in report["findings"]:
        found.setdefault(finding["location"]["line"], set()).add(finding["code"])
    return found


def wanted_by_line(path: Path, pattern: str, query: str) -> dict[int, set[str]]:
    """What is to be found from each line on where `query` begins: what `pattern` named last."""
    wanted: dict[int, set[str]] = {}
    said: set[str] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if match := re.search(pattern, line):
            said = set(re.findall(r"AIR\d+", match[1]))
        if query in line:
            wanted[number] = said
    return wanted


def spread(wanted: dict[int, set[str]], found: dict[int, set[str]]) -> dict[int, set[str]]:
    """The same findings, each at the line where its query begins."""
    moved: dict[int, set[str]] = {}
    for line, codes in found.items():
        moved.setdefault(max(begin for begin in wanted if begin <= line), set()).update(codes)
    return moved


def test_every_mistake_in_rules_is_found_and_no_other(airectl: Runner) -> None:
    path = FOLDER / "wrong.rules.yaml"
    wanted = wanted_by_line(path, r"- alert: (\S+)", "expr:")
    assert len(wanted) > 50
    found = codes_by_line(lint(airectl, "--rules", path))
    assert spread(wanted, found) == wanted


def test_every_mistake_in_a_dashboard_is_found_and_no_other(airectl: Runner) -> None:
    path = FOLDER / "wrong.dashboard.json"
    report = lint(airectl, "--dashboards", path)
    assert report["data"]["unread_queries"] == 0
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        titles = re.findall(r'"(?:title|name|description)": "(AIR\d+)"', line)
        if "expr" in line or "label_values" in line:
            above = titles[-1:] or re.findall(r'"title": "(\w+)"', "\n".join(lines[:number]))[-1:]
            wanted = {each for each in above if each.startswith("AIR") and "host" not in line}
            assert codes_by_line(report).get(number, set()) == wanted, line


def test_what_is_marked_is_what_is_meant(airectl: Runner) -> None:
    """Line and column lead to the very name, through escapes and folded lines."""
    for kind, name in (("--rules", "wrong.rules.yaml"), ("--dashboards", "wrong.dashboard.json")):
        lines = (FOLDER / name).read_text("utf-8").splitlines()
        for finding in lint(airectl, kind, FOLDER / name)["findings"]:
            at = finding["location"]
            marked = lines[at["line"] - 1][at["col"] - 1 : at["end_col"] - 1]
            if finding["code"] == "AIR101":
                continue
            assert re.fullmatch(r'[\w:]+|\w+[!=~]+\\?"[^"]*"', marked), (finding["message"], marked)
            if finding["code"] in ("AIR107", "AIR108", "AIR109", "AIR110", "AIR117", "AIR118"):
                assert f"`{marked}`" in finding["message"]


def test_the_report_follows_its_schema(airectl: Runner, report_schema: dict[str, Any]) -> None:
    wrong: list[str | Path] = ["--rules", FOLDER / "wrong.rules.yaml", "--dashboards", FOLDER / "wrong.dashboard.json"]
    validate = jsonschema.Draft202012Validator(report_schema).validate
    validate(lint(airectl, *wrong))
    validate(lint(airectl, EXPOSITIONS / "vllm.txt", EXPOSITIONS / "triton.txt", *wrong))


def test_right_rules_have_no_finding(airectl: Runner) -> None:
    assert lint(airectl, "--rules", FOLDER / "right.rules.yaml")["findings"] == []


@pytest.mark.parametrize("name", ["right.rules.yaml"])
def test_promtool_takes_them(name: str) -> None:
    servers.need("promtool")
    done = subprocess.run(["promtool", "check", "rules", FOLDER / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", sorted(EXPOSITIONS.glob("*.txt")), ids=lambda page: page.stem)
def test_a_page_of_each_system_is_known_and_has_no_finding(page: Path, airectl: Runner) -> None:
    report = lint(airectl, page)
    assert report["findings"] == []
    (seen,) = report["data"]["pages"]
    assert [each["system"] for each in seen["systems"]] == [page.stem]
    (system,) = seen["systems"]
    assert system["unknown"] == []
    assert system["edges"] == []
    assert [each for each in system["presets"] if each["missing"]] == []


def rules_of_presets(airectl: Runner, system: str) -> Path | None:
    """The rules that airectl makes of SLOs on each preset of a system."""
    documents = []
    for name, preset in catalogue.load().systems[system].presets.items():
        document = presets.slo(system, preset, presets.edges(system, preset)[-1])
        document["metadata"]["name"] = f"it-{name}"
        documents.append(document)
    if not documents:
        return None
    (airectl.cwd / "specs.yaml").write_text(emit([presets.SERVICE, *documents], "openslo-v1"))
    _, stderr, code = airectl.call(["rules", "generate", "specs.yaml", "--out", "made", "--dashboards", "grafana"])
    assert code == 0, stderr.decode()
    return airectl.cwd / "made"


@pytest.mark.parametrize("page", sorted(EXPOSITIONS.glob("*.txt")), ids=lambda page: page.stem)
def test_rules_and_dashboards_of_presets_have_no_finding(
    page: Path, airectl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "MODEL", "llama-3.1-8b")
    made = rules_of_presets(airectl, page.stem)
    if made is None:
        pytest.skip("no preset")
    rules = [f"--rules={each}" for each in made.glob("*.rules.yaml")]
    dashboards = [f"--dashboards={each}" for each in made.glob("dashboards/*.json")]
    assert rules
    assert dashboards
    for pages in ([], [page]):
        report = lint(airectl, *pages, *rules, *dashboards)
        assert [each["message"] for each in report["findings"]] == []
        assert report["data"]["queries"] > len(rules)


def test_specs_are_judged_by_the_page(airectl: Runner) -> None:
    """Edges of the page hold, not those of the catalogue."""
    page = (EXPOSITIONS / "vllm.txt").read_text("utf-8")
    (airectl.cwd / "page.txt").write_text(page.replace('le="0.5"', 'le="0.45"'))
    spec = SPECS / "chat-vllm.yaml"
    assert lint(airectl, "--specs", spec)["findings"] == []
    found = lint(airectl, "page.txt", "--specs", spec)["findings"]
    assert {each["code"] for each in found} == {"AIR106"}
    assert found[0]["notes"] == ["these are the buckets on page.txt"]
