"""The connections to the server: as many as requests are in flight, opened before they are needed, used again.

What a closed connection means: one that the server closed while it was idle is replaced by another before a byte is
sent, which is no second attempt. One that is closed after the request was handed to the operating system ends it as
`disconnect`, even where the server had closed it a moment before: what a server does with requests that cross its
close is part of how it behaves, and nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from collections.abc import Callable
from time import monotonic_ns
from typing import Final

from airectl.load.engine.connection import Connection
from airectl.load.engine.exchange import Exchange
from airectl.load.engine.route import OpenError, Route
from airectl.runs.record import ErrorClass

_MS: Final = 1_000_000
# An idle connection is looked at before it is used if nobody heard of it for so long.
_TRUSTED_NS: Final = 20 * _MS
# Common servers close an idle connection after 5 s or more; a connection is not worth a race with that.
_IDLE_NS: Final = 4_000 * _MS
# How far ahead connections are opened: as long as opening one takes, and something for the loop.
_FIRST_AHEAD_NS: Final = 20 * _MS
_MOST_AHEAD_NS: Final = 250 * _MS
# After a failure nothing is opened ahead for a while: a request that needs a connection will tell.
_PAUSE_NS: Final = 1_000 * _MS


# Told of a request whose connection does not stand, why in a word, and why in words.
Failed = Callable[[Exchange, ErrorClass, str], None]


class Lines:
    """All connections of a process. `make` makes one that is not yet open."""

    def __init__(self, route: Route, make: Callable[[], Connection], failed: Failed, connect_s: float) -> None:
        self._route, self._make, self._failed, self._connect_s = route, make, failed, connect_s
        self._idle: list[Connection] = []
        self._waiting: deque[Exchange] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._poll = select.poll()
        self._paused_ns = 0
        self.all: set[Connection] = set()
        self.ahead_ns = _FIRST_AHEAD_NS

    def __len__(self) -> int:
        return len(self.all)

    @property
    def busy(self) -> int:
        """Requests that were sent and have no end yet."""
        return sum(line.busy for line in self.all)

    @property
    def spare(self) -> int:
        """Connections that are open or will be, and that no request has."""
        return len(self._idle) + len(self._tasks) - len(self._waiting)

    def give(self, exchange: Exchange) -> None:
        """Send it over a connection, as soon as there is one."""
        line = self._take()
        if line is not None:
            line.begin(exchange)
            return
        self._waiting.append(exchange)
        if len(self._waiting) > len(self._tasks):
            self._begin()

    def provide(self, count: int) -> None:
        """Have so many connections ready."""
        if monotonic_ns() < self._paused_ns:
            return
        for _ in range(count - self.spare):
            self._begin()

    def freed(self, line: Connection) -> None:
        """A connection can take a request."""
        if self._waiting:
            line.begin(self._waiting.popleft())
        else:
            self._idle.append(line)

    def lost(self, line: Connection) -> None:
        """A connection is closed."""
        self.all.discard(line)
        if line in self._idle:
            self._idle.remove(line)

    def tidy(self) -> None:
        """Close what has been idle for long."""
        oldest_ns = monotonic_ns() - _IDLE_NS
        for line in [line for line in self._idle if line.idle_ns < oldest_ns]:
            self._idle.remove(line)
            line.close()

    def waiting(self) -> list[Exchange]:
        """Take the requests that have no connection yet."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    async def close(self) -> None:
        """All of them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in list(self.all):
            line.close()
        await asyncio.sleep(0)  # each is told that it is closed before the loop ends

    def _take(self) -> Connection | None:
        """The connection that was used last, if the server has not closed it."""
        while self._idle:
            line = self._idle.pop()
            if line.usable and (monotonic_ns() - line.idle_ns < _TRUSTED_NS or self._quiet(line)):
                return line
            line.close()
        return None

    def _quiet(self, line: Connection) -> bool:
        """Whether nothing has come on it, not even its end."""
        descriptor = line.descriptor
        self._poll.register(descriptor, select.POLLIN)
        events = self._poll.poll(0)
        self._poll.unregister(descriptor)
        return not events

    def _begin(self) -> None:
        task = asyncio.get_running_loop().create_task(self._open())
        self._tasks.add(task)
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            task.get_loop().call_exception_handler({"message": "opening a connection", "exception": error})

    async def _open(self) -> None:
        begun_ns = monotonic_ns()
        try:
            async with asyncio.timeout(self._connect_s):
                line = await self._route.open(self._make)
        except TimeoutError:
            self._fail(ErrorClass.TIMEOUT_CONNECT, "no connection within the time that was given")
        except OpenError as error:
            self._fail(error.error, str(error))
        else:
            self.ahead_ns = min(max(self.ahead_ns * 3 // 4, 2 * (monotonic_ns() - begun_ns) + 2 * _MS), _MOST_AHEAD_NS)
            self.all.add(line)
            self._discard_own_task()
            self.freed(line)

    def _fail(self, error: ErrorClass, message: str) -> None:
        """Nobody is hurt as long as each request that waits has another connection coming."""
        self._discard_own_task()
        self._paused_ns = monotonic_ns() + _PAUSE_NS
        if len(self._waiting) > len(self._tasks):
            self._failed(self._waiting.popleft(), error, message)

    def _discard_own_task(self) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.discard(task)
