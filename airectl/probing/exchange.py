"""One request and all that can come of it, by its deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from airectl.core.completion import Completion, Fault
from airectl.env import Stop
from airectl.net.http_client import (
    Answered,
    Broken,
    Call,
    Client,
    PackedError,
    Piece,
    Question,
    Sent,
    TooLargeError,
)
from airectl.probing import connections, statuses
from airectl.probing.protocols.interface import Protocol, Reader
from airectl.probing.reasons import OF_FAULT, Failure, Reason

# The body of a refusal is a sentence, or a page that nobody reads.
_REFUSAL: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait: for the connection, for the first token after the request, between two, for all of it."""

    connect_s: float = 10.0
    first_token_s: float = 30.0
    stall_s: float = 15.0
    total_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of a request. `connect_s` is how long the connection took, None if it never stood.

    `completion` is the answer as far as it came; times in it count from the first byte of the request.
    """

    connect_s: float | None = None
    completion: Completion | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom to ask, in which way, and for how long."""

    client: Client
    protocol: Protocol
    patience: Patience
    stop: Stop


def exchange(asking: Asking, question: Question, *, status: int = HTTPStatus.OK) -> Exchange:
    """Ask, and read the answer, which should have this status. Raises StoppedError when the user asks to end."""
    with asking.client.ask(question, asking.stop) as call:
        return _Reading(call, asking, status).run()


class _Reading:
    """The state of one exchange."""

    def __init__(self, call: Call, asking: Asking, wanted: int) -> None:
        self._call, self._wanted = call, wanted
        self._protocol, self._patience = asking.protocol, asking.patience
        self._sent_s: float | None = None
        self._answered: Answered | None = None
        self._refusal = b""
        self._reader: Reader | None = None

    def run(self) -> Exchange:
        """Until the answer ends, breaks off or comes too late."""
        while True:
            until_s, reason = min(self._deadlines())
            event = self._call.next(until_s)
            if event is None:
                return self._late(reason)
            match event:
                case Sent():
                    self._sent_s = event.at_s
                case Answered():
                    self._answer(event)
                case Piece():
                    self._take(event)
                case Broken():
                    return self._broken(event.error)
                case _:
                    return self._ended()
            if self._reader is not None and self._reader.done:
                return self._ended()

    def _deadlines(self) -> Iterator[tuple[float, Reason]]:
        """Until when something has to happen, and what it is if nothing does."""
        patience = self._patience
        yield self._call.begun_s + patience.total_s, Reason.TIMEOUT
        if self._sent_s is None:
            yield self._call.begun_s + patience.connect_s, Reason.CONNECT_TIMEOUT
        elif self._protocol.streams:
            content_s = self._reader.content_s if self._reader else None
            if content_s is None:
                yield self._sent_s + patience.first_token_s, Reason.FIRST_TOKEN_TIMEOUT
            else:
                yield content_s + patience.stall_s, Reason.STALL

    def _answer(self, event: Answered) -> None:
        self._answered = event
        if event.status == self._wanted:
            self._reader = self._protocol.reader(event.headers, self._sent_s or self._call.begun_s)

    def _take(self, event: Piece) -> None:
        if self._reader is not None:
            self._reader.take(event.data, event.at_s)
        else:
            self._refusal = (self._refusal + event.data)[:_REFUSAL]

    def _ended(self) -> Exchange:
        """HTTP is content; what the stream says may be otherwise."""
        if self._reader is None:
            return self._exchange(self._refused())
        completion = self._reader.end(whole=True)
        if completion.faults:
            return self._exchange(_of_fault(completion), completion)
        return self._exchange(None, completion)

    def _refused(self) -> Failure:
        if self._answered is None:
            return _closed("the connection was closed before the answer")
        return statuses.failure(self._answered.status, self._answered.headers, self._refusal)

    def _late(self, reason: Reason) -> Exchange:
        reader = self._reader
        if reason is Reason.STALL and reader is not None and reader.finished:
            return self._ended()  # the answer is complete, and nobody closed the stream
        if self._answered is not None and reader is None:
            return self._exchange(self._refused())
        return self._exchange(_too_late(reason, self._patience), self._so_far())

    def _broken(self, error: Exception) -> Exchange:
        if self._sent_s is None:
            return self._exchange(connections.failure(error))
        if self._reader is None:
            return self._exchange(self._refused())
        completion = self._reader.end(whole=False)
        if isinstance(error, TooLargeError):
            help = "a golden prompt has a short answer: does the server know `max_tokens`?"
            return self._exchange(Failure(reason=Reason.TOO_LARGE, said=str(error), help=help), completion)
        if isinstance(error, PackedError):
            help = "look at the proxies before the server: what is packed comes late and in lumps"
            return self._exchange(Failure(reason=Reason.MALFORMED, said="the answer came packed, unasked", help=help))
        if completion.faults and completion.faults[0][0] is not Fault.TRUNCATED:
            return self._exchange(_of_fault(completion), completion)
        return self._exchange(_closed("the connection was closed within the answer"), completion)

    def _so_far(self) -> Completion | None:
        return self._reader.end(whole=False) if self._reader else None

    def _exchange(self, failure: Failure | None, completion: Completion | None = None) -> Exchange:
        connect_s = None if self._sent_s is None else self._sent_s - self._call.begun_s
        return Exchange(connect_s=connect_s, completion=completion, failure=failure)


def _of_fault(completion: Completion) -> Failure:
    fault, said = completion.faults[0]
    told = {
        Fault.ERROR_PAYLOAD: f"an error in the stream, behind a status 200: {said}",
        Fault.MALFORMED: f"no chunk of an answer, behind a status 200: {said}",
    }
    return Failure(reason=OF_FAULT[fault], said=told.get(fault, said), help="look at the server's log")


def _closed(said: str) -> Failure:
    return Failure(
        reason=Reason.RESET, said=said, help="look at the server's log: did a worker die, or a proxy time out?"
    )


def _too_late(reason: Reason, patience: Patience) -> Failure:
    said, help = {
        Reason.CONNECT_TIMEOUT: (
            f"no connection within {patience.connect_s:g} s",
            "check the address; a firewall or a missing VPN lets one wait",
        ),
        Reason.FIRST_TOKEN_TIMEOUT: (
            f"no token within {patience.first_token_s:g} s",
            "look at the server's queue; `--first-token-timeout` waits for longer",
        ),
        Reason.STALL: (
            f"nothing for {patience.stall_s:g} s after a token",
            "look at preemptions and at the engine; `--stall-timeout` waits for longer",
        ),
        Reason.TIMEOUT: (f"no complete answer within {patience.total_s:g} s", "`--timeout` waits for longer"),
    }[reason]
    return Failure(reason=reason, said=said, help=help)
