"""`airectl demo` as somebody runs it who hears of airectl today."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from airectl.commands import demo_work
from airectl.commands.demo_folder import demand
from airectl.commands.demo_steps import FAST, Step, steps
from airectl.core.command_tree import mistake
from airectl.processes import Ended
from airectl.registry import tree
from html_tags import Tags
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
TRACE: Final = ROOT / "airectl/data/demo/load-balancer.csv"
LIMIT_S: Final = 300


def environ_of(airectl: Runner) -> dict[str, str]:
    """An environment with a proxy that is not there, a setting that would change all, and an eye on the network."""
    own = {
        "SEEN_NETWORK": str(airectl.home.parent / "network.txt"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "AIRECTL_FAIL_ON": "never",
    }
    found = {**airectl.environ, **own}
    del found["SOURCE_DATE_EPOCH"]
    return found


def left_over(folder: Path) -> list[str]:
    """Command lines of processes that run below a folder."""
    return [line for line in _command_lines(folder) if line]


def _command_lines(folder: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                yield (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that was run: its report, what it printed, its folder."""

    report: dict[str, Any]
    shown: str
    folder: Path


def test_the_loop(airectl: Runner, report_schema: dict[str, Any]) -> None:
    """Once, since it takes its time: how it ends, what it shows, what it finds, what it leaves."""
    base = airectl.home.parent
    command = [sys.executable, "-m", "airectl", "demo", "--fast", "-o", f"json={base / 'report.json'}"]
    done = subprocess.run(
        command, cwd=airectl.cwd, env=environ_of(airectl), capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    report = json.loads((base / "report.json").read_text())
    jsonschema.validate(report, report_schema)
    demo = Demo(report=report, shown=done.stdout, folder=airectl.cwd / "airectl-demo")
    nothing_is_left_but_its_folder(demo)
    every_step_ends_as_it_should(demo)
    commands_are_shown_as_typed_with_what_they_found(demo)
    the_figures_are_measured_and_agree(demo)
    the_page_is_whole_and_has_the_charts(demo)
    every_command_can_be_repeated_by_hand(demo)


def every_step_ends_as_it_should(demo: Demo) -> None:
    found = {each["name"]: each["exit_code"] for each in demo.report["data"]["steps"]}
    assert found == {
        "init": 0, "validate": 0, "rules": 0, "load test": 1, "budget": 1, "gate": 1, "postmortem": 0, "capacity": 0,
        "forecast": 0, "report": 0,
    }  # fmt: skip
    assert {gate["outcome"] for gate in demo.report["gates"]} == {"passed"}


def commands_are_shown_as_typed_with_what_they_found(demo: Demo) -> None:
    for name, exit_code in (("validate", 0), ("gate", 1)):
        shown = re.search(rf"^\d+ of 10  {name} -+\n(.*?)^exit (\d+), as it should", demo.shown, re.M | re.S)
        assert shown
        assert int(shown[2]) == exit_code
    assert "\n$ airectl check slo-specs --run run -o saved=reports/6-gate.json\nFAILED  1 of 3" in demo.shown
    assert "  POST /faults: slow-first-token" in demo.shown
    assert max(len(line) for line in demo.shown.splitlines() if line.startswith(("$ ", "    --"))) <= 80


def the_figures_are_measured_and_agree(demo: Demo) -> None:
    saved = {path.stem.partition("-")[2]: json.loads(path.read_text()) for path in demo.folder.glob("reports/*.json")}
    tested = {each["objective"]: each for each in saved["load-test"]["data"]["objectives"]}
    budget = {each["slo"]: each for each in saved["budget"]["data"]["slos"]}
    ttft = budget["chat/chat-ttft"]
    assert (ttft["bad_events"], ttft["valid_events"]) == (
        tested["chat/chat-ttft"]["valid_events"] - tested["chat/chat-ttft"]["good_events"],
        tested["chat/chat-ttft"]["valid_events"],
    )
    assert ttft["budget_consumed_ratio"] > 1
    (burned,) = saved["postmortem"]["data"]["budgets"]
    assert burned["counted"] == ttft["valid_events"]
    low = saved["capacity"]["data"]["capacity"]["rps"]["low"]
    (forecast,) = saved["forecast"]["data"]["series"]
    assert forecast["accelerators"]["capacity_per_replica"] == low
    assert forecast["crossing"]["limit"] == 6 * low


def the_page_is_whole_and_has_the_charts(demo: Demo) -> None:
    tags = Tags((demo.folder / "report.html").read_text("utf-8"))
    assert tags.open == []
    names = [tag for tag, _ in tags.starts]
    assert "script" not in names
    assert names.count("svg") >= 7
    assert names.count("section") == 9


def every_command_can_be_repeated_by_hand(demo: Demo) -> None:
    root = tree()
    lines = [each["command"] for each in demo.report["data"]["steps"]]
    assert {line: mistake(root, line) for line in lines} == dict.fromkeys(lines, "")
    script = demo.folder / "commands.sh"
    assert all(line in script.read_text() for line in lines)
    subprocess.run(["sh", "-n", script], check=True)
    environ = Runner(cwd=demo.folder, home=demo.folder).environ | {"PYTHONPATH": ""}
    for each in demo.report["data"]["steps"]:
        if each["name"] in ("validate", "budget", "gate", "report"):
            typed = ["sh", "-c", each["command"]]
            done = subprocess.run(typed, cwd=demo.folder, env=environ, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (each["exit_code"], b"")


def nothing_is_left_but_its_folder(demo: Demo) -> None:
    cwd = demo.folder.parent
    assert left_over(cwd) == []
    assert [path.name for path in cwd.iterdir()] == ["airectl-demo"]
    assert list((cwd.parent / "home").iterdir()) == []
    assert not (cwd.parent / "network.txt").exists()


def test_a_signal_ends_all_of_it(airectl: Runner) -> None:
    command = [sys.executable, "-m", "airectl", "demo", "--fast", "--keep", "shown", "-o", "json=report.json"]
    with subprocess.Popen(
        command, cwd=airectl.cwd, env=environ_of(airectl), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # It is in the middle of the load test, with processes of its own.
        until = time.monotonic() + LIMIT_S
        while not (airectl.cwd / "shown/run/run.json").exists() and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=LIMIT_S)
    report = json.loads((airectl.cwd / "report.json").read_text())
    assert (process.returncode, report["partial"], stderr) == (130, True, "")
    assert [each["exit_code"] for each in report["data"]["steps"]] == [0, 0, 0, *[None] * 7]
    assert left_over(airectl.cwd) == []


def test_a_step_that_ends_otherwise_fails_it(airectl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (
        Step(name="validate", command="airectl validate nowhere", why="To see it fail."),
        Step(name="gate", command="airectl check slo-specs", why="It is not reached."),
    )
    monkeypatch.setattr(demo_work, "steps", lambda url, pace: wrong)
    stdout, _, code = airectl.call(["demo", "-o", "json"], extra={"PYTHONPATH": ""})
    report = json.loads(stdout)
    assert code == 1
    assert [(gate["outcome"], gate["message"]) for gate in report["gates"]] == [
        ("failed", "it ended with exit code 2, and should with 0"),
        ("skipped", "it was not run to its end"),
    ]
    assert left_over(airectl.cwd) == []


@pytest.mark.parametrize(("codes", "outcome"), [((3, 3, 1), "passed"), ((3, 3, 3), "undecided"), ((2,), "failed")])
def test_a_measurement_that_decides_nothing_is_tried_again(
    codes: tuple[int, ...], outcome: str, airectl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is busy with something else is not to blame on the server."""
    left = list(codes)
    seen: list[bool] = []

    def ran(args: list[str], place: Any, limit_s: float, **_: object) -> Ended:
        folder = place.folder / "run"
        seen.append(folder.exists())
        folder.mkdir()
        return Ended(code=left.pop(0), said=("why",), seconds=1.0)

    step = Step(name="load test", command="airectl loadtest", why="w", exit=1, makes="run", measures=True)
    monkeypatch.setattr(demo_work, "steps", lambda url, pace: (step,))
    monkeypatch.setattr(demo_work, "ran", ran)
    stdout, _, code = airectl.call(["demo", "-o", "json"], extra={"PYTHONPATH": ""})
    report = json.loads(stdout)
    assert seen == [False] * len(codes)
    assert code == {"passed": 0, "undecided": 3, "failed": 1}[outcome]
    assert [gate["outcome"] for gate in report["gates"]] == [outcome]
    assert report["data"]["steps"][0]["took_s"] == len(codes)


@pytest.mark.parametrize(
    ("there", "args", "said"),
    [
        ("shown/reports/1-init.json", (), "shown is there already, and nothing was changed"),
        ("shown/mine.txt", ("--force",), "shown has what no demo made, such as `mine.txt`"),
        ("shown", ("--force",), "shown is a file"),
    ],
)
def test_what_is_there_is_not_lost(there: str, args: tuple[str, ...], said: str, airectl: Runner) -> None:
    path = airectl.cwd / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    stdout, stderr, code = airectl.call(["demo", "--keep", "shown", *args])
    assert (stdout, code) == (b"", 2)
    assert f"error: {said}" in stderr.decode()
    assert path.read_text() == "mine"


def test_each_planned_command_is_one() -> None:
    root = tree()
    lines = [step.line(number) for number, step in enumerate(steps("http://127.0.0.1:8000", FAST), start=1)]
    assert [mistake(root, line) for line in lines] == [""] * len(lines)
    assert [shlex.split(line)[0] for line in lines] == ["airectl"] * len(lines)


@pytest.mark.parametrize("now", ["2026-11-20T12:00:00", "2014-04-24T00:39:00", "2030-01-01T00:00:00"])
def test_the_trace_is_moved_by_whole_weeks_and_nothing_else(now: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    real = [line.split(",") for line in TRACE.read_text().splitlines()[1:]]
    moved = [line.split(",") for line in demand(TRACE.read_text(), at).splitlines()[1:]]
    assert [count for _, count in moved] == [count for _, count in real]
    shifts = {datetime.fromisoformat(b) - datetime.fromisoformat(a) for (a, _), (b, _) in zip(real, moved, strict=True)}
    (shift,) = shifts
    assert shift.total_seconds() % (7 * 86_400) == 0
    assert 0 <= (at - datetime.fromisoformat(moved[-1][0])).total_seconds() < 7 * 86_400


def test_the_trace_is_the_real_one(conformance: Path) -> None:
    real = (conformance / "fleet" / "elb-request-count-5min.csv").read_text().splitlines()[1:]
    ours = TRACE.read_text().splitlines()[1:]
    assert [(at.replace(" ", "T") + "Z", float(count)) for at, count in (line.split(",") for line in real)] == [
        (at, float(count)) for at, count in (line.split(",") for line in ours)
    ]
