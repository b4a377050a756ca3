"""Lints of postmortems beyond their fixtures in tests/codes: what is a finding, what is none, and where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest
from a_postmortem import GOOD, changed, document
from hypothesis import given
from hypothesis import strategies as st

from airectl.incident import lint
from airectl.incident.document import read
from runner import Runner

SUMMARY: Final = "A batch job filled the queue of the chat replicas, so that first tokens came late."
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def codes(*changes: tuple[str, str]) -> list[str]:
    return [finding.code for finding in lint.run([document(*changes)], NOW)]


def test_nothing_is_wrong_with_the_good_one() -> None:
    assert codes() == []


def test_every_lint_has_a_code_of_its_own() -> None:
    found = [each.code for each in lint.all_lints()]
    assert len(found) == len(set(found)) > 20


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Another name of a section is fine.
        ((("## Detection", "## detection:"),), []),
        ((("## Contributing factors", "## Root causes"),), []),
        ((("## Action items", "## Follow-ups"),), []),
        # A section whose text is a list, a table, a fence or a heading below it says something.
        (((SUMMARY, "```\nlog\n```"),), []),
        (((SUMMARY, "- a point"),), []),
        (((SUMMARY, "<!-- x -->"),), ["AIR623"]),
        # As exact as they are: the same minute is no contradiction, a day is one only against another day.
        ((("declared: 2026-11-14T02:50Z", "declared: 2026-11-14T02:40Z"),), []),
        ((("declared: 2026-11-14T02:50Z", "declared: 2026-11-14"),), []),
        ((("declared: 2026-11-14T02:50Z", "declared: 2026-11-13"),), ["AIR627", "AIR629"]),
        # Detected before users were hit is what alerts are for.
        ((("detected: 2026-11-14T02:40Z", "detected: 2026-11-14T02:30Z"), ("TTD: 5 minutes", "")), []),
        # A length to the mitigation or to the recovery, as exact as it is written.
        ((("minutes: 95", "minutes: 75"),), []),
        ((("minutes: 95", "minutes: 95.4"),), []),
        ((("minutes: 95", "minutes: 97"),), ["AIR630"]),
        ((("TTD: 5 minutes", "TTD: about 5 minutes"),), []),
        ((("TTD: 5 minutes", "TTD: ?"),), []),
        ((("TTD: 5 minutes", "\n\n- TTD: some minutes"),), ["AIR630"]),
        ((("TTD: 5 minutes", "The gap is TTD: small enough"),), []),
        # Figures as exact as they are written.
        ((("consumed_ratio: 0.61", "consumed_ratio: 0.6"),), []),
        ((("consumed_ratio: 0.61", "consumed_ratio: 0.62"),), ["AIR631"]),
        ((("bad: 30500", "bad: 2000000"), ("consumed_ratio: 0.61", "consumed_ratio: 40")), ["AIR631"]),
        ((("counted: 1000000", "counted: 0"),), ["AIR631"]),
        # What is done or dropped needs no day that is still to come.
        ((("due: 2026-12-01\n    status: open", "due: 2026-11-19\n    status: done"),), []),
        ((("due: 2026-12-01", "due: 2026-11-20"),), []),
        ((("due: 2026-12-01", "due: 2026-11-19"),), ["AIR636"]),
        ((("due: 2026-12-01", "due: 2026-02-30"),), ["AIR006", "AIR635"]),
        ((("outage: partial", "outage: total"), ("one request in three", "an outage: every request")), []),
        ((("outage: partial", "outage: none"), ("one request in three", "an outage: every request")), ["AIR639"]),
        # Blame in the front matter is blame.
        ((("cause: The batch job of the reports shares", "cause: Human error shares"),), ["AIR637"]),
        # What the schema says is told by the schema.
        ((("severity: sev2", "severity: bad"),), ["AIR013"]),
        ((("id: 2026-11-14-chat-ttft\n", ""),), ["AIR010"]),
    ],
)  # fmt: skip
def test_what_is_a_finding(changes: tuple[tuple[str, str], ...], expected: list[str]) -> None:
    assert codes(*changes) == expected


def test_each_of_two_notices_by_one_rule_has_its_own_clock() -> None:
    """Two authorities: that the one was told says nothing of the other."""
    told = "  - {rule: eu-gdpr-33, reported: 2026-11-15T02:40Z}\n"
    untold = "  - {rule: eu-gdpr-33}\n"
    for notices, expected in ((told + told, []), (untold + told, ["AIR640"]), (told + untold, ["AIR640"])):
        assert codes(("action_items:\n", f"notices:\n{notices}action_items:\n")) == expected


def test_places_in_the_front_matter_are_those_of_the_file() -> None:
    (found,) = lint.run([document(("consumed_ratio: 0.61", "consumed_ratio: 0.301"))], NOW)
    assert found.at is not None
    line = changed(("consumed_ratio: 0.61", "consumed_ratio: 0.301")).splitlines()[found.at.line - 1]
    assert line[found.at.col - 1 : found.at.end_col - 1] == "0.301"


def test_a_sentence_over_two_lines_has_its_place() -> None:
    text = ("TTD: 5 minutes", "TTD: 5 minutes\n\nIt came late. The engineer should\nhave known that.")
    (found,) = lint.run([document(text)], NOW)
    assert found.code == "AIR637"
    assert found.at is not None
    assert changed(text).splitlines()[found.at.line - 1][found.at.col - 1 :] == "engineer should"


def test_a_comment_silences_with_a_reason(airectl: Runner) -> None:
    blamed = "TTD: 5 minutes\n\n{}It was human error."
    plain = changed(("TTD: 5 minutes", blamed.format("")))
    reasoned = changed(
        ("TTD: 5 minutes", blamed.format("<!-- airectl: ignore AIR637 until 2027-01-01: quoted by law -->\n"))
    )
    bare = changed(("TTD: 5 minutes", blamed.format("<!-- airectl: ignore AIR637 -->\n")))
    late = changed(
        ("TTD: 5 minutes", blamed.format("<!-- airectl: ignore AIR637 until 2026-01-01: was long ago -->\n"))
    )
    above = changed(
        (
            "    due: 2026-12-01",
            "    # airectl: ignore AIR636: agreed with the board\n    # airectl: ignore AIR036: x\n    due: 2026-11-19",
        )
    )
    in_front = changed(("due: 2026-12-01", "due: 2026-11-19  # airectl: ignore AIR636: agreed with the board"))
    seen = {}
    for name, text in {
        "plain": plain,
        "reasoned": reasoned,
        "bare": bare,
        "late": late,
        "front": in_front,
        "above": above,
    }.items():
        (airectl.cwd / f"{name}.md").write_text(text)
        stdout, _, code = airectl.call(["postmortem", "check", f"{name}.md", "-o", "concise"])
        seen[name] = ([line.split(" ")[2] for line in stdout.decode().splitlines()], code)
    assert seen == {
        "plain": (["AIR637"], 1),
        "reasoned": ([], 0),
        "bare": (["AIR036", "AIR637"], 1),
        "late": (["AIR036", "AIR637"], 1),
        "front": ([], 0),
        "above": (["AIR036"], 0),
    }


@given(st.text(alphabet="ab-|#`<>!\n *[]():0123456789TZ.,~?\"'{}&%", max_size=200), st.integers(0, len(GOOD)))
def test_any_text_is_read(text: str, at: int) -> None:
    for whole in (text, GOOD[:at] + text + GOOD[at:], f"---\n{text}\n---\n{text}"):
        found = lint.run([read("x.md", whole)], NOW)
        count = whole.count("\n") + 1
        assert all(f.at is None or f.at.line <= count for f in found)
