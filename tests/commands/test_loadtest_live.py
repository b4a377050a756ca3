"""What is seen of a load test while it runs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airectl.commands.loadtest_live import Live
from airectl.config import Config
from airectl.core.command_tree import Command
from airectl.env import Env
from airectl.load.job import Snapshot, State, bucket
from airectl.load.progress import Progress, merged
from airectl.run import Run, Shared


@pytest.fixture
def stderr() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def live(stderr: io.StringIO) -> Live:
    env = Env(
        stdin=io.BytesIO(), stdout=io.StringIO(), stderr=stderr, environ={}, cwd=Path(), clock=lambda: datetime.now(UTC)
    )
    return Live(
        Run(
            env=env,
            config=Config(settings={}),
            shared=Shared(),
            outputs=(),
            commands=lambda: Command(name="airectl", path="", help=""),
        ),
        ends_s=60.0,
    )


def at(t_s: float, *, sent: int | None = None, in_flight: int = 0, queued: int = 0, waiting: int = 0) -> Progress:
    """A picture of a run that plans 20 requests a second, and sent as many unless something else is said."""
    planned = round(20 * t_s)
    return Progress(
        t_s=t_s,
        processes=1,
        planned=planned,
        sent=planned if sent is None else sent,
        in_flight=in_flight,
        queued=queued,
        waiting=waiting,
    )


def lines(stderr: io.StringIO) -> list[str]:
    return stderr.getvalue().splitlines()


def test_a_line_every_five_seconds_where_there_is_no_terminal(live: Live, stderr: io.StringIO) -> None:
    with live:
        for second in range(1, 13):
            live.show(at(float(second), in_flight=3))
    assert lines(stderr) == [
        "airectl: 5 s of 60 s: 20.0 of 20.0 req/s, 3 in flight, 0 errors",
        "airectl: 10 s of 60 s: 20.0 of 20.0 req/s, 3 in flight, 0 errors",
    ]


def test_what_is_late_waits_or_fails_is_said(live: Live, stderr: io.StringIO) -> None:
    ttft = {bucket(200_000_000): 99, bucket(600_000_000): 1}
    live.show(at(1.0))
    live.show(
        replace(at(5.0, sent=60, queued=40, waiting=30), dropped=2, errors={"connect": 4, "dropped": 2}, ttft=ttft)
    )
    (line,) = lines(stderr)
    assert "10.0 of 20.0 req/s" in line
    assert "30 wait, 2 dropped, 4 errors" in line
    assert "ttft 20" in line
    assert "(p99 20" in line


def test_the_last_answers_are_waited_for(live: Live, stderr: io.StringIO) -> None:
    live.show(replace(at(61.0, in_flight=7), draining=True))
    assert lines(stderr)[0].startswith("airectl: 61 s, waiting for 7 answers: ")


def test_quiet_is_quiet(live: Live, stderr: io.StringIO) -> None:
    live.run = replace(live.run, shared=Shared(quiet=True))
    with live:
        live.say("hello")
        live.show(at(30.0))
    assert stderr.getvalue() == ""


def test_another_run_begins_anew(live: Live, stderr: io.StringIO) -> None:
    live.show(at(5.0))
    live.begin("step 2, 8 req/s: ", 12.0, None)
    live.show(at(1.0))
    live.show(at(6.0))
    assert lines(stderr)[1].startswith("airectl: step 2, 8 req/s: 6 s of 12 s: ")


def test_what_the_user_wrote_cannot_steer_the_terminal(live: Live, stderr: io.StringIO) -> None:
    live.say("\x1b]0;title\x07")
    assert "\x1b" not in stderr.getvalue()


def test_snapshots_of_processes_are_added() -> None:
    ttft = str(bucket(10_000_000))
    each = Snapshot(
        number=3, state=State.SENDING, t_s=2.0, sent=5, errors={"connect": 1}, ttft={ttft: 4}, lag_s=(0.0, 0.001, 0.002)
    )
    both = merged([each, replace(each, t_s=2.5, state=State.DRAINING, lag_s=None)])
    assert (both.t_s, both.sent, both.failed, both.lag_p99_s, both.draining) == (2.5, 10, 2, 0.001, False)
    assert both.ttft_s(0.5) == pytest.approx(0.01, rel=0.05)
    assert merged([replace(each, state=State.ENDED)]).draining
    assert merged([]).ttft_s(0.5) is None
