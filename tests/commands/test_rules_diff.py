"""`airectl rules diff`: which files are its sides, and what its report holds for machines."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from runner import Runner

SPECS: Final = Path(__file__).parents[2] / "slo-specs"


@pytest.fixture
def checkout(airectl: Runner) -> Runner:
    """A checkout with one commit, and a spec that was weakened since."""
    shutil.copy(SPECS / "chat-vllm.yaml", airectl.cwd / "chat.yaml")
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(airectl.cwd), *identity, *arguments], check=True, capture_output=True)
    change(airectl, "threshold: 13.44", "threshold: 14.4")
    return airectl


def change(airectl: Runner, old: str, new: str) -> None:
    path = airectl.cwd / "chat.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def asked(airectl: Runner, line: str) -> tuple[Any, int]:
    stdout, stderr, code = airectl.call([*line.split(), "-o", "json"])
    assert not stderr, stderr.decode()
    return json.loads(stdout), code


def test_specs_are_compared_with_an_earlier_commit(checkout: Runner) -> None:
    report, code = asked(checkout, "rules diff --since HEAD chat.yaml")
    assert (report["status"], code, report["data"]["weaker"]) == ("done", 0, 2)
    slo, other = report["data"]["slos"]
    assert other["slo"] == "chat/chat-ttft"
    assert (slo["slo"], slo["id"], slo["weaker"]) == ("chat/chat-availability", "chat-chat-availability", True)
    (alert,) = slo["changes"]
    assert (alert["kind"], alert["about"], alert["weaker"]) == ("alert", "page", False)
    assert (alert["before"]["factor"], alert["after"]["factor"]) == (13.44, 14.4)
    assert (alert["before"]["threshold_ratio"], alert["after"]["threshold_ratio"]) == (0.01344, 0.0144)
    outage = next(each for each in slo["detections"] if each["error_ratio"] == 1 and each["alerts"] == "page")
    assert outage["before_s"] == pytest.approx(0.01344 * 3600 + 120)
    assert outage["after_s"] == pytest.approx(0.0144 * 3600 + 120)
    assert outage["slower"] is True


def test_only_the_flag_makes_it_a_gate(checkout: Runner) -> None:
    assert asked(checkout, "rules diff --since HEAD chat.yaml --fail-on-weaker")[1] == 1
    change(checkout, "threshold: 14.4", "threshold: 13.44")
    report, code = asked(checkout, "rules diff --since HEAD chat.yaml --fail-on-weaker")
    assert (report["status"], code, report["data"]["slos"]) == ("passed", 0, [])


def test_junit_has_one_case_for_each_slo(checkout: Runner) -> None:
    stdout, _, _ = checkout.call(["rules", "diff", "--since", "HEAD", "chat.yaml", "--fail-on-weaker", "-o", "junit"])
    assert stdout.count(b"<testcase") == 3
    assert stdout.count(b"<failure") == 2


def test_folders_of_rules_are_a_side(checkout: Runner) -> None:
    assert checkout.call(["rules", "chat.yaml", "--out", "now", "-q"])[2] == 0
    assert asked(checkout, "rules diff now chat.yaml")[0]["data"]["slos"] == []
    change(checkout, "target: 0.999", "target: 0.9999")
    report, _ = asked(checkout, "rules diff now chat.yaml")
    (slo,) = report["data"]["slos"]
    assert [each["kind"] for each in slo["changes"]] == ["objective", "alert", "alert"]
    assert not slo["weaker"]


def test_an_slo_that_is_gone_fails_the_gate(checkout: Runner) -> None:
    (checkout.cwd / "empty").mkdir()
    shutil.copy(SPECS / "embeddings.yaml", checkout.cwd / "empty" / "other.yaml")
    report, code = asked(checkout, "rules diff chat.yaml empty --fail-on-weaker")
    assert code == 1
    gone = [slo for slo in report["data"]["slos"] if slo["weaker"]]
    assert [slo["slo"] for slo in gone] == ["chat/chat-availability", "chat/chat-ttft", "chat/chat-itl"]


def test_a_table_of_windows_with_errors_is_told(checkout: Runner) -> None:
    (checkout.cwd / "windows.yaml").write_text("name: own\n")
    report, code = asked(checkout, "rules diff --since HEAD chat.yaml --windows windows.yaml")
    assert code == 1
    assert report["status"] == "failed"
    assert {finding["location"]["path"] for finding in report["findings"]} == {"windows.yaml"}


def test_without_git_there_is_no_earlier_commit(airectl: Runner) -> None:
    shutil.copy(SPECS / "chat-vllm.yaml", airectl.cwd / "chat.yaml")
    _, stderr, code = airectl.call(["rules", "diff", "--since", "HEAD", "chat.yaml"])
    assert code == 2
    assert b"run it inside a git checkout" in stderr
