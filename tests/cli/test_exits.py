"""Every exit code of the table is reached; README and help print the same table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final, cast

import pytest

from airectl import registry
from airectl.core.report import Lines, Report, Status
from airectl.errors import NoData
from airectl.exits import MEANING, Exit
from airectl.registry import Entry
from airectl.run import Run
from runner import Runner

README: Final = Path(__file__).parents[2] / "README.md"
SPEC: Final = "service: chat\ntelemetry: vllm\nSLO:\n  availability: {}\n"
Command = Callable[[Run], Report]
Plant = Callable[[Command], None]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Makes a function the command `airectl planted`."""

    def make(function: Command) -> None:
        module = ModuleType("planted_command")
        module.__dict__["command"] = function
        monkeypatch.setitem(sys.modules, "planted_command", module)
        commands = cast("dict[str, Entry]", registry.COMMANDS)
        monkeypatch.setitem(commands, "planted", Entry("planted_command:command", "for a test"))

    return make


def no_data(run: Run) -> Report:
    raise NoData("prod has no samples of chat", help="check the scrape configuration")


def broken(run: Run) -> Report:
    raise ZeroDivisionError("s3ntinel")


def stops_early(run: Run) -> Report:
    """Watches the stop token and comes back with what it has."""
    with run.env.stop.watched():
        os.kill(os.getpid(), signal.SIGTERM)
        while not run.env.stop:
            time.sleep(0.001)
    return Report(status=Status.PASSED, partial=True, blocks=[Lines(lines=["half of it"])])


def validated(airectl: Runner, availability: str) -> int:
    (airectl.cwd / "spec.yaml").write_text(SPEC.format(availability))
    return airectl.call(["validate", "spec.yaml"])[2]


def planted(airectl: Runner, plant: Plant, command: Command) -> int:
    plant(command)
    return airectl.call(["planted"])[2]


def signalled(airectl: Runner, signum: int) -> int:
    """The exit code of a `validate -` that is waiting for stdin when the signal comes."""
    with subprocess.Popen(
        [sys.executable, "-m", "airectl", "validate", "-"],
        cwd=airectl.cwd, env=airectl.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        wait_until_it_reads(process)
        process.send_signal(signum)
        stdout, stderr = process.communicate(timeout=30)
    assert (stdout, stderr) == (b"", b"interrupted\n")
    return process.returncode


def wait_until_it_reads(process: subprocess.Popen[bytes]) -> None:
    """Wait until airectl has its handlers (Python itself has none for SIGTERM) and sleeps: it waits for stdin."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        pytest.skip("/proc says which signals a process handles; there is none here")
    asleep, until = 0, time.monotonic() + 30
    while asleep < 5 and time.monotonic() < until and process.poll() is None:
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        handles = int(fields["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1
        asleep = asleep + 1 if handles and fields["State"].strip().startswith("S") else 0
        time.sleep(0.02)
    assert asleep == 5, "it never waited for stdin"


REACHED: Final[Mapping[Exit, Callable[[Runner, Plant], int]]] = {
    Exit.OK: lambda airectl, _: validated(airectl, "99.9%"),
    Exit.FAILED: lambda airectl, _: validated(airectl, "999%"),
    Exit.USAGE: lambda airectl, _: airectl.call(["validate", "--no-such-option"])[2],
    Exit.UNDECIDED: lambda airectl, plant: planted(airectl, plant, no_data),
    Exit.BUG: lambda airectl, plant: planted(airectl, plant, broken),
    Exit.INTERRUPTED: lambda airectl, _: signalled(airectl, signal.SIGINT),
    Exit.TERMINATED: lambda airectl, _: signalled(airectl, signal.SIGTERM),
}


@pytest.mark.parametrize("code", Exit)
def test_each_exit_code_is_reached(code: Exit, airectl: Runner, plant: Plant) -> None:
    assert REACHED[code](airectl, plant) == code


def test_help_prints_the_table(airectl: Runner) -> None:
    stdout, _, _ = airectl.call(["help", "exit-codes"])
    rows = [line.split(maxsplit=1) for line in stdout.decode().splitlines()]
    assert [row for row in rows if row and row[0].isdigit()] == [[str(int(c)), text] for c, text in MEANING.items()]


def test_readme_prints_the_table() -> None:
    rows = [f"| {int(code)} | {meaning} |" for code, meaning in MEANING.items()]
    assert "\n".join(["| exit | meaning |", "|---|---|", *rows, ""]) in README.read_text("utf-8")


def test_a_bug_is_named_without_a_traceback(airectl: Runner, plant: Plant) -> None:
    plant(broken)
    stdout, stderr, _ = airectl.call(["planted"])
    assert stdout == b""
    assert b"airectl failed: ZeroDivisionError" in stderr
    assert b"Traceback" not in stderr


def test_debug_adds_the_traceback(airectl: Runner, plant: Plant) -> None:
    plant(broken)
    _, stderr, code = airectl.call(["planted", "--debug"])
    assert b"Traceback" in stderr
    assert b"s3ntinel" in stderr
    assert code == Exit.BUG


def test_an_error_says_what_to_do(airectl: Runner, plant: Plant) -> None:
    plant(no_data)
    _, stderr, _ = airectl.call(["planted", "--debug"])
    assert stderr == b"error: prod has no samples of chat\n  help: check the scrape configuration\n"


def test_a_stopped_run_gives_what_it_has(airectl: Runner, plant: Plant) -> None:
    plant(stops_early)
    stdout, _, code = airectl.call(["planted", "-o", "json"])
    report = json.loads(stdout)
    assert code == report["exit_code"] == Exit.TERMINATED
    assert report["partial"] is True
