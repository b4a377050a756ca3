"""One connection to the server: requests go out and answers come in, one after the other."""

from __future__ import annotations

import asyncio
import typing
from collections.abc import Callable
from time import monotonic_ns
from typing import Final, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpResponseParser

from airectl.load.engine.deadlines import Deadlines
from airectl.load.engine.exchange import End, Exchange, Patience
from airectl.runs.record import ErrorClass, Record

_LARGEST_HEAD: Final = 64 * 1024
_TOO_LATE: Final = {
    ErrorClass.TIMEOUT_FIRST_TOKEN: "no token within the time that was given",
    ErrorClass.TIMEOUT_BETWEEN_TOKENS: "nothing more within the time that was given",
    ErrorClass.TIMEOUT_TOTAL: "no complete answer within the time that was given",
}


class Station(typing.Protocol):
    """What connections work for. `due_ns` is when the next request is due."""

    due_ns: int
    start_ns: int

    def look(self, now_ns: int) -> None:
        """Send what is due."""

    def ended(self, exchange: Exchange, record: Record) -> None:
        """A request has its record."""

    def freed(self, connection: Connection) -> None:
        """A connection can take another request."""

    def lost(self, connection: Connection) -> None:
        """A connection is closed."""


class Terms(typing.NamedTuple):
    """How long is waited, and how large an answer may be."""

    patience: Patience
    most_bytes: int
    keep_alive: bool
    deadlines: Deadlines


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1. `open`: a request can be sent; `idle_ns` is since when none is under way."""

    def __init__(self, station: Station, terms: Terms) -> None:
        self._station, self._terms = station, terms
        self._deadlines = terms.deadlines
        self._parser = HttpResponseParser(self)
        self._feed = self._parser.feed_data
        self._exchange: Exchange | None = None
        self._headers: dict[str, str] = {}
        self._take: Callable[[bytes, int], None] = _ignore
        self._now_ns = self._got = 0
        self._limit = -1
        self._complete = self._keep = self._stray = False
        self._used = False
        self.open = False
        self.watched_ns = self.stood_ns = self.idle_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands, with its TLS."""
        self._transport = cast("asyncio.Transport", transport)
        # Above this much, uvloop writes at once and not at the end of its turn: a request goes out when it is due.
        self._transport.set_write_buffer_limits(high=0)
        self.stood_ns = self.idle_ns = monotonic_ns()
        self.open = True

    @property
    def usable(self) -> bool:
        """Whether nobody has begun to close it."""
        return self.open and not self._transport.is_closing()

    @property
    def descriptor(self) -> int:
        """Of its socket."""
        return int(self._transport.get_extra_info("socket").fileno())

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return self._exchange is not None

    def begin(self, exchange: Exchange) -> None:
        """Send a request."""
        self._exchange = exchange
        self._got, self._limit, self._complete = 0, _LARGEST_HEAD, False
        self._take, self._headers = self._first, {}
        if not self._used:
            self._used = True
            exchange.connected_ns = self.stood_ns
        exchange.sent_ns = monotonic_ns()
        self._transport.write(exchange.wire)
        exchange.wire = b""
        self._deadlines.watch(self, exchange.deadline(self._terms.patience)[0])

    def close(self) -> None:
        """No further request."""
        self.open = False
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes came. This runs for every token there is; the time is taken first and once."""
        self._now_ns = now_ns = monotonic_ns()
        self._got += len(data)
        try:
            self._feed(data)
        except HttpParserError as error:
            self._unreadable(error)
        else:
            if self._complete:
                self._finish()
            elif self._got > self._limit:
                self._too_much()
        if now_ns >= self._station.due_ns:
            self._station.look(now_ns)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The end of a head; one that announces another is passed over."""
        status = self._parser.get_status_code()
        if self._complete or self._exchange is None:
            self._stray = True
        elif status >= 200:
            self._limit = self._terms.most_bytes
            self._exchange.begin_answer(status, self._headers, self._now_ns)

    def on_body(self, data: bytes) -> None:
        """Bytes of the body."""
        self._take(data, self._now_ns)

    def _first(self, data: bytes, now_ns: int) -> None:
        exchange = self._exchange
        if exchange is not None and data:
            exchange.first_byte_ns = now_ns
            self._take = exchange.sink()
            self._take(data, now_ns)

    def on_message_complete(self) -> None:
        """The end of an answer, or of a head that announced another."""
        if self._exchange is None or self._exchange.head is None:
            self._headers = {}
            return
        self._complete = True
        unsent = self._transport.get_write_buffer_size()
        self._keep = self._terms.keep_alive and self._parser.should_keep_alive() and not unsent
        self._take = _ignore

    def _finish(self) -> None:
        """The answer is complete."""
        exchange = self._exchange
        if exchange is None:
            return
        record = exchange.record(self._station.start_ns, self._now_ns, None)
        self._release(exchange, record, keep=self._keep and not self._stray)

    def _release(self, exchange: Exchange, record: Record, *, keep: bool) -> None:
        """The request is over; the connection takes the next one, or is closed."""
        self._exchange = None
        self._take, self._limit = _ignore, -1
        if keep and self.open:
            self.idle_ns = self._now_ns
            self._station.freed(self)
        else:
            self.close()
        self._station.ended(exchange, record)

    def abandon(self, end: End) -> None:
        """End what is under way, for this reason, and the connection with it."""
        exchange, now_ns = self._exchange, monotonic_ns()
        if exchange is None:
            self.close()
            return
        record = exchange.record(self._station.start_ns, now_ns, end, whole=False)
        self._release(exchange, record, keep=False)

    def check(self, now_ns: int) -> None:
        """Whether the server has kept the request waiting for too long."""
        exchange = self._exchange
        if exchange is None:
            return
        at_ns, error = exchange.deadline(self._terms.patience)
        if now_ns < at_ns:
            self._deadlines.watch(self, at_ns)
        elif exchange.answer is not None and exchange.answer.finished:
            # The answer is complete, and nobody closed the stream.
            record = exchange.record(self._station.start_ns, exchange.answer.content_ns, None)
            self._release(exchange, record, keep=False)
        else:
            self.abandon(End(error, _TOO_LATE[error]))

    def _too_much(self) -> None:
        """An answer without end, a head without end, or bytes that nobody asked for."""
        headless = self._exchange is not None and self._exchange.head is None
        what = "a head of more than 64 KiB" if headless else f"an answer of more than {self._limit:,} bytes"
        self.abandon(End(ErrorClass.MALFORMED, what))

    def _unreadable(self, error: Exception) -> None:
        """What came is no HTTP, at its beginning or from here on."""
        if isinstance(error, HttpParserCallbackError):
            raise error  # ours
        if self._complete:
            self._stray = True
            self._finish()
            return
        self.abandon(End(ErrorClass.MALFORMED, f"no HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed: by the server, or by us."""
        self.open = False
        self.watched_ns = 0
        self._station.lost(self)
        if self._exchange is not None:
            self._lost(self._exchange, exc)
        # The parser and this one hold each other, and nobody collects cycles while a run goes on.
        del self._parser, self._feed

    def _lost(self, exchange: Exchange, exc: Exception | None) -> None:
        self._now_ns = monotonic_ns()
        if exchange.head is None:
            end = End(ErrorClass.DISCONNECT, f"the connection was {_how(exc)} before the answer")
            self.abandon(end)
        elif exc is None and not exchange.framed:
            self._finish()  # without a length the end of the connection is that of the answer
        else:
            self._cut(exchange, exc)

    def _cut(self, exchange: Exchange, exc: Exception | None) -> None:
        """The connection ended within an answer; by what that says itself it may be complete."""
        complete = exchange.answer is not None and exchange.answer.finished
        end = None if complete else End(ErrorClass.TRUNCATED, f"the connection was {_how(exc)} within the answer")
        record = exchange.record(self._station.start_ns, self._now_ns, end, whole=False)
        self._release(exchange, record, keep=False)


def _how(exc: Exception | None) -> str:
    return "reset" if isinstance(exc, ConnectionResetError) else "closed"


def _ignore(_data: bytes, _now_ns: int) -> None:
    """Bytes that belong to no answer."""
