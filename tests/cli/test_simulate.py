"""`airectl simulate` as a user runs it: it says where it listens, serves until it is stopped, and reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import jsonschema
import pytest

from runner import Runner
from simulator import settings, simulator


@contextmanager
def running(airectl: Runner, arguments: Sequence[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it listens."""
    command = [sys.executable, "-m", "airectl", "simulate", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(
        command, cwd=airectl.cwd, env=airectl.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr
            first = line_of(process.stderr.fileno())
            assert " listens at http://127.0.0.1:" in first, first
            yield process, first.split()[-1]
        finally:
            process.kill()


def line_of(stream: int) -> str:
    """One line and nothing beyond it: what a file object reads ahead is lost to `communicate`."""
    line = b""
    while not line.endswith(b"\n"):
        read = os.read(stream, 1)
        assert read, line
        line += read
    return line.decode()


def ended(process: subprocess.Popen[str], signum: int) -> tuple[str, str]:
    process.send_signal(signum)
    stdout, stderr = process.communicate(timeout=60)
    return stdout, stderr


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_report(signum: int, code: int, airectl: Runner, report_schema: dict[str, Any]) -> None:
    with running(airectl, ["-o", "json", "--speed", "50", "--fault", "429:0.5", "--replicas", "2"]) as (process, url):
        for _ in range(12):
            httpx.post(f"{url}/v1/completions", json={"prompt": "a", "max_tokens": 4}, trust_env=False, timeout=60)
        stdout, stderr = ended(process, signum)
    report = json.loads(stdout)
    jsonschema.validate(report, report_schema)
    assert (process.returncode, report["exit_code"], report["partial"]) == (code, code, False)
    data = report["data"]
    assert data["requests"] == sum(data["answers"].values()) == 12
    assert data["faults"] == {"429": data["answers"]["429"]}
    assert data["tokens"]["generation_tokens"] == 4 * data["finished"]["length"]
    assert (data["url"], data["replicas"]) == (url, 2)
    assert stderr == f"airectl: try: airectl probe {url}\nairectl: try: airectl metrics lint {url}/metrics\n"


def test_a_stream_that_is_open_does_not_keep_it_alive(airectl: Runner) -> None:
    with running(airectl, []) as (process, url):
        body = {"prompt": "a", "max_tokens": 50_000, "ignore_eos": True, "stream": True}
        with httpx.stream("POST", f"{url}/v1/completions", json=body, trust_env=False, timeout=60) as answer:
            assert next(answer.iter_raw())
            stdout, _ = ended(process, signal.SIGINT)
    assert process.returncode == 130
    assert stdout.startswith("DONE  1 request, ")


def test_it_ends_by_itself_after_its_time(airectl: Runner) -> None:
    stdout, stderr, code = airectl.call(["simulate", "--listen", "127.0.0.1:0", "--duration", "100ms"])
    assert code == 0
    assert stdout.decode().startswith("DONE  0 requests, 0 tokens")
    assert b"listens at" in stderr
    assert airectl.call(["simulate", "--listen", "127.0.0.1:0", "--duration", "100ms", "-q"]) == (b"", b"", 0)


def test_a_port_that_is_taken_is_told(airectl: Runner) -> None:
    with simulator() as here:
        stdout, stderr, code = airectl.call(["simulate", "--listen", f"127.0.0.1:{here.port}"])
    assert (stdout, code) == (b"", 2)
    assert f"cannot listen at 127.0.0.1 port {here.port}" in stderr.decode()


def test_an_address_that_others_reach_is_warned_of(airectl: Runner) -> None:
    _, stderr, code = airectl.call(["simulate", "--listen", "0.0.0.0:0", "--duration", "100ms"])
    assert code == 0
    assert b"warning: anyone who reaches 0.0.0.0 can use this server" in stderr


@pytest.mark.parametrize("protocol", ["openai", "completions"])
def test_the_probe_passes_against_it(protocol: str, airectl: Runner) -> None:
    with simulator() as here:
        step = replace(airectl, loopback=True).run(f"airectl probe {here.url} --protocol {protocol}")
    assert (step.code, step.stderr) == (0, ""), step.stdout
    assert step.stdout.startswith("PASSED  4 of 4 prompts passed")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("truncate", "AIR133"), ("reset", "AIR133"), ("malformed", "AIR133"), ("error", "AIR133"), ("empty", "AIR133"),
        ("stall", "AIR134"), ("slow-first-token=20s", "AIR134"), ("wrong-model", "AIR135"), ("gibberish", "AIR136"),
        ("429", "AIR132"), ("503", "AIR132"),
    ],
)  # fmt: skip
def test_the_probe_sees_each_fault(fault: str, code: str, airectl: Runner) -> None:
    waits = "--first-token-timeout 300ms --stall-timeout 300ms" if "stall" in fault or "slow" in fault else ""
    with simulator(settings(fault=(fault,))) as here:
        step = replace(airectl, loopback=True).run(f"airectl probe {here.url} {waits} -o json")
    assert step.code == 1
    assert {each["code"] for each in json.loads(step.stdout)["findings"]} == {code}


def test_its_metrics_pass_the_lint(airectl: Runner) -> None:
    with simulator(settings(replicas=2)) as here:
        httpx.post(f"{here.url}/v1/completions", json={"prompt": "a", "max_tokens": 4}, trust_env=False)
        step = replace(airectl, loopback=True).run(f"airectl metrics lint {here.url}/metrics -o json")
    report = json.loads(step.stdout)
    assert (step.code, report["findings"]) == (0, [])
    assert "vllm" in step.stdout
    assert "dcgm-exporter" in step.stdout


def test_limits_for_machines_have_the_figures_and_their_sources(airectl: Runner, report_schema: dict[str, Any]) -> None:
    stdout, _, code = airectl.call(["simulate", "profiles", "-o", "json"])
    report = json.loads(stdout)
    jsonschema.validate(report, report_schema)
    assert code == 0
    assert len(report["data"]["profiles"]) == 3
    assert all(each["accelerator"]["source"].startswith("https://") for each in report["data"]["profiles"])
    one = {(each["profile"], each["prompt_tokens"]): each for each in report["data"]["limits"]}
    twice = json.loads(airectl.call(["simulate", "--dry-run", "--replicas", "2", "-o", "json"])[0])
    for each in twice["data"]["limits"]:
        assert each["rate_rps"] == 2 * one[each["profile"], each["prompt_tokens"]]["rate_rps"]
