"""Streams of OpenAI-compatible servers: times by definition, and what goes wrong behind a 200."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.completion import Completion, Fault, Stream
from airectl.core.sse import Event


def delta(finish: str | None = None, **parts: Any) -> dict[str, Any]:
    return {"model": "llama", "choices": [{"index": 0, "delta": parts, "finish_reason": finish}]}


def read(*chunks: tuple[float, Any], done: bool = True, whole: bool = True) -> Completion:
    stream = Stream(sent_s=100.0)
    for at_s, chunk in chunks:
        stream.take(Event(chunk if isinstance(chunk, str) else json.dumps(chunk)), at_s)
    if done:
        stream.take(Event("[DONE]"), 200.0)
    return stream.end(whole=whole)


def test_the_first_token_is_the_first_content_and_not_the_role() -> None:
    found = read(
        (100.1, delta(role="assistant", content="")),
        (100.5, delta(content="Hel")),
        (100.75, delta(content="lo")),
        (101.5, delta("stop", content="!")),
        (101.6, {"model": "llama", "choices": [], "usage": {"completion_tokens": 5}}),
    )
    assert found.ttft_s == pytest.approx(0.5)
    assert found.gaps_s == pytest.approx((0.25, 0.75))
    assert found.e2e_s == pytest.approx(1.5)
    assert found.tpot_s == pytest.approx(0.25)
    assert (found.text, found.finish_reason, found.model, found.output_tokens) == ("Hello!", "stop", "llama", 5)
    assert found.complete


@pytest.mark.parametrize("parts", [{"reasoning_content": "hm"}, {"reasoning": "hm"}, {"tool_calls": [{"index": 0}]}])
def test_thinking_and_tool_calls_are_content(parts: dict[str, Any]) -> None:
    found = read((100.25, delta(**parts)), (101.0, delta("stop", content="x")))
    assert found.ttft_s == pytest.approx(0.25)
    assert found.text == "x"


def test_the_older_completions_have_text_of_their_own() -> None:
    found = read((101.0, {"choices": [{"text": "abc", "finish_reason": "length"}]}))
    assert (found.text, found.finish_reason, found.faults) == ("abc", "length", ())
    assert not found.complete


@pytest.mark.parametrize(
    ("chunks", "done", "whole", "fault"),
    [
        ([delta(content="a"), {"error": {"message": "out of memory"}}], True, True, Fault.ERROR_PAYLOAD),
        ([delta(content="a"), '{"choices": [{"del'], True, True, Fault.MALFORMED),
        ([delta(content="a"), "[]"], True, True, Fault.MALFORMED),
        ([delta(content="a"), {"id": "1"}], True, True, Fault.MALFORMED),
        ([delta(content="a")], False, True, Fault.TRUNCATED),
        ([delta(content="a")], True, False, Fault.TRUNCATED),
        ([], False, True, Fault.TRUNCATED),
        ([delta("stop", role="assistant")], True, True, Fault.EMPTY),
    ],
)
def test_what_goes_wrong_behind_a_200(chunks: list[Any], done: bool, whole: bool, fault: Fault) -> None:
    found = read(*((101.0, chunk) for chunk in chunks), done=done, whole=whole)
    assert found.faults[0][0] is fault
    assert not found.complete


def test_an_error_is_quoted_in_each_of_its_shapes_and_never_at_length() -> None:
    assert read((101.0, {"error": {"message": "no memory", "code": 500}})).faults[0][1] == "no memory"
    assert read((101.0, {"error": "no memory"})).faults[0][1] == "no memory"
    assert read((101.0, {"error": {"code": 500}})).faults[0][1] == '{"code": 500}'
    assert len(read((101.0, "x" * 10_000)).faults[0][1]) == 200


def test_a_finish_reason_alone_ends_a_stream() -> None:
    assert read((101.0, delta("stop", content="a")), done=False).faults == ()


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "usage", "completion_tokens", "model", "error", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_values, max_size=4))
def test_no_json_brings_it_down(chunks: list[Any]) -> None:
    found = read(*((101.0 + index, json.dumps(chunk)) for index, chunk in enumerate(chunks)))
    assert (found.ttft_s is None) == (found.e2e_s is None)
