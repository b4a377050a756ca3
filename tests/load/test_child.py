"""The sending process: its job on stdin, its snapshots on stdout, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from airectl.load.job import Job, JobError, Snapshot, State, bucket, seconds_of
from airectl.runs.record import frames, unpack
from load_run import recorded
from raw_server import Do, Script, good, raw_server

EVEN = {"count": 10_000, "every_s": 0.02, "output_tokens": 2}


@contextmanager
def child(line: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """A process with this on its stdin, which stays open."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "airectl.load.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            stdin(process).write(line)
            stdin(process).flush()
            yield process
        finally:
            process.kill()


def stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin
    return process.stdin


def told(process: subprocess.Popen[bytes]) -> Iterator[Snapshot]:
    assert process.stdout
    for line in process.stdout:
        yield Snapshot.from_json(line)


def job(url: str, folder: Path, **more: object) -> bytes:
    given = {"plan": {"even": EVEN}, "snapshot_every_s": 0.1, "drain_s": 5.0, **more}
    return Job(url=url, folder=str(folder), **given).to_json().encode() + b"\n"  # type: ignore[arg-type]  # fields by name


def test_it_does_its_job_and_ends(tmp_path: Path) -> None:
    plan = {"even": {**EVEN, "count": 5}}
    with raw_server(lambda *_: good()) as server, child(job(server.url, tmp_path, plan=plan)) as process:
        *_, last = told(process)
        assert process.wait(30) == 0
    assert (last.state, last.ended, last.ok) == (State.ENDED, 5, 5)
    assert len(recorded(tmp_path)) == 5


def test_shards_have_it_all_between_them(tmp_path: Path) -> None:
    plan = {"even": {**EVEN, "count": 7}}
    with raw_server(lambda *_: good()) as server:
        for shard in (0, 1):
            with child(job(server.url, tmp_path, plan=plan, shard=shard, shards=2, number=shard)) as process:
                assert process.wait(30) == 0
    first, second = (sorted(each.index for each in recorded(tmp_path, number)) for number in (0, 1))
    assert (first, second) == ([0, 2, 4, 6], [1, 3, 5])


def test_it_begins_when_it_is_told_to(tmp_path: Path) -> None:
    start_ns = time.monotonic_ns() + 1_500_000_000
    plan = {"even": {**EVEN, "count": 1}}
    with raw_server(lambda *_: good()) as server:
        with child(job(server.url, tmp_path, plan=plan, start_monotonic_ns=start_ns)) as process:
            assert process.wait(30) == 0
        assert time.monotonic_ns() > start_ns
    (record,) = recorded(tmp_path)
    assert record.sent_ns >= 0, "never before the start"


def test_no_load_outlives_whoever_started_it(tmp_path: Path) -> None:
    with raw_server(lambda *_: [Do.HOLD]) as server, child(job(server.url, tmp_path, drain_s=60.0)) as process:
        next(each for each in told(process) if each.in_flight)
        stdin(process).close()
        *_, last = told(process)
        assert process.wait(30) == 0
    assert last.in_flight == 0
    assert set(last.errors) == {"cancelled"}


def test_sigterm_lets_what_is_in_flight_end(tmp_path: Path) -> None:
    script: Script = [0.4, *good()]
    with raw_server(lambda *_: script) as server, child(job(server.url, tmp_path, drain_s=60.0)) as process:
        next(each for each in told(process) if each.in_flight)
        process.send_signal(signal.SIGINT)  # that one is for its parent
        process.send_signal(signal.SIGTERM)
        *_, last = told(process)
        assert process.wait(30) == 0
    assert last.ok == last.ended == last.planned > 0


def test_a_second_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    with raw_server(lambda *_: [Do.HOLD]) as server, child(job(server.url, tmp_path, drain_s=60.0)) as process:
        snapshots = told(process)
        next(each for each in snapshots if each.in_flight)
        process.send_signal(signal.SIGTERM)
        next(each for each in snapshots if each.state is State.DRAINING)
        process.send_signal(signal.SIGTERM)
        *_, last = snapshots
        assert process.wait(30) == 0
    assert set(last.errors) == {"cancelled"}


def test_what_had_ended_outlives_a_kill(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server, child(job(server.url, tmp_path)) as process:
        seen = next(each for each in told(process) if each.ended >= 10)
        time.sleep(0.3)  # what was ended by then is with the operating system
        process.kill()
    found = [body for body in frames((tmp_path / "requests-000.bin").read_bytes()) if body]
    assert len([unpack(body) for body in found]) >= seen.ended


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\n", "no JSON"),
        (b"[]\n", "no object"),
        (b'{"url": "http://127.0.0.1:1", "speed": 7}\n', "no `speed`"),
        (b'{"url": "http://127.0.0.1:1", "plan": {}}\n', "no plan"),
        (b'{"url": "http://127.0.0.1:1", "plan": {"even": {"count": 1}}, "protocol": "x"}\n', "no protocol"),
        (b'{"url": "http://127.0.0.1:1", "shard": 2}\n', "no shard 2 of 1"),
        (b'{"url": "http://127.0.0.1:1", "timeouts": {"total_s": 0}}\n', "above 0"),
        (b'{"url": "http://127.0.0.1:1", "when_full": "wait"}\n', "cannot be read"),
    ],
    ids=["empty", "list", "unknown", "plan", "protocol", "shard", "timeout", "policy"],
)
def test_a_job_that_is_none_is_refused_in_words(line: bytes, message: str, tmp_path: Path) -> None:
    with child(line) as process:
        (last,) = told(process)
        assert process.wait(30) == 2
        assert process.stderr
        assert process.stderr.read() == b""
    assert last.state is State.FAILED
    assert message in last.message


def test_jobs_and_snapshots_survive_the_way() -> None:
    sent = Job(url="http://a", plan={"a": [1]}, options={"b": True}, concurrency=3)
    assert Job.from_json(sent.to_json()) == sent
    snapshot = Snapshot(number=3, state=State.SENDING, t_s=1.5, lag_s=(0.1, 0.2, 0.3), errors={"connect": 1})
    assert Snapshot.from_json(snapshot.to_json()) == snapshot
    with pytest.raises(JobError):
        Snapshot.from_json("{}")


def test_buckets_are_five_percent_wide() -> None:
    for ns in (1_000, 50_000_000, 3_600_000_000_000):
        assert seconds_of(bucket(ns)) * 1e9 == pytest.approx(ns, rel=0.06)
