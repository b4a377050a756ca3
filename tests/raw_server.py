"""A server on loopback that sends exactly the bytes it is told, when it is told, and keeps what it was sent.

A script is what happens on one connection after each request: bytes are sent, a number is a pause in seconds, HOLD
keeps the connection open until the test is over, CLOSE and RESET end it. What follows NEXT is for the next request
of the same connection; without it the connection stays open for another script.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Do(Enum):
    """What a script does beside sending."""

    HOLD = "hold"
    CLOSE = "close"
    RESET = "reset"


Act = bytes | float | Do
Script = Sequence[Act]
# What is answered to a request, by its number on its connection and over all, counted from 0, and by what it says.
Scripts = Callable[[int, int, bytes], Script]


@dataclass(slots=True)
class Raw:
    """The server. `requests` are heads and bodies as they came."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list[Any]:
        """The JSON bodies of all requests."""
        return [json.loads(each.partition(b"\r\n\r\n")[2]) for each in self.requests]


@contextmanager
def raw_server(scripts: Scripts, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Raw]:
    """A server that follows `scripts`."""
    raw = Raw()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, 0))
        listener.listen(256)
        raw.port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, raw, scripts, tls), daemon=True).start()
        try:
            yield raw
        finally:
            raw.over.set()
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, raw: Raw, scripts: Scripts, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        raw.connections += 1
        threading.Thread(target=_serve, args=(line, raw, scripts, tls), daemon=True).start()


def _serve(line: socket.socket, raw: Raw, scripts: Scripts, tls: ssl.SSLContext | None) -> None:
    number = 0
    with suppress(OSError):
        line.settimeout(30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            line = tls.wrap_socket(line, server_side=True)
        with line:
            while (request := _request(line)) is not None:
                total = len(raw.requests)
                raw.requests.append(request)
                if not all(_act(line, raw, act) for act in scripts(number, total, request)):
                    return
                number += 1


def _act(line: socket.socket, raw: Raw, act: Act) -> bool:
    """Do one thing; whether the connection goes on."""
    if isinstance(act, bytes):
        line.sendall(act)
        return True
    if isinstance(act, float):
        return not raw.over.wait(act)
    if act is Do.HOLD:
        raw.over.wait(30)
    if act is Do.RESET:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _request(line: socket.socket) -> bytes | None:
    data = b""
    while b"\r\n\r\n" not in data:
        got = line.recv(65536)
        if not got:
            return None
        data += got
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(each[15:]) for each in head.split(b"\r\n") if each.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        got = line.recv(65536)
        if not got:
            return None
        body += got
    return head + b"\r\n\r\n" + body


def event(text: str | None = None, *, finish: str | None = None, model: str = "m", **more: Any) -> bytes:
    """One chunk of a chat, as an event."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"model": model, "choices": [choice], **more}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """As a chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def stream(*events: bytes) -> list[Act]:
    """A whole stream of these events."""
    return [STREAM, *map(chunk, events), LAST]


def good(*texts: str) -> list[Act]:
    """An answer in order."""
    return stream(*(event(text) for text in texts or ("a", "b")), event(finish="stop"), DONE)


def whole(body: bytes | str, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """An answer of known length."""
    data = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
    return head.encode() + data
