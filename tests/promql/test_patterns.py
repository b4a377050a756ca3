"""Regular expressions of matchers: what fits, a text that does, and what is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.promql.patterns import UnreadPatternError, matches, samples

READ = (
    "5..|429", "(5..|429)", "2..", ".+", ".*", "[45]..", "api-.*", r"1(\.0)?", "^a$", "a{2,3}", "a{2,}b", "[^5].*",
    "(?:GET|POST)", r"\d+", "x[a-c-]y", "a|b|", "[]a]", "/v1/(chat|emb)/[^/]+", "a.c$", "(a+)+b", "(|x)y", r"\w+\.\S",
    "x*?y+?", r"[\d.]+", "",
)  # fmt: skip
UNREAD = (
    "[[:alpha:]]",
    "(?i)a",
    "(?P<n>a)",
    "a**",
    "(a",
    "a)",
    "[a",
    "a{3,2}",
    r"\pL",
    r"\b",
    "*a",
    "a{99}",
    "x" * 201,
)


@pytest.mark.parametrize("pattern", READ)
def test_samples_fit_by_pythons_own_matching(pattern: str) -> None:
    found = samples(pattern)
    assert found
    assert all(re.fullmatch(pattern, text) for text in found)
    assert all(matches(pattern, text) for text in found)


@pytest.mark.parametrize("pattern", UNREAD)
def test_what_is_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(UnreadPatternError):
        samples(pattern)


def test_simple_samples_come_first() -> None:
    assert samples("5..|429")[0] == "500"
    assert samples(r"1(\.0)?") == ("1.0", "1")


def test_nested_repetition_takes_no_time() -> None:
    assert not matches("(a|a)*" * 8 + "b", "a" * 190)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", "0"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{1,2}"])).map(lambda part: f"(?:{part[0]}){part[1]}"),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("ab0-", max_size=5))
def test_it_matches_as_python_does(pattern: str, text: str) -> None:
    assert matches(pattern, text) is (re.fullmatch(pattern, text) is not None)
