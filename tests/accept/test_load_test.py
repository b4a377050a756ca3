"""What a load test promises, at full size: stalls are not omitted, a trace is replayed as it is, the capacity is found.

A machine that is busy with something else fails here: these tests measure time.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import pytest

from airectl.core.replica.scheduler import Ask
from airectl.core.replica.virtual import Arrival, play
from airectl.runs.reading import open_run
from airectl.sim.profiles import shipped
from simulator import settings, simulator

pytestmark = pytest.mark.accept
ROOT: Final = Path(__file__).parents[2]
WHOLE: Final = ("--option", "stream=false", "--no-calibration", "--processes", "1")
# wrk2's demonstration: https://github.com/giltene/wrk2
RATE_RPS: Final = 2000
RUN_S: Final = 30.0
STALL_S: Final = 1.4
SERVICE_S: Final = 0.02
CAP: Final = 80


@contextmanager
def quick(service_s: float, stall_at_s: float = 0.0, stall_s: float = 0.0) -> Iterator[str]:
    """A server that answers so quickly, in a process of its own."""
    command = [sys.executable, str(ROOT / "tests" / "quick_server.py"), str(service_s), str(stall_at_s), str(stall_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def loaded(folder: Path, url: str, *args: str) -> dict[str, Any]:
    """The data of a load test's report."""
    command = [sys.executable, "-m", "airectl", "loadtest", url, *args, "--out", "run", "-q"]
    subprocess.run(command, cwd=folder, check=False, timeout=900)
    data: dict[str, Any] = json.loads((folder / "run" / "report.json").read_text())["data"]
    return data


def test_a_stall_is_not_omitted_where_requests_in_flight_are_capped(tmp_path: Path) -> None:
    with quick(SERVICE_S, 10, STALL_S) as url:
        data = loaded(
            tmp_path, url, *WHOLE, "--rate", str(RATE_RPS), "--arrival", "constant", "--duration", f"{RUN_S:g}s",
            "--max-in-flight", str(CAP), "--input-tokens", "8", "--output-tokens", "1",
        )  # fmt: skip
    e2e = data["metrics"]["e2e_s"]
    assert data["requests"] == data["answered_requests"] == RATE_RPS * RUN_S
    # What the server does with as many at a time, at the pace that it kept.
    capacity_rps = CAP / e2e["sent"]["p50"]
    expected_s = STALL_S - 0.01 * RUN_S * (1 - RATE_RPS / capacity_rps)
    assert e2e["intended"]["p99"] == pytest.approx(expected_s, rel=0.05)
    assert e2e["sent"]["p99"] < 0.1
    # As many as come while nothing is answered, and until those have caught up.
    assert data["queued"] > RATE_RPS * STALL_S * 0.9
    assert data["validity"] == "valid"


def test_without_a_cap_the_stall_is_seen_from_the_send_too(tmp_path: Path) -> None:
    with quick(SERVICE_S, 10, STALL_S) as url:
        data = loaded(
            tmp_path, url, *WHOLE, "--rate", "500", "--arrival", "constant", "--duration", f"{RUN_S:g}s",
            "--input-tokens", "8", "--output-tokens", "1",
        )  # fmt: skip
    e2e = data["metrics"]["e2e_s"]
    expected_s = STALL_S - 0.01 * RUN_S
    assert e2e["sent"]["p99"] == pytest.approx(expected_s, rel=0.05)
    assert e2e["intended"]["p99"] == pytest.approx(e2e["sent"]["p99"], rel=0.02)
    assert data["queued"] == 0


def test_a_trace_is_replayed_as_it_is(tmp_path: Path, conformance: Path) -> None:
    trace = conformance / "traces" / "azure-llm-2023-conv.csv"
    scale = 60
    with quick(SERVICE_S) as url:
        data = loaded(tmp_path, url, *WHOLE, "--trace", str(trace), "--time-scale", str(scale))
        totals = httpx.get(f"{url}/totals", trust_env=False).json()
    offsets, inputs, outputs = rows_of(trace)
    assert data["answered_requests"] == data["planned_requests"] == totals["requests"] == len(offsets)
    assert (totals["input"], totals["output"]) == (sum(inputs), sum(outputs))
    batches = list(open_run(tmp_path / "run").batches())
    intended = np.concatenate([batch.column("intended_ns") for batch in batches])
    index = np.concatenate([batch.column("index") for batch in batches])
    tokens = np.concatenate([batch.column("input_tokens") for batch in batches])
    order = np.argsort(index)
    wanted = np.array(offsets, dtype=np.float64) / scale
    assert np.abs(intended[order] - wanted).max() <= 1000  # a microsecond
    assert tokens[order].tolist() == inputs
    on_time = data["achieved_rps"] >= 0.99 * data["requested_rps"] and data["schedule_lag_s"]["p99"] <= 0.02
    assert on_time or data["validity"] == "client-limited"


def rows_of(trace: Path) -> tuple[list[int], list[int], list[int]]:
    """Nanoseconds since the first row, and tokens in and out, as another reader has them."""
    offsets, inputs, outputs = [], [], []
    first: tuple[datetime, int] | None = None
    with trace.open() as stream:
        for row in csv.DictReader(stream):
            # Seven digits of a second, of which datetime takes six.
            whole, _, digits = row["TIMESTAMP"].partition(".")
            at, rest_ns = datetime.fromisoformat(whole), int(digits.ljust(9, "0"))
            first = first or (at, rest_ns)
            offsets.append(int((at - first[0]).total_seconds()) * 10**9 + rest_ns - first[1])
            inputs.append(int(row["ContextTokens"]))
            outputs.append(int(row["GeneratedTokens"]))
    return offsets, inputs, outputs


PROMPT, ANSWER, TTFT_S = 512, 16, 0.25


def test_the_capacity_of_a_live_server_is_that_of_its_model(tmp_path: Path) -> None:
    with simulator(settings(speed=1.0)) as server:
        data = loaded(
            tmp_path, server.url, "--input-tokens", str(PROMPT), "--output-tokens", str(ANSWER), "--rate", "20",
            "--find-capacity", "--ttft-p99", f"{TTFT_S}s", "--step", "5s", "--confidence", "0.95",
        )  # fmt: skip
    assert data["ended"] == "found"
    low, high = (data["capacity"]["rps"][end] for end in ("low", "high"))
    low_rps, high_rps = low * 0.7, high * 1.3
    while high_rps / low_rps > 1.02:
        middle = (low_rps + high_rps) / 2
        low_rps, high_rps = (middle, high_rps) if meets(middle) else (low_rps, middle)
    assert (low + high) / 2 == pytest.approx(low_rps, rel=0.1)


def meets(rate_rps: float) -> bool:
    """Whether the model meets the objective at this rate in virtual time."""
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.exponential(1 / rate_rps, 8000))
    ask = Ask(prompt_tokens=PROMPT, output_tokens=ANSWER)
    done = play(shipped("h100-llama-8b"), [Arrival(at_s=float(at), ask=ask) for at in times])[200:]
    return sum(each.ttft_s is None or each.ttft_s > TTFT_S for each in done) <= 0.01 * len(done)
