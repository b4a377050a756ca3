"""Prompts of a file: what rows mean, and what is said of those that mean nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl import env as environment
from airectl.core.findings import Severity
from airectl.core.schedule import steady
from airectl.env import Env
from airectl.load.plan import Plan, Prompts
from airectl.load.traces.faults import SHOWN
from airectl.load.workloads.feeds import feed
from airectl.load.workloads.packing import pack_rows
from airectl.load.workloads.prompt_rows import ReadPrompts, read


@pytest.fixture
def env(tmp_path: Path) -> Env:
    return replace(environment.from_process(), cwd=tmp_path)


def found(env: Env, *rows: Any, skip: bool = False) -> ReadPrompts:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (env.cwd / "prompts.jsonl").write_text("\n".join(lines))
    return read("prompts.jsonl", env, skip_faulty=skip)


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ({"prompt": "a"}, {"p": "a"}),
        ({"prompt": "a", "output_tokens": 5, "input_tokens": 7, "id": 3}, {"p": "a", "o": 5, "i": 7}),
        ({"prompt": "a", "max_tokens": 5}, {"p": "a", "o": 5}),
        (
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]},
            {"m": [["system", "s"], ["user", "u"]]},
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
            {"m": [["user", "a\nb"]]},
        ),
        (
            {
                "custom_id": "1",
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": {"model": "m", "messages": [{"role": "user", "content": "u"}], "max_completion_tokens": 9},
            },
            {"m": [["user", "u"]], "o": 9},
        ),
        ({"turns": ["a", "b"]}, {"t": ["a", "b"]}),
        ({"extra": {"text": "x"}}, {"x": {"text": "x"}}),
        ({"prompt": "a", "extra": {"k": 1}}, {"p": "a", "x": {"k": 1}}),
    ],
)
def test_a_row_means(row: dict[str, Any], meant: dict[str, Any], env: Env) -> None:
    assert found(env, row) == ReadPrompts(rows=(meant,))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "a row has one of `prompt`, `messages`, `turns`"),
        ({"prompt": "a", "messages": []}, "a row has one of `prompt`, `messages`, `turns`"),
        ({"prompt": ""}, "`prompt` must be a text, and not an empty one"),
        ({"prompt": 5}, "`prompt` must be a text"),
        ({"messages": []}, "`messages` must be a list, and not an empty one"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "a message must be an object whose `role` is one of"),
        ({"messages": [{"role": "user"}]}, "the `content` of a message must be a text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "images and sound are not sent",
        ),
        ({"turns": ["a", ""]}, "`turns` must be at most 100 texts"),
        ({"turns": ["a"] * 101}, "`turns` must be at most 100 texts"),
        ({"prompt": "a", "output_tokens": 0}, "`0` is no number of tokens"),
        ({"prompt": "a", "output_tokens": "5"}, "`5` is no number of tokens"),
        ({"prompt": "a", "output_tokens": True}, "`True` is no number of tokens"),
        ({"extra": [1]}, "`extra` must be an object"),
        ([], "a row must be an object"),
        ("{", "not valid JSON"),
        ('{"prompt": NaN}', "not valid JSON"),
        ("\ufffe\ufffe", "not valid JSON"),
    ],
)
def test_a_bad_row_is_told_at_its_line(row: Any, message: str, env: Env) -> None:
    read_ = found(env, {"prompt": "a"}, row)
    assert read_.rows == ()
    (finding,) = read_.findings
    assert finding.at is not None
    assert (finding.code, finding.at.line, finding.severity) == ("AIR415", 2, Severity.ERROR)
    assert message in finding.message
    left = found(env, {"prompt": "a"}, row, skip=True)
    assert left.rows == ({"p": "a"},)
    assert [each.severity for each in left.findings] == [Severity.WARNING]


def test_a_misspelt_name_is_told_once(env: Env) -> None:
    read_ = found(env, *[{"prompt": "a", "ouput_tokens": 5, "category": "x"}] * 3)
    assert len(read_.rows) == 3
    (finding,) = read_.findings
    assert (finding.message, finding.help) == ("`ouput_tokens` is not read", "did you mean `output_tokens`?")
    assert finding.severity is Severity.WARNING


def test_many_bad_rows_are_counted(env: Env) -> None:
    read_ = found(env, *["{"] * 100)
    assert len(read_.findings) == SHOWN
    assert read_.findings[-1].notes == (f"{100 - SHOWN} more rows of this file cannot be used",)


def test_an_empty_file_and_none_at_all(env: Env) -> None:
    assert [each.message for each in found(env, "").findings] == ["the file holds no prompt"]
    assert [each.code for each in read("nowhere", env).findings] == ["AIR415"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["prompt", "messages", "turns", "extra", "body", "role", "content", "type", "text"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON, max_size=5), st.booleans())
@settings(max_examples=200)
def test_whatever_rows_hold_they_are_sent_or_told(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], skip: bool
) -> None:
    env = replace(environment.from_process(), cwd=tmp_path_factory.getbasetemp())
    read_ = found(env, *rows, skip=skip)
    assert (not read_.rows) == any(each.severity is Severity.ERROR for each in read_.findings)
    if read_.rows:
        work = Prompts(rows=len(read_.rows), packed=pack_rows(list(read_.rows)))
        source = feed(Plan(arrivals=steady(1), workload=work, requests=len(read_.rows)))
        while ask := source.next():
            assert ask.prompt or ask.messages or ask.extra is not None
