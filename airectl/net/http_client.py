"""One request at a time over httpx, under the policy: everything that happens on the way, with its time.

Each request has a connection of its own, to one server, verified and with that server's credentials. No redirect
is followed, no cookie kept, no proxy, netrc or bundle read from the environment, and nothing is tried again. The
bytes of an answer are handed on as they come, up to a size.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, socket
from time import monotonic
from types import TracebackType
from typing import Any, Final

import httpx

from airectl import __version__
from airectl.env import Stop
from airectl.net import tls
from airectl.net.credentials import Credentials
from airectl.net.flight import StoppedError
from airectl.net.urls import Endpoint

_LOOK_EVERY_S: Final = 0.05


class TooLargeError(Exception):
    """The answer is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an answer of more than {limit:,} bytes")
        self.limit = limit


class PackedError(Exception):
    """The answer is compressed, although that was declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request: a POST of `body`, or a GET where there is none. `path` begins at the root of the server."""

    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "*/*"


@dataclass(frozen=True, slots=True)
class Sent:
    """The connection stands, and the first byte of the request goes out. Times are of the monotonic clock."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The status and the headers are there; names are in lower case."""

    at_s: float
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the body, as they came."""

    at_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer is complete, as far as HTTP can tell."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Broken:
    """It went no further; `error` is of httpx, ssl or the operating system, or one of the two above."""

    at_s: float
    error: Exception


Event = Sent | Answered | Piece | Ended | Broken


class Client:
    """Asks `endpoint`. Raises CredentialsError for certificates that are none.

    A connection that does not stand after `connect_s` is given up; an answer may have `limit_bytes`.
    """

    def __init__(self, endpoint: Endpoint, credentials: Credentials, *, connect_s: float, limit_bytes: int) -> None:
        self._endpoint, self._credentials = endpoint, credentials
        self._context = tls.context(credentials) if endpoint.origin.scheme == "https" else None
        self._connect_s, self._limit = connect_s, limit_bytes

    def ask(self, question: Question, stop: Stop) -> Call:
        """Send the request; what comes of it is the call's to tell."""
        request = httpx.Request(
            "GET" if question.body is None else "POST",
            f"{self._endpoint.origin}{question.path}",
            headers=self._headers(question),
            content=question.body,
        )
        request.extensions["timeout"] = {"connect": self._connect_s, "read": None, "write": None, "pool": None}
        return Call(request, self._transport(), self._limit, stop)

    def _headers(self, question: Question) -> dict[str, str]:
        headers = {
            "Accept": question.accept,
            "Accept-Encoding": "identity",
            "User-Agent": f"airectl/{__version__}",
            "Connection": "close",
        }
        if question.body is not None:
            headers["Content-Type"] = question.content_type
        return headers | self._credentials.sent()

    def _transport(self) -> httpx.HTTPTransport:
        """Below httpx's own client, so that none of its conveniences are there: redirects, cookies, proxies."""
        return httpx.HTTPTransport(verify=self._context or _NOBODY, trust_env=False, retries=0)


# What is never used: the way to a server without TLS.
_NOBODY: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Call:
    """A request under way, in a thread of its own. Leaving it as a context cuts the connection."""

    def __init__(self, request: httpx.Request, transport: httpx.HTTPTransport, limit: int, stop: Stop) -> None:
        self.begun_s = monotonic()
        self._limit, self._stop = limit, stop
        self._events: SimpleQueue[Event | BaseException] = SimpleQueue()
        self._held: socket | None = None
        self._cut = False
        request.extensions["trace"] = self._trace
        # A daemon: one that hangs in looking up a name must not keep the process from ending.
        threading.Thread(target=self._run, args=(request, transport), daemon=True).start()

    def next(self, until_s: float) -> Event | None:
        """What happens next; None if nothing did until then. Raises StoppedError when the user asks to end."""
        while not self._stop:
            left_s = until_s - monotonic()
            try:
                event = self._events.get(timeout=max(0.0, min(_LOOK_EVERY_S, left_s)))
            except Empty:
                if left_s <= 0:
                    return None
                continue
            if isinstance(event, BaseException):
                raise event
            return event
        raise StoppedError

    def __enter__(self) -> Call:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Let the thread's read come to its end. Closing would leave it waiting."""
        self._cut = True
        if self._held is not None:
            with suppress(OSError):
                self._held.shutdown(SHUT_RDWR)

    def _run(self, request: httpx.Request, transport: httpx.HTTPTransport) -> None:
        try:
            with transport:
                self._events.put(self._answer(request, transport))
        except (httpx.HTTPError, OSError, TooLargeError, PackedError) as error:
            self._events.put(Broken(monotonic(), error))
        except BaseException as error:  # it is raised again where the events are waited for
            self._events.put(error)
        finally:
            if self._held is not None:
                self._held.close()

    def _answer(self, request: httpx.Request, transport: httpx.HTTPTransport) -> Ended:
        response = transport.handle_request(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._events.put(Answered(monotonic(), response.status_code, headers))
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise PackedError
        size = 0
        for data in response.iter_raw():
            size += len(data)
            if size > self._limit:
                raise TooLargeError(self._limit)
            self._events.put(Piece(monotonic(), data))
        return Ended(monotonic())

    def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        """What httpcore is doing. Source: https://www.encode.io/httpcore/extensions/#trace."""
        if name == "connection.connect_tcp.complete":
            self._hold(info["return_value"].get_extra_info)
        elif name.endswith("send_request_headers.started"):
            self._events.put(Sent(monotonic()))

    def _hold(self, extra: Callable[[str], Any]) -> None:
        """A second handle of the connection: TLS takes the first one away while it shakes hands."""
        self._held = extra("socket").dup()
        if self._cut:
            with suppress(OSError):
                self._held.shutdown(SHUT_RDWR)
