"""Old findings and new ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core import baseline
from airectl.core.findings import Finding, Location, Severity


def finding(message: str, line: int = 1) -> Finding:
    return Finding(code="AIR003", severity=Severity.ERROR, message=message, at=Location(path="a.yaml", line=line))


def test_a_finding_that_moved_is_still_the_old_one() -> None:
    before = finding("the key `a` is already set in line 3", 9)
    after = finding("the key `a` is already set in line 5", 11)
    assert baseline.of(before) == baseline.of(after)


def test_a_second_one_like_it_is_new() -> None:
    old = finding("x")
    compared = baseline.compare([old, finding("x", 2)], [baseline.of(old)])
    assert (len(compared.new), compared.known, compared.gone) == (1, 1, 0)


messages = st.lists(st.sampled_from("abc"), max_size=6)


@given(messages, messages)
def test_nothing_is_lost_and_nothing_made_up(now: list[str], before: list[str]) -> None:
    compared = baseline.compare(map(finding, now), [baseline.of(finding(m)) for m in before])
    assert len(compared.new) + compared.known == len(now)
    assert compared.known + compared.gone == len(before)
    assert {f.message for f in compared.new} >= set(now) - set(before)


def test_a_report_gives_the_fingerprints_of_its_findings() -> None:
    entries = [
        {"code": "AIR003", "location": {"path": "a.yaml", "line": 1}, "message": "set in line 3"},
        {"code": "AIR001", "location": None, "message": "none"},
    ]
    assert baseline.reported(json.dumps({"findings": entries})) == [
        baseline.of(finding("set in line 7")),
        ("AIR001", "", "none"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 200_000,
        '{"findings": 5}',
        '{"findings": [5]}',
        '{"findings": [{"code": 1, "location": null, "message": "m"}]}',
        '{"findings": [{"code": "A", "location": [], "message": 5}]}',
        '{"findings": [{"code": "A", "location": {"path": ["x"]}, "message": "m"}]}',
        '{"findings": [{"code": "A", "location": "x", "message": "m"}]}',
        '{"findings": [{"code": "A"}]}',
    ],
)
def test_a_text_that_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is wrong with it is for the caller to say
        baseline.reported(text)
