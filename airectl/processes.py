"""airectl as a process of its own: a command run to its end, or a server for as long as it is needed.

Each has a session of its own, so that Ctrl-C reaches this process alone, which then ends them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import IO, Any, Final

from airectl.errors import Unreachable

# Stray code in the folder is not what is meant by airectl.
_COMMAND: Final = (sys.executable, "-P", "-m", "airectl")
_ENDS_S: Final = 10.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where processes run, with which environment. `stopped`: the user asked to end."""

    folder: Path
    environ: Mapping[str, str]
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that is over; `said` are its lines on stderr. `in_time`: nobody had to end it."""

    code: int
    said: Sequence[str]
    seconds: float
    in_time: bool = True


def ran(
    args: Sequence[str],
    place: Place,
    limit_s: float,
    *,
    heard: Callable[[str], None] = lambda line: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Ended:
    """Run a command to its end, no longer than this. One that has to end gets SIGINT, and some time to do so.

    What it prints is not kept, but for stderr, of which `heard` gets each line as it comes. `meanwhile` is called
    about every tenth of a second.
    """
    begun, in_time = monotonic(), True
    lines: SimpleQueue[str] = SimpleQueue()
    said: list[str] = []
    with _started(args, place, stdout=subprocess.DEVNULL) as process:
        reading = threading.Thread(target=_listen, args=(_pipe(process.stderr), lines), daemon=True)
        reading.start()
        while process.poll() is None:
            _wait(process)
            said += _told(lines, heard)
            meanwhile()
            if monotonic() - begun <= limit_s and not (in_time and place.stopped()):
                continue
            if in_time:
                in_time, limit_s = False, monotonic() - begun + _ENDS_S
                process.send_signal(signal.SIGINT)
            else:
                _kill(process)
        reading.join(_ENDS_S)
        said += _told(lines, heard)
    return Ended(code=process.returncode, said=tuple(said), seconds=monotonic() - begun, in_time=in_time)


def _wait(process: subprocess.Popen[str]) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LOOK_S)


def _listen(stream: IO[str], lines: SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line.rstrip("\n"))


def _told(lines: SimpleQueue[str], heard: Callable[[str], None]) -> Iterator[str]:
    """What is there by now."""
    with suppress(Empty):
        while True:
            line = lines.get_nowait()
            heard(line)
            yield line


@dataclass(slots=True)
class Server:
    """Where it is, its process, and once it has ended what it says it did, as `data` of its report."""

    url: str
    pid: int
    did: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def serving(args: Sequence[str], place: Place) -> Iterator[Server]:
    """A command that says at which address it listens, until the end of the block. Raises Unreachable otherwise."""
    with _started([*args, "-o", "json"], place, stdout=subprocess.PIPE) as process:
        server = Server(_url(process), process.pid)
        yield server
        server.did = _said(process)


@contextmanager
def _started(args: Sequence[str], place: Place, *, stdout: int) -> Iterator[subprocess.Popen[str]]:
    """The process; at the end of the block nothing is left of it and of what it has started."""
    with subprocess.Popen(
        [*_COMMAND, *args],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=dict(place.environ),
        cwd=place.folder,
        start_new_session=True,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    # Its session is a process group too, with all that it has started in it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _url(process: subprocess.Popen[str]) -> str:
    stderr = _pipe(process.stderr)
    first = stderr.readline()
    _, says, url = first.strip().rpartition(" listens at ")
    if not says:
        raise Unreachable("the simulator did not begin", help=f"it said: {first.strip() or 'nothing'}")
    # Whatever else it says is read, so that it never waits for a reader.
    threading.Thread(target=stderr.read, daemon=True).start()
    return url


def _said(process: subprocess.Popen[str]) -> Mapping[str, Any]:
    """What it says at its end."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired, ValueError, KeyError, OSError):
        stdout = _pipe(process.stdout).read() if process.wait(_ENDS_S) is not None else ""
        found: Mapping[str, Any] = json.loads(stdout)["data"]
        return found
    return {}


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("both streams are pipes")
    return stream
