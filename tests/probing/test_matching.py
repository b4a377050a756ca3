"""Whether an answer is as expected, and that no expression can hold a probe up."""

from __future__ import annotations

import pytest

from airectl.probing import matching
from airectl.probing.golden import AnyOf, Contains, Exact, Expectation, Json, Matches
from airectl.probing.matching import TooSlowError, holds
from prometheus_faults import Reply, faulty

OK = Json(schema={"type": "object", "required": ["a"], "properties": {"a": {"minimum": 1.5}}})


@pytest.mark.parametrize(
    ("expectation", "text", "right"),
    [
        (Exact(text="Paris"), " Paris\n", True),
        (Exact(text=" Paris "), "Paris", True),
        (Exact(text="Paris"), "Paris.", False),
        (Exact(text="Paris"), "paris", False),
        (Exact(text="stra\u00dfe", ignore_case=True), "STRASSE", True),
        (Contains(text="42"), "It is 42.", True),
        (Contains(text="42"), "", False),
        (Contains(text="Paris", ignore_case=True), "PARIS", True),
        (Contains(text="Paris"), "<think>Paris?</think> London", False),
        (Exact(text="Paris"), "\n<think>\nLondon?\n</think>\n\nParis", True),
        (Exact(text="a <think>b</think>"), "a <think>b</think>", True),
        (Matches(pattern=r"\b42\b"), "It is 42.", True),
        (Matches(pattern=r"\b42\b"), "It is 420.", False),
        (Matches(pattern="^paris$", ignore_case=True), "Paris", True),
        (Matches(pattern="a\nb"), "a\nb", True),
        (OK, '{"a": 2}', True),
        (OK, '{"a": 1}', False),
        (OK, '{"b": 2}', False),
        (OK, 'Here:\n```json\n{"a": 2}\n```\nWell?', True),
        (OK, '```\n{"a": 2}\n```', True),
        (OK, '```json\n{"a": 2}\n```\n```json\n{"a": 2}\n```', False),
        (OK, "no JSON", False),
        (OK, "[" * 100_000, False),
        (Json(schema={"type": "null"}), "null", True),
        (AnyOf(parts=(Exact(text="a"), Matches(pattern="^b"))), "bc", True),
        (AnyOf(parts=(Exact(text="a"), Matches(pattern="^b"))), "cb", False),
    ],
)
def test_answers(expectation: Expectation, text: str, right: bool) -> None:
    assert holds(expectation, text) is right


@pytest.mark.parametrize(
    "expectation",
    [
        Matches(pattern="(a+)+$"),
        Json(schema={"type": "string", "pattern": "(a+)+$"}),
        AnyOf(parts=(Exact(text="b"), Matches(pattern="(a|a)*b$"))),
    ],
)
def test_an_expression_without_end_is_given_up(expectation: Expectation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "LIMIT_S", 0.7)
    text = "a" * 64 + "!"
    with pytest.raises(TooSlowError, match=r"not judged within 0\.7 s"):
        holds(expectation, f'"{text}"' if isinstance(expectation, Json) else text)


def test_nothing_is_fetched_for_a_schema() -> None:
    with faulty(Reply(body={"type": "object"})) as server:
        for reference in (f"{server.url}/a.json", "#/nowhere"):
            with pytest.raises(TooSlowError):
                holds(Json(schema={"$ref": reference}), "{}")
    assert server.asked == []


def test_what_is_longer_than_any_answer_is_not_read() -> None:
    assert not holds(Contains(text="Paris"), "x" * 300_000 + "Paris")
