"""One request of a load test, as it is kept.

Times are whole nanoseconds of the monotonic clock since the run's start; NEVER is what did not happen. A file of
records begins with MAGIC; each record then stands in a frame of its own: length and CRC-32 of what follows, both
32 bits, little-endian. So whatever ends a run, all but the last record can be read.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

MAGIC: Final = b"airectl run 1\n"
NEVER: Final = -1
LONGEST_TEXT: Final = 200
LARGEST_FRAME: Final = 64 * 1024 * 1024
_FRAME: Final = struct.Struct("<II")
_FIXED: Final = struct.Struct("<qqi 9q iiBB hB BBB II")


class ErrorClass(StrEnum):
    """Why a request failed. The order is that of the format: new ones go to the end."""

    NONE = ""
    CONNECT = "connect"
    TLS = "tls"
    DISCONNECT = "disconnect"  # the connection was closed or reset before the answer's head was complete
    TIMEOUT_CONNECT = "timeout connect"
    TIMEOUT_FIRST_TOKEN = "timeout first token"  # noqa: S105  # tokens of a model
    TIMEOUT_BETWEEN_TOKENS = "timeout between tokens"
    TIMEOUT_TOTAL = "timeout total"
    HTTP_4XX = "http 4xx"
    HTTP_429 = "http 429"
    HTTP_5XX = "http 5xx"
    ERROR_PAYLOAD = "error payload"  # the server says in a 200 that it failed
    MALFORMED = "malformed"  # an answer or a chunk that is none of the protocol's
    TRUNCATED = "truncated"  # it ended before it was complete
    EMPTY = "empty output"
    WRONG_MODEL = "wrong model"
    CANCELLED = "cancelled"  # by the run's own end
    DROPPED = "dropped"  # never sent: as many were in flight as may
    HTTP_3XX = "http 3xx"  # redirects are not followed


class TokenSource(StrEnum):
    """Who counted tokens."""

    NONE = ""
    USAGE = "usage"  # the server
    COUNTED = "counted"  # a tokenizer on this side, or the prompt's known length
    CHUNKS = "chunks"  # one token a chunk is assumed


class Has(IntEnum):
    """Bits of what else is there."""

    QUEUED = 1
    WARM_UP = 2


ERRORS: Final = tuple(ErrorClass)
SOURCES: Final = tuple(TokenSource)


@dataclass(slots=True)
class Record:
    """One request. `index` is its number in the plan, `session` and `turn` its place in a conversation.

    `intended_ns` is when the plan wanted it sent, `sent_ns` when its first byte was handed to the operating system.
    `connected_ns` is when a new connection stood, NEVER where an open one was used. `headers_ns` is the end of the
    answer's head, `first_byte_ns` the first byte of its body. Content is text, reasoning or a tool call;
    `first_answer_ns` is the first content that is not reasoning. `chunk_us` are the times of chunks with content in
    microseconds since `sent_ns`, `chunk_tokens` how many tokens each brought (empty: one each).
    Token counts are NEVER where nobody knows. `queued`: it waited for a place among those in flight.
    """

    index: int
    intended_ns: int
    sent_ns: int = NEVER
    connected_ns: int = NEVER
    headers_ns: int = NEVER
    first_byte_ns: int = NEVER
    first_content_ns: int = NEVER
    first_answer_ns: int = NEVER
    last_content_ns: int = NEVER
    end_ns: int = NEVER
    input_tokens: int = NEVER
    output_tokens: int = NEVER
    input_source: TokenSource = TokenSource.NONE
    output_source: TokenSource = TokenSource.NONE
    status: int = NEVER
    error: ErrorClass = ErrorClass.NONE
    session: int = NEVER
    turn: int = 0
    queued: bool = False
    warm_up: bool = False
    finish_reason: str = ""
    model: str = ""
    message: str = ""
    chunk_us: array[int] = field(default_factory=lambda: array("I"))
    chunk_tokens: array[int] = field(default_factory=lambda: array("H"))

    @property
    def ok(self) -> bool:
        """Whether it was answered as it should be."""
        return not self.error


_TIMES: Final = (
    "intended_ns", "sent_ns", "connected_ns", "headers_ns", "first_byte_ns", "first_content_ns", "first_answer_ns",
    "last_content_ns", "end_ns",
)  # fmt: skip


def pack(record: Record) -> bytes:
    """The record in its frame."""
    texts = [text.encode()[:LONGEST_TEXT] for text in (record.finish_reason, record.model, record.message)]
    flags = Has.QUEUED * record.queued | Has.WARM_UP * record.warm_up
    fixed = _FIXED.pack(
        record.index,
        record.session,
        record.turn,
        record.intended_ns,
        record.sent_ns,
        record.connected_ns,
        record.headers_ns,
        record.first_byte_ns,
        record.first_content_ns,
        record.first_answer_ns,
        record.last_content_ns,
        record.end_ns,
        record.input_tokens,
        record.output_tokens,
        SOURCES.index(record.input_source),
        SOURCES.index(record.output_source),
        record.status,
        ERRORS.index(record.error) << 2 | flags,
        *map(len, texts),
        len(record.chunk_us),
        len(record.chunk_tokens),
    )
    body = b"".join((fixed, *texts, _little(record.chunk_us), _little(record.chunk_tokens)))
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def unpack(body: bytes) -> Record:
    """The record of a frame's content. Raises ValueError for what is none."""
    try:
        fixed = _FIXED.unpack_from(body)
        index, session, turn = fixed[:3]
        inputs, outputs, input_source, output_source, status, kind = fixed[12:18]
        sizes, (chunks, tokens) = fixed[18:21], fixed[21:]
        at = _FIXED.size
        texts = []
        for size in sizes:
            texts.append(body[at : at + size].decode("utf-8", "replace"))
            at += size
        end = at + 4 * chunks
        if end + 2 * tokens != len(body) or tokens not in (0, chunks):
            raise ValueError("the lengths of a record contradict each other")
        return Record(
            index=index,
            **dict(zip(_TIMES, fixed[3:12], strict=True)),
            input_tokens=inputs,
            output_tokens=outputs,
            input_source=SOURCES[input_source],
            output_source=SOURCES[output_source],
            status=status,
            error=ERRORS[kind >> 2],
            session=session,
            turn=turn,
            queued=bool(kind & Has.QUEUED),
            warm_up=bool(kind & Has.WARM_UP),
            finish_reason=texts[0],
            model=texts[1],
            message=texts[2],
            chunk_us=_array("I", body[at:end]),
            chunk_tokens=_array("H", body[end:]),
        )
    except (struct.error, IndexError) as error:
        raise ValueError(f"no record: {error}") from None


def frames(data: bytes) -> Iterator[bytes | None]:
    """The content of each frame of a file's bytes; a last None where what is left is torn or damaged."""
    at = len(MAGIC)
    if data[:at] != MAGIC:
        yield None
        return
    while at < len(data):
        body = b""
        if at + _FRAME.size <= len(data):
            size, crc = _FRAME.unpack_from(data, at)
            body = data[at + _FRAME.size : at + _FRAME.size + size]
            at += _FRAME.size + size
        if not body or at > len(data) or zlib.crc32(body) != crc:
            yield None
            return
        yield body


def _little(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _array(code: str, data: bytes) -> array[int]:
    values = array(code, data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
