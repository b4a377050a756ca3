"""An engine that sends in virtual time: what the replica model makes of a plan, written as processes would have.

Nothing waits, and the clock of `airectl.load.running` goes on by as much as a run would have taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airectl.core.replica.scheduler import Ask as Tokens
from airectl.core.replica.virtual import Arrival, play
from airectl.load import running
from airectl.load.driving import Loss
from airectl.load.job import Job, Snapshot, State
from airectl.load.plan import Plan
from airectl.load.workloads.feeds import feed
from airectl.runs.manifest import requests_path
from airectl.runs.record import MAGIC, pack
from airectl.sim.profiles import shipped
from virtual_runs import record


@dataclass(slots=True)
class Ended:
    """Senders that are done."""

    last: Snapshot
    ended: bool = True

    def wait(self, seconds: float) -> None:
        """There is nothing to wait for."""

    def snapshots(self) -> Sequence[Snapshot]:
        return [self.last]

    def losses(self) -> Sequence[Loss]:
        return []

    def stop(self) -> None:
        """They have ended."""

    def kill(self) -> None:
        """They have ended."""


@dataclass(slots=True)
class VirtualEngine:
    """One process. From `limit_rps` on the client itself is late by a second."""

    profile: str = "h100-llama-8b"
    limit_rps: float = float("inf")
    processes: int = 1
    now_ns: int = 10**9
    plans: list[Plan] = field(default_factory=list)

    def begin(self, jobs: Sequence[Job], folder: Path, *, start_unix_ns: int, hold: ExitStack) -> Ended:
        """Write the records of the whole run."""
        (job,) = jobs
        plan = Plan.from_json(job.plan)
        self.plans.append(plan)
        asks, asked = feed(plan), []
        while (ask := asks.next()) is not None:
            asked.append(ask)
        arrivals = [
            Arrival(
                at_s=ask.intended_s or 0.0, ask=Tokens(prompt_tokens=ask.input_tokens, output_tokens=ask.output_tokens)
            )
            for ask in asked
        ]
        late_ns = 10**9 if len(asked) > self.limit_rps * job.send_for_s else 0
        with requests_path(folder, job.number).open("wb") as stream:
            stream.write(MAGIC)
            for ask, served in zip(asked, play(shipped(self.profile), arrivals), strict=True):
                made = record(ask.index, served)
                made.warm_up = ask.warm_up
                made.intended_ns -= late_ns
                stream.write(pack(made))
        self.now_ns = job.start_monotonic_ns + round((job.send_for_s + 1) * 1e9)
        return Ended(Snapshot(number=1, state=State.ENDED, t_s=job.send_for_s, planned=len(asked), sent=len(asked)))


def installed(monkeypatch: pytest.MonkeyPatch, engine: VirtualEngine) -> None:
    """Runs are sent by this engine, and the clock is its own."""
    monkeypatch.setattr(running, "LocalEngine", lambda **_: engine)
    monkeypatch.setattr(running, "monotonic_ns", lambda: engine.now_ns)
