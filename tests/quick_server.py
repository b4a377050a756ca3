"""A chat server that answers at once, but for one stall: `python tests/quick_server.py SERVICE_S STALL_AT_S STALL_S`.

It prints its port. A request is answered SERVICE_S after it came, whole, with as many tokens as it asks for; a word is
a token. STALL_AT_S after the first request nothing is answered for STALL_S. Its input and output tokens so far are
under /totals.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import monotonic
from typing import cast

import uvloop

MODEL = "quick"


class Clock:
    """When answers go out."""

    def __init__(self, service_s: float, stall_at_s: float, stall_s: float) -> None:
        self._service_s, self._stall_at_s, self._stall_s = service_s, stall_at_s, stall_s
        self._first_s: float | None = None
        self.requests = self.input_tokens = self.output_tokens = 0

    def wait_s(self) -> float:
        """How long the answer to a request of now takes."""
        now = monotonic()
        self._first_s = self._first_s or now
        begins = self._first_s + self._stall_at_s
        ready = now + self._service_s
        if self._stall_s and begins <= ready < begins + self._stall_s:
            ready = begins + self._stall_s
        return ready - now


class Connection(asyncio.Protocol):
    """One connection, a request at a time."""

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock, self._loop = clock, loop
        self._data = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # That of uvloop is one in all but its class.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._data[:end]).lower()
        _, _, length = head.partition(b"content-length: ")
        size = int(length.partition(b"\r\n")[0]) if length else 0
        if len(self._data) < end + 4 + size:
            return
        body = bytes(self._data[end + 4 : end + 4 + size])
        self._data.clear()
        self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /totals"):
            clock = self._clock
            self._send({"requests": clock.requests, "input": clock.input_tokens, "output": clock.output_tokens})
        elif head.startswith(b"get "):
            self._send({"data": [{"id": MODEL}]}, b"200 OK" if b"/v1/models" in head else b"404 Not Found")
        else:
            self._loop.call_later(self._clock.wait_s(), self._send, self._said(json.loads(body)))

    def _said(self, asked: dict[str, object]) -> dict[str, object]:
        messages = asked["messages"]
        assert isinstance(messages, list)
        words = messages[-1]["content"].count(" ") + 1
        tokens = asked["max_tokens"]
        assert isinstance(tokens, int)
        clock = self._clock
        clock.requests, clock.input_tokens = clock.requests + 1, clock.input_tokens + words
        clock.output_tokens += tokens
        return {
            "model": MODEL,
            "choices": [{"message": {"role": "assistant", "content": "word"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": words, "completion_tokens": tokens},
        }

    def _send(self, body: object, status: bytes = b"200 OK") -> None:
        data = json.dumps(body).encode()
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data))
        if self._transport and not self._transport.is_closing():
            self._transport.write(head + data)


async def main(service_s: float, stall_at_s: float, stall_s: float) -> None:
    """Serve until the process is ended."""
    loop, clock = asyncio.get_running_loop(), Clock(service_s, stall_at_s, stall_s)
    server = await loop.create_server(lambda: Connection(clock, loop), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*map(float, sys.argv[1:4])))
