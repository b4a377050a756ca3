"""The side that gives out a plan: it waits for its workers, tells them what to send, and takes their records in.

Records come while they are made, so that a worker that is lost takes at most its last seconds with it. Workers are
told that this side is there; one that hears nothing for a while ends its load by itself.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, Final

from airectl import __version__
from airectl.env import Stop
from airectl.load.cluster.pipe import ClusterError, Link
from airectl.load.driving import Loss
from airectl.load.job import Job, JobError, Snapshot
from airectl.net.flight import StoppedError
from airectl.runs.manifest import client_path, requests_path

BEAT_S: Final = 1.0
_STARTING_S: Final = 20.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """One of them. `numbers` are those of its processes; `done` and `gone` are how it can end."""

    id: str
    host: str
    processes: int
    numbers: tuple[int, ...] = ()
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    lost: list[Loss] = field(default_factory=list)
    done: bool = False
    gone: str = ""


class Workers:
    """The workers of one run, as what sends. Leaving it as a context lets none of them go on."""

    def __init__(self, environ: Mapping[str, str], host: str, port: int) -> None:
        self._link = Link(environ, role="master", host=host, port=port)
        self._where = f"{host}:{port}"
        self._folder = Path()
        self._workers: dict[str, Worker] = {}
        self._begun = False
        self._beaten_s = 0.0
        self.port = self._ready()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def gather(self, expected: int, within_s: float, stop: Stop, say: Callable[[str], None]) -> None:
        """Wait until so many are there. Raises ClusterError, and StoppedError when the user asks to end."""
        until_s = monotonic() + within_s
        before = -1
        while len(self._workers) < expected:
            if stop:
                raise StoppedError
            if len(self._workers) != before:
                before = len(self._workers)
                say(f"{_many(before)} of {expected} there")
            if self._link.gone:
                raise ClusterError("Locust's process ended by itself", "try again, or use `--engine local`")
            if monotonic() > until_s:
                raise ClusterError(
                    f"{_many(before)} of {expected} came to {self._where} within {within_s:g} s",
                    f"start each with `airectl loadtest worker --master HOST:{self.port}`",
                )
            self.wait(0.25)

    @property
    def processes(self) -> int:
        """How many processes all of them have for the load."""
        return sum(worker.processes for worker in self._workers.values())

    def begin(self, jobs: Sequence[Job], folder: Path, start_unix_ns: int) -> None:
        """Give out the jobs, one a process; records go to `folder`. The credentials of a job stay here."""
        self._begun, self._folder = True, folder
        left = list(jobs)
        for worker in self._workers.values():
            worker.snapshots, worker.lost, worker.done = {}, [], False
            own, left = left[: worker.processes], left[worker.processes :]
            worker.numbers = tuple(job.number for job in own)
            told = [asdict(replace(job, credentials={}, credentials_folder=".", folder=".")) for job in own]
            self._link.send({"kind": "jobs", "jobs": told, "start_unix_ns": start_unix_ns}, worker.id)

    @property
    def ended(self) -> bool:
        """Whether all are done or gone."""
        return self._link.gone or all(worker.done or worker.gone for worker in self._workers.values())

    def wait(self, seconds: float) -> None:
        """Until there is something new, no longer than this."""
        if monotonic() - self._beaten_s >= BEAT_S:
            self._beaten_s = monotonic()
            self._link.send({"kind": "beat"})
        for event in self._link.events(seconds):
            if event["event"] == "message" and isinstance(event["data"], dict):
                self._take(event["from"], event["data"])
            elif event["event"] == "missing":
                for id in event["ids"]:
                    self._miss(id)

    def snapshots(self) -> Sequence[Snapshot]:
        """The latest of each process of each worker."""
        return [each for worker in self._workers.values() for each in worker.snapshots.values()]

    def losses(self) -> Sequence[Loss]:
        """Workers and processes of theirs that are gone before their work was done."""
        found = [loss for worker in self._workers.values() for loss in worker.lost]
        for worker in self._workers.values():
            fate = worker.gone or ("could not be heard any more" if self._link.gone and not worker.done else "")
            if fate:
                found += [
                    Loss(name=f"worker {worker.host}, process {number},", fate=fate, last=worker.snapshots.get(number))
                    for number in worker.numbers
                ]
        return found

    def stop(self) -> None:
        """Ask all to send no more."""
        self._link.send({"kind": "stop"})

    def kill(self) -> None:
        """End the load of all at once."""
        self._link.send({"kind": "end"})
        self._link.close()

    def _ready(self) -> int:
        for event in self._link.events(_STARTING_S):
            if event["event"] == "ready":
                return int(event["port"])
            self._link.close()
            if "in use" in event["message"] or event["message"] == "busy":
                raise ClusterError(f"another process listens at {self._where}", "end it, or choose another `--port`")
            raise ClusterError(f"cannot listen at {self._where}: {event['message']}", "check `--bind` and `--port`")
        self._link.close()
        raise ClusterError("Locust did not start", "is it installed? `pip install locust`")

    def _miss(self, id: str) -> None:
        worker = self._workers.get(id)
        if worker is None:
            return
        if not self._begun:
            del self._workers[id]
        elif not worker.done:
            worker.gone = worker.gone or "was not heard any more"

    def _take(self, id: str, data: Mapping[str, Any]) -> None:
        kind, worker = data.get("kind"), self._workers.get(id)
        if kind == "hello":
            self._welcome(id, data)
        elif worker is None:
            return
        elif kind == "snapshot":
            self._snapshot(worker, data)
        elif kind == "bytes":
            self._keep(worker, data)
        elif kind == "lost":
            number = int(data["number"])
            name = f"process {number} of worker {worker.host}"
            worker.lost.append(Loss(name=name, fate=str(data["fate"]), last=worker.snapshots.get(number)))
        elif kind == "done":
            worker.done = True
        elif kind == "refused":
            raise ClusterError(f"worker {worker.host} refuses: {data['message']}", str(data.get("help", "")))
        elif kind == "left" and not worker.done:
            worker.gone = str(data.get("fate") or "was ended there")

    def _welcome(self, id: str, data: Mapping[str, Any]) -> None:
        version, host = str(data.get("version")), str(data.get("host"))
        if version != __version__:
            self._link.send({"kind": "turned away", "message": f"the master has airectl {__version__}"}, id)
            raise ClusterError(
                f"worker {host} has airectl {version}, and this is {__version__}", "install the same version on both"
            )
        if self._begun:
            self._link.send({"kind": "turned away", "message": "the run has begun without it"}, id)
            return
        self._workers[id] = Worker(id=id, host=host, processes=max(1, int(data.get("processes", 1))))

    def _snapshot(self, worker: Worker, data: Mapping[str, Any]) -> None:
        try:
            snapshot = Snapshot.from_json(data["snapshot"])
        except JobError:
            return
        number = int(data["number"])
        before = worker.snapshots.get(number)
        if number in worker.numbers and (before is None or snapshot.number > before.number):
            worker.snapshots[number] = snapshot

    def _keep(self, worker: Worker, data: Mapping[str, Any]) -> None:
        """Write a piece of a file of records where it belongs, and say so."""
        number, at = int(data["number"]), int(data["at"])
        if number not in worker.numbers:
            return
        path = (requests_path if data["file"] == "requests" else client_path)(self._folder, number)
        piece = base64.b64decode(data["data"])
        with path.open("r+b" if path.exists() else "wb") as stream:
            stream.seek(at)
            stream.write(piece)
        self._link.send({"kind": "kept", "file": data["file"], "number": number, "to": at + len(piece)}, worker.id)


def _many(count: int) -> str:
    return f"{count} worker{'' if count == 1 else 's'}"
