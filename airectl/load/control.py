"""Questions to the server beside the load: is it there, which models does it have, what do its metrics say."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

import httpx

from airectl.env import Stop
from airectl.net.http_client import Answered, Broken, Client, Ended, Event, PackedError, Piece, Question, TooLargeError

LIMIT_BYTES: Final = 16 * 1024 * 1024
CONNECT_S: Final = 10.0


class ControlError(Exception):
    """There was no answer; the message says why, in a few words. `untrusted`: by the server's certificate."""

    def __init__(self, message: str, *, untrusted: bool = False) -> None:
        super().__init__(message)
        self.untrusted = untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole answer."""

    status: int
    text: str


def fetch(client: Client, question: Question, limit_s: float, stop: Stop) -> Fetched:
    """Ask, and wait no longer than `limit_s`. Raises ControlError, and StoppedError when the user asks to end."""
    until_s = monotonic() + limit_s
    status, data = 0, bytearray()
    with client.ask(question, stop) as call:
        while True:
            event: Event | None = call.next(until_s)
            match event:
                case None:
                    raise ControlError(f"no complete answer within {limit_s:g} s")
                case Answered():
                    status = event.status
                case Piece():
                    data += event.data
                case Ended():
                    return Fetched(status=status, text=data.decode("utf-8", "replace"))
                case Broken():
                    raise _why(event.error)


def _why(error: Exception) -> ControlError:
    """In words: what httpx wraps is what the operating system or TLS said."""
    if isinstance(error, TooLargeError | PackedError):
        return ControlError(str(error) or "a compressed answer, although that was declined")
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return ControlError("connection refused")
        if isinstance(cause, ssl.SSLError):
            said = getattr(cause, "verify_message", "")
            message = f"its certificate is not trusted: {said}" if said else "TLS failed"
            return ControlError(message, untrusted=bool(said))
        if isinstance(cause, OSError) and cause.strerror:
            return ControlError(cause.strerror.lower())
    if isinstance(error, httpx.ConnectTimeout):
        return ControlError(f"no connection within {CONNECT_S:g} s")
    return ControlError("the connection was closed before the answer was complete")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those below it, from the top down."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
