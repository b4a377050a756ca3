"""One job from its start to its end, in one process on one event loop."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final

from airectl.errors import AirectlError
from airectl.load.engine.connection import Terms
from airectl.load.engine.deadlines import Deadlines
from airectl.load.engine.exchange import Patience
from airectl.load.engine.lines import Lines
from airectl.load.engine.proxy import RouteError, proxy_of
from airectl.load.engine.recorder import Recorder, RecorderError
from airectl.load.engine.requests import Requests
from airectl.load.engine.route import Route
from airectl.load.engine.sender import Sender
from airectl.load.feed import Feed
from airectl.load.job import Job, Snapshot, State
from airectl.load.protocols import GOLDEN, NAMES, protocol
from airectl.load.protocols.interface import ProtocolError, Settings
from airectl.net import credentials, tls
from airectl.net.credentials import Credentials
from airectl.net.places import CredentialsError, Place
from airectl.net.urls import Endpoint, UrlError, endpoint

_SECOND_NS: Final = 10**9
# How often deadlines are looked at: a timeout is late by so much at most.
_LOOK_EVERY_S: Final = 0.02
_TELL_EVERY_S: Final = 1.0
# So long before the start everything but the start is done.
_READY_BEFORE_NS: Final = _SECOND_NS // 10


class EngineError(AirectlError):
    """A job cannot be begun, or cannot go on."""


@dataclass(slots=True)
class Stop:
    """How the run is ended from outside: `gently` sends nothing more, `now` ends what is in flight too."""

    gently: asyncio.Event = field(default_factory=asyncio.Event)
    now: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a run needs beside its job: variables, someone who is told snapshots, and who may stop it."""

    environ: Mapping[str, str]
    tell: Callable[[Snapshot], None] = lambda snapshot: None
    stop: Stop = field(default_factory=Stop)


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where it is installed."""
    try:
        loop: asyncio.AbstractEventLoop = import_module("uvloop").new_event_loop()
    except ImportError:
        return asyncio.new_event_loop()
    return loop


def loop_name() -> str:
    """Which event loop there is."""
    from importlib.util import find_spec

    return "uvloop" if find_spec("uvloop") else "asyncio"


async def run(job: Job, feed: Feed, world: World) -> Snapshot:
    """Send what the feed has and record it; the last snapshot. Raises EngineError before anything was sent."""
    address = _address(job)
    shown = _credentials(job, world.environ)
    if job.protocol not in (*NAMES, GOLDEN):
        raise EngineError(f"no protocol is called `{job.protocol}`", help=f"one of: {', '.join(NAMES)}")
    try:
        spoken = protocol(job.protocol, _settings(job, address))
        proxy = proxy_of(address, world.environ) if job.proxies else None
        context = tls.context(shown) if address.origin.scheme == "https" else None
        route = Route(address, context, proxy, job.addresses)
        await route.resolve()
    except (ProtocolError, RouteError, CredentialsError) as error:
        raise EngineError(str(error), help=error.help) from None
    try:
        recorder = Recorder(Path(job.folder), job.number)
    except RecorderError as error:
        raise EngineError(str(error), help="name another folder with --out") from None
    sender = Sender(job, feed, Requests(spoken, address, shown, proxy), recorder)
    return await _Run(sender, recorder, world).run(route, job)


def _address(job: Job) -> Endpoint:
    try:
        return endpoint(job.url, api="")
    except UrlError as error:
        raise EngineError(str(error), help=error.help) from None


def _credentials(job: Job, environ: Mapping[str, str]) -> Credentials:
    place = Place(said="the target", folder=Path(job.credentials_folder), environ=environ)
    try:
        return credentials.read(job.credentials, place)
    except CredentialsError as error:
        raise EngineError(str(error), help=error.help) from None


def _settings(job: Job, address: Endpoint) -> Settings:
    return Settings(base=address.path, model=job.model, wanted_model=job.wanted_model, options=job.options)


class _Run:
    """A job whose every setting is known to be sound."""

    def __init__(self, sender: Sender, recorder: Recorder, world: World) -> None:
        self._sender, self._recorder, self._world = sender, recorder, world
        self._deadlines = Deadlines()
        self._state = State.WAITING

    async def run(self, route: Route, job: Job) -> Snapshot:
        """From the first connection to the last record."""
        asyncio.get_running_loop().set_exception_handler(self._failed)
        terms = Terms(Patience.of(job.timeouts), job.most_answer_bytes, job.keep_alive, self._deadlines)
        lines = self._sender.connect(route, terms)
        ticks = [asyncio.create_task(self._watch()), asyncio.create_task(self._tell(lines, job.snapshot_every_s))]
        try:
            await self._begin(job)
            await self._send(job)
        finally:
            self._sender.cancel()
            for tick in ticks:
                tick.cancel()
            await asyncio.gather(*ticks, return_exceptions=True)
            await lines.close()
            self._sender.close()
            gc.enable()
            gc.unfreeze()
            self._close()
        said, help = self._sender.failed or ("", "")
        return self._sender.snapshot(State.FAILED if said else State.ENDED, said, help)

    def _close(self) -> None:
        """What was recorded is on disk after this."""
        self._recorder.tell(client_line(self._sender.snapshot(self._state)))
        try:
            self._recorder.close()
        except RecorderError as error:
            help = "make room on the disk; what was written can be read"
            self._sender.failed = self._sender.failed or (f"records cannot be written: {error}", help)

    async def _begin(self, job: Job) -> None:
        """Have requests ready, then wait for the start."""
        try:
            while self._sender.schedule.fill(0):
                await asyncio.sleep(0)
        except ProtocolError as error:
            raise EngineError(str(error), help=error.help) from None
        # What is there now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.disable()
        self._sender.start(job.start_monotonic_ns or monotonic_ns() + _READY_BEFORE_NS)

    async def _send(self, job: Job) -> None:
        """Until all has ended, or someone says stop."""
        self._state = State.SENDING
        sender, stop = self._sender, self._world.stop
        end_ns = sender.start_ns + round(job.send_for_s * _SECOND_NS) if job.send_for_s else None
        await self._first_of(end_ns, sender.sent_all, stop.gently, stop.now, sender.broken)
        self._state = State.DRAINING
        if stop.gently.is_set() or job.concurrency:
            sender.stop()
        begun_ns, drain_ns = end_ns or 0, round(job.drain_s * _SECOND_NS)
        while not (stop.now.is_set() or self._sender.broken.is_set() or sender.over.is_set()):
            # A conversation may go on; each turn of it has the whole time.
            begun_ns = monotonic_ns() if stop.gently.is_set() else max(begun_ns, sender.begun_ns)
            await self._first_of(begun_ns + drain_ns, sender.over, stop.now, sender.broken)
            if sender.begun_ns <= begun_ns or end_ns or stop.gently.is_set():
                return

    async def _first_of(self, until_ns: int | None, *events: asyncio.Event) -> None:
        """Until one of the events, or this time."""
        waits = [asyncio.create_task(event.wait()) for event in events]
        timeout_s = None if until_ns is None else max(0.0, (until_ns - monotonic_ns()) / _SECOND_NS)
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _watch(self) -> None:
        """Look at deadlines."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self._deadlines.look(monotonic_ns())

    async def _tell(self, lines: Lines, every_s: float) -> None:
        """Say each second what was done, and let go of what is no longer needed."""
        while True:
            await asyncio.sleep(min(every_s, _TELL_EVERY_S))
            self._recorder.flush()
            lines.tidy()
            gc.collect(0)
            snapshot = self._sender.snapshot(self._state)
            self._recorder.tell(client_line(snapshot))
            self._world.tell(snapshot)
            if self._recorder.error:
                self._sender.broken.set()

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Something that should never happen did, in a callback: the run cannot be trusted from here on."""
        error = context.get("exception")
        if isinstance(error, OSError):
            return  # a connection that broke while nobody was using it
        said = f"a bug in airectl: {error!r}" if error else f"a bug in airectl: {context.get('message')}"
        self._sender.failed = self._sender.failed or (said, "please report it")
        self._sender.broken.set()


def client_line(snapshot: Snapshot) -> str:
    """A line of client-NNN.jsonl."""
    lag = snapshot.lag_s
    line = {
        "t_s": snapshot.t_s,
        "cpu_s": snapshot.cpu_s,
        "in_flight": snapshot.in_flight,
        "sent": snapshot.sent,
        "ended": snapshot.ended,
        "queued": snapshot.queued,
        "dropped": snapshot.dropped,
        "errors": sum(snapshot.errors.values()),
        "lag_p99_s": lag[1] if lag else None,
        "lag_max_s": lag[2] if lag else None,
        "output_tokens": snapshot.output_tokens,
    }
    return json.dumps(line, separators=(",", ":"))
