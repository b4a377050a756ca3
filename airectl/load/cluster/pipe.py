"""The process of Locust as this side sees it: lines to it, and events from it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

_COMMAND: Final = (sys.executable, "-P", "-m", "airectl.load.cluster.link")
_END_S: Final = 3.0
DEFAULT_PORT: Final = 5557


class ClusterError(Exception):
    """The machines do not come together; `help` says what to do."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class Link:
    """Locust in a process of its own, as `order` says. Leaving it as a context ends it."""

    def __init__(self, environ: Mapping[str, str], **order: Any) -> None:
        # What it says on stderr is Locust's, and is told as events where it matters.
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
        self._events: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self.gone = False
        Thread(target=self._listen, daemon=True).start()
        self._write(order)

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: Mapping[str, Any], to: str = "") -> None:
        """A message to the other side: to one worker, or to all."""
        self._write({"send": data, "to": to} if to else {"send": data})

    def events(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What came; it waits no longer than this for the first."""
        with contextlib.suppress(Empty):
            event = self._events.get(timeout=max(seconds, 0.0))
            while True:
                if event is None:
                    self.gone = True
                    return
                yield event
                event = self._events.get_nowait()

    def close(self) -> None:
        """End it, after what was sent is on its way."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.gone = True

    def _write(self, line: Mapping[str, Any]) -> None:
        # One that is gone is noticed by its silence.
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
                self._process.stdin.flush()

    def _listen(self) -> None:
        if self._process.stdout:
            with self._process.stdout as lines:
                for line in lines:
                    with contextlib.suppress(ValueError):
                        self._events.put(json.loads(line))
        self._events.put(None)
