"""Requests as servers know them, and where they go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airectl.probing.golden import Prompt
from airectl.probing.protocols import NAMES, protocol

HI = Prompt(name="hi", messages=[{"role": "user", "content": "Hi"}])


def body(name: str, prompt: Prompt = HI) -> dict[str, Any]:
    found = protocol(name).question("", prompt, "llama").body
    assert found is not None
    value = json.loads(found)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("name", "base", "asked", "listed"),
    [
        ("openai", "", "/v1/chat/completions", "/v1/models"),
        ("openai", "/v1", "/v1/chat/completions", "/v1/models"),
        ("openai", "/api/v1", "/api/v1/chat/completions", "/api/v1/models"),
        ("openai", "/team/chat", "/team/chat/v1/chat/completions", "/team/chat/v1/models"),
        ("openai", "/v1beta/openai", "/v1beta/openai/chat/completions", "/v1beta/openai/models"),
        ("openai", "/v1/chat/completions", "/v1/chat/completions", "/v1/models"),
        ("completions", "", "/v1/completions", "/v1/models"),
        ("completions", "/v1", "/v1/completions", "/v1/models"),
        ("completions", "/x/v1/completions", "/x/v1/completions", "/x/v1/models"),
        ("ollama", "", "/api/chat", "/api/tags"),
        ("ollama", "/ollama", "/ollama/api/chat", "/ollama/api/tags"),
        ("ollama", "/api", "/api/chat", "/api/tags"),
        ("ollama", "/api/chat", "/api/chat", "/api/tags"),
        ("http", "", "/", "/"),
        ("http", "/classify", "/classify", "/classify"),
    ],
)
def test_where_it_goes(name: str, base: str, asked: str, listed: str) -> None:
    assert protocol(name).question(base, HI, "llama").path == asked
    assert protocol(name).listing(base).path == listed


def test_each_name_is_a_protocol() -> None:
    assert {name for name in NAMES if protocol(name).streams} == {"openai", "completions", "ollama"}


def test_a_chat_asks_for_a_stream_with_its_usage() -> None:
    assert body("openai") == {
        "model": "llama",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 512,
        "temperature": 0,
        "seed": 0,
    }


def test_a_completion_is_the_text_alone() -> None:
    found = body("completions")
    assert found["prompt"] == "Hi"
    assert "messages" not in found


def test_ollama_has_options() -> None:
    assert body("ollama") == {
        "model": "llama",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "options": {"num_predict": 512, "temperature": 0, "seed": 0},
    }


def test_parameters_are_added_and_null_takes_one_out() -> None:
    given = {"max_tokens": None, "max_completion_tokens": 9, "top_p": 0.5, "num_predict": None}
    prompt = Prompt(name="a", messages=HI.messages, temperature=None, seed=None, parameters=given)
    found = body("openai", prompt)
    assert found["max_completion_tokens"] == 9
    assert not {"max_tokens", "temperature", "seed", "num_predict"} & set(found)
    assert body("ollama", prompt)["options"] == {"max_completion_tokens": 9, "top_p": 0.5}


def test_no_parameter_says_which_model_is_asked() -> None:
    prompt = Prompt(name="a", messages=HI.messages, parameters={"model": "other", "stream": False})
    for name in ("openai", "completions", "ollama"):
        assert (body(name, prompt)["model"], body(name, prompt)["stream"]) == ("llama", True)


@pytest.mark.parametrize(
    ("prompt", "sent", "kind"),
    [
        (HI, b"Hi", "text/plain; charset=utf-8"),
        (Prompt(name="a", body="x=1"), b"x=1", "text/plain; charset=utf-8"),
        (Prompt(name="a", body={"a": [1]}), b'{"a": [1]}', "application/json"),
        (Prompt(name="a", body=[]), b"[]", "application/json"),
        (Prompt(name="a", body=""), None, "application/json"),
        (Prompt(name="a"), None, "application/json"),
    ],
)
def test_plain_http_sends_a_body_as_it_is(prompt: Prompt, sent: bytes | None, kind: str) -> None:
    found = protocol("http").question("/classify", prompt, "")
    assert (found.body, found.content_type) == (sent, kind)


@pytest.mark.parametrize(
    "listed",
    [None, [], {}, {"data": None}, {"data": [None, {}, {"id": 5}]}, {"models": {"a": 1}}, {"models": [{"name": None}]}],
)
def test_a_listing_that_is_none_has_no_models(listed: Any) -> None:
    assert all(list(protocol(name).models(listed)) == [] for name in NAMES)
