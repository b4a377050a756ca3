"""The two engines agree: one scenario, sent by this machine and by three workers of Locust's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from airectl.runs.reading import open_run
from servers import free_port

pytestmark = pytest.mark.accept
AIRECTL: Final = (sys.executable, "-m", "airectl")
PLAN: Final = (
    "--rate", "40", "--duration", "15s", "--warm-up", "2s", "--seed", "3", "--output-tokens", "50",
    "--input-tokens", "normal:64,16", "--no-calibration",
)  # fmt: skip
_LONG_S: Final = 180


@contextmanager
def golden() -> Iterator[str]:
    """A server of fixed times, in a process of its own."""
    command = [*AIRECTL, "simulate", "--golden", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr
            yield process.stderr.readline().split()[-1]
        finally:
            process.terminate()


def report(folder: Path, *args: str) -> dict[str, Any]:
    """The data of a report."""
    done = subprocess.run(
        [*AIRECTL, "loadtest", *args, "-o", "json"], cwd=folder, check=False, capture_output=True, timeout=_LONG_S
    )
    data: dict[str, Any] = json.loads(done.stdout)["data"]
    return data


def asked(run: Path) -> list[tuple[int, int, int]]:
    """Number, intended time and prompt's tokens of each request."""
    names = ("index", "intended_ns", "input_tokens")
    columns = [np.concatenate([batch.column(name) for batch in open_run(run).batches()]) for name in names]
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def by_locust(folder: Path, url: str, out: str) -> dict[str, Any]:
    """The same from three workers."""
    port = free_port()
    with ExitStack() as open_:
        for _ in range(3):
            worker = [*AIRECTL, "loadtest", "worker", "--master", f"127.0.0.1:{port}", "--processes", "1", "-q"]
            process = open_.enter_context(subprocess.Popen(worker))
            open_.callback(process.kill)
        locust = ("--engine", "locust", "--expect-workers", "3", "--port", str(port))
        return report(folder, url, *PLAN, "--out", out, *locust)


def test_two_engines_agree_on_one_scenario(tmp_path: Path) -> None:
    host = report(tmp_path, "calibrate", "--streams", "50", "--tokens-per-second", "2000", "--duration", "5s")
    with golden() as url:
        local = [report(tmp_path, url, *PLAN, "--out", f"local-{n}", "--processes", "1") for n in range(2)]
        fleet = [by_locust(tmp_path, url, f"fleet-{n}") for n in range(2)]
    for count in ("requests", "answered_requests", "warm_up_requests", "recorded_requests", "planned_requests"):
        assert len({data[count] for data in (*local, *fleet)}) == 1, count
    # The same requests at the same times, whoever sent them.
    assert asked(tmp_path / "local-0") == asked(tmp_path / "fleet-0")
    # Beside this host's own error, the server's own lateness is in both; what disturbs one run need not disturb two.
    within_s = host["host_error_s"]["ttft_s"] + 2 * host["simulator_lag_s"]
    for quantile in ("p50", "p99"):
        one, other = (min(data["metrics"]["ttft_s"]["sent"][quantile] for data in each) for each in (local, fleet))
        assert other == pytest.approx(one, abs=within_s), quantile
