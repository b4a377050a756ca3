"""What each protocol asks, and what it makes of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airectl.load.feed import Ask
from airectl.load.protocols import NAMES, protocol
from airectl.load.protocols.interface import Head, ProtocolError, Settings
from airectl.runs.record import NEVER, Record, TokenSource

ASK = Ask(index=7, prompt='say "hi"', input_tokens=3, output_tokens=5, session=1, turn=2)


def asked(name: str, ask: Ask = ASK, *, base: str = "", model: str = "m", **options: Any) -> tuple[str, Any]:
    """The path and the JSON body of a request."""
    wire = protocol(name, Settings(base=base, model=model, options=options)).request(ask)
    return wire.path, json.loads(wire.body)


def answered(
    name: str, body: bytes, *, headers: dict[str, str] | None = None, wanted: str = "", **options: Any
) -> Record:
    """The record of an answer that comes in two pieces, 5 ms and 9 ms after the request."""
    spoken = protocol(name, Settings(model="m", wanted_model=wanted, options=options))
    head = Head(200, {"content-type": "application/json", **(headers or {})}, 1_000_000)
    answer, record = spoken.answer(ASK, head), Record(index=0, intended_ns=0)
    answer.data(body[:3], 6_000_000)
    answer.data(body[3:], 10_000_000)
    answer.end(record, whole=True)
    if not record.error:
        assert (record.first_content_ns, record.last_content_ns) == (10_000_000, 10_000_000)
        assert list(record.chunk_us) == [9_000]
    return record


@pytest.mark.parametrize(
    ("base", "path"),
    [("", "/v1/chat/completions"), ("/v1", "/v1/chat/completions"), ("/v1/chat/completions", "/v1/chat/completions"),
     ("/llm", "/llm/v1/chat/completions"), ("/v1beta/openai", "/v1beta/openai/chat/completions")],
)  # fmt: skip
def test_the_path_goes_on_from_the_address(base: str, path: str) -> None:
    assert asked("openai", base=base)[0] == path


def test_a_chat_is_a_prompt_or_a_conversation() -> None:
    assert asked("openai")[1]["messages"] == [{"role": "user", "content": 'say "hi"'}]
    said = (("system", "be brief"), ("user", "hi"), ("assistant", "yes?"), ("user", "bye"))
    messages = asked("openai", Ask(index=0, messages=said))[1]["messages"]
    assert [(each["role"], each["content"]) for each in messages] == list(said)


def test_a_length_is_asked_for_only_where_somebody_said_one() -> None:
    assert "max_tokens" not in asked("openai", Ask(index=0, prompt="a"))[1]
    assert asked("openai", limit_field="max_completion_tokens")[1]["max_completion_tokens"] == 5
    assert asked("openai", continuous_usage=True)[1]["stream_options"] == {
        "include_usage": True, "continuous_usage_stats": True,
    }  # fmt: skip
    assert "stream_options" not in asked("openai", usage=False)[1]


def test_completions_continue_a_text() -> None:
    path, body = asked("completions")
    assert (path, body["prompt"], body["stream"]) == ("/v1/completions", 'say "hi"', True)


WHOLE = {
    "model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 4, "completion_tokens": 2},
}  # fmt: skip


def test_a_completion_at_once() -> None:
    assert asked("openai", stream=False)[1]["stream"] is False
    record = answered("openai", json.dumps(WHOLE).encode(), stream=False)
    assert not record.error
    assert (record.output_tokens, record.output_source, list(record.chunk_tokens)) == (2, TokenSource.USAGE, [2])
    assert (record.input_tokens, record.finish_reason, record.model) == (4, "stop", "m")
    assert record.first_answer_ns == 10_000_000


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "malformed"),
        (b"[]", "malformed"),
        (b"{}", "malformed"),
        (b'{"choices": [7]}', "malformed"),
        (b'{"error": {"message": "no"}}', "error payload"),
        (b'{"choices": []}', "empty output"),
        (b'{"choices": [{"message": {"content": "hi"}}]}', "truncated"),
        (b'{"model": "n", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}', "wrong model"),
    ],
)
def test_a_completion_that_is_none(body: bytes, error: str) -> None:
    assert answered("openai", body, stream=False, wanted="m").error == error


def test_reasoning_at_once_is_content_and_no_answer() -> None:
    body = b'{"choices": [{"message": {"reasoning_content": "hm"}, "finish_reason": "length"}]}'
    assert answered("openai", body, stream=False).first_answer_ns == NEVER


def test_embeddings() -> None:
    assert asked("embeddings", parameters={"dimensions": 3}) == (
        "/v1/embeddings", {"model": "m", "input": 'say "hi"', "dimensions": 3},
    )  # fmt: skip
    several = Ask(index=0, extra={"input": ["a", "b"]})
    assert asked("embeddings", several)[1]["input"] == ["a", "b"]
    record = answered("embeddings", b'{"model": "m", "data": [{"embedding": [1, 2]}], "usage": {"prompt_tokens": 9}}')
    assert not record.error
    assert (record.input_tokens, record.input_source, record.output_tokens) == (9, TokenSource.USAGE, NEVER)


@pytest.mark.parametrize(
    ("body", "error"),
    [(b'{"data": []}', "empty output"), (b'{"data": [{"embedding": []}]}', "empty output"),
     (b'{"data": [{}]}', "malformed"), (b'{"model": "n", "data": [{"embedding": "AAAA"}]}', "wrong model")],
)  # fmt: skip
def test_embeddings_that_are_none(body: bytes, error: str) -> None:
    assert answered("embeddings", body, wanted="m").error == error


def test_kserve() -> None:
    path, body = asked("kserve", model="a/b", version="3", parameters={"x": 1})
    assert path == "/v2/models/a%2Fb/versions/3/infer"
    text = {"name": "text_input", "shape": [1], "datatype": "BYTES", "data": ['say "hi"']}
    assert body == {"inputs": [text], "parameters": {"x": 1}}
    tensors = [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1, 2]}]
    assert asked("kserve", Ask(index=0, extra={"inputs": tensors}))[1] == {"inputs": tensors}
    assert asked("kserve", base="/v2/models/m/infer")[0] == "/v2/models/m/infer"
    assert not answered("kserve", b'{"model_name": "m", "outputs": [{"name": "y", "data": [1]}]}', wanted="m").error


def test_tensors_behind_the_json_are_not_read() -> None:
    text = b'{"model_name": "m", "outputs": [{"name": "y"}]}'
    headers = {"inference-header-content-length": str(len(text)), "content-type": "application/octet-stream"}
    assert not answered("kserve", text + b"\x00\xff" * 50, headers=headers).error


@pytest.mark.parametrize(
    ("body", "error"),
    [(b'{"error": "no such model"}', "error payload"), (b'{"outputs": []}', "empty output"), (b"{}", "malformed"),
     (b'{"model_name": "n", "outputs": [{}]}', "wrong model")],
)  # fmt: skip
def test_inferences_that_are_none(body: bytes, error: str) -> None:
    assert answered("kserve", body, wanted="m").error == error


def test_tf_serving() -> None:
    assert asked("tfserving", version="2", signature_name="s") == (
        "/v1/models/m/versions/2:predict", {"instances": ['say "hi"'], "signature_name": "s"},
    )  # fmt: skip
    assert asked("tfserving", Ask(index=0, extra={"inputs": {"x": [1]}}))[1] == {"inputs": {"x": [1]}}
    assert asked("tfserving", verb="classify")[0] == "/v1/models/m:classify"
    assert not answered("tfserving", b'{"predictions": [[0.5]]}').error
    assert not answered("tfserving", b'{"outputs": {"y": [1]}}').error
    assert answered("tfserving", b'{"predictions": []}').error == "empty output"
    assert answered("tfserving", b"{}").error == "malformed"


def test_torchserve() -> None:
    spoken = protocol("torchserve", Settings(model="m", options={"version": "1.0"}))
    wire = spoken.request(ASK)
    assert (wire.path, wire.body, wire.content_type) == ("/predictions/m/1.0", b'say "hi"', "text/plain; charset=utf-8")
    assert asked("torchserve", Ask(index=0, extra={"x": 1})) == ("/predictions/m", {"x": 1})
    assert not answered("torchserve", b'"a cat"').error
    assert answered("torchserve", b"  \n").error == "empty output"


def test_a_template_is_filled_from_the_ask() -> None:
    body = '{"q": {{ prompt | tojson }}, "n": {{ output_tokens }}, "at": [{{ index }}, {{ turn }}], "k": "{{ model }}"}'
    path, sent = asked("http", base="/predict", body=body)
    assert (path, sent) == ("/predict", {"q": 'say "hi"', "n": 5, "at": [7, 2], "k": "m"})
    row = Ask(index=0, extra={"age": 41})
    assert asked("http", row, body='{"age": {{ age }}}')[1] == {"age": 41}


def test_a_template_may_be_any_text_and_any_method() -> None:
    options = {"body": "", "method": "get", "content_type": "text/plain", "headers": {"X-Version": "2"}}
    wire = protocol("http", Settings(options=options)).request(ASK)
    assert (wire.method, wire.body, wire.path, wire.headers) == ("GET", b"", "/", {"X-Version": "2"})


def test_a_template_runs_in_a_sandbox() -> None:
    with pytest.raises(ProtocolError, match="unsafe"):
        protocol("http", Settings(options={"body": "{{ prompt.__class__.__mro__ }}", "content_type": "text/plain"}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"body": '{"q": "{{ prompt }}"}'}, "makes no JSON of a prompt with quotes"),
        ({"body": "{{ prompt"}, "no template"),
        ({"pointer": "predictions"}, "no JSON pointer"),
        ({"headers": {"Host": "a"}}, "cannot have `Host`"),
        ({"headers": {"X": "a\r\nY: b"}}, "cannot have `X`"),
        ({"retries": 3}, "no option `retries`"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        protocol("http", Settings(options=options))


def test_what_a_success_is_the_user_says() -> None:
    spoken = protocol("http", Settings(options={"statuses": [202]}))
    assert (spoken.succeeds(200), spoken.succeeds(202)) == (False, True)
    body = b'{"out": [{"text": "hi"}], "n": {"in": 4, "out": 9}, "none": null}'
    record = answered(
        "http", body, pointer="/out/0", text_pointer="/out/0/text", input_tokens_pointer="/n/in",
        output_tokens_pointer="/n/out",
    )  # fmt: skip
    assert not record.error
    assert (record.input_tokens, record.output_tokens) == (4, 9)
    assert answered("http", body, pointer="/out/1").error == "malformed"
    assert answered("http", body, pointer="/none").error == "empty output"
    assert answered("http", b"<html>", pointer="/out").error == "malformed"
    assert not answered("http", b"<html>").error


@pytest.mark.parametrize("name", NAMES)
def test_no_body_is_too_strange(name: str) -> None:
    for body in (
        b"",
        b"\x00",
        b"{",
        b"null",
        b"7",
        b'"a"',
        b"[" * 100_000,
        b'{"choices": null}',
        b'{"data": {}}',
        b"\xff",
    ):
        answered(name, body)


@pytest.mark.parametrize("name", ["kserve", "tfserving", "torchserve"])
def test_a_model_in_the_path_has_to_be_named(name: str) -> None:
    with pytest.raises(ProtocolError, match="name in its path"):
        protocol(name, Settings())
