"""The processes that send: started with their jobs, listened to, ended.

Each has a session of its own, so that Ctrl-C reaches this process alone, and each ends when its stdin closes: whatever
becomes of this process, none goes on sending.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from airectl.load.driving import Loss
from airectl.load.job import Job, JobError, Snapshot, State

# What a process says on stderr before it dies is for --verbose; its end says most.
_MOST_SAID: Final = 4000
_FINAL: Final = frozenset((State.ENDED, State.FAILED))
# Secrets are read by the processes themselves, from the environment that they are given; stray code is not.
_COMMAND: Final = (sys.executable, "-P", "-m", "airectl.load.child")


@dataclass(slots=True, eq=False)
class Child:
    """One process. `last` is its latest snapshot; `returncode` None while it runs."""

    number: int
    process: subprocess.Popen[bytes]
    last: Snapshot | None = None
    returncode: int | None = None
    said: str = ""
    threads: list[threading.Thread] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it is gone and everything it said was read."""
        return self.returncode is not None

    @property
    def lost(self) -> bool:
        """Whether it died before its work was done."""
        return self.ended and not (self.last and self.last.state in _FINAL)

    @property
    def fate(self) -> str:
        """How a lost one ended."""
        code = self.returncode or 0
        if code >= 0:
            return f"ended with exit code {code}"
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"


class Children:
    """Processes that run one job each. Leaving it as a context leaves none of them behind."""

    def __init__(self, environ: Mapping[str, str], folder: str) -> None:
        self._environ, self._folder = dict(environ), folder
        self._news = threading.Event()
        self.all: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, jobs: Sequence[Job]) -> None:
        """Start a process for each job."""
        for job in jobs:
            process = subprocess.Popen(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                cwd=self._folder,
                start_new_session=True,
            )
            child = Child(number=job.number, process=process)
            self.all.append(child)
            for target in (self._listen, self._hear):
                thread = threading.Thread(target=target, args=(child,), daemon=True)
                child.threads.append(thread)
                thread.start()
            self._tell(child, job)

    def wait(self, seconds: float) -> None:
        """Until there is something new, no longer than this."""
        self._news.wait(seconds)
        self._news.clear()

    @property
    def ended(self) -> bool:
        """Whether none runs any more."""
        return all(child.ended for child in self.all)

    def losses(self) -> list[Loss]:
        """Those that died before their work was done."""
        return [
            Loss(name=f"process {child.number} (pid {child.process.pid})", fate=child.fate, last=child.last)
            for child in self.all
            if child.lost
        ]

    def snapshots(self) -> list[Snapshot]:
        """The latest of each that has given one."""
        return [child.last for child in self.all if child.last]

    def stop(self) -> None:
        """Ask each to send no more, and to end."""
        for child in self.all:
            if not child.ended:
                with contextlib.suppress(OSError):
                    child.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End each that still runs, at once."""
        for child in self.all:
            with contextlib.suppress(OSError):
                _pipe(child.process.stdin).close()
        for child in self.all:
            if child.process.poll() is None:
                child.process.kill()
            child.process.wait()
            for thread in child.threads:
                thread.join(5)

    def _tell(self, child: Child, job: Job) -> None:
        # One that died at once cannot be told; its end says why.
        with contextlib.suppress(OSError):
            stdin = _pipe(child.process.stdin)
            stdin.write(job.to_json().encode() + b"\n")
            stdin.flush()

    def _listen(self, child: Child) -> None:
        with _pipe(child.process.stdout) as lines:
            for line in lines:
                with contextlib.suppress(JobError):
                    snapshot = Snapshot.from_json(line)
                    if child.last is None or snapshot.number > child.last.number:
                        child.last = snapshot
                        self._news.set()
        code = child.process.wait()
        child.threads[1].join(5)
        child.returncode = code
        self._news.set()

    def _hear(self, child: Child) -> None:
        with _pipe(child.process.stderr) as stream:
            while data := os.read(stream.fileno(), 65536):
                child.said = (child.said + data.decode("utf-8", "replace"))[-_MOST_SAID:]


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("every stream of a child is a pipe")
    return stream
