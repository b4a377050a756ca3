"""A simulator that runs beside a test, in a thread of its own, as `airectl simulate` runs it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from airectl.sim import faults, profiles, server
from airectl.sim.server import Outcome, Place
from airectl.sim.service import Settings

FAST = 100.0


@dataclass(slots=True)
class Running:
    """The simulator: where it is, and once it has ended what it did."""

    url: str = ""
    outcome: Outcome | None = None
    error: list[BaseException] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def metrics(self) -> Mapping[str, float]:
        """Each sample of /metrics by its name and labels, as it is written there."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        lines = (line for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def total(self, name: str) -> float:
        """The sum over all samples whose name and labels match this pattern from the start."""
        return sum(value for key, value in self.metrics().items() if re.match(name, key))


def settings(profile: str = "h100-llama-8b", fault: tuple[str, ...] = (), **more: Any) -> Settings:
    """Settings for a profile by its name, fast, with faults as on the command line."""
    chosen = profiles.shipped(profile)
    given = {"model": chosen.model.name, "speed": FAST, **more}
    return Settings(profile=chosen, faults=tuple(map(faults.parse, fault)), **given)


@contextmanager
def simulator(with_: Settings | None = None) -> Iterator[Running]:
    """A simulator on a port of its own."""
    running, began, stop = Running(), threading.Event(), threading.Event()

    def listens(url: str) -> None:
        running.url = url
        began.set()

    def serve() -> None:
        place = Place(host="127.0.0.1", port=0, duration_s=None, stopped=stop.is_set)
        try:
            running.outcome = server.run(with_ or settings(), place, listens)
        except BaseException as error:
            running.error.append(error)
            began.set()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        began.wait(30)
        assert not running.error
        yield running
    finally:
        stop.set()
        thread.join(30)
        assert not running.error
