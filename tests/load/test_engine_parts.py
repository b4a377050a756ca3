"""Alarms, deadlines, proxies, recorders: the parts of the engine by themselves."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic_ns
from typing import Any, cast

import pytest
import uvloop

from airectl.load.engine import alarm as alarms
from airectl.load.engine.alarm import NEVER_NS, Alarm, LoopTimer, TimerFile
from airectl.load.engine.deadlines import Deadlines
from airectl.load.engine.lines import Lines
from airectl.load.engine.proxy import RouteError, proxy_of
from airectl.load.engine.recorder import Recorder, RecorderError
from airectl.load.job import Job
from airectl.net.urls import endpoint
from airectl.runs.record import Record
from load_run import asks, ran, recorded
from raw_server import good, raw_server

MS = 1_000_000
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [uvloop.new_event_loop, asyncio.new_event_loop]


@pytest.mark.parametrize("loop", LOOPS, ids=["uvloop", "asyncio"])
@pytest.mark.parametrize("kind", [TimerFile, LoopTimer])
def test_an_alarm_rings_once_for_the_time_that_was_set_last(
    kind: Callable[..., Alarm], loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def rings() -> list[int]:
        rung: list[int] = []
        alarm = kind(asyncio.get_running_loop(), lambda: rung.append(monotonic_ns()))
        begun_ns = monotonic_ns()
        alarm.set(begun_ns + 10_000 * MS)
        alarm.set(begun_ns + 30 * MS)
        await asyncio.sleep(0.15)
        alarm.set(monotonic_ns() - MS)  # what is past rings at once
        await asyncio.sleep(0.1)
        alarm.set(monotonic_ns() + 20 * MS)
        alarm.set(NEVER_NS)
        await asyncio.sleep(0.1)
        alarm.close()
        return [at_ns - begun_ns for at_ns in rung]

    with asyncio.Runner(loop_factory=loop) as runner:
        first_ns, second_ns = runner.run(rings())
    # The loop's own timers may be early by their resolution; whoever is called looks at the clock.
    assert first_ns >= (30 if kind is TimerFile else 28) * MS
    assert second_ns > first_ns


def test_without_timers_of_the_kernel_those_of_the_loop_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "TimerFile", lambda *_: (_ for _ in ()).throw(OSError()))
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, Job(url=server.url), asks(10, 0.01))
    assert run.errors == [""] * 10
    assert all(each.sent_ns >= each.intended_ns for each in run.records), "nothing is sent before its time"


def test_without_uvloop_the_usual_loop_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("load_run.new_loop", asyncio.new_event_loop)
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(Job(url=server.url), concurrency=2), asks(10, None))
    assert run.errors == [""] * 10
    assert server.connections <= 2


class Line:
    """A connection as the pool sees it, over a pair of sockets."""

    def __init__(self) -> None:
        self.usable, self.idle_ns, self.closed = True, 0, False
        self.own, self.other = socket.socketpair()
        self.begun: list[object] = []

    @property
    def descriptor(self) -> int:
        return self.own.fileno()

    def begin(self, exchange: object) -> None:
        self.begun.append(exchange)

    def close(self) -> None:
        self.closed = True


def test_a_connection_that_was_idle_is_looked_at_before_it_is_used() -> None:
    """The event loop may not have heard of its end yet: nothing is sent on it."""
    lines = Lines(cast("Any", None), cast("Any", None), cast("Any", None), 1.0)
    quiet, ended = Line(), Line()
    ended.other.close()
    for line in (quiet, ended):
        lines.freed(cast("Any", line))
    exchange = object()
    lines.give(cast("Any", exchange))
    assert (ended.closed, ended.begun) == (True, [])
    assert (quiet.closed, quiet.begun) == (False, [exchange])
    for line in (quiet, ended):
        line.own.close()
        line.other.close()


class Thing:
    """Something with a deadline that moves."""

    def __init__(self, deadlines: Deadlines, at_ns: int) -> None:
        self.watched_ns, self.at_ns, self.looks, self._deadlines = 0, at_ns, 0, deadlines
        deadlines.watch(self, at_ns)

    def check(self, now_ns: int) -> None:
        self.looks += 1
        if now_ns < self.at_ns:
            self._deadlines.watch(self, self.at_ns)


def test_a_deadline_that_moved_is_looked_at_again_then() -> None:
    deadlines = Deadlines()
    thing = Thing(deadlines, 100)
    deadlines.look(99)
    assert thing.looks == 0
    thing.at_ns = 300
    deadlines.look(100)
    deadlines.look(299)
    assert thing.looks == 1
    deadlines.look(300)
    deadlines.look(10_000)
    assert thing.looks == 2


def test_an_earlier_deadline_takes_the_place_of_a_later_one() -> None:
    deadlines = Deadlines()
    thing = Thing(deadlines, 500)
    thing.at_ns = 200
    deadlines.watch(thing, 200)
    deadlines.watch(thing, 400)
    deadlines.look(200)
    assert thing.looks == 1
    deadlines.look(1_000)
    assert thing.looks == 1


def test_what_is_forgotten_does_not_pile_up() -> None:
    deadlines = Deadlines()
    for _ in range(50_000):
        Thing(deadlines, 10**12).watched_ns = 0
    assert len(deadlines._heap) < 10_000


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "http://a", None),
        ({"http_proxy": "http://p:3128"}, "http://a", ("p", 3128)),
        ({"http_proxy": "http://p:3128"}, "https://a", None),
        ({"HTTPS_PROXY": "p:8080"}, "https://a", ("p", 8080)),
        ({"ALL_PROXY": "http://p"}, "https://a", ("p", 80)),
        ({"HTTP_PROXY": "http://upper", "http_proxy": "http://lower"}, "http://a", ("lower", 80)),
        ({"http_proxy": "http://p", "no_proxy": "*"}, "http://a", None),
        ({"http_proxy": "http://p", "no_proxy": "example.com"}, "http://x.example.com", None),
        ({"http_proxy": "http://p", "no_proxy": ".example.com"}, "http://example.com", None),
        ({"http_proxy": "http://p", "no_proxy": "ample.com"}, "http://example.com", ("p", 80)),
        ({"http_proxy": "http://p", "no_proxy": "a:8000"}, "http://a:8000", None),
        ({"http_proxy": "http://p", "no_proxy": "a:8000"}, "http://a:9000", ("p", 80)),
        ({"http_proxy": "http://p", "no_proxy": "::1"}, "http://[::1]:9000", None),
        ({"http_proxy": ""}, "http://a", None),
    ],
)
def test_the_proxy_that_the_environment_names(environ: dict[str, str], url: str, proxy: tuple[str, int] | None) -> None:
    found = proxy_of(endpoint(url, api=""), environ)
    assert (found and (found.host, found.port)) == proxy


@pytest.mark.parametrize("named", ["socks5://p:1", "https://p:1", "http://p:port", "http://"])
def test_a_proxy_that_cannot_be_used_is_refused(named: str) -> None:
    with pytest.raises(RouteError):
        proxy_of(endpoint("http://a", api=""), {"http_proxy": named})


def test_records_of_a_full_disk_are_no_surprise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path, 0)
    recorder.add(Record(index=0, intended_ns=0))
    recorder.flush()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    while (tmp_path / "requests-000.bin").stat().st_size < 100:
        pass
    monkeypatch.setattr(os, "write", full)
    recorder.add(Record(index=1, intended_ns=0))
    with pytest.raises(RecorderError, match="no space left"):
        recorder.close()
    assert [each.index for each in recorded(tmp_path)] == [0]


def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airectl.load.engine.recorder._all", lambda *_: (_ for _ in ()).throw(OSError(28, "Full")))
    with raw_server(lambda *_: good()) as server:
        job = Job(url=server.url, snapshot_every_s=0.1)
        feed = asks(1000, 0.05)
        (tmp_path / "run").mkdir()
        monkeypatch.setattr("load_run.recorded", lambda *_: [])
        run = ran(tmp_path / "run", job, feed)
    assert run.last.state == "failed"
    assert "records cannot be written: full" in run.last.message
