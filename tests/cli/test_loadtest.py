"""`airectl loadtest` as a user runs it: against the simulator, with signals, a process that dies, a secret."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airectl.runs.reading import open_run
from inference_server import MODEL, Reply, inference
from prometheus_faults import certificates, closed_port
from raw_server import good, raw_server
from runner import Runner
from simulator import settings, simulator

SECRET = "t0ken-of-ours-4c"  # noqa: S105  # what must not be seen
# Nothing waits for the server: it answers at once, and as long as it is asked to.
SHORT = ("--input-tokens", "32", "--output-tokens", "4", "--no-calibration", "--processes", "1")
ANSWER = {
    "model": MODEL,
    "choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 32, "completion_tokens": 1},
}
_LONG_S = 60.0


@pytest.fixture
def loading(airectl: Runner) -> Runner:
    """Runs commands whose processes may reach this machine."""
    return replace(airectl, loopback=True, extra={"PYTHONPATH": ""})


def report(runner: Runner, *args: str, schema: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The JSON report of a load test, which is valid, and its exit code."""
    stdout, stderr, code = runner.call(["loadtest", *args, "-o", "json", "-q"])
    assert stderr == b""
    # -q prints nothing, but the report is kept.
    assert stdout == b""
    found: dict[str, Any] = json.loads((runner.cwd / "run" / "report.json").read_text())
    jsonschema.validate(found, schema)
    assert found["exit_code"] == code
    return found, code


def test_a_run_from_the_command_line_to_its_folder(loading: Runner, report_schema: dict[str, Any]) -> None:
    with simulator() as server:
        found, code = report(
            loading, server.url, *SHORT, "--rate", "40", "--arrival", "constant", "--duration", "1s", "--out", "run",
            "--ttft-p99", "30s", "--price", "3.6", schema=report_schema,
        )  # fmt: skip
    data = found["data"]
    assert server.outcome is not None
    assert data["requests"] == data["answered_requests"] == data["planned_requests"] == server.outcome.requests == 40
    assert server.outcome.tokens["generation_tokens"] == 40 * 4
    assert (data["ended"], data["model"], data["arrivals"]) == ("complete", "llama-3.1-8b", "constant")
    assert data["server"]["accelerator"] == "NVIDIA H100 80GB HBM3"
    assert data["server"]["output_tokens_per_price"] == pytest.approx(data["output_tokens_per_s"] * 1000)
    # A machine that is busy may be late, which is said; then nothing is decided.
    assert code == (0 if data["validity"] == "valid" else 3) or data["objectives"][0]["status"] == "inconclusive"
    run = open_run(loading.cwd / "run")
    assert run.complete
    assert sum(len(batch.error) for batch in run.batches()) == 40
    assert next(iter(run.server()))["from"] == f"{server.url}/metrics"
    again, stderr, _ = loading.call(["loadtest", "report", "run", "-o", "json", "--ttft-p99", "30s"])
    assert stderr == b""
    assert json.loads(again)["data"]["metrics"] == data["metrics"]


def test_what_was_measured_is_not_written_over(loading: Runner) -> None:
    (loading.cwd / "run").mkdir()
    (loading.cwd / "run" / "run.json").write_text("{}")
    with simulator() as server:
        stdout, stderr, code = loading.call(["loadtest", server.url, *SHORT, "--requests", "1", "--out", "run"])
    assert (stdout, code) == (b"", 2)
    assert b"holds a run already" in stderr


def test_a_folder_that_is_a_file(loading: Runner) -> None:
    (loading.cwd / "run").write_text("")
    with simulator() as server:
        _, stderr, code = loading.call(["loadtest", server.url, *SHORT, "--requests", "1", "--out", "run"])
    assert code == 2
    assert b"run: a file is there\n" in stderr


def test_a_server_that_nobody_vouches_for(loading: Runner) -> None:
    made = certificates(loading.cwd / "tls")
    with raw_server(lambda *_: good(), tls=made.serving()) as server:
        _, stderr, code = loading.call(["loadtest", server.url.replace("http:", "https:")])
    assert code == 3
    assert b"its certificate is not trusted" in stderr
    assert b"put the certificate of whoever signed it into `ca_file`" in stderr


def test_a_server_that_is_not_there(loading: Runner) -> None:
    stdout, stderr, code = loading.call(["loadtest", f"http://127.0.0.1:{closed_port()}"])
    assert (stdout, code) == (b"", 3)
    assert b"does not answer: connection refused" in stderr
    assert not (loading.cwd / "airectl-runs").exists()


@pytest.mark.parametrize(
    ("model", "help"), [("llama-3.1-8", "did you mean `llama-3.1-8b`?"), ("gpt", "it has: `llama-3.1-8b`")]
)
def test_a_model_that_is_not_there(model: str, help: str, loading: Runner) -> None:
    with simulator() as server:
        _, stderr, code = loading.call(["loadtest", server.url, "--model", model])
    assert code == 2
    assert f"has no model `{model}`\n  help: {help}" in stderr.decode()


def test_a_server_without_metrics_is_said_and_no_error(loading: Runner) -> None:
    with inference(Reply()) as server:
        stdout, _, code = loading.call(
            ["loadtest", server.url, *SHORT, "--requests", "20", "--rate", "40", "--out", "run",
             "--metrics", f"{server.url}/nothing"]
        )  # fmt: skip
    said = stdout.decode()
    assert code in (0, 3)
    assert f"no metrics at {server.url}/nothing: " in said


def test_a_secret_is_seen_by_the_server_and_by_nobody_else(loading: Runner) -> None:
    with inference(Reply(body=ANSWER)) as server:
        runner = replace(loading, extra={**loading.extra, "OUR_TOKEN": SECRET})
        stdout, stderr, _ = runner.call(
            ["loadtest", server.url, *SHORT, "--requests", "20", "--rate", "40", "--token-env", "OUR_TOKEN",
             "--option", "stream=false", "--out", "run", "-v", "-o", "json"]
        )  # fmt: skip
    assert json.loads(stdout)["data"]["answered_requests"] == 20
    assert len(server.posts) == 20
    assert {each.headers.get("authorization") for each in server.posts} == {f"Bearer {SECRET}"}
    assert SECRET.encode() not in stdout + stderr
    files = [path for path in (runner.cwd / "run").rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_token_may_be_what_a_command_prints(loading: Runner) -> None:
    runner = replace(loading, extra={**loading.extra, "OUR_TOKEN": SECRET})
    plan = [*SHORT, "--requests", "20", "--rate", "40", "--option", "stream=false"]
    with inference(Reply(body=ANSWER)) as server:
        stdout, stderr, _ = runner.call(["loadtest", server.url, *plan, "--token-command", "printenv OUR_TOKEN"])
    assert {each.headers.get("authorization") for each in server.posts} == {f"Bearer {SECRET}"}
    assert SECRET.encode() not in stdout + stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("false", "--token-command ended with exit code 1"),
        ("echo two words", "--token-command printed 2 words, not one"),
        ("true", "--token-command printed 0 words, not one"),
        ("no-such-program-here", "--token-command cannot be run: no such file or directory"),
        ("'", "--token-command cannot be run: no closing quotation"),
        ("printenv HOME", ""),
    ],
)
def test_a_command_that_prints_no_token(command: str, said: str, loading: Runner) -> None:
    more = ["--token-env", "X"] if not said else []
    stdout, stderr, code = loading.call(["loadtest", "http://127.0.0.1:9", "--token-command", command, *more])
    assert (stdout, code) == (b"", 2)
    assert (said or "a token has one place") in stderr.decode()


def test_a_server_that_only_fails_is_left_alone(loading: Runner, report_schema: dict[str, Any]) -> None:
    with simulator(settings(fault=("503",))) as server:
        found, code = report(
            loading, server.url, *SHORT, "--rate", "200", "--duration", "30s", "--out", "run", schema=report_schema
        )
    assert found["data"]["ended"] == "error storm"
    assert found["data"]["errors"].keys() >= {"http 5xx"}
    assert found["data"]["recorded_requests"] < 6000
    assert code in (1, 3)


@contextmanager
def running(runner: Runner, url: str, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    """A load test of a minute that has been sending for a while."""
    command = [sys.executable, "-m", "airectl", "loadtest", url, *SHORT, "--rate", "30", "--duration", "60s"]
    with subprocess.Popen(
        [*command, "--out", "run", *args], cwd=runner.cwd, env=runner.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            until(lambda: written(runner.cwd / "run") > 400)
            yield process
        finally:
            process.kill()


def written(folder: Path) -> int:
    """How many bytes of records there are."""
    return sum(path.stat().st_size for path in folder.glob("requests-*.bin"))


def until(true: Any) -> None:
    """Wait, but not for ever."""
    end = time.monotonic() + _LONG_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def alive(pids: Sequence[int]) -> list[int]:
    """Those that still run."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_the_work(signum: int, code: int, loading: Runner, report_schema: dict[str, Any]) -> None:
    with simulator() as server, running(loading, server.url, "-o", "json") as process:
        children = children_of(process.pid)
        assert len(children) == 1
        process.send_signal(signum)
        stdout, _ = process.communicate(timeout=_LONG_S)
    found = json.loads(stdout)
    jsonschema.validate(found, report_schema)
    assert (process.returncode, found["exit_code"], found["partial"]) == (code, code, True)
    assert found["data"]["ended"] == "interrupted"
    assert found["data"]["answered_requests"] > 0
    assert json.loads((loading.cwd / "run" / "report.json").read_text())["data"]["ended"] == "interrupted"
    # It is measured until it was told to stop, and not until the last answer came.
    end = json.loads((loading.cwd / "run" / "end.json").read_text())
    assert 0 < found["data"]["window"]["to_s"] == pytest.approx(end["sent_until_s"], abs=1e-8)
    assert end["sent_until_s"] < end["ended_s"]
    assert alive(children) == []


def test_a_second_signal_ends_it_at_once(loading: Runner) -> None:
    """The first one waits for answers, of which half never come."""
    waiting = settings(fault=("stall:0.5",))
    with simulator(waiting) as server, running(loading, server.url, "--stall-timeout", "9m") as process:
        children = children_of(process.pid)
        until(lambda: stalled(loading.cwd / "run") > 5)
        process.send_signal(signal.SIGINT)
        # It is still there, since it waits.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=_LONG_S)
    assert (process.returncode, stdout) == (130, b"")
    assert stderr.decode().splitlines()[-1] == "interrupted"
    assert alive(children) == []


def stalled(folder: Path) -> int:
    """How many requests are under way by what the processes last said."""
    lines = [path.read_text().splitlines() for path in folder.glob("client-*.jsonl")]
    return sum(int(json.loads(each[-1])["in_flight"]) for each in lines if each)


def test_a_signal_before_anything_is_sent(loading: Runner) -> None:
    """The server takes the connection, and does not say which models it has."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-m", "airectl", "loadtest", url, "--out", "run"]
        with subprocess.Popen(command, cwd=loading.cwd, env=loading.environ, stderr=subprocess.PIPE) as process:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                process.send_signal(signal.SIGTERM)
                _, stderr = process.communicate(timeout=_LONG_S)
    assert (process.returncode, stderr) == (143, b"interrupted\n")
    assert not (loading.cwd / "run").exists()


def test_whatever_becomes_of_the_command_no_process_goes_on(loading: Runner) -> None:
    with simulator() as server, running(loading, server.url) as process:
        children = children_of(process.pid)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=_LONG_S)
        until(lambda: not alive(children))
    run = open_run(loading.cwd / "run")
    assert run.end is None
    assert sum(len(batch.error) for batch in run.batches()) > 0
    assert run.torn.files == 0


def test_a_process_that_dies_is_named_and_its_loss_is_said(loading: Runner, report_schema: dict[str, Any]) -> None:
    two = ("--processes", "2", "-o", "json", "--duration", "4s")
    with simulator() as server, running(loading, server.url, *two) as process:
        victim = children_of(process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=_LONG_S)
    assert f"(pid {victim}) was ended by SIGKILL; the others go on" in stderr.decode()
    found = json.loads(stdout)
    jsonschema.validate(found, report_schema)
    assert found["data"]["ended"] == "lost worker"
    assert len(found["data"]["lost"]) == 1
    assert f"(pid {victim}) was ended by SIGKILL after " in found["data"]["lost"][0]
    # What was planned and left no record is not called valid.
    assert (found["exit_code"], found["data"]["validity"]) == (3, "client-limited")
    assert found["data"]["unrecorded_requests"] > 0


def test_the_last_lines_of_a_terminal_are_the_report(loading: Runner) -> None:
    """Progress is on stderr, on a terminal as a bar that goes away."""
    import pty

    master, slave = pty.openpty()
    with simulator() as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "airectl", "loadtest", server.url, *SHORT, "--rate", "20", "--duration", "2s"],
            cwd=loading.cwd, env={**loading.environ, "TERM": "xterm", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave,
        )  # fmt: skip
        os.close(slave)
        stdout, _ = process.communicate(timeout=_LONG_S)
    shown = b""
    with suppress(OSError):
        while data := os.read(master, 65536):
            shown += data
    os.close(master)
    assert b"req/s" in shown
    assert b"in flight" in shown
    assert b"\x1b[2K" in shown  # the bar is wiped away
    assert b"Traceback" not in shown
    assert stdout.splitlines()[0].split()[0] in (b"VALID", b"CLIENT-LIMITED", b"UNSTABLE", b"INCONCLUSIVE")
