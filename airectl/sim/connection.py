"""One connection: requests are read as they come and answered in their order."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, cast

from airectl.sim.exchange import Exchange
from airectl.sim.http_requests import Reader, Refusal, Request
from airectl.sim.questions import ApiError
from airectl.sim.service import Service

# So many requests may wait on a connection; then nothing more is read from it.
_MOST_WAITING: Final = 16
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1 with one client. Answers come in the order of the requests, one at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reader = Reader()
        self._waiting: deque[Request | Refusal] = deque()
        self._request: Request | Refusal | None = None
        self._exchange: Exchange | None = None
        self._begun_s = 0.0
        self._counted = False
        self._answering = False
        self._continued = False
        self._local = False
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)
        # Above this much, uvloop writes at once and not at the end of its turn: golden events go when they say.
        self._transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("peername")
        with suppress(ValueError, TypeError, IndexError):
            self._local = ip_address(peer[0]).is_loopback
        self.send = self._transport.write
        self._service.lines.add(self)

    def abandon(self) -> None:
        """The server ends."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went away."""
        self._service.lines.discard(self)
        self._waiting.clear()
        if self._exchange:
            self._service.tally.cancelled += 1
            self._exchange.cancel()
            self._exchange = None
        self._request = None

    def pause_writing(self) -> None:
        """The client does not keep up; what it gets waits in memory, no longer than its answers are."""
        self.paused = True

    def resume_writing(self) -> None:
        """It does again."""
        self.paused = False

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._waiting.extend(self._reader.feed(data))
        if self._reader.awaited and not self._continued and self._request is None and not self._waiting:
            self._continued = True
            self.send(_CONTINUE)
        if len(self._waiting) >= _MOST_WAITING:
            self._transport.pause_reading()
        self._next()

    def _next(self) -> None:
        """Answer what waits, as long as each answer is complete at once."""
        if self._answering:
            return
        self._answering = True
        while self._request is None and self._waiting and not self._transport.is_closing():
            self._request = request = self._waiting.popleft()
            self._continued = self._counted = False
            if isinstance(request, Refusal):
                self._service.refuse(self, None, ApiError(request.status, request.message))
                continue
            self._begun_s = self._service.loop.time()
            exchange = self._service.answer(self, request, local=self._local)
            if self._request is not None:
                self._exchange = exchange
        self._answering = False
        if len(self._waiting) < _MOST_WAITING and not self._transport.is_closing():
            self._transport.resume_reading()

    def hang_up(self, *, reset: bool) -> None:
        """Close the connection after what was sent, or at once with a reset."""
        self._account(200)
        self._exchange = None
        if not reset:
            self._transport.close()
            return
        own = self._transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def finished(self) -> None:
        """The answer is complete: the next one, or the end."""
        request = self._request
        if self._exchange:
            self._account(200)
            self._exchange = None
        self._request = None
        if not isinstance(request, Request) or not request.keep:
            self._transport.close()
            return
        self._next()

    def _account(self, status: int) -> None:
        """Count the answer of an exchange."""
        if isinstance(self._request, Request):
            self._service.count(self._request, status, self._service.loop.time() - self._begun_s)
