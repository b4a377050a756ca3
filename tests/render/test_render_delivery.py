"""What leaves the process: plain files, any encoding, paths of CI jobs."""

import json

import pytest

from runner import Runner

SPEC = "service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n  typo: 1\n"


@pytest.fixture
def folder(airectl: Runner) -> Runner:
    (airectl.cwd / "chat.yaml").write_text(SPEC)
    return airectl


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
