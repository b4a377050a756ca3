"""The simulator as a server: it listens, runs until it is stopped, and says what it did."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from airectl.env import allow_many_files
from airectl.errors import UsageError
from airectl.sim.connection import Connection
from airectl.sim.metrics import total
from airectl.sim.service import Service, Settings

_BACKLOG: Final = 1024
_LOOK_EVERY_S: Final = 0.05
_LATE_S: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to listen, and for how long: None is until `stopped` says so."""

    host: str
    port: int
    duration_s: float | None
    stopped: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was served. `lag_s` is the worst delay of this machine behind the model, `late` the share of late steps."""

    elapsed_s: float
    requests: int
    statuses: dict[int, int]
    finished: dict[str, int]
    tokens: dict[str, int]
    faults: dict[str, int]
    cancelled: int
    busy_ratio: float
    lag_s: float
    mean_lag_s: float


def run(settings: Settings, place: Place, began: Callable[[str], None]) -> Outcome:
    """Serve until the end; `began` is told the address. Raises UsageError where the port cannot be had."""
    allow_many_files()
    factory = _fast_loop()
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(_serve(settings, place, began))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed."""
    try:
        loop: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    except ImportError:
        return None
    return loop


async def _serve(settings: Settings, place: Place, began: Callable[[str], None]) -> Outcome:
    loop = asyncio.get_running_loop()
    service = Service(settings, loop)
    try:
        server = await loop.create_server(lambda: Connection(service), place.host, place.port, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        said = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"--listen: cannot listen at {place.host} port {place.port}: {said}"
        raise UsageError(message, help="name another, or port 0 for any that is free") from None
    # What is there now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    try:
        began(_url(server.sockets[0].getsockname()))
        await _until(place, loop)
        return outcome(service)
    finally:
        gc.unfreeze()
        server.close()
        for line in list(service.lines):
            line.abandon()
        await asyncio.sleep(0)  # what was closed is told so before the loop ends


def _url(address: tuple[str, int]) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"http://{host}:{address[1]}"


async def _until(place: Place, loop: asyncio.AbstractEventLoop) -> None:
    """Until the time is over, or the user says so."""
    end_s = None if place.duration_s is None else loop.time() + place.duration_s
    while not place.stopped():
        left_s = _LOOK_EVERY_S if end_s is None else min(end_s - loop.time(), _LOOK_EVERY_S)
        if left_s <= 0:
            return
        await asyncio.sleep(left_s)


def outcome(service: Service) -> Outcome:
    """What a service has done so far."""
    for pace in service.paces:
        pace.level()
    engines = service.metrics.engines
    elapsed_s = service.elapsed_s
    lags = [pace.lag for pace in service.paces]
    steps = sum(lag.count for lag in lags)
    reasons = {reason: sum(each.finished[reason] for each in engines) for reason in engines[0].finished}
    return Outcome(
        elapsed_s=elapsed_s,
        requests=service.tally.requests,
        statuses=dict(sorted(service.tally.statuses.items())),
        finished={reason: count for reason, count in reasons.items() if count},
        tokens=total(engines),
        faults=dict(sorted(service.tally.faults.items())),
        cancelled=service.tally.cancelled,
        busy_ratio=sum(each.work.busy_s for each in engines) / (elapsed_s * len(engines)) if elapsed_s else 0.0,
        lag_s=max(lag.worst_s for lag in lags),
        mean_lag_s=sum(lag.sum_s for lag in lags) / steps if steps else 0.0,
    )
