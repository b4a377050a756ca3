"""What leaves the process: every command's JSON by the shipped schema, plain files, any encoding."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from airectl.registry import COMMANDS, Group
from runner import Runner

# A line for each command; the exit code is the command's own affair.
LINES = {
    "validate": "airectl validate chat.yaml",
    "check": "airectl check --offline chat.yaml",
    "budget": "airectl budget --offline chat.yaml --explain",
    "convert": "airectl convert --to sloth chat.yaml",
    "schema": "airectl schema openslo",
    "explain": "airectl explain AIR014",
    "config show": "airectl config show",
    "help": "airectl help exit-codes",
}
SPEC = "service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n  typo: 1\n"


def paths() -> list[str]:
    """Every command, as its path of words."""
    groups = {name: entry for name, entry in COMMANDS.items() if isinstance(entry, Group)}
    plain = [name for name in COMMANDS if name not in groups]
    return plain + [f"{name} {sub}" for name, group in groups.items() for sub in group.entries]


@pytest.fixture
def folder(airectl: Runner) -> Runner:
    (airectl.cwd / "chat.yaml").write_text(SPEC)
    return airectl


@pytest.mark.parametrize("command", paths())
def test_the_json_of_every_command_is_valid_by_the_shipped_schema(
    command: str, folder: Runner, report_schema: dict[str, Any]
) -> None:
    step = folder.run(f"{LINES[command]} -o json=report.json")
    report = json.loads((folder.cwd / "report.json").read_text())
    assert list(Draft202012Validator(report_schema).iter_errors(report)) == []
    assert report["command"] == command
    assert report["exit_code"] == step.code


def test_a_report_in_a_file_has_no_colour(folder: Runner) -> None:
    printed = folder.run("airectl validate chat.yaml --color always -o text").stdout
    folder.run("airectl validate chat.yaml --color always -o json -o text=report.txt")
    assert r"\e[" in printed
    assert "\x1b" not in (folder.cwd / "report.txt").read_text()


def test_a_terminal_that_knows_only_ascii_gets_escapes_not_a_crash(folder: Runner) -> None:
    (folder.cwd / "chat.yaml").write_text(SPEC.replace("typo", "模型"))
    step = folder.run("true; PYTHONIOENCODING=ascii airectl validate chat.yaml -o concise")
    assert r"\u6a21\u578b" in step.stdout
    assert step.code == 1


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_are_relative_to_the_repository_of_a_ci_job(variable: str, folder: Runner) -> None:
    step = folder.run(f"{variable}={folder.cwd.parent} airectl validate chat.yaml -o gitlab")
    assert {issue["location"]["path"] for issue in json.loads(step.stdout)} == {"cwd/chat.yaml"}
