"""The quick reader of streams finds what the patient one finds, however the bytes are cut and whatever they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airectl.core.completion import Fault, Stream
from airectl.core.sse import Reader, SseError
from airectl.load.feed import Ask
from airectl.load.protocols.completion_stream import CompletionStream
from airectl.load.protocols.interface import Head
from airectl.runs.record import NEVER, ErrorClass, Record, TokenSource
from raw_server import DONE, event

SENT_NS = 10**12
US = 1000
CLASS = {
    Fault.ERROR_PAYLOAD: ErrorClass.ERROR_PAYLOAD,
    Fault.MALFORMED: ErrorClass.MALFORMED,
    Fault.TRUNCATED: ErrorClass.TRUNCATED,
    Fault.EMPTY: ErrorClass.EMPTY,
}
OPENING = '"id":"x","model":"m","choices":[{"index":0,"delta":{'
ODD = (
    b"\n", b"\r", b"\r\n", b"\r\r", b": ping\n\n", b":\n", b"data\n\n", b"data:\n\n", b"data: \n\n", b"data:[DONE]\n\n",
    b"data:  [DONE]\n\n", b"data: [DONE]\n", b"data: [DONE] \n\n", b"data: [DONE]\ndata:\n\n", b"event: error\n",
    b"event: message\n", b"id: 7\n", b"retry: 5\n", b"\xef\xbb\xbf", b"data: {\n", b"data: }\n\n", b"data: 7\n\n",
    b"data: null\n\n", b'data: "x"\n\n', b"data: []\n\n", b"data: {}\n\n", b"data: NaN\n\n", b"dat", b"data: \xff\n\n",
    b'data: {"error": "no"}\n\n', b'data: {"error": null, "choices": []}\n\n', b'data: {"choices": [7]}\n\n',
    b'data: {"choices": {"a": 1}}\n\n', b'data: {"choices": "a"}\n\n', b'data: {"choices": [{"delta": 7}]}\n\n',
    b'data: {"choices": [{"delta": {"content": ["a"]}}]}\n\n', b'data: {"choices": [{"text": "t"}]}\n\n',
    b'data: {"choices": [{"delta": {"content": ""}, "text": "t"}]}\n\n',
    b'data: {"choices": [{"delta": {"tool_calls": [{"id": 1}]}}]}\n\n',
    b'data: {"choices": [{"delta": {"reasoning_content": "r"}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"reasoning": ""}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"reasoning_content": 7, "reasoning": "r"}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"reasoning": "r"}, "text": "t"}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"reasoning": "r", "tool_calls": [{}]}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"reasoning": "r", "content": "c"}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "b"}}], "model": "m"}\n\n',
    b'data: {"choices": [], "usage": {"completion_tokens": 7, "prompt_tokens": 3}}\n\n',
    b'data: {"choices": [], "usage": {"completion_tokens": true}}\n\n',
    b'data: {"choices": [], "usage": {"completion_tokens": "7"}}\n\n', b'data: {"choices": [], "usage": 7}\n\n',
    b'data: {"choices": [{"delta": {"content": "\\ud800"}}], "model": "m"}\n\n',
    b'data: {"choices": [{"delta": {"content": "a"}}], "error": {"message": "out of memory"}}\n\n',
    b'data: {"choices": [{"delta": {"content": "\xff"}}], "model": "m"}\n\n', b"data: " + b"[" * 100_000 + b"\n\n",
)  # fmt: skip


def usual(text: str, finish: str | None, usage: int | None) -> bytes:
    """A chunk as servers write it."""
    said = json.dumps(text)
    end = json.dumps(finish)
    counted = "" if usage is None else f',"usage":{{"completion_tokens":{usage}}}'
    return f'data: {{{OPENING}"content":{said}}},"finish_reason":{end}}}]{counted}}}\n\n'.encode()


events = st.one_of(
    st.builds(usual, st.text(max_size=5), st.sampled_from([None, None, None, "stop"]), st.none() | st.integers(0, 99)),
    st.sampled_from(ODD),
    st.just(DONE),
    st.binary(max_size=4),
)


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """A stream, cut anywhere."""
    ends = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])
    data = b"".join(draw(st.lists(events, max_size=12))).replace(b"\n", draw(ends))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def patiently(parts: list[bytes]) -> Any:
    """What airectl.core makes of it: times in microseconds, and the completion."""
    reader, stream, broken = Reader(), Stream(0.0), False
    for number, part in enumerate(parts):
        try:
            for each in [] if broken else reader.feed(part):
                stream.take(each, number * 1e-6)
        except SseError:
            broken = True
    return stream, stream.end(whole=reader.end())


def quickly(parts: list[bytes]) -> tuple[CompletionStream, Record]:
    """What the load engine makes of it."""
    answer = CompletionStream(Ask(index=0, session=1), Head(200, {}, SENT_NS))
    for number, part in enumerate(parts):
        if part:
            answer.data(part, SENT_NS + number * US)
    record = Record(index=0, intended_ns=0)
    answer.end(record, whole=True)
    return answer, record


@settings(max_examples=300)
@given(pieces())
@example([b"data: [DONE]\n\n", b"\xef\xbb\xbfdata: 7\n\n"])
@example([b'event: error\ndata: {"message": "out of memory"}\n\n'])
@example([b"data: [DONE]\n\n\x00\n"])
@example([b'data: {"choices": [{"delta": {"reasoning": ""}}], "model": "m"}\n\n'] * 2)
def test_both_readers_say_the_same(parts: list[bytes]) -> None:
    stream, patient = patiently(parts)
    answer, record = quickly(parts)
    times = [round(each * 1e6) for each in stream._times]
    assert list(record.chunk_us) == times
    assert record.first_content_ns == (SENT_NS + times[0] * US if times else NEVER)
    assert record.last_content_ns == (SENT_NS + times[-1] * US if times else NEVER)
    assert record.error == (CLASS[patient.faults[0][0]] if patient.faults else ErrorClass.NONE)
    assert (record.finish_reason, record.model) == (patient.finish_reason, patient.model)
    assert answer.text == patient.text
    assert answer.finished == stream.finished
    if patient.output_tokens is not None:
        assert (record.output_tokens, record.output_source) == (patient.output_tokens, TokenSource.USAGE)
    elif times:
        assert (record.output_tokens, record.output_source) == (len(times), TokenSource.CHUNKS)
    else:
        assert (record.output_tokens, record.output_source) == (NEVER, TokenSource.NONE)


@given(st.lists(st.binary(max_size=30), max_size=20), st.booleans())
def test_no_bytes_are_too_strange(parts: list[bytes], whole: bool) -> None:
    answer = CompletionStream(Ask(index=0), Head(200, {}, SENT_NS))
    for number, part in enumerate(parts):
        answer.data(part, SENT_NS + number)
    record = Record(index=0, intended_ns=0)
    answer.end(record, whole=whole)
    assert record.error


def read(*parts: bytes, session: int = -1) -> tuple[CompletionStream, Record]:
    answer = CompletionStream(Ask(index=0, input_tokens=9, session=session), Head(200, {}, SENT_NS))
    for number, part in enumerate(parts, 1):
        answer.data(part, SENT_NS + number * US)
    record = Record(index=0, intended_ns=0)
    answer.end(record, whole=True)
    return answer, record


def test_the_role_is_no_content_and_reasoning_is() -> None:
    role = b'data: {"model": "m", "choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n'
    thought = b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n'
    _, record = read(role, thought, event("a"), event("b"), event(finish="stop"), DONE)
    assert list(record.chunk_us) == [2, 3, 4]
    assert (record.first_content_ns, record.first_answer_ns) == (SENT_NS + 2 * US, SENT_NS + 3 * US)
    assert (record.output_tokens, record.output_source) == (3, TokenSource.CHUNKS)
    assert (record.input_tokens, record.input_source) == (9, TokenSource.COUNTED)


def test_what_the_server_counts_goes_before_chunks() -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5}}\n\n'
    _, record = read(event("a"), event("b"), event(finish="stop"), usage, DONE)
    assert (record.output_tokens, record.output_source) == (5, TokenSource.USAGE)
    assert (record.input_tokens, record.input_source) == (11, TokenSource.USAGE)
    assert not record.chunk_tokens, "which chunk brought which nobody said"


def test_a_yes_is_no_count() -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": true, "completion_tokens": true}}\n\n'
    _, record = read(event("a"), event("b"), event(finish="stop"), usage, DONE)
    assert (record.output_tokens, record.output_source) == (2, TokenSource.CHUNKS)
    assert record.input_source is not TokenSource.USAGE


def test_usage_with_each_chunk_says_what_each_brought() -> None:
    counted = [event(text, usage={"completion_tokens": total}) for text, total in (("a", 1), ("bc", 3), ("d", 4))]
    _, record = read(*counted, event(finish="stop"), DONE)
    assert list(record.chunk_tokens) == [1, 2, 1]
    assert (record.output_tokens, record.output_source) == (4, TokenSource.USAGE)


def test_text_is_kept_for_conversations_alone() -> None:
    parts = (event("a"), event("b"), event(finish="stop"), DONE)
    assert read(*parts, session=3)[0].text == "ab"
    assert read(*parts)[0].text == ""


@pytest.mark.parametrize("first", [b"data: x\n\n", event("a")], ids=["malformed", "content"])
def test_an_event_without_end_is_given_up(first: bytes) -> None:
    _, record = read(first, *[b"data: " + b"x" * 300_000] * 5, event("b"), DONE)
    assert record.error is ErrorClass.MALFORMED
