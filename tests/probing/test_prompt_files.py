"""Files of golden prompts: what they mean, and where they are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.findings import Severity
from airectl.probing.golden import MOST, AnyOf, Contains, Exact, Json, Matches, Prompt
from airectl.probing.prompt_files import read, shipped
from airectl.spec import schema


def prompts(text: str, path: str = "p.yaml") -> list[Prompt]:
    found = read(path, text)
    assert found.findings == ()
    return list(found.prompts)


def wrong(text: str, path: str = "p.yaml") -> list[tuple[str, int, int]]:
    found = read(path, text)
    assert found.prompts == ()
    assert all(f.severity is Severity.ERROR and f.at and f.at.path == path for f in found.findings)
    return [(f.code, f.at.line, f.at.col) for f in found.findings if f.at]


def test_those_that_are_shipped_have_no_place() -> None:
    found = shipped()
    assert [each.name for each in found] == ["arithmetic", "capital", "echo", "json"]
    assert all(each.at is None and each.expect_at is None and each.expect for each in found)


@pytest.mark.parametrize(
    "text", ["prompts:\n  - prompt: a", "- prompt: a", "prompt: a", "{prompts: [{prompt: a}]}", "---\nprompt: a\n"]
)
def test_a_file_is_a_list_under_prompts_or_not(text: str) -> None:
    (found,) = prompts(text)
    assert found.messages == [{"role": "user", "content": "a"}]
    assert found.text == "a"
    assert (found.name, found.max_tokens, found.temperature, found.seed, found.expect) == ("prompt-1", 512, 0, 0, None)


def test_several_documents_are_several_prompts() -> None:
    assert [each.name for each in prompts("prompt: a\n---\nname: b\nprompt: b\n")] == ["prompt-1", "b"]


def test_every_field() -> None:
    text = """
- name: a
  messages: [{role: system, content: x}, {role: user, content: y}]
  max_tokens: 7
  temperature: 0.5
  seed: null
  parameters: {top_p: 0.9, stop: [a], logit_bias: {"5": 1}, seed: 4}
  status: 404
"""
    (found,) = prompts(text)
    assert found.text is None
    assert found.messages == [{"role": "system", "content": "x"}, {"role": "user", "content": "y"}]
    assert (found.max_tokens, found.temperature, found.seed, found.status) == (7, 0.5, None, 404)
    assert json.loads(json.dumps(found.parameters)) == {"top_p": 0.9, "stop": ["a"], "logit_bias": {"5": 1}, "seed": 4}


@pytest.mark.parametrize(
    ("expect", "meant"),
    [
        ("Paris", Exact(text="Paris")),
        ("{exact: a, ignore_case: true}", Exact(text="a", ignore_case=True)),
        ("{contains: a}", Contains(text="a")),
        ("{any_of: [a, {contains: b}]}", AnyOf(parts=(Exact(text="a"), Contains(text="b")))),
        (
            "{ignore_case: true, any_of: [{contains: b}, {exact: c, ignore_case: false}]}",
            AnyOf(parts=(Contains(text="b", ignore_case=True), Exact(text="c"))),
        ),
    ],
)
def test_expectations(expect: str, meant: object) -> None:
    (found,) = prompts(f"- prompt: a\n  expect: {expect}\n")
    assert found.expect == meant


def test_expressions_and_schemas_have_a_place() -> None:
    text = "- prompt: a\n  expect:\n    any_of:\n      - regex: a+\n      - json_schema: {maximum: 1.5}\n"
    (found,) = prompts(text)
    assert isinstance(found.expect, AnyOf)
    first, second = found.expect.parts
    assert isinstance(first, Matches)
    assert isinstance(second, Json)
    assert (str(first.at), str(second.at)) == ("p.yaml:4:16", "p.yaml:5:9")
    assert str(found.expect_at) == "p.yaml:2:3"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("AIR130", 1, 1)]),
        ("prompts: []", [("AIR013", 1, 1)]),
        ("- a\n- prompt: b", [("AIR130", 1, 1)]),
        ("just a text", [("AIR130", 1, 1)]),
        ("prompts: [{prompt: a}]\nother: 1", [("AIR011", 2, 1)]),
        ("- prompt: a\n  body: b", [("AIR015", 1, 3)]),
        ("- expect: a", [("AIR015", 1, 3)]),
        ("- prompt: 5", [("AIR012", 1, 11)]),
        ("- prompt: a\n  name: a b", [("AIR013", 2, 9)]),
        ("- prompt: a\n  expect: 42", [("AIR012", 2, 11)]),
        ("- prompt: a\n  expect: {exact: a, contains: b}", [("AIR015", 2, 3)]),
        ("- prompt: a\n  expect: {regx: a}", [("AIR011", 2, 12), ("AIR015", 2, 3)]),
        ("- prompt: a\n  expect: {regex: '[a'}", [("AIR130", 2, 19)]),
        ("- prompt: a\n  expect: {regex: '(?P<n>a)(?P<n>b)'}", [("AIR130", 2, 19)]),
        ("- prompt: a\n  expect: {regex: '((((a{1000}){1000}){1000}){1000})'}", [("AIR130", 2, 19)]),
        ("- prompt: a\n  expect: {json_schema: {required: a}}", [("AIR130", 2, 36)]),
        ("- prompt: a\n  expect: {any_of: [{json_schema: {items: {$ref: 'file:///a'}}}]}", [("AIR130", 2, 50)]),
        ("- prompt: a\n  parameters: {model: b, stream: false}", [("AIR130", 2, 16), ("AIR130", 2, 26)]),
        ("- {name: a, prompt: a}\n- {name: a, prompt: b}", [("AIR130", 2, 10)]),
        ("- prompt: a\n  max_tokens: 0", [("AIR013", 2, 15)]),
        ("- prompt: a\n- prompt: [", [("AIR002", 3, 1)]),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_place(text: str, found: list[tuple[str, int, int]]) -> None:
    assert wrong(f"{text}\n") == found


def test_there_is_a_limit_to_prompts() -> None:
    most = "".join(f"- prompt: '{n}'\n" for n in range(MOST))
    assert len(prompts(most)) == MOST
    assert wrong(f"{most}- prompt: a\n") == [("AIR130", MOST + 1, 3)]


def test_jsonl_is_a_prompt_a_line() -> None:
    lines = [
        '{"prompt": "a \\ud83d\\ude00", "expect": {"contains": "b"}}',
        "",
        '{"name": "x", "prompt": "c", "temperature": 0.1}',
    ]
    first, second = prompts("\n".join(lines), "p.jsonl")
    assert first.text == "a \U0001f600"
    assert (first.name, second.name, second.temperature) == ("prompt-1", "x", 0.1)
    assert str(second.at) == "p.jsonl:3:1"


def test_jsonl_that_is_wrong() -> None:
    text = '{"prompt": "a"\n[]\n{"prompt": "a", "expect": {"regex": "("}}\n{"promt": "a"}\n'
    assert wrong(text, "p.jsonl")[:2] == [("AIR130", 1, 15), ("AIR130", 2, 1)]
    assert {code for code, _, _ in wrong(text, "p.jsonl")} == {"AIR130", "AIR011", "AIR015"}
    assert wrong('\n{"prompt": "a", "expect": {"regex": "("}}\n', "p.jsonl") == [("AIR130", 2, 1)]
    assert wrong(f"{'[' * 100_000}\n", "p.jsonl") == [("AIR130", 1, 1)]


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for path in ("p.yaml", "p.jsonl"):
        found = read(path, text)
        assert bool(found.prompts) is not any(f.severity is Severity.ERROR for f in found.findings)


def test_an_editor_accepts_the_shipped_file() -> None:
    import yaml

    path = Path(schema.__file__).parents[1] / "data" / "prompts" / "golden.yaml"
    document: Any = yaml.safe_load(path.read_text("utf-8"))
    whole = jsonschema.Draft202012Validator(schema.document("prompts-v1"))
    assert list(whole.iter_errors(document)) == []
    document["prompts"][0]["expekt"] = "a"
    assert list(whole.iter_errors(document))
