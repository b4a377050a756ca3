"""Runs the load engine in a test, in this process, and reads what it recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from airectl.load.engine.running import Stop, World, new_loop, run
from airectl.load.feed import Ask
from airectl.load.job import Job, Snapshot, Timeouts
from airectl.runs.record import Record, frames, unpack

# Short enough for a test, and far longer than anything that answers takes.
SHORT = Timeouts(connect_s=0.5, first_token_s=0.4, between_tokens_s=0.4, total_s=1.2)


@dataclass(slots=True)
class Asks:
    """A feed of these asks. `then` gives the turn that follows an answer."""

    asks: Iterable[Ask]
    then: Callable[[Ask, str], Ask | None] = lambda ask, text: None
    _left: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(self.asks)[::-1]

    def next(self) -> Ask | None:
        return self._left.pop() if self._left else None

    def follow(self, ask: Ask, text: str) -> Ask | None:
        return self.then(ask, text)


def asks(count: int, every_s: float | None = 0.0, **more: Any) -> Asks:
    """So many asks, all alike, `every_s` apart; None: for a closed loop."""
    given = {"prompt": "hello", "output_tokens": 2, **more}
    times = [None if every_s is None else number * every_s for number in range(count)]
    return Asks([Ask(index=number, intended_s=at_s, **given) for number, at_s in enumerate(times)])


@dataclass(slots=True)
class Ran:
    """A run that is over."""

    last: Snapshot
    records: list[Record]
    snapshots: list[Snapshot]

    @property
    def errors(self) -> list[str]:
        """The class of each request's error, in the order of the plan; empty where it has none."""
        return [each.error.value for each in sorted(self.records, key=lambda each: each.index)]


def ran(folder: Path, job: Job, feed: Asks, *, environ: Mapping[str, str] | None = None, stop: Any = None) -> Ran:
    """Run the job. `stop` is called with the run's Stop and its loop before it begins."""
    snapshots: list[Snapshot] = []

    async def work() -> Snapshot:
        world = World(environ=environ or {}, tell=snapshots.append, stop=Stop())
        if stop:
            stop(world.stop, asyncio.get_running_loop())
        return await run(replace(job, folder=str(folder)), feed, world)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        last = runner.run(work())
    return Ran(last, recorded(folder), snapshots)


def recorded(folder: Path, number: int = 0) -> list[Record]:
    """The records of one process; none is torn."""
    bodies = list(frames((folder / f"requests-{number:03d}.bin").read_bytes()))
    assert None not in bodies
    return [unpack(body) for body in bodies if body]
