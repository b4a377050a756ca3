"""The load engine beside a client on aiohttp and one on httpx, one after the other against the golden simulator.

What is compared is the CPU time by token, the engine's with its recording, and how far each is off: in sending when
a request is due, and in the time of the first token.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from airectl.load import calibration
from airectl.load.calibration import Asked
from airectl.load.children import Children
from airectl.load.golden_server import golden_server
from airectl.runs.record import frames, unpack

ASKED: Final = Asked(streams=200, tokens_per_s=30_000, duration_s=4)
# One client core at its limit: what comes is less than what is asked for, and tells how much one core takes.
MOST: Final = Asked(streams=1000, tokens_per_s=130_000, duration_s=6)
CLIENTS: Final = ("aiohttp", "httpx")
# What the engine has to be better by: tokens for the same CPU time.
RATIOS: Final = {"aiohttp": 2.5, "httpx": 10.0}
MOST_US: Final = 8.0
LEAST_TOKENS_PER_S: Final = 100_000
_LIMIT_S: Final = 20.0
_SCRIPT: Final = str(Path(__file__).with_name("load_clients.py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One client. Errors and lag are 99th percentiles, in seconds."""

    name: str
    tokens: int
    cpu_s: float
    tokens_per_s: float
    lag_s: float
    ttft_error_s: float
    delay_s: float

    @property
    def us_per_token(self) -> float:
        """CPU time of a token."""
        return self.cpu_s / self.tokens * 1e6


def measure() -> list[Speed]:
    """The engine, then the others."""
    return [engine(ASKED), *map(other, CLIENTS)]


def engine(asked: Asked) -> Speed:
    """The engine in a process of its own: how far it is off, and then what it takes without looking at that."""
    exact, plain = _engine(asked, golden=True), _engine(asked, golden=False)
    return replace(exact, tokens=plain.tokens, cpu_s=plain.cpu_s, tokens_per_s=plain.tokens_per_s)


def _engine(asked: Asked, *, golden: bool) -> Speed:
    with tempfile.TemporaryDirectory() as name, golden_server(os.environ, calibration.TTFT_S, asked.itl_s) as server:
        folder, start_ns = Path(name), time.monotonic_ns() + 2_000_000_000
        with Children(os.environ, name) as children:
            job = calibration.job(asked, server.url, folder, start_ns)
            children.start([job if golden else replace(job, protocol="openai", options={"ignore_eos": True})])
            while not children.ended:
                children.wait(0.5)
        lines = [json.loads(line) for line in (folder / "client-000.jsonl").read_text().splitlines()]
        before = max((line["cpu_s"] for line in lines if line["t_s"] < 0), default=0.0)
        records = [unpack(body) for body in frames((folder / "requests-000.bin").read_bytes()) if body]
        found = calibration.calibrated(folder, asked, start_ns)
        end_s = asked.warm_up_s + asked.duration_s
        assert found.failed == 0
        assert {each.output_tokens for each in records} == {asked.tokens}
        came = (each.sent_ns / 1e9 + us / 1e6 for each in records for us in each.chunk_us)
        return Speed(
            name="airectl",
            tokens=sum(each.output_tokens for each in records),
            cpu_s=lines[-1]["cpu_s"] - before,
            tokens_per_s=sum(asked.warm_up_s <= at_s < end_s for at_s in came) / asked.duration_s,
            lag_s=found.lag.p99 or 0.0,
            ttft_error_s=found.metrics["ttft_s"].error.max or 0.0,
            delay_s=found.delay.p99 or 0.0,
        )


def other(client: str) -> Speed:
    """A client on another library."""
    numbers = (ASKED.requests, ASKED.every_s, ASKED.tokens, _LIMIT_S)
    with golden_server(os.environ, calibration.TTFT_S, ASKED.itl_s) as server:
        command = [sys.executable, _SCRIPT, client, server.url, *map(str, numbers)]
        begun_s = time.monotonic()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        span_s = time.monotonic() - begun_s
    said: dict[str, Any] = json.loads(done.stdout)
    return Speed(
        name=client,
        tokens=said["tokens"],
        cpu_s=said["cpu_s"],
        tokens_per_s=said["tokens"] / span_s,
        lag_s=p99(said["lag_s"]),
        ttft_error_s=p99(said["ttft_error_s"]),
        delay_s=p99(said["delay_s"]),
    )


def p99(values: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(values)[len(values) * 99 // 100]


def main() -> None:
    """Print the figures."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"\n{ASKED.streams} streams, {ASKED.tokens_per_s:,.0f} tokens/s asked for; load of this machine: {loads}\n")
    print(
        f"{'client':<10} {'CPU a token':>12} {'lag p99':>12} {'TTFT error':>12} {'delay p99':>12} {'ratio':>8} "
        f"{'target':>8}"
    )
    ours, *others = measure()
    for each in (ours, *others):
        ratio = f"{each.us_per_token / ours.us_per_token:.1f} x"
        target = f"{RATIOS[each.name]} x" if each.name in RATIOS else f"{MOST_US:g} us"
        times = "".join(f"{value * 1000:>10.2f} ms" for value in (each.lag_s, each.ttft_error_s, each.delay_s))
        print(f"{each.name:<10} {each.us_per_token:>9.2f} us{times} {ratio:>8} {target:>8}", flush=True)
    most = engine(MOST)
    print(
        f"\n{MOST.streams} streams, {MOST.tokens_per_s:,.0f} tokens/s asked for: one core took "
        f"{most.tokens_per_s:,.0f} (target {LEAST_TOKENS_PER_S:,}), {most.us_per_token:.2f} us each"
    )


if __name__ == "__main__":
    main()
