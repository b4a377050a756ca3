"""One request for tokens, from its submission to the last byte of its answer, faults included."""

from __future__ import annotations

import asyncio
import time
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from airectl.core.replica.scheduler import Ask, Job
from airectl.sim import prompts, wire, wording
from airectl.sim.faults import Fault, Kind
from airectl.sim.http_requests import Request
from airectl.sim.pace import Pace
from airectl.sim.questions import Kind as Asked
from airectl.sim.questions import Question
from airectl.sim.wording import Answer

# A stream breaks in place of this token, or of its last one.
_BREAKS_AT: Final = 2
_ENDLESS_GAP_S: Final = 0.01
_OTHER_MODEL: Final = "another-model"
_BROKEN: Final = b'data: {"choices":[{"index":0,"delta":{"con\n\n'
_FAILED: Final = b'{"error":{"message":"the engine is dead","type":"InternalServerError","param":null,"code":500}}'
_STREAM_BREAKS: Final = frozenset((
    Kind.STALL, Kind.TRUNCATE, Kind.CUT, Kind.RESET, Kind.MALFORMED, Kind.ERROR, Kind.ENDLESS,
))  # fmt: skip
_LATE: Final = frozenset((Kind.SLOW_HEADERS, Kind.SLOW_FIRST_TOKEN))


class Line(typing.Protocol):
    """The connection, as an exchange sees it."""

    @property
    def paused(self) -> bool:
        """Whether the client does not keep up."""

    def send(self, data: bytes) -> None:
        """Hand bytes to the operating system, or keep them until it takes them."""

    def hang_up(self, *, reset: bool) -> None:
        """Close the connection after what was sent, or at once with a reset."""

    def finished(self) -> None:
        """The answer is complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an answer is given: what it says, how it is written, what goes wrong, and whether events carry times."""

    question: Question
    answer: Answer
    form: wire.Form
    keys: tuple[int, ...] = ()
    fault: Fault | None = None
    stamped: bool = False

    @property
    def kind(self) -> Kind | None:
        """Which fault."""
        return self.fault.kind if self.fault else None


class Exchange:
    """An answer that is being given. `ended` is called once: with the reason that vLLM would count."""

    def __init__(self, line: Line, request: Request, terms: Terms, pace: Pace) -> None:
        self._line, self._request, self._terms, self._pace = line, request, terms, pace
        self._job: Job | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent = 0
        self._held: list[bytes] | None = None
        self._over = False
        self._before, self._behind = terms.form.pieces(stamped=terms.stamped)
        tokens = terms.answer.tokens
        breaks = terms.kind in _STREAM_BREAKS
        self._break_at = min(_BREAKS_AT, tokens - 1) if breaks else -1
        self.tokens = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Submit the request. Raises TooLongError and QueueFullError, and then nothing was sent."""
        self._loop = loop
        fault = self._terms.fault
        if fault and fault.kind in _LATE and fault.seconds:
            if fault.kind is Kind.SLOW_FIRST_TOKEN and self._terms.question.stream:
                self._open()
            self._timer = loop.call_later(fault.seconds, self._late)
            return
        self._submit()
        self._open()

    def _late(self) -> None:
        """A slow answer begins."""
        self._timer = None
        if self._terms.kind is Kind.SLOW_HEADERS:
            self._open()
        self._submit()

    def _submit(self) -> None:
        question, empty = self._terms.question, self._terms.kind is Kind.EMPTY
        tokens = 0 if question.kind is Asked.EMBEDDING or empty else self._terms.answer.tokens
        ask = Ask(prompt_tokens=question.prompt_tokens, output_tokens=tokens, keys=self._terms.keys)
        told = self._stream_token if question.stream and not empty else self._count
        self._job = self._pace.submit(ask, told)

    def _open(self) -> None:
        """The head of a stream, and the role of a chat."""
        if self._terms.question.stream:
            self._line.send(wire.stream_head(keep=self._request.keep, chunks=self._request.chunks))
            if self._terms.form.chat:
                self._write(self._terms.form.role())

    def cancel(self) -> None:
        """The client went away."""
        self._end("abort")

    def _end(self, reason: str) -> None:
        """It is over: free what it holds and count it, once."""
        if self._over:
            return
        self._over = True
        if self._timer:
            self._timer.cancel()
        if self._job:
            self._pace.cancel(self._job)
            self._pace.metrics.end(self._job, reason, self._terms.question.wanted.limit)

    def _write(self, event: bytes) -> None:
        data = wire.chunk(event) if self._request.chunks else event
        if self._held is None:
            self._line.send(data)
        else:
            self._held.append(data)

    def _stream_token(self) -> None:
        """One more token of a stream. This runs for every token there is: it makes one write."""
        number = self.tokens
        self.tokens = number + 1
        if number == self._break_at:
            self._break()
            return
        event = self._before + self._terms.answer.piece(number) + self._behind
        if self._terms.stamped:
            event += b"%d}\n\n" % time.monotonic_ns()
        data = b"%x\r\n%b\r\n" % (len(event), event) if self._request.chunks else event
        if self.tokens >= self._terms.answer.tokens:
            data += self._ending()
        if self._held is None:
            self._line.send(data)
        else:
            self._held.append(data)
        if self.tokens >= self._terms.answer.tokens and self._held is None:
            self._done()

    def _count(self) -> None:
        """One more token of an answer that is sent as a whole, or its end."""
        self.tokens += 1
        if self._job is None or self._job.done:
            self._whole()

    def _ending(self) -> bytes:
        """What follows the last token."""
        terms = self._terms
        events = [terms.form.end(terms.answer.finish)]
        if terms.question.usage:
            events.append(terms.form.usage(self._usage()))
        return self._closed([*events, wire.DONE])

    def _closed(self, events: list[bytes]) -> bytes:
        """Events, and the end of the body."""
        if not self._request.chunks:
            return b"".join(events)
        return b"".join(map(wire.chunk, events)) + wire.LAST_CHUNK

    def _usage(self) -> dict[str, int]:
        cached = self._job.cached if self._job else 0
        return wire.usage(self._terms.question.prompt_tokens, self.tokens, cached)

    def _done(self, reason: str = "") -> None:
        self._end(reason or self._terms.answer.finish)
        self._line.finished()

    def _break(self) -> None:
        """What happens in place of a token of a stream."""
        breaks: dict[Kind, Callable[[], None]] = {
            Kind.STALL: self._stall,
            Kind.TRUNCATE: lambda: self._last(b"", "abort"),
            Kind.MALFORMED: lambda: self._last(_BROKEN, "error"),
            Kind.ERROR: lambda: self._last(b"data: " + _FAILED + b"\n\n", "error"),
            Kind.CUT: lambda: self._hang_up(reset=False),
            Kind.RESET: lambda: self._hang_up(reset=True),
            Kind.ENDLESS: self._go_on,
        }
        if self._terms.kind:
            breaks[self._terms.kind]()

    def _last(self, event: bytes, reason: str) -> None:
        """The body ends with this event, or right here."""
        if event and self._request.chunks:
            event = wire.chunk(event)
        self._line.send(event + (wire.LAST_CHUNK if self._request.chunks else b""))
        self._done(reason)

    def _hang_up(self, *, reset: bool) -> None:
        self._end("abort")
        self._line.hang_up(reset=reset)

    def _stall(self) -> None:
        """Keep what comes, for a time or for ever."""
        self._break_at = -1
        self._held = []
        self.tokens -= 1
        if self._terms.fault and self._terms.fault.seconds is not None:
            self._timer = self._loop.call_later(self._terms.fault.seconds, self._resume)
        self._stream_token()

    def _resume(self) -> None:
        self._timer = None
        held, self._held = self._held or [], None
        self._line.send(b"".join(held))
        if self.tokens >= self._terms.answer.tokens:
            self._done()

    def _go_on(self) -> None:
        """Tokens without end, until the client goes away; the replica has nothing to do with it any more."""
        if self._job and not self._job.done:
            self._pace.cancel(self._job)
        if not self._line.paused:
            self._write(self._before + self._terms.answer.piece(self.tokens) + self._tail())
            self.tokens += 1
        self._timer = self._loop.call_later(_ENDLESS_GAP_S, self._go_on)

    def _tail(self) -> bytes:
        return self._behind + (b"%d}\n\n" % time.monotonic_ns() if self._terms.stamped else b"")

    def _whole(self) -> None:
        """The answer at once, or what comes in its place."""
        terms = self._terms
        if terms.question.stream:  # an empty stream: it ends, and nothing came before
            self.tokens = 0
            self._line.send(self._ending())
            self._done()
            return
        if terms.kind in (Kind.STALL, Kind.ENDLESS):
            if terms.fault and terms.fault.seconds is not None:
                self._timer = self._loop.call_later(terms.fault.seconds, self._answer)
            return
        self._answer()

    def _answer(self) -> None:
        body, kind = self._body(), self._terms.kind
        if kind is Kind.RESET:
            self._hang_up(reset=True)
            return
        if kind is Kind.MALFORMED:
            body = body[: len(body) // 2]
        if kind is Kind.ERROR:
            body = _FAILED
        data = wire.whole(200, body, keep=self._request.keep)
        if kind is Kind.CUT:
            self._line.send(data[: -len(body) // 2])
            self._hang_up(reset=False)
            return
        self._line.send(data)
        self._done("error" if kind in (Kind.ERROR, Kind.MALFORMED) else "")

    def _body(self) -> bytes:
        terms = self._terms
        if terms.question.kind is Asked.EMBEDDING:
            self.tokens = 0
            return wire.embeddings(terms.question, terms.form.id, terms.form.created, terms.form.model)
        if terms.kind is Kind.EMPTY:
            self.tokens = 0
        text = terms.answer.text if self.tokens else ""
        finish = None if terms.kind is Kind.TRUNCATE else terms.answer.finish
        return terms.form.answer(text, finish, self._usage())


def model_named(model: str, fault: Fault | None) -> str:
    """What an answer says that it is of."""
    return _OTHER_MODEL if fault and fault.kind is Kind.WRONG_MODEL else model


def said(question: Question, seed: int, median_tokens: int, fault: Fault | None) -> Answer:
    """The answer to a question."""
    answer = wording.answer(seed, question.said, question.wanted, median_tokens)
    return wording.gibberish(answer) if fault and fault.kind is Kind.GIBBERISH else answer


def keys_of(question: Question, block_tokens: int) -> tuple[int, ...]:
    """The keys of a prompt's blocks; inputs of embeddings share nothing."""
    return prompts.keys(question.texts[0], block_tokens) if question.kind is not Asked.EMBEDDING else ()
