"""The simulator as a process of its own, in golden mode: the truth that a calibration measures against."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final

from airectl.errors import Unreachable

_COMMAND: Final = (sys.executable, "-P", "-m", "airectl", "simulate", "--golden", "--listen", "127.0.0.1:0")
_ENDS_S: Final = 10.0


@dataclass(slots=True)
class GoldenServer:
    """Where it is, its process, and once it has ended what it says it did, as `data` of its report."""

    url: str
    pid: int
    did: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def golden_server(environ: Mapping[str, str], ttft_s: float, itl_s: float) -> Iterator[GoldenServer]:
    """A server that sends tokens at fixed times, whatever the load. Raises Unreachable if it does not begin."""
    times = ("--ttft", f"{ttft_s * 1000:.6f}ms", "--itl", f"{itl_s * 1000:.6f}ms", "-o", "json")
    with subprocess.Popen(
        [*_COMMAND, *times],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        start_new_session=True,
        text=True,
    ) as process:
        try:
            server = GoldenServer(_url(process), process.pid)
            yield server
            server.did = _ended(process)
        finally:
            process.kill()


def _url(process: subprocess.Popen[str]) -> str:
    stderr = _pipe(process.stderr)
    first = stderr.readline()
    _, says, url = first.strip().rpartition(" listens at ")
    if not says:
        raise Unreachable("the simulator did not begin", help=f"it said: {first.strip() or 'nothing'}")
    # Whatever else it says is read, so that it never waits for a reader.
    threading.Thread(target=stderr.read, daemon=True).start()
    return url


def _ended(process: subprocess.Popen[str]) -> Mapping[str, Any]:
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
