"""Server-sent events from bytes, however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.sse import Event, Reader, SseError


def read(stream: bytes, *cuts: int) -> tuple[list[Event], bool]:
    reader, events, start = Reader(), [], 0
    for cut in (*sorted(cuts), len(stream)):
        events += reader.feed(stream[start:cut])
        start = cut
    return events, reader.end()


def test_the_examples_of_the_standard() -> None:
    # https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    stocks = b"data: YHOO\ndata: +2\ndata: 10\n\n"
    assert read(stocks) == ([Event("YHOO\n+2\n10")], True)
    four = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
    assert read(four)[0] == [Event("first event", "", "1"), Event("second event"), Event(" third event")]
    assert read(b"data\n\ndata\ndata\n\ndata:")[0] == [Event(""), Event("\n")]
    assert read(b"data:test\n\ndata: test\n\n")[0] == [Event("test"), Event("test")]


def test_the_end_of_a_chat_completion() -> None:
    stream = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
    assert [event.data for event in read(stream)[0]] == ['{"choices":[{"delta":{"content":"Hi"}}]}', "[DONE]"]


def test_names_hold_for_one_event_and_ids_until_the_next() -> None:
    stream = b"event: error\nid: 7\ndata: x\n\ndata: y\n\nevent: lost\n\ndata: z\nid: \0\n\n"
    assert read(stream)[0] == [Event("x", "error", "7"), Event("y", "", "7"), Event("z", "", "7")]


def test_a_stream_that_breaks_off_within_an_event_did_not_end() -> None:
    assert read(b"data: a\n\ndata: b\n") == ([Event("a")], False)
    assert read(b"data: a\n\ndat") == ([Event("a")], False)
    assert read(b"data: a\n\n: a comment\n\n") == ([Event("a")], True)
    assert read(b"data: a\r\r") == ([Event("a")], True)
    assert read(b"") == ([], True)
    assert read(b"data: a\r\n\ndata: b\r\n\r\n", 8, 9, 10) == ([Event("a"), Event("b")], True)


def test_a_byte_order_mark_may_begin_the_stream_only() -> None:
    assert read(b"\xef\xbb\xbfdata: a\n\n", 1, 2)[0] == [Event("a")]
    assert read(b"data: a\n\n\xef\xbb\xbfdata: b\n\n")[0] == [Event("a")]


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 100, b"data: 1234567\n" * 20, b"x" * 100])
def test_an_event_has_a_largest_size(stream: bytes) -> None:
    reader = Reader(max_event_bytes=64)
    with pytest.raises(SseError, match="larger than 64 bytes"):
        reader.feed(stream)


_lines = st.lists(
    st.sampled_from([b"data: a", b"data:b", b"data: \xc3\xa9", b"", b"", b": c", b"event: e", b"id: 1", b"odd"]),
    max_size=12,
)


@given(_lines, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 120), max_size=8))
def test_neither_cuts_nor_ends_of_lines_change_the_events(lines: list[bytes], end: bytes, cuts: list[int]) -> None:
    plain = b"".join(line + b"\n" for line in lines)
    other = b"".join(line + end for line in lines)
    assert read(other, *(cut for cut in cuts if cut < len(other))) == read(plain)
