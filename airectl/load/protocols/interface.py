"""What a protocol is: how an ask becomes a request, and what the bytes of the answer mean.

The engine knows HTTP: connections, statuses, timeouts, answers that are cut off. A protocol sees the bodies of
answers that HTTP calls a success. Times are nanoseconds of the monotonic clock.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.load.feed import Ask
from airectl.runs.record import NEVER, ErrorClass, Record, TokenSource

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
# Clients that offer no compression get none: it would be unpacked where times are taken.
_PLAIN: Final = ("", "identity")


class ProtocolError(Exception):
    """A protocol cannot be used as it was asked for; `help` says what to write."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a protocol is made from. `base` is the path of the address that the user gave, without a slash at its end.

    `wanted_model` is what answers have to say that they are of; empty: nothing is looked at. `options` are the
    protocol's own.
    """

    base: str = ""
    model: str = ""
    wanted_model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A request, in terms of HTTP. `path` begins with a slash; `headers` are more than the engine sends by itself."""

    path: str
    body: bytes = b""
    method: str = "POST"
    content_type: str = JSON
    accept: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with. Header names are in lower case. `sent_ns` is when its request went out."""

    status: int
    headers: Mapping[str, str]
    sent_ns: int

    @property
    def content_type(self) -> str:
        """Of the body, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def packed(self) -> bool:
        """Whether it is compressed, although that was declined."""
        return self.headers.get("content-encoding", "").strip().lower() not in _PLAIN


class Answer(typing.Protocol):
    """Reads the body of one answer.

    `content_ns` is when the last content so far came, NEVER before that. `finished`: it is complete by what it says
    itself, though something may follow.
    """

    content_ns: int

    @property
    def finished(self) -> bool:
        """Whether the server said that the answer is complete."""

    @property
    def text(self) -> str:
        """What was said, for the next turn of a conversation."""

    def data(self, data: bytes, at_ns: int) -> None:
        """The next bytes. Never raises: what is wrong with them is told at the end."""

    def end(self, record: Record, *, whole: bool) -> None:
        """Put times, tokens and, where there is one, the error into the record, whose own times are as yet absolute.

        `whole`: HTTP says that the body is complete.
        """


class Protocol(typing.Protocol):
    """One way to speak to a server. `streams`: answers come token by token, so that there are times between them."""

    streams: bool

    def request(self, ask: Ask) -> Wire:
        """The request for an ask."""

    def succeeds(self, status: int) -> bool:
        """Whether an answer with this status has a body to be read as one."""

    def answer(self, ask: Ask, head: Head) -> Answer:
        """What reads the body."""


def fail(record: Record, error: ErrorClass, message: str) -> None:
    """Say what went wrong, unless something did before."""
    if not record.error:
        record.error, record.message = error, message


def count(record: Record, ask: Ask, given: tuple[int, int], chunks: int) -> None:
    """Tokens as the server counted them: `given` is (input, output), NEVER where it did not.

    In their place: the prompt's known length, and one token for each of `chunks`.
    """
    inputs, outputs = given
    if inputs != NEVER:
        record.input_tokens, record.input_source = inputs, TokenSource.USAGE
    elif ask.input_tokens >= 0:
        record.input_tokens, record.input_source = ask.input_tokens, TokenSource.COUNTED
    if outputs != NEVER:
        record.output_tokens, record.output_source = outputs, TokenSource.USAGE
    elif chunks:
        record.output_tokens, record.output_source = chunks, TokenSource.CHUNKS
