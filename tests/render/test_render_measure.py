import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.render.measure import hanging, padded, width, wrapped

WORDS = st.text("ab 模\u0301-", max_size=80)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("模型", 4), ("e\u0301", 1), ("\uff37", 2), ("한", 2), ("\u1112\u1161\u11ab", 2), ("é", 1)],
)
def test_width_counts_terminal_cells(text: str, cells: int) -> None:
    assert width(text) == cells
    assert width(padded(text, 6)) == 6


@given(WORDS, st.integers(2, 30))
def test_wrapping_fits_and_loses_nothing_but_spaces(text: str, cells: int) -> None:
    lines = wrapped(text, cells)
    if width(text) > cells and text.strip():
        assert max(map(width, lines)) <= cells
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_further_lines_hang_under_the_text() -> None:
    assert hanging("= help: ", "one two three four", 16) == ["= help: one two", "        three", "        four"]
    assert hanging("= help: ", "one two three four", None) == ["= help: one two three four"]


def test_a_prefix_that_takes_most_of_the_line_does_not_push_the_text_out() -> None:
    assert hanging("a long prefix: ", "one two", 18) == ["a long prefix:", "    one two"]
