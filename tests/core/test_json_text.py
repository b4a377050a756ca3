"""JSON with places: the data of the standard library, and each text where it stands."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.json_text import JsonError, Text, read

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_it_is_the_same_data(value: Any, indent: int | None, escaped: bool) -> None:
    assert read(json.dumps(value, indent=indent, ensure_ascii=escaped)) == value


def texts(value: Any) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in texts(each)]


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_each_text_is_where_it_says(value: Any, indent: int | None, escaped: bool) -> None:
    source = json.dumps(value, indent=indent, ensure_ascii=escaped)
    lines = source.split("\n")
    for text in texts(read(source)):
        line = lines[text.line - 1]
        assert line[text.col - 2] == '"'
        for offset, character in enumerate(text):
            begin, end = text.column(offset), text.column(offset + 1)
            assert json.loads(f'"{line[begin - 1 : end - 1]}"') == character


def test_escapes_and_lines() -> None:
    tree = read('{\n  "a": ["x", "\\u0041\\n\\ud83d\\ude00b\\"c"]}')
    text = tree["a"][1]
    assert (text.line, text.col) == (2, 15)
    assert [text.column(offset) for offset in range(7)] == [15, 21, 23, 35, 36, 38, 39]


@pytest.mark.parametrize(
    ("source", "line", "col"),
    [("", 1, 1), ("{", 1, 2), ('{"a": 1,\n "b" 2}', 2, 6), ("[1, 2", 1, 6), ("nil", 1, 1), ('"a\nb"', 1, 3)],
)
def test_what_is_no_json_has_a_place(source: str, line: int, col: int) -> None:
    with pytest.raises(JsonError) as error:
        read(source)
    assert (error.value.line, error.value.col) == (line, col)


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(JsonError, match="nested"):
        read("[" * 200_000 + "]" * 200_000)
    with pytest.raises(JsonError, match="number"):
        read("9" * 10_000)
