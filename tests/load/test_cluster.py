"""Master and worker of a load test on several machines, each against a link that says what the test wants."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airectl import __version__
from airectl.env import Stop
from airectl.load.cluster import master, worker
from airectl.load.cluster.master import Workers
from airectl.load.cluster.pipe import ClusterError, Link
from airectl.load.cluster.worker import Place, RefusedError, WorkerRun
from airectl.load.job import Job, Snapshot, State
from airectl.net.flight import StoppedError

JOB = Job(url="http://127.0.0.1:1", credentials={"token_env": "HERE"})


class Scripted:
    """A link whose events are given, a batch a call; it keeps what was sent."""

    def __init__(self, *batches: list[dict[str, Any]]) -> None:
        self.batches = list(batches)
        self.sent: list[tuple[Mapping[str, Any], str]] = []
        self.gone = False

    def __call__(self, _environ: object, **order: Any) -> Scripted:
        self.order = order
        return self

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def events(self, _seconds: float) -> Iterator[dict[str, Any]]:
        if not self.batches:
            self.gone = True
            return
        yield from self.batches.pop(0)

    def send(self, data: Mapping[str, Any], to: str = "") -> None:
        self.sent.append((data, to))

    def close(self) -> None:
        self.gone = True

    def kinds(self) -> list[str]:
        return [str(data["kind"]) for data, _ in self.sent]


def said(kind: str, who: str = "a", **data: Any) -> dict[str, Any]:
    return {"event": "message", "from": who, "data": {"kind": kind, **data}}


def hello(who: str, processes: int = 1, version: str = __version__) -> dict[str, Any]:
    return said("hello", who, version=version, host=f"host-{who}", processes=processes)


READY = [{"event": "ready", "port": 5557}]


def workers(monkeypatch: pytest.MonkeyPatch, *batches: list[dict[str, Any]]) -> tuple[Workers, Scripted]:
    link = Scripted(READY, *batches)
    monkeypatch.setattr(master, "Link", link)
    return Workers({}, "127.0.0.1", 5557), link


def snapshot(number: int, sent: int = 0) -> str:
    return Snapshot(number=number, state=State.SENDING, t_s=1.5, sent=sent, in_flight=2).to_json()


def test_jobs_are_given_out_by_process_and_credentials_stay_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, link = workers(monkeypatch, [hello("a", 2), hello("b", 1)])
    found.gather(2, 60, Stop(), lambda _text: None)
    assert found.processes == 3
    found.begin([replace(JOB, number=n, shard=n, shards=3) for n in range(3)], tmp_path, 123)
    jobs = {to: data["jobs"] for data, to in link.sent if data["kind"] == "jobs"}
    assert {to: [job["number"] for job in each] for to, each in jobs.items()} == {"a": [0, 1], "b": [2]}
    assert all(job["credentials"] == {} for each in jobs.values() for job in each)
    assert "HERE" not in str(link.sent)


def test_the_newest_snapshot_of_each_process_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found, _ = workers(
        monkeypatch,
        [hello("a", 2)],
        [
            said("snapshot", number=0, snapshot=snapshot(2, sent=20)),
            said("snapshot", number=0, snapshot=snapshot(1, sent=10)),
            said("snapshot", number=1, snapshot=snapshot(1, sent=7)),
            said("snapshot", number=9, snapshot=snapshot(1, sent=99)),
            said("snapshot", number=1, snapshot="{"),
        ],
    )
    found.gather(1, 60, Stop(), lambda _text: None)
    found.begin([replace(JOB, number=n) for n in range(2)], tmp_path, 0)
    found.wait(0)
    assert [each.sent for each in found.snapshots()] == [20, 7]


def test_pieces_of_records_come_home_to_their_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def piece(at: int, data: bytes, number: int = 0) -> dict[str, Any]:
        return said("bytes", file="requests", number=number, at=at, data=base64.b64encode(data).decode())

    again = [piece(0, b"airectl "), piece(8, b"run 1\n"), piece(8, b"run 1\n"), piece(0, b"not mine", number=7)]
    found, link = workers(monkeypatch, [hello("a")], again)
    found.gather(1, 60, Stop(), lambda _text: None)
    found.begin([JOB], tmp_path, 0)
    found.wait(0)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"requests-000.bin": b"airectl run 1\n"}
    assert [data["to"] for data, _ in link.sent if data["kind"] == "kept"] == [8, 14, 14]


def test_a_worker_that_is_not_heard_is_lost_with_what_it_last_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, _ = workers(
        monkeypatch,
        [hello("a"), hello("b")],
        [said("snapshot", "a", number=0, snapshot=snapshot(3, sent=5)), said("done", "b")],
        # One that is done may go.
        [{"event": "missing", "ids": ["a", "b", "stranger"]}],
    )
    found.gather(2, 60, Stop(), lambda _text: None)
    found.begin([replace(JOB, number=n) for n in range(2)], tmp_path, 0)
    found.wait(0)
    assert (found.ended, list(found.losses())) == (False, [])
    found.wait(0)
    (loss,) = found.losses()
    assert found.ended
    assert (loss.name, loss.fate) == ("worker host-a, process 0,", "was not heard any more")
    assert loss.last is not None
    assert loss.last.sent == 5


def test_a_worker_of_another_version_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    found, link = workers(monkeypatch, [hello("a", version="9.9.9")])
    with pytest.raises(ClusterError, match=r"worker host-a has airectl 9\.9\.9, and this is"):
        found.gather(1, 60, Stop(), lambda _text: None)
    assert link.sent[-1] == ({"kind": "turned away", "message": f"the master has airectl {__version__}"}, "a")


def test_a_worker_that_comes_late_is_turned_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found, link = workers(monkeypatch, [hello("a")], [hello("b")])
    found.gather(1, 60, Stop(), lambda _text: None)
    found.begin([JOB], tmp_path, 0)
    found.wait(0)
    assert link.sent[-1][1] == "b"
    assert found.processes == 1


def test_a_worker_that_refuses_ends_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refused = said("refused", message="`10.0.0.9` is not this machine", help="use --yes")
    found, _ = workers(monkeypatch, [hello("a")], [refused])
    found.gather(1, 60, Stop(), lambda _text: None)
    found.begin([JOB], tmp_path, 0)
    with pytest.raises(ClusterError, match=r"worker host-a refuses: `10\.0\.0\.9` is not this machine"):
        found.wait(0)


@pytest.mark.parametrize("within_s", [0.0, -1.0])
def test_workers_are_waited_for_no_longer_than_was_said(within_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = workers(monkeypatch, [hello("a")], [], [], [])
    with pytest.raises(ClusterError, match=r"workers? of 2 came to 127\.0\.0\.1:5557 within"):
        found.gather(2, within_s, Stop(), lambda _text: None)


def test_a_signal_ends_the_wait_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = workers(monkeypatch)
    stop = Stop()
    stop.signum = 2
    with pytest.raises(StoppedError):
        found.gather(2, 60, stop, lambda _text: None)


@pytest.mark.parametrize(
    ("message", "told"),
    [("Socket bind failure: Address already in use (addr='x')", "another process listens at 127.0.0.1:5557"),
     ("busy", "another process listens"), ("No such device", "cannot listen at 127.0.0.1:5557: No such device")],
)  # fmt: skip
def test_a_port_that_cannot_be_had(message: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(master, "Link", Scripted([{"event": "failed", "message": message}]))
    with pytest.raises(ClusterError, match=told):
        Workers({}, "127.0.0.1", 5557)


def working(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *batches: list[dict[str, Any]], allowed: Any = lambda job: job
) -> tuple[WorkerRun, Scripted]:
    link = Scripted(*batches)
    monkeypatch.setattr(worker, "Link", link)
    place = Place(host="127.0.0.1", port=5557, name="here", processes=2, folder=tmp_path)
    return WorkerRun(place, {}, allowed, Stop(), lambda _text: None), link


def test_a_worker_that_may_not_send_says_so_and_sends_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(_job: Job) -> Job:
        raise RefusedError("not allowed", "use --yes")

    jobs = said("jobs", jobs=[{"url": "http://10.0.0.9"}], start_unix_ns=0)
    run, link = working(monkeypatch, tmp_path, READY, [jobs], allowed=never)
    with pytest.raises(RefusedError):
        run.run()
    assert link.kinds() == ["hello", "refused"]
    assert list(tmp_path.glob("*/*")) == []


def test_a_worker_without_a_master_gives_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run, link = working(monkeypatch, tmp_path, [{"event": "failed", "message": "unreachable"}])
    with pytest.raises(ClusterError, match=r"no master answers at 127\.0\.0\.1:5557"):
        run.run()
    assert link.order["attempts"] == 11


def test_a_master_that_falls_silent_ends_the_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run, _ = working(monkeypatch, tmp_path, READY)
    with pytest.raises(ClusterError, match="the master is not heard any more"):
        run.run()


def test_a_master_that_has_ended_lets_its_worker_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run, link = working(monkeypatch, tmp_path, READY, [said("beat")], [said("end")])
    assert run.run().sent == 0
    assert link.kinds() == ["hello"]


def test_a_worker_is_turned_away_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run, _ = working(monkeypatch, tmp_path, READY, [said("turned away", message="the run has begun without it")])
    with pytest.raises(ClusterError, match="turned away: the run has begun without it"):
        run.run()


def test_the_scripted_link_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it stands for has the same methods."""
    public = {name for name in vars(Link) if not name.startswith("_")}
    assert public <= {name for name in dir(Scripted) if not name.startswith("_")}
