"""A connection without a network: whatever bytes come, and however they are cut, each request ends as one record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from airectl.load.engine.connection import Connection, Terms
from airectl.load.engine.deadlines import Deadlines
from airectl.load.engine.exchange import End, Exchange, Patience
from airectl.load.feed import Ask
from airectl.load.job import Timeouts
from airectl.load.protocols import protocol
from airectl.load.protocols.interface import Protocol, Settings
from airectl.runs.record import ErrorClass, Record, frames, pack, unpack
from raw_server import DONE, LAST, STREAM, chunk, event, whole

SPOKEN = protocol("openai", Settings())
EVENTS = (event("a"), event("b"), event(finish="stop"), DONE)
WHOLE = b"".join((STREAM, *map(chunk, EVENTS), LAST))
UNFRAMED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b"".join(EVENTS)
ANSWERS = (
    WHOLE,
    UNFRAMED,
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + WHOLE,
    b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
    whole('{"error": {"message": "no"}}', status="429 Too Many Requests", more="Retry-After: 1\r\n"),
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
    b"",
)
PIECES = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 ", b"200", b"\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
    b"Content-Encoding: br\r\n", b"Connection: close\r\n", b"5\r\n", b"0\r\n\r\n", b"ffffffff\r\n", b"\x00", b"data: ",
    b"{}", *map(chunk, EVENTS), b": ping\n\n", b"HTTP/2 200\r\n",
)  # fmt: skip


class Wire(asyncio.Transport):
    """What was written, and whether it was closed."""

    def __init__(self, unsent: int = 0) -> None:
        super().__init__()
        self.closed, self.unsent, self.high = False, unsent, -1

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = -1 if high is None else high

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def write(self, data: Any) -> None:
        assert not self.closed

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@dataclass(slots=True)
class Desk:
    """Keeps what a connection says."""

    due_ns: int = 2**63 - 1
    start_ns: int = 0
    records: list[Record] = field(default_factory=list)
    free: int = 0

    def look(self, now_ns: int) -> None:
        raise AssertionError("nothing is due")

    def ended(self, exchange: Exchange, record: Record) -> None:
        self.records.append(record)

    def freed(self, connection: Connection) -> None:
        self.free += 1

    def lost(self, connection: Connection) -> None:
        pass


def answered(
    parts: list[bytes], *, reset: bool = False, spoken: Protocol = SPOKEN, unsent: int = 0
) -> tuple[Desk, Wire]:
    """One request, its answer in these parts, and then the end of the connection."""
    desk, wire = Desk(), Wire(unsent)
    terms = Terms(Patience.of(Timeouts()), 1_000_000, True, Deadlines())
    line = Connection(desk, terms)
    line.connection_made(wire)
    line.begin(Exchange(Ask(index=0, intended_s=0.0), b"", 0, spoken))
    for part in parts:
        if not wire.closed and part:
            line.data_received(part)
    line.connection_lost(ConnectionResetError() if reset else None)
    return desk, wire


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.sampled_from([WHOLE, UNFRAMED, ANSWERS[2], ANSWERS[3]]), st.lists(st.integers(0, 5000), max_size=40))
def test_an_answer_is_the_same_however_it_is_cut(data: bytes, places: list[int]) -> None:
    desk, _ = answered(cut(data, places))
    (record,) = desk.records
    assert not record.error, record.message
    assert (record.output_tokens, record.finish_reason, len(record.chunk_us)) == (2, "stop", 2)
    assert desk.free == (data is not UNFRAMED), "only an answer with an end leaves the connection to the next"


@given(
    st.lists(st.sampled_from((*ANSWERS, *PIECES)) | st.binary(max_size=20), max_size=12),
    st.lists(st.integers(0, 5000), max_size=6),
    st.booleans(),
)
@example([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"], [], False)
@example([WHOLE, WHOLE], [], False)
@example([WHOLE, b"garbage"], [], True)
def test_any_bytes_end_as_one_record(parts: list[bytes], places: list[int], reset: bool) -> None:
    desk, _ = answered(cut(b"".join(parts), places), reset=reset)
    (record,) = desk.records
    (body,) = frames(b"airectl run 1\n" + pack(record))
    assert body is not None
    assert unpack(body) == record
    assert record.end_ns >= record.sent_ns
    if not record.error:
        assert record.finish_reason or record.output_tokens > 0


@given(st.sampled_from(ANSWERS), st.integers(0, 2000))
def test_an_answer_that_is_cut_off_is_no_success(data: bytes, length: int) -> None:
    desk, _ = answered([data[:length]], reset=True)
    (record,) = desk.records
    says_it_is_complete = b'"finish_reason": "stop"' in data[:length]
    assert says_it_is_complete or record.error


def test_whoever_gives_up_has_one_record_too() -> None:
    desk, wire = Desk(), Wire()
    line = Connection(desk, Terms(Patience.of(Timeouts()), 1_000_000, True, Deadlines()))
    line.connection_made(wire)
    line.begin(Exchange(Ask(index=0), b"", 0, SPOKEN))
    line.data_received(WHOLE[:100])
    line.abandon(End(ErrorClass.CANCELLED, "over"))
    line.connection_lost(None)
    assert [each.error for each in desk.records] == [ErrorClass.CANCELLED]
    assert wire.closed


def test_an_answer_without_a_length_that_is_reset_is_cut_off() -> None:
    plain = protocol("http", Settings())
    head = b"HTTP/1.1 200 OK\r\n\r\nhalf of an ans"
    assert [each.error for each in answered([head], spoken=plain)[0].records] == [ErrorClass.NONE]
    assert [each.error for each in answered([head], spoken=plain, reset=True)[0].records] == [ErrorClass.TRUNCATED]


def test_an_answer_that_comes_before_all_was_sent_is_the_last_on_its_connection() -> None:
    assert answered([WHOLE])[0].free == 1
    assert answered([WHOLE], unsent=1)[0].free == 0


def test_requests_are_not_kept_for_the_end_of_the_loop_s_turn() -> None:
    """uvloop writes at once what is above this."""
    assert answered([WHOLE])[1].high == 0
