"""Ignore comments: what they silence, and what is wrong with them."""

from datetime import date

import pytest

from airectl.core.findings import Finding, Location, Severity
from airectl.spec import ignores

KNOWN = frozenset({"AIR002", "AIR014", "AIR019", "AIR202", "AIR207"})
TODAY = date(2026, 11, 20)


def finding(line: int, code: str = "AIR014") -> Finding:
    at = Location(path="a.yaml", line=line, col=3)
    return Finding(code=code, severity=Severity.ERROR, message="wrong", at=at)


def run(text: str, *findings: Finding) -> tuple[list[str], int]:
    result = ignores.apply(findings, {"a.yaml": text}, KNOWN, TODAY)
    return [f"{f.code} {f.message}" for f in result.findings], result.count


def test_a_comment_behind_the_line_silences_it() -> None:
    assert run("a: 1\nb: 2 # airectl: ignore AIR014: agreed with the team\n", finding(2)) == ([], 1)


def test_a_comment_of_its_own_is_about_the_next_line_that_is_none() -> None:
    text = "# airectl: ignore AIR014 until 2026-11-20: still today\n# why\n\nb: 2\n"
    assert run(text, finding(4)) == ([], 1)


def test_several_codes_in_one_comment() -> None:
    text = "b: 2 # airectl: ignore AIR014, AIR019: both\n"
    assert run(text, finding(1), finding(1, "AIR019")) == ([], 2)


def test_other_lines_and_codes_stay() -> None:
    kept, count = run("b: 2 # airectl: ignore AIR019: other\nc: 3\n", finding(1), finding(2))
    assert count == 0
    assert kept == ["AIR014 wrong", "AIR014 wrong", "AIR036 nothing to ignore here: AIR019 is not found"]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore AIR014", "the ignore comment gives no reason"),
        ("ignore AIR014:", "the ignore comment gives no reason"),
        ("ignore AIR014 until 2026-11-19: late", "the ignore comment expired on 2026-11-19"),
        ("ignore AIR014 until soon: late", "`soon` is no date of the form 2027-01-31"),
        ("ignore AIR998: what", "`AIR998` is no finding code"),
        ("ignore AIR002: it is fine", "AIR002 cannot be ignored"),
        ("ignore", "the ignore comment cannot be read"),
    ],
)
def test_a_comment_that_is_wrong_silences_nothing(comment: str, message: str) -> None:
    kept, count = run(f"b: 2 # airectl: {comment}\n", finding(1))
    assert count == 0
    assert kept == [f"AIR036 {message}", "AIR014 wrong"]


def test_a_file_full_of_comments_is_no_trap() -> None:
    text = "# airectl: ignore AIR014: why\n" * 50_000 + "a: 1\n"
    assert run(text, finding(50_001)) == ([], 1)


def measured(text: str, *findings: Finding) -> tuple[list[str], int]:
    result = ignores.apply_later(findings, {"a.yaml": text}, KNOWN, TODAY, family=ignores.MEASURED)
    return [f"{f.code} {f.message}" for f in result.findings], result.count


def test_what_is_measured_is_silenced_where_it_is_measured() -> None:
    text = "b: 2 # airectl: ignore AIR202, AIR014: known\n"
    assert run(text, finding(1)) == ([], 1)
    assert measured(text, finding(1, "AIR202")) == ([], 1)


def test_only_a_measurement_can_say_that_there_was_nothing_to_ignore() -> None:
    text = "b: 2 # airectl: ignore AIR207: agreed\n"
    assert run(text) == ([], 0)
    assert measured(text) == (["AIR036 nothing to ignore here: AIR207 is not found"], 0)


def test_a_comment_that_is_wrong_is_told_once() -> None:
    text = "b: 2 # airectl: ignore AIR207\n"
    assert run(text) == (["AIR036 the ignore comment gives no reason"], 0)
    assert measured(text, finding(1, "AIR207")) == (["AIR207 wrong"], 0)
