"""Many postmortems together, and their action items as payloads."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any, Final

import jsonschema
import pytest
from a_postmortem import changed, document
from hypothesis import given
from hypothesis import strategies as st

from airectl.incident.document import Document
from airectl.incident.statistics import quantile, recurring, summary
from airectl.incident.tracking import FORMATS, items, key, payloads
from runner import Runner

TODAY: Final = date(2026, 11, 20)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_the_median_is_the_median_and_quantiles_are_bounded(values: list[int]) -> None:
    exact = [Fraction(each) for each in values]
    assert quantile(exact, Fraction(1, 2)) == median(exact)
    p90 = quantile(exact, Fraction(9, 10))
    assert p90 is not None
    assert median(exact) <= p90 <= max(exact)


def test_no_values_have_no_quantile() -> None:
    assert quantile([], Fraction(1, 2)) is None
    assert quantile([Fraction(1), Fraction(11)], Fraction(9, 10)) == 10


def test_markers_come_before_what_is_stated() -> None:
    one = document(("TTD: 5 minutes", "TTD: 50 minutes"))
    found = summary([one, document(("recovered: 2026-11-14T04:10Z", "recovered: 2026-11-14T03:35Z"))], TODAY)
    assert found.measures["ttd"].p50_s == 300
    assert found.measures["ttr"].n == 2
    assert found.measures["ttr"].p50_s == Fraction(95 * 60 + 60 * 60, 2)
    assert found.measures["ttr"].stated == 0


def test_a_time_that_is_not_known_is_left_out_with_its_reason() -> None:
    early = document(("detected: 2026-11-14T02:40Z", "detected: 2026-11-14T02:30Z"), path="early.md")
    none = document(("  recovered: 2026-11-14T04:10Z\n", ""), path="none.md")
    found = summary([early, none], TODAY)
    assert [(each.path, each.measure, each.reason) for each in found.left_out] == [
        ("early.md", "ttd", "what ends it came first"),
        ("none.md", "ttr", "it has no marker `degraded` or `recovered` and states nothing"),
    ]


def test_a_time_that_nobody_agreed_to_is_left_out() -> None:
    mark = "recovered: {at: 2026-11-14T04:10Z, proposed: true}"
    found = summary([document(("recovered: 2026-11-14T04:10Z", mark), ("TTD: 5 minutes", "TTR: 95 minutes"))], TODAY)
    assert (found.measures["ttr"].n, found.measures["ttd"].n) == (0, 1)
    assert [(each.measure, each.reason) for each in found.left_out] == [
        ("ttr", "`recovered` is only proposed, and nobody has agreed")
    ]


def test_a_time_that_is_less_than_its_markers_are_exact_is_left_out() -> None:
    """Degraded and recovered on one day is no time to recover of 0."""
    day = (
        ("degraded: 2026-11-14T02:35Z", "degraded: 2026-11-14"),
        ("recovered: 2026-11-14T04:10Z", "recovered: 2026-11-14"),
    )
    found = summary([document(*day)], TODAY)
    assert found.measures["ttr"].n == 0
    assert ("ttr", "its markers are not exact enough") in [(each.measure, each.reason) for each in found.left_out]
    stated = summary([document(*day, ("TTD: 5 minutes", "TTR: 95 minutes"))], TODAY)
    assert (stated.measures["ttr"].n, stated.measures["ttr"].stated) == (1, 1)
    long = summary([document(day[0], ("recovered: 2026-11-14T04:10Z", "recovered: 2026-11-25"))], TODAY)
    assert long.measures["ttr"].p50_s == 11 * 86_400


def test_a_blank_that_was_left_is_a_reason() -> None:
    row = "\n\n| metric | value |\n|---|---|\n| TTD, time to detect | TODO(postmortem): from the markers |\n"
    found = summary([document(("TTD: 5 minutes", row), ("  detected: 2026-11-14T02:40Z\n", ""))], TODAY)
    assert [each.reason for each in found.left_out] == ["a blank is left"]


def test_budgets_are_added_up_by_class_and_slo() -> None:
    other = document(("class: capacity-exhaustion", "class: drift"))
    found = summary([document(), document(), other], TODAY)
    assert [(each.class_name, each.slo, each.incidents, each.consumed) for each in found.burned] == [
        ("capacity-exhaustion", "chat/ttft", 2, Fraction("1.22")),
        ("drift", "chat/ttft", 1, Fraction("0.61")),
    ]


def test_open_and_overdue_actions_are_told_apart() -> None:
    late = document(("due: 2026-12-01", "due: 2026-11-19"))
    done = document(("status: open", "status: done"), ("status: reviewed", "status: closed"))
    found = summary([document(), late, done], TODAY)
    assert (len(found.open), len(found.overdue), found.done, found.unclear) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("texts", "alike"),
    [
        (("Insufficient monitoring of the KIAM server", "Insufficient monitoring of KIAM servers"), True),
        (("**Implement priority-classes**: now", "**Implement priority classes**: because of the storm"), False),
        (("**Implement priority-classes for jobs**: a", "**Implement priority-classes for jobs**: b"), True),
        (("No alert on the queue", "No retry in the client"), False),
        (("Bug", "Bug"), False),
    ],
)
def test_causes_in_much_the_same_words_are_one(texts: tuple[str, str], alike: bool) -> None:
    found = recurring([("a", texts[0]), ("b", texts[1]), ("a", texts[0])])
    assert bool(found) is alike


def made(*changes: tuple[str, str]) -> list[tuple[Document, Any]]:
    return items([document(*changes)])


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_keys_stay_the_same_and_are_one_a_ticket(format: str) -> None:
    first = payloads(format, made())
    moved = payloads(format, made(("# Chat began to answer late\n", "# Chat began to answer late\n\nMore text.\n")))
    twice = payloads(format, made() + made())
    name = key("2026-11-14-chat-ttft", "Limit the batch job to 20 requests per second at the gateway")
    assert json.dumps(first) == json.dumps(moved) == json.dumps(twice)
    assert name in json.dumps(first)
    assert key("a", "Do  it\nnow") == key("a", "do it now") != key("b", "do it now")


def test_done_items_are_exported_only_when_asked_for() -> None:
    done = document(("status: open", "status: done"))
    assert items([done]) == []
    assert len(items([done], everything=True)) == 1


ACTION: Final = "action: Limit the batch job to 20 requests per second at the gateway"
EVIL: Final = "Ping @everyone in #12 <script>alert(1)</script> ![x](http://x) /close `a` | b *c* _d_"


def test_words_of_a_document_are_words_in_a_tracker() -> None:
    found = made(
        ("action: Limit the batch job to 20 requests per second at the gateway", f"action: {json.dumps(EVIL)}")
    )
    for format in ("github", "gitlab"):
        (payload,) = payloads(format, found)
        body = payload.get("body") or payload["description"]
        assert "<script>" not in body
        assert "@everyone" not in body
        assert "](http" not in body
        assert not any(line.startswith("/") for line in body.splitlines())
    (jira,) = payloads("jira", found)
    texts = [part["text"] for block in jira["fields"]["description"]["content"] for part in block["content"]]
    assert texts[0] == EVIL


JIRA: Final = {
    "type": "object",
    "required": ["fields"],
    "additionalProperties": False,
    "properties": {
        "fields": {
            "type": "object",
            "required": ["summary", "description", "labels"],
            "properties": {
                "summary": {"type": "string", "maxLength": 255, "pattern": "^[^\n]+$"},
                "labels": {"type": "array", "items": {"type": "string", "pattern": "^[^ ]+$"}},
                "duedate": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
                "description": {"type": "object", "required": ["type", "version", "content"]},
            },
        }
    },
}


def test_a_title_is_one_line_and_not_too_long() -> None:
    long = "Add an alert for " + "every queue " * 60
    found = made((ACTION, f"action: {long}"))
    (payload,) = payloads("jira", found)
    jsonschema.validate(payload, JIRA)


def test_the_command_writes_a_file_or_stdout(airectl: Runner) -> None:
    (airectl.cwd / "postmortems").mkdir()
    (airectl.cwd / "postmortems" / "a.md").write_text(changed())
    (airectl.cwd / "postmortems" / "README.md").write_text("# Ours\n")
    stdout, _, code = airectl.call(["postmortem", "export", "--actions", "github"])
    assert code == 0
    assert len(json.loads(stdout)) == 1
    airectl.call(["postmortem", "export", "--actions", "github", "--out", "a.json"])
    assert (airectl.cwd / "a.json").read_bytes() == stdout
