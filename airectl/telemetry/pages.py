"""The text of a `/metrics` page: from a server, a file or stdin."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from signal import SIGINT
from time import monotonic
from typing import TYPE_CHECKING, Final

from airectl.env import Env
from airectl.errors import Interrupted, Unreachable, UsageError
from airectl.net.urls import Endpoint, UrlError, endpoint, place_of

if TYPE_CHECKING:
    from airectl.net.http_client import Answered, Call

STDIN: Final = "-"
MAX_BYTES: Final = 64 * 1024 * 1024
_PATH: Final = "/metrics"
_TIMEOUT_S: Final = 30.0
_CONNECT_S: Final = 10.0
# What Prometheus sends, without protobuf: no one could read that here.
_ACCEPT: Final = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
_OPEN_METRICS: Final = "application/openmetrics-text"
_EXAMPLE: Final = "http://127.0.0.1:8000/metrics"
_TOO_LARGE: Final = "a server's page has a few megabytes at most: is this one of its logs, or a gateway's?"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What was read. `where` is how the page is called in messages; `open_metrics`: the server says it is that."""

    where: str
    text: str
    open_metrics: bool = False


def is_url(where: str) -> bool:
    """Whether it is an address, and no file."""
    return "://" in where


def read(where: str, env: Env, *, path: str = _PATH) -> PageText:
    """The page at a URL (at `path` where the URL has none), in a file, or on stdin for `-`.

    Raises UsageError for what cannot be read, Unreachable for a server that does not give its page.
    """
    if is_url(where):
        return _asked(_address(where, path), env)
    name = "<stdin>" if where == STDIN else where
    try:
        data = env.stdin.read(MAX_BYTES + 1) if where == STDIN else _bytes(env, where)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        help = f"name a file, or a URL such as {_EXAMPLE}"
        raise UsageError(f"cannot read `{where}`: {reason}", help=help) from None
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES // 2**20} MiB", help=_TOO_LARGE)
    return PageText(where=name, text=_decoded(data, name))


def _bytes(env: Env, where: str) -> bytes:
    with (env.cwd / where).open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _address(url: str, path: str) -> Endpoint:
    try:
        found = endpoint(url, api="")
    except UrlError as error:
        raise UsageError(str(error), help=error.help.replace("https://prometheus.example.com", _EXAMPLE)) from None
    return found if found.path else Endpoint(found.origin, path)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith(b"\x1f\x8b"):
        raise UsageError(f"{name} is packed with gzip", help="unpack it first: `gzip -dc FILE | airectl ... -`")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        help = "ask for the text format, as `curl -H 'Accept: text/plain' URL` does"
        raise UsageError(f"{name}:{line}: this is no text: byte 0x{data[error.start]:02x}", help=help) from None


def _asked(address: Endpoint, env: Env) -> PageText:
    from airectl.net.credentials import Credentials
    from airectl.net.flight import StoppedError
    from airectl.net.http_client import Client, Question

    client = Client(address, Credentials(), connect_s=_CONNECT_S, limit_bytes=MAX_BYTES)
    try:
        with (
            env.stop.watched(),
            client.ask(Question(path=address.path, accept=_ACCEPT, content_type=""), env.stop) as call,
        ):
            answered, data = _answer(call, str(address))
    except StoppedError:
        raise Interrupted(env.stop.signum or SIGINT) from None
    kind = answered.headers.get("content-type", "").lower()
    return PageText(where=str(address), text=_decoded(data, str(address)), open_metrics=_OPEN_METRICS in kind)


def _answer(call: Call, name: str) -> tuple[Answered, bytes]:
    """The head and the whole body. Raises Unreachable."""
    from airectl.net.http_client import Answered, Broken, Ended, Piece

    until_s = monotonic() + _TIMEOUT_S
    head, body = None, bytearray()
    while (event := call.next(until_s)) is not None:
        if isinstance(event, Answered):
            if event.status != HTTPStatus.OK:
                raise _refused(event, name)
            head = event
        elif isinstance(event, Piece):
            body += event.data
        elif isinstance(event, Broken):
            raise _broken(event.error, name)
        elif isinstance(event, Ended) and head is not None:
            return head, bytes(body)
    raise Unreachable(f"{name} gave no complete page within {_TIMEOUT_S:g} s", help="is it busy?")


def _refused(head: Answered, name: str) -> Unreachable:
    said = f"{name} answered {head.status}"
    if 300 <= head.status < 400 and "location" in head.headers:
        return Unreachable(f"{said}, a redirect to {place_of(head.headers['location'])}", help="give that address")
    if head.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Unreachable(said, help="save the page with a tool that may read it, and give the file")
    if head.status == HTTPStatus.NOT_FOUND:
        return Unreachable(said, help="give the address of the metrics; are they switched on?")
    return Unreachable(said, help="look at the server's log")


def _broken(error: Exception, name: str) -> Unreachable | UsageError:
    from airectl.net.http_client import PackedError, TooLargeError

    if isinstance(error, TooLargeError):
        return UsageError(f"{name} has a page larger than {MAX_BYTES // 2**20} MiB", help=_TOO_LARGE)
    if isinstance(error, PackedError):
        return UsageError(f"{name} sent a packed page, unasked", help="save it unpacked, and give the file")
    reason = (str(error) or type(error).__name__).lower()
    return Unreachable(f"{name} gave no page: {reason}", help="is the server up, and is this its address?")
