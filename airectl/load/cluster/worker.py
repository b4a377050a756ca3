"""The side that sends for a master: it starts the processes that the master's jobs name, and sends home what they keep.

It decides by its own settings whether it may send at all, and reads its own credentials. It ends its load when the
master is not heard any more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic, monotonic_ns, time_ns
from typing import Any, Final

from airectl import __version__
from airectl.env import Stop
from airectl.load.children import Children
from airectl.load.cluster.pipe import ClusterError, Link
from airectl.load.job import Job
from airectl.load.progress import Progress, merged
from airectl.net.flight import StoppedError
from airectl.runs.manifest import client_path, requests_path

# A master says every second that it is there.
SILENCE_S: Final = 15.0
_PIECE: Final = 384 * 1024
_LOOK_S: Final = 0.1
_SNAPSHOT_S: Final = 0.5
_ATTEMPT_S: Final = 5.0


class RefusedError(Exception):
    """The worker does not send what it is asked for; `help` says what would change that."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the master is, what this worker is called, and how many processes it has for the load."""

    host: str
    port: int
    name: str
    processes: int
    folder: Path
    wait_s: float = 60.0


@dataclass(slots=True)
class _File:
    """A file that goes home: how far it was sent, and how far it was kept."""

    kind: str
    number: int
    path: Path
    kept: int = 0
    under_way: bool = False

    def piece(self) -> bytes:
        """What comes next; empty: nothing yet."""
        try:
            with self.path.open("rb") as stream:
                stream.seek(self.kept)
                return stream.read(_PIECE)
        except FileNotFoundError:
            return b""


@dataclass(slots=True)
class WorkerRun:
    """One run for a master. `allowed(job)` gives the job with this worker's own credentials. Raises RefusedError."""

    place: Place
    environ: Mapping[str, str]
    allowed: Callable[[Job], Job]
    stop: Stop
    say: Callable[[str], None]
    children: Children = field(init=False)
    _link: Link = field(init=False)
    _files: list[_File] = field(default_factory=list)
    _told: dict[int, int] = field(default_factory=dict)
    _lost: set[int] = field(default_factory=set)
    _heard_s: float = 0.0
    _looked_s: float = 0.0
    _runs: int = 0
    _said_done: bool = False
    _over: bool = False

    def run(self) -> Progress:
        """Join, send, and bring everything home. Raises ClusterError, RefusedError and StoppedError."""
        place = self.place
        attempt_s = min(_ATTEMPT_S, place.wait_s)
        attempts = max(0, round(place.wait_s / attempt_s) - 1)
        self.children = Children(self.environ, str(place.folder))
        with (
            self.children,
            Link(
                self.environ, role="worker", host=place.host, port=place.port, attempts=attempts, attempt_s=attempt_s
            ) as self._link,
        ):
            self._join()
            while not self._over:
                self._step()
            return self.progress

    @property
    def progress(self) -> Progress:
        """What was sent so far, in the last run."""
        return merged(self.children.snapshots())

    def _join(self) -> None:
        place, until_s = self.place, monotonic() + self.place.wait_s + 2 * _ATTEMPT_S
        while monotonic() < until_s:
            if self.stop:
                raise StoppedError
            for event in self._link.events(_LOOK_S):
                if event["event"] == "ready":
                    self._heard_s = monotonic()
                    hello = {"version": __version__, "host": place.name, "processes": place.processes}
                    self._link.send({"kind": "hello", **hello})
                    self.say(f"joined {place.host}:{place.port}; processes: {place.processes}")
                    return
                until_s = 0.0
        raise ClusterError(
            f"no master answers at {place.host}:{place.port}",
            "start it with `airectl loadtest URL --engine locust --expect-workers N --bind ADDRESS`",
        )

    def _step(self) -> None:
        for event in self._link.events(_LOOK_S):
            if event["event"] == "message" and isinstance(event["data"], dict):
                self._heard_s = monotonic()
                self._take(event["data"])
        if self.stop:
            self._link.send({"kind": "left", "fate": "was ended there"})
            raise StoppedError
        if self._said_done and (self._link.gone or monotonic() - self._heard_s > SILENCE_S):
            self._over = True  # it has all that there was
        elif self._link.gone or monotonic() - self._heard_s > SILENCE_S:
            raise ClusterError("the master is not heard any more", "its load was ended here; look at the master")
        if self.children.all:
            self._tell()

    def _take(self, data: Mapping[str, Any]) -> None:
        match data.get("kind"):
            case "jobs":
                self._begin(data)
            case "stop":
                self.children.stop()
            case "end":
                self.children.kill()
                self._over = True
            case "turned away":
                raise ClusterError(f"turned away: {data['message']}", "start it anew with the next run")
            case "kept":
                for file in self._files:
                    if (file.kind, file.number) == (data["file"], data["number"]):
                        file.kept, file.under_way = int(data["to"]), False

    def _begin(self, data: Mapping[str, Any]) -> None:
        start_ns = monotonic_ns() + int(data["start_unix_ns"]) - time_ns()
        try:
            jobs = [self.allowed(Job.from_json(_text(each))) for each in data["jobs"]]
        except RefusedError as error:
            self._link.send({"kind": "refused", "message": str(error), "help": error.help})
            raise
        folder = self.place.folder / str(self._runs)
        folder.mkdir()
        self._runs += 1
        self.children.kill()
        self.children.all.clear()
        self._files, self._told, self._lost, self._said_done = [], {}, set(), False
        for job in jobs:
            self._files.append(_File("requests", job.number, requests_path(folder, job.number)))
            self._files.append(_File("client", job.number, client_path(folder, job.number)))
        self.children.start([replace(job, folder=str(folder), start_monotonic_ns=start_ns) for job in jobs])
        self.say(f"sending to {jobs[0].url}")

    def _tell(self) -> None:
        """Send home what is new. What was not kept yet is not sent twice, so no more than a piece is under way."""
        ended = self.children.ended
        for file in self._files:
            if not file.under_way and (piece := file.piece()):
                file.under_way = True
                data = base64.b64encode(piece).decode()
                self._link.send(
                    {"kind": "bytes", "file": file.kind, "number": file.number, "at": file.kept, "data": data}
                )
        if monotonic() - self._looked_s >= _SNAPSHOT_S or ended:
            self._looked_s = monotonic()
            self._tell_snapshots()
        if ended and not self._said_done and not any(file.under_way for file in self._files):
            self._said_done = True
            self._link.send({"kind": "done"})

    def _tell_snapshots(self) -> None:
        for child in self.children.all:
            if child.last and child.last.number > self._told.get(child.number, 0):
                self._told[child.number] = child.last.number
                self._link.send({"kind": "snapshot", "number": child.number, "snapshot": child.last.to_json()})
            if child.lost and child.number not in self._lost:
                self._lost.add(child.number)
                self._link.send({"kind": "lost", "number": child.number, "fate": child.fate})


def _text(data: Any) -> str:
    import json

    return json.dumps(data if isinstance(data, dict) else asdict(data))
