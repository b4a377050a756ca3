"""One request under way, and the record that it ends as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.completion import error_said
from airectl.load.feed import Ask
from airectl.load.job import Timeouts
from airectl.load.protocols.interface import Answer, Head, Protocol
from airectl.runs.record import LONGEST_TEXT, NEVER, ErrorClass, Record

_SECOND_NS: Final = 10**9
# The body of a refusal is a sentence, or a page that nobody reads.
_REFUSAL: Final = 4096
_TOO_MANY: Final = 429
# What an answer that was broken off looks like to its reader; why it was is known here.
_OF_BREAKING: Final = frozenset((ErrorClass.NONE, ErrorClass.TRUNCATED, ErrorClass.EMPTY, ErrorClass.WRONG_MODEL))


@dataclass(frozen=True, slots=True)
class Patience:
    """Timeouts in nanoseconds."""

    first_token: int
    between_tokens: int
    total: int

    @classmethod
    def of(cls, timeouts: Timeouts) -> Patience:
        """Those of a job."""
        limits = (timeouts.first_token_s, timeouts.between_tokens_s, timeouts.total_s)
        return cls(*(int(limit * _SECOND_NS) for limit in limits))


@dataclass(frozen=True, slots=True)
class End:
    """How it ended, if not with a complete answer. `body_cut`: within a body whose length was known."""

    error: ErrorClass
    message: str


class Exchange:
    """One request: waiting, then sent, then answered. Times are of the monotonic clock, in nanoseconds."""

    __slots__ = (
        "_refusal", "answer", "ask", "closed_loop", "connected_ns", "first_byte_ns", "framed", "head", "headers_ns",
        "intended_ns", "packed", "protocol", "queued", "sent_ns", "wire",
    )  # fmt: skip

    def __init__(self, ask: Ask, wire: bytes, intended_ns: int, protocol: Protocol) -> None:
        self.ask, self.wire, self.intended_ns, self.protocol = ask, wire, intended_ns, protocol
        self.queued = self.framed = self.packed = False
        self.sent_ns = self.connected_ns = self.headers_ns = self.first_byte_ns = NEVER
        self.head: Head | None = None
        self.answer: Answer | None = None
        self._refusal = b""

    def begin_answer(self, status: int, headers: Mapping[str, str], at_ns: int) -> None:
        """The head of the answer is there."""
        self.headers_ns = at_ns
        self.head = head = Head(status, headers, self.sent_ns)
        self.framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()
        if self.protocol.succeeds(status):
            self.packed = head.packed
            if not self.packed:
                self.answer = self.protocol.answer(self.ask, head)

    def sink(self) -> Callable[[bytes, int], None]:
        """What takes the body."""
        return self.answer.data if self.answer else self._refuse

    def _refuse(self, data: bytes, _at_ns: int) -> None:
        if len(self._refusal) < _REFUSAL:
            self._refusal += data[:_REFUSAL]

    def deadline(self, patience: Patience) -> tuple[int, ErrorClass]:
        """When it has waited for too long, and for what."""
        total_ns = self.sent_ns + patience.total
        if not self.protocol.streams:
            return total_ns, ErrorClass.TIMEOUT_TOTAL
        content_ns = self.answer.content_ns if self.answer else NEVER
        if content_ns < 0:
            token = self.sent_ns + patience.first_token, ErrorClass.TIMEOUT_FIRST_TOKEN
        else:
            token = content_ns + patience.between_tokens, ErrorClass.TIMEOUT_BETWEEN_TOKENS
        return min(token, (total_ns, ErrorClass.TIMEOUT_TOTAL))

    def record(self, start_ns: int, end_ns: int, end: End | None, *, whole: bool = True) -> Record:
        """What became of it. `end` None: the answer is as complete as `whole` says."""
        ask = self.ask
        record = Record(
            index=ask.index,
            intended_ns=self.intended_ns - start_ns,
            session=ask.session,
            turn=ask.turn,
            queued=self.queued,
            warm_up=ask.warm_up,
        )
        if self.head:
            record.status = self.head.status
            self._read(record, whole=whole)
        if end and record.error in _OF_BREAKING:
            record.error, record.message = end.error, end.message
        record.sent_ns = _since(self.sent_ns, start_ns)
        # A connection may have been opened before the run began.
        record.connected_ns = NEVER if self.connected_ns == NEVER else max(self.connected_ns - start_ns, 0)
        record.headers_ns = _since(self.headers_ns, start_ns)
        record.first_byte_ns = _since(self.first_byte_ns, start_ns)
        record.first_content_ns = _since(record.first_content_ns, start_ns)
        record.first_answer_ns = _since(record.first_answer_ns, start_ns)
        record.last_content_ns = _since(record.last_content_ns, start_ns)
        record.end_ns = end_ns - start_ns
        return record

    def _read(self, record: Record, *, whole: bool) -> None:
        if self.answer:
            self.answer.end(record, whole=whole)
        elif self.packed:
            record.error, record.message = ErrorClass.MALFORMED, "the answer is compressed, although that was declined"
        elif self.head:
            record.error = _class_of(self.head.status)
            record.message = refusal(self.head, self._refusal)


def _since(at_ns: int, start_ns: int) -> int:
    return at_ns - start_ns if at_ns != NEVER else NEVER


def _class_of(status: int) -> ErrorClass:
    """The class of a status that is no success."""
    if status == _TOO_MANY:
        return ErrorClass.HTTP_429
    classes = {3: ErrorClass.HTTP_3XX, 4: ErrorClass.HTTP_4XX, 5: ErrorClass.HTTP_5XX}
    return classes.get(status // 100, ErrorClass.MALFORMED)


def refusal(head: Head, body: bytes) -> str:
    """What a server says where it refuses: its status, when to come back, and its reason."""
    parts = [f"status {head.status}"]
    if after := head.headers.get("retry-after"):
        parts.append(f"retry after {after}")
    if reason := _reason(body):
        parts.append(reason)
    return ": ".join(parts)[:LONGEST_TEXT]


def _reason(body: bytes) -> str:
    import json

    text = body.decode("utf-8", "replace").strip()
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else " ".join(text.split())
    if isinstance(value, dict):
        return error_said(value.get("error") or value.get("detail") or value)
    return " ".join(text.split())
