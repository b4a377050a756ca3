"""One request under way: it ends by itself, when the user asks for it, or at its deadline.

A timeout of a socket holds for one read only: a server that sends a byte now and then keeps within it for
ever, and a name may take long to look up. So a request runs in a thread of its own, and whoever asked
waits no longer than was agreed; then the connection is cut.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final, Generic, TypeVar

from airectl.env import Stop

T = TypeVar("T")
_LOOK_EVERY_S: Final = 0.05


class StoppedError(Exception):
    """The user asked to end."""


class TooLongError(Exception):
    """There was no complete answer within `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"no complete answer within {limit_s:,.3g} s")
        self.limit_s = limit_s


class Deadline:
    """`limit_s` seconds from now for one question, all of its attempts and waits together."""

    def __init__(self, limit_s: float, stop: Stop) -> None:
        self.limit_s, self._stop = limit_s, stop
        self._until = monotonic() + limit_s

    @property
    def left_s(self) -> float:
        """What is left, from 0."""
        return max(0.0, self._until - monotonic())

    def wait(self, done: threading.Event, at_most_s: float | None = None) -> bool:
        """Whether `done` came in time. Raises StoppedError at once when the user asks to end."""
        until = self._until if at_most_s is None else min(self._until, monotonic() + at_most_s)
        while not self._stop:
            left_s = until - monotonic()
            if done.wait(max(0.0, min(_LOOK_EVERY_S, left_s))):
                return True
            if left_s <= 0:
                return False
        raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait, as between two attempts. Raises StoppedError."""
        self.wait(threading.Event(), seconds)


class Flight(Generic[T]):
    """Runs `work` in a thread. What holds the connection tells `hold` its socket, so that it can be cut."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._held: Callable[[], socket.socket | None] = lambda: None
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.cut = False

    def until(self, deadline: Deadline) -> T:
        """What `work` gives. Raises what it raises, StoppedError, and TooLongError."""
        # A daemon: one that hangs in looking up a name must not keep the process from ending.
        threading.Thread(target=self._run, daemon=True).start()
        try:
            in_time = deadline.wait(self._done)
        except BaseException:
            self._cut()
            raise
        if not in_time:
            self._cut()
            raise TooLongError(deadline.limit_s)
        if self._error is not None:
            raise self._error
        return self._result[0]

    def hold(self, socket_of: Callable[[], socket.socket | None]) -> None:
        """From now on the request goes over this socket."""
        self._held = socket_of
        if self.cut:
            self._cut()

    def _run(self) -> None:
        _here.flight = self
        try:
            self._result.append(self._work())
        except BaseException as error:  # it is raised again where the answer is waited for
            self._error = error
        finally:
            _here.flight = None
            self._done.set()

    def _cut(self) -> None:
        """Let the thread's read come to its end. Closing would leave it waiting."""
        self.cut = True
        held = self._held()
        if held is not None:
            with contextlib.suppress(OSError):
                # That of the plain socket: that of TLS takes its state away from under the thread.
                socket.socket.shutdown(held, socket.SHUT_RDWR)


_here = threading.local()


def current() -> Flight[object] | None:
    """The flight that the calling thread runs, if it runs one."""
    return getattr(_here, "flight", None)
