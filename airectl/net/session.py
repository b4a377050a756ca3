"""A session of requests that keeps to the policy, for libraries that bring none of their own.

It goes to one server, verified, with that server's credentials; it follows no redirect, keeps no cookie,
reads no proxy, no netrc and no bundle from the environment, never tries again by itself, and takes an answer
up to a size. Any answer but 200 is a StatusError.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, InsecureRequestWarning
from urllib3.util.retry import Retry

from airectl import __version__
from airectl.net import flight
from airectl.net.urls import Endpoint

_CHUNK: Final = 256 * 1024
# The body of a refusal is a sentence, or a page that nobody reads.
_REFUSAL: Final = 64 * 1024
_CONNECT_S: Final = 10.0


class StatusError(Exception):
    """The server answered with another status than 200; `body` is its first part."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status, self.headers, self.body = status, headers, body


class TooLargeError(Exception):
    """The answer is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an answer of more than {limit:,} bytes")
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a session talks: `headers` go with every request, `decode` is what `json()` does with an answer.

    `parallel` is the number of connections, `limit_bytes` the size of an answer, unpacked.
    """

    headers: Mapping[str, str]
    context: ssl.SSLContext | None
    decode: Callable[[bytes], Any]
    parallel: int
    limit_bytes: int


class Session(requests.Session):
    """A session for `endpoint` alone."""

    def __init__(self, endpoint: Endpoint, terms: Terms) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": f"airectl/{__version__}", "Accept": "application/json", **terms.headers})
        if endpoint.origin.loopback:
            self.headers["Accept-Encoding"] = "identity"  # packing costs more than the way saves
        if terms.context and terms.context.verify_mode is ssl.CERT_NONE:
            urllib3.disable_warnings(InsecureRequestWarning)  # whoever wants it so is told by a finding
        self._endpoint, self._terms = endpoint, terms
        self._posts = True
        self.adopt()

    def adopt(self) -> None:
        """Take all requests again, after a library mounted an adapter of its own."""
        self.adapters.clear()
        self.mount(str(self._endpoint), _Adapter(self._terms))

    def request(  # type: ignore[override]  # two dozen options, passed on as they come
        self, method: str, url: str, **given: Any
    ) -> requests.Response:
        """As requests does it, under the policy. What a POST says stands in its body, which no proxy logs."""
        params = given.pop("params", None)
        if method == "POST" and self._posts:
            try:
                return self._request("POST", url, {**given, "data": params})
            except StatusError as error:
                if error.status != HTTPStatus.METHOD_NOT_ALLOWED:
                    raise
                self._posts = False  # a proxy that lets nothing be written takes the same question as a GET
        return self._request("GET", url, {**given, "params": params})

    def _request(self, method: str, url: str, given: dict[str, Any]) -> requests.Response:
        given |= {"allow_redirects": False, "stream": True, "timeout": (_CONNECT_S, None)}
        with super().request(method, url, **given) as response:
            if response.status_code != HTTPStatus.OK:
                raise StatusError(response.status_code, response.headers, _start(response))
            answer = _Answer(_whole(response, self._terms.limit_bytes), self._terms.decode)
            answer.headers = response.headers
            return answer


class _Answer(requests.Response):
    """A complete answer."""

    def __init__(self, body: bytes, decode: Callable[[bytes], Any]) -> None:
        super().__init__()
        self.status_code = HTTPStatus.OK
        self._content, self._decode = body, decode

    def json(self, **_options: Any) -> Any:
        return self._decode(self.content)


def _whole(response: requests.Response, limit: int) -> bytes:
    chunks, size = [], 0
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise TooLargeError(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _start(response: requests.Response) -> bytes:
    """The first part of a refusal's body; what cannot be read of it is not missed."""
    with suppress(HTTPError):
        return bytes(response.raw.read(_REFUSAL, decode_content=True))
    return b""


class _Adapter(HTTPAdapter):
    """Connections that can be cut, under our own TLS."""

    def __init__(self, terms: Terms) -> None:
        self._context = terms.context
        super().__init__(pool_maxsize=terms.parallel, max_retries=Retry(total=0, redirect=False))

    def init_poolmanager(self, *args: Any, **given: Any) -> None:
        if self._context:
            given["ssl_context"] = self._context
        super().init_poolmanager(*args, **given)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def cert_verify(self, *_given: Any) -> None:
        """Nothing: the context knows whom it trusts."""

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_given: Any, **_named: Any
    ) -> HTTPConnectionPool:
        """A connection of our own pools; no proxy is looked for."""
        pool: HTTPConnectionPool = self.poolmanager.connection_from_url(str(request.url))
        return pool


def _hold(connection: HTTPConnection) -> None:
    under_way = flight.current()
    if under_way:
        under_way.hold(lambda: connection.sock)


class _Http(HTTPConnection):
    def connect(self) -> None:
        _hold(self)
        super().connect()

    def request(self, *args: Any, **given: Any) -> None:
        _hold(self)
        super().request(*args, **given)


class _Https(HTTPSConnection):
    def connect(self) -> None:
        _hold(self)
        super().connect()

    def request(self, *args: Any, **given: Any) -> None:
        _hold(self)
        super().request(*args, **given)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https
