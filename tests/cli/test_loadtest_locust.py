"""Load tests by Locust: a master and workers as processes of their own, one of which is lost in mid-run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from airectl.runs.reading import open_run
from runner import Runner
from servers import free_port
from simulator import settings, simulator

PLAN: Final = (
    "--input-tokens", "32", "--output-tokens", "4", "--no-calibration", "--rate", "60", "--arrival", "constant",
)  # fmt: skip
_LONG_S: Final = 90.0


@pytest.fixture
def loading(airectl: Runner) -> Runner:
    """Runs commands whose processes may reach this machine."""
    return replace(airectl, loopback=True, extra={"PYTHONPATH": ""})


@contextmanager
def worker(runner: Runner, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that looks for its master at `port`."""
    command = [sys.executable, "-m", "airectl", "loadtest", "worker", "--master", f"127.0.0.1:{port}"]
    with subprocess.Popen(
        [*command, "--processes", "1"], cwd=runner.cwd, env=runner.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def master(runner: Runner, url: str, port: int, *args: str) -> subprocess.Popen[bytes]:
    """A master that waits for three of them."""
    command = [sys.executable, "-m", "airectl", "loadtest", url, *PLAN, "--out", "run", "-o", "json"]
    cluster = ["--engine", "locust", "--expect-workers", "3", "--port", str(port)]
    return subprocess.Popen(
        [*command, *cluster, *args], cwd=runner.cwd, env=runner.environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def engines() -> set[int]:
    """Processes of the load engine, of whomever."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"airectl.load.child" in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def parents(pid: int) -> list[int]:
    """The parents of a process, from the nearest."""
    found = []
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
        found.append(pid)
    return found


def test_three_workers_do_what_one_machine_does_and_one_may_be_lost(
    loading: Runner, report_schema: dict[str, Any]
) -> None:
    port = free_port()
    with simulator(settings()) as server, ExitStack() as open_:
        workers = [open_.enter_context(worker(loading, port)) for _ in range(3)]
        whole = open_.enter_context(master(loading, server.url, port, "--duration", "6s"))
        end = time.monotonic() + _LONG_S
        while _home(loading.cwd / "run") < 3:
            assert time.monotonic() < end
            time.sleep(0.1)
        victim = workers[0]
        own = {pid for pid in engines() if victim.pid in parents(pid)}
        assert len(own) == 1
        victim.send_signal(signal.SIGKILL)
        stdout, stderr = whole.communicate(timeout=_LONG_S)
        others = [process for process in workers if process is not victim]
        said = [process.communicate(timeout=_LONG_S) for process in others]
        assert engines() & own == set()
    found = json.loads(stdout)
    jsonschema.validate(found, report_schema)
    data = found["data"]
    assert (found["exit_code"], data["ended"], data["validity"]) == (3, "lost worker", "client-limited")
    assert "was not heard any more; the others go on" in stderr.decode()
    assert len(data["lost"]) == 1
    assert "was not heard any more after " in data["lost"][0]
    assert [process.returncode for process in others] == [0, 0]
    # The shares of the others are whole, and what the lost one had sent home is there too.
    sent = [int(out.decode().split("sent ")[1].split()[0]) for out, _ in said]
    assert sent == [120, 120]
    assert 240 < data["recorded_requests"] < 360
    assert data["recorded_requests"] + data["unrecorded_requests"] == data["planned_requests"] == 360
    indices = [int(index) for batch in open_run(loading.cwd / "run").batches() for index in batch.column("index")]
    assert len(indices) == len(set(indices)) == data["recorded_requests"]


def _home(folder: Path) -> int:
    """How many processes have sent records home."""
    return sum(path.stat().st_size > 1000 for path in folder.glob("requests-*.bin"))


def test_a_worker_decides_by_itself_where_it_sends(loading: Runner) -> None:
    """The master allows an address that the worker's own settings do not."""
    port = free_port()
    with worker(loading, port) as own, ExitStack() as open_:
        command = [
            sys.executable, "-c", _ASK_FOR_ANOTHER, str(port),
        ]  # fmt: skip
        asking = open_.enter_context(subprocess.Popen(command, env=loading.environ, stdout=subprocess.PIPE))
        stdout, _ = asking.communicate(timeout=_LONG_S)
        _, stderr = own.communicate(timeout=_LONG_S)
    assert b"worker" in stdout
    assert b"`192.0.2.7` is not this machine" in stdout
    assert own.returncode == 2
    assert b"`192.0.2.7` is not this machine" in stderr


_ASK_FOR_ANOTHER: Final = """
import os, pathlib, sys
from airectl.env import Stop
from airectl.load.cluster.master import Workers
from airectl.load.cluster.pipe import ClusterError
from airectl.load.job import Job
from airectl.load.plan import Plan, Synthetic
from airectl.core.lengths import Lengths
from airectl.core.schedule import steady
plan = Plan(arrivals=steady(1.0), workload=Synthetic(input=Lengths(mean=8)), duration_s=1.0)
with Workers(os.environ, "127.0.0.1", int(sys.argv[1])) as workers:
    workers.gather(1, 60, Stop(), lambda text: None)
    workers.begin([Job(url="http://192.0.2.7", plan=plan.to_json())], pathlib.Path("."), 0)
    try:
        while True:
            workers.wait(1)
    except ClusterError as error:
        print(error)
"""
