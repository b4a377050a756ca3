"""The guard: what is counted, what is not, and where the limits lie."""

import pytest

from airectl.promql.guard import MAX_BYTES, MAX_DEPTH, MAX_OPERATORS, TooLarge, check
from airectl.promql.regexes import cost


def test_the_limits_themselves_pass() -> None:
    check("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    check(" + ".join(["a"] * (MAX_OPERATORS + 1)))
    check("a" * MAX_BYTES)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("(" * (MAX_DEPTH + 1) + "a", "nested deeper than 64 levels"),
        (" + ".join(["a"] * (MAX_OPERATORS + 2)), "more than 200 operators"),
        (" or ".join(["a"] * (MAX_OPERATORS + 2)), "more than 200 operators"),
        (" UNLESS ".join(["a"] * (MAX_OPERATORS + 2)), "more than 200 operators"),
        (" atan2 ".join(["a"] * (MAX_OPERATORS + 2)), "more than 200 operators"),
        (" and ".join(["a"] * (MAX_OPERATORS + 2)), "more than 200 operators"),
        ("-" * (MAX_OPERATORS + 1) + "a", "more than 200 operators"),
        ("a" + "[5m:]" * (MAX_OPERATORS + 1), "more than 200 operators"),
        ("a" * (MAX_BYTES + 1), "longer than 16 KiB"),
        ('a{b="' + "é" * MAX_BYTES + '"}', "longer than 16 KiB"),
        ("[" * (MAX_DEPTH + 1), "nested deeper"),
        ("{" * (MAX_DEPTH + 1), "nested deeper"),
        ('a{b=~"(?:\\\\w{100}){50}"}', "regular expressions are too large"),
        ("a{b=~`\\w{100}\\w{100}\\w{100}`}", "regular expressions are too large"),
        ('a{b=~"(?:\\x5cw\\x7b100}){50}"}', "regular expressions are too large"),
        ('a{b=~"(?:\\u005cw{100}){50}"}', "regular expressions are too large"),
        ("a{b=~'(?:\\134w{100}){50}'}", "regular expressions are too large"),
    ],
)
def test_beyond_a_limit_is_refused_with_the_reason(query: str, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        check(query)


@pytest.mark.parametrize(
    "query",
    [
        'a{b="' + "(" * 1000 + '"}',
        "a{b='" + "+" * 1000 + "'}",
        "a{b=`" + "[{(" * 300 + "`}",
        'a{b="\\"' + "(" * 1000 + '"}',
        "# " + "(-" * 1000 + "\na",
        "a # " + "(-" * 1000,
        "a{" + ",".join(f'l{n}!="x"' for n in range(300)) + "}",
        " 1e-5 " * 300,
        "[5m]" * MAX_OPERATORS,
        " ".join(["order_total"] * 300),
        "()" * 1000,
    ],
)
def test_what_only_looks_like_brackets_and_operators_is_not_counted(query: str) -> None:
    check(query)


def test_a_text_without_an_end_hides_nothing_the_parser_would_see() -> None:
    check('"' + "(" * 1000)
    with pytest.raises(TooLarge):
        check('"text" ' + "(" * 1000)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", 3),
        ("a{10}", 10),
        ("a{2,10}", 10),
        ("a{5,}", 5),
        ("(ab){10}", 20),
        ("((a{10}){10}){10}", 1000),
        ("[a-z]{3}", 45),
        (".", 15),
        (r"\w", 1000),
        (r"\d{3}", 300),
        (r"[\pL]", 1015),
        (")", 1),
    ],
)
def test_cost_writes_repetitions_out(pattern: str, expected: int) -> None:
    assert cost(pattern) == expected
