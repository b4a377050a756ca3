"""Rule files as YAML: every reader reads back what was written, and a person can read it too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airectl.spec.composer import compose
from airectl.spec.tree import to_plain
from airectl.spec.yaml_text import dump, text

# What YAML can hold at all: no control characters, no lone surrogates.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.just("\n"), max_size=60)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS.filter(bool), VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(value)) == value


@given(st.decimals(-(10**12), 10**12, places=6))
def test_decimals_are_read_back_exactly(number: Decimal) -> None:
    ((read,),) = (to_plain(each).values() for each in compose("x.yaml", dump({"k": number})).documents)
    assert read == number


@given(st.dictionaries(st.sampled_from(("expr", "record", "labels")), TEXTS, min_size=1))
def test_expressions_are_read_back(value: dict[str, str]) -> None:
    assert yaml.safe_load(dump(value)) == value


@pytest.mark.parametrize(
    "word", ["yes", "No", "on", "y", "null", "~", "1", "1.0", "1e3", "0x1", "12:30:00", "2026-01-01", "-", "", " a",
             "a ", "a: b", "a #b", "{{ $labels.x }}", "*a", "&a", "!a", "[a", "'a'", '"a"', "a\tb", "% x", "@a", "5m"],
)  # fmt: skip
def test_words_that_mean_something_stay_texts(word: str) -> None:
    written = dump({"k": word})
    assert yaml.safe_load(written) == {"k": word}
    assert [to_plain(each) for each in compose("x.yaml", written).documents] == [{"k": word}]


@pytest.mark.parametrize("word", ["slo:sli_error:ratio_rate5m", "chat-ttft", "5m", "vector(0.999)", "(page) a b", "4w"])
def test_plain_words_need_no_quotes(word: str) -> None:
    assert text(word) == word


def test_expressions_are_blocks() -> None:
    assert dump({"expr": "a\n/\nb", "for": "5m"}) == "expr: |-\n  a\n  /\n  b\nfor: 5m\n"
    assert dump({"expr": "a"}) == "expr: |-\n  a\n"


def test_lists_stand_deeper_than_their_key() -> None:
    assert dump({"a": [{"b": "c", "d": {"e": "f"}}]}) == "a:\n  - b: c\n    d:\n      e: f\n"
