import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report_examples import HOSTILE

from airectl.render.inert import inert, inert_json, inert_lines

ANY = st.text(st.characters(codec=None))
INVISIBLE = "\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u200d\u2060\u3164\ufeff\uffa0\U000e0041"


def unsafe(text: str) -> list[str]:
    """Characters that a terminal obeys or an eye cannot see; decided by the Unicode database, not by our table."""
    visible_formats = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    hieroglyphs = {chr(code) for code in range(0x13430, 0x13440)}
    return [
        character
        for character in text
        if (
            unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
            and character not in visible_formats
            and character not in hieroglyphs
        )
        or character in INVISIBLE
    ]


@given(ANY)
@example(HOSTILE)
def test_no_unsafe_character_survives(text: str) -> None:
    assert unsafe(inert(text)) == []
    assert unsafe(inert_json(text)) == []
    assert all(unsafe(line) == [] for line in inert_lines(text))


def test_no_unsafe_character_of_all_unicode_survives() -> None:
    # Compared as a number: a failure must not print all of Unicode.
    assert len(unsafe(inert("".join(map(chr, range(0x110000)))))) == 0


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=INVISIBLE)))
def test_ordinary_text_is_left_exactly_as_written(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nPASSED", r"a\nPASSED"),
        ("a\r\tb", r"a\r\tb"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b", r"\x9b"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("naïve 模型 👍🏽 é", "naïve 模型 👍🏽 é"),
    ],
)
def test_what_is_unsafe_is_shown(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_lines_know_every_line_end_and_drop_none() -> None:
    assert inert_lines("a\r\n\n\tb\rc\n") == ["a", "", r"    b\rc"]


@given(ANY)
def test_json_escapes_keep_the_value(text: str) -> None:
    escaped = inert_json(text.replace("\\", ""))
    decoded = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), escaped)
    assert decoded.encode("utf-16", "surrogatepass") == text.replace("\\", "").encode("utf-16", "surrogatepass")
