"""`airectl loadtest calibrate` as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from airectl.commands.loadtest_compared import errors_of
from airectl.load.protocols.golden_chat import SENT
from airectl.sim import wire
from runner import Runner

FEW = ("--streams", "8", "--tokens-per-second", "400", "--duration", "1s")


@pytest.fixture
def loading(airectl: Runner) -> Runner:
    """Runs commands whose processes may reach this machine."""
    return replace(airectl, loopback=True, extra={"PYTHONPATH": ""})


def test_what_it_measures_is_what_compare_takes(loading: Runner, report_schema: dict[str, Any]) -> None:
    stdout, stderr, code = loading.call(["loadtest", "calibrate", *FEW, "-o", "json"])
    report = json.loads(stdout)
    jsonschema.validate(report, report_schema)
    data = report["data"]
    assert stderr == b"airectl: 8 answers at a time with 400 tokens/s, for 2 s\n"
    assert data["failed"] == 0
    assert data["requests"] == data["planned_requests"]
    assert data["tokens"] == data["requests"] * data["tokens_per_answer"]
    assert set(errors_of(stdout.decode())) == {"ttft_s", "itl_s", "tpot_s", "e2e_s"}
    assert 0 < data["delay_s"]["p50"] <= data["delay_s"]["p99"] <= data["delay_s"]["max"]
    for metric in data["metrics"].values():
        assert all(metric[part]["p50"] is not None for part in ("measured", "true", "error"))
    assert data["metrics"]["ttft_s"]["true"]["p50"] >= 0.045
    assert data["metrics"]["itl_s"]["true"]["p50"] == pytest.approx(0.02, rel=0.5)
    # Whether this machine was fast enough at this moment is another matter.
    assert code == report["exit_code"]
    assert code in (0, 3)


def test_a_signal_ends_it_with_what_there_is(loading: Runner) -> None:
    command = [sys.executable, "-m", "airectl", "loadtest", "calibrate", *FEW[:-1], "60s", "-o", "json"]
    with subprocess.Popen(
        command, cwd=loading.cwd, env=loading.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert "answers at a time" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
    report = json.loads(stdout)
    assert process.returncode == 130
    assert report["partial"] is True


def test_the_stamp_has_the_name_that_the_simulator_gives_it() -> None:
    assert wire.SENT == SENT
