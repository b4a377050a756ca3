"""Sends what is due, when it is due, and keeps the books.

Sending is nothing but a write: requests are made ahead of their time, and connections opened. Whatever brings the
event loop to life, an alarm or a token, looks at the schedule.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic_ns
from typing import Final

from airectl.load.engine.alarm import alarm
from airectl.load.engine.connection import Connection, Terms
from airectl.load.engine.exchange import End, Exchange
from airectl.load.engine.lines import Lines
from airectl.load.engine.recorder import Recorder
from airectl.load.engine.requests import Requests
from airectl.load.engine.route import Route
from airectl.load.engine.schedule import NEVER_NS, Bounds, Due, Schedule
from airectl.load.engine.totals import Now, Totals
from airectl.load.feed import Feed
from airectl.load.job import Job, Snapshot, State, WhenFull
from airectl.load.protocols.interface import ProtocolError
from airectl.runs.record import ErrorClass, Record

_SECOND_NS: Final = 10**9
# A place of a closed loop whose request found no connection is free again after this: failing is no work.
_PAUSE_NS: Final = _SECOND_NS // 10
_NO_CONNECTION: Final = frozenset((ErrorClass.CONNECT, ErrorClass.TLS, ErrorClass.TIMEOUT_CONNECT))
_CANCELLED: Final = End(ErrorClass.CANCELLED, "the run was over before")
_DROPPED: Final = End(ErrorClass.DROPPED, "as many requests as may be were in flight")


class Sender:
    """The requests of a job. `due_ns` is when the next one is due; `begun_ns` when the last one was.

    `sent_all` is set when none is due any more, `over` when all have ended too, `broken` when there is no going on:
    then `failed` is why, and what to do.
    """

    def __init__(self, job: Job, feed: Feed, requests: Requests, recorder: Recorder) -> None:
        self._job, self._feed, self._requests, self._recorder = job, feed, requests, recorder
        bounds = Bounds(places=job.concurrency, send_for_s=job.send_for_s, most_requests=job.most_requests)
        self.schedule = Schedule(feed, requests.encode, bounds)
        self._loop = asyncio.get_running_loop()
        self._alarm = alarm(self._loop, self._ring)
        self._queue: deque[Exchange] = deque()
        self._most = job.most_in_flight
        self._filling = False
        self._lines: Lines
        self.in_flight = 0
        self.start_ns = self.due_ns = NEVER_NS
        self.totals = Totals()
        self.begun_ns = 0
        self.sent_all, self.over, self.broken = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.failed: tuple[str, str] | None = None

    def connect(self, route: Route, terms: Terms) -> Lines:
        """Where requests go."""
        self._lines = Lines(route, lambda: Connection(self, terms), self._unconnected, self._job.timeouts.connect_s)
        return self._lines

    def start(self, start_ns: int) -> None:
        """From then on requests are sent."""
        self.start_ns = start_ns
        self.schedule.start(start_ns)
        soon = self.schedule.soon(start_ns + self._lines.ahead_ns)
        self._lines.provide(min(self._job.concurrency, self.schedule.ahead) or self._room(soon))
        self._arm()
        self._fill()
        self._end_if_over()

    def look(self, now_ns: int) -> None:
        """Send what is due."""
        while (due := self.schedule.pop(now_ns)) is not None:
            self._begin(due)
            now_ns = monotonic_ns()
        self._arm()
        self._fill()
        self._end_if_over()

    def _ring(self) -> None:
        now_ns = monotonic_ns()
        self._lines.provide(self._room(self.schedule.soon(now_ns + self._lines.ahead_ns)))
        self.look(now_ns)

    def _room(self, count: int) -> int:
        """As many of `count` as may be in flight."""
        return min(count, self._most - self.in_flight) if self._most else count

    def _arm(self) -> None:
        """Wake when the next request is due, and before that if it needs a connection."""
        self.due_ns = at_ns = self.schedule.due_ns
        if at_ns != NEVER_NS and self._lines.spare < 1:
            early_ns = at_ns - self._lines.ahead_ns
            at_ns = early_ns if early_ns > monotonic_ns() else at_ns
        self._alarm.set(at_ns)

    def _fill(self) -> None:
        """Take asks from the feed, one in each turn of the loop."""
        if not self._filling and not self.schedule.fed:
            self._filling = True
            self._loop.call_soon(self._fill_one)

    def _fill_one(self) -> None:
        self._filling = False
        try:
            more = self.schedule.fill(monotonic_ns())
        except ProtocolError as error:
            self._give_up(error)
            return
        if self.schedule.due_ns < self.due_ns:
            self._arm()
        if more:
            self._fill()
        self._end_if_over()

    def _begin(self, due: Due) -> None:
        totals = self.totals
        totals.planned += 1
        self.begun_ns = now_ns = monotonic_ns()
        totals.lags.append(now_ns - due.at_ns)
        exchange = Exchange(due.ask, due.wire, due.at_ns, self._requests.protocol)
        if not self._most or self.in_flight < self._most:
            self._launch(exchange)
        elif self._job.when_full is WhenFull.QUEUE:
            exchange.queued = True
            totals.queued += 1
            self._queue.append(exchange)
        else:
            self._note(exchange.record(self.start_ns, now_ns, _DROPPED))

    def _launch(self, exchange: Exchange) -> None:
        self.in_flight += 1
        self._lines.give(exchange)

    def _note(self, record: Record) -> None:
        if record.message:  # a server may say what it was shown
            record.message = self._requests.shown.hidden_in(record.message)
        self._recorder.add(record)
        self.totals.add(record)

    def ended(self, exchange: Exchange, record: Record) -> None:
        """A request that was in flight has its record."""
        self._note(record)
        self.in_flight -= 1
        now_ns = monotonic_ns()
        if not self._followed(exchange, record, now_ns):
            self.schedule.release(now_ns + _PAUSE_NS * (record.error in _NO_CONNECTION))
        if self._queue:
            self._launch(self._queue.popleft())
        if self.schedule.due_ns <= now_ns:
            self.look(now_ns)
        elif self.schedule.due_ns < self.due_ns:
            self._arm()
        self._end_if_over()

    def _followed(self, exchange: Exchange, record: Record, now_ns: int) -> bool:
        """Whether the conversation goes on."""
        if exchange.ask.session < 0 or record.error or exchange.answer is None:
            return False
        try:
            ask = self._feed.follow(exchange.ask, exchange.answer.text)
            return ask is not None and self.schedule.follow(ask, now_ns)
        except ProtocolError as error:
            self._give_up(error)
            return False

    def _give_up(self, error: ProtocolError) -> None:
        """An ask that cannot be sent is a mistake in the plan: the rest of it would be none."""
        self.failed = self.failed or (str(error), error.help)
        self.broken.set()

    def freed(self, connection: Connection) -> None:
        """A connection can take another request."""
        self._lines.freed(connection)

    def lost(self, connection: Connection) -> None:
        """A connection is closed."""
        self._lines.lost(connection)

    def _unconnected(self, exchange: Exchange, error: ErrorClass, message: str) -> None:
        self.ended(exchange, exchange.record(self.start_ns, monotonic_ns(), End(error, message)))

    def stop(self) -> None:
        """Send nothing more; what is in flight may end."""
        self.schedule.stop()
        self._arm()
        queued, self._queue = self._queue, deque()
        for exchange in queued:
            self._note(exchange.record(self.start_ns, monotonic_ns(), _CANCELLED))
        self._end_if_over()

    def cancel(self) -> None:
        """End everything now."""
        self.stop()
        for exchange in self._lines.waiting():
            self.ended(exchange, exchange.record(self.start_ns, monotonic_ns(), _CANCELLED))
        for line in list(self._lines.all):
            line.abandon(_CANCELLED)

    def close(self) -> None:
        """Wake no more."""
        self._alarm.close()

    def _end_if_over(self) -> None:
        if self.schedule.done:
            self.sent_all.set()
            if not self.in_flight and not self._queue:
                self.over.set()

    def snapshot(self, state: State, message: str = "", help: str = "") -> Snapshot:
        """All of it so far."""
        now = Now(
            t_s=(monotonic_ns() - self.start_ns) / _SECOND_NS if self.start_ns != NEVER_NS else 0.0,
            under_way=self._lines.busy,
            in_flight=self.in_flight,
            waiting=len(self._queue),
            connections=len(self._lines),
            message=message,
            help=help,
        )
        return self.totals.snapshot(state, now)
