"""A postmortem of `new` passes `check` when a person has filled every blank, and not before."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest

from runner import Runner

NEW: Final = [
    "postmortem", "new", "--from", "2026-11-14T02:00Z", "--to", "2026-11-14T05:00Z", "--title", "Chat slow",
    "--target", "99.9%/30d", "--outage", "total", "--class", "capacity-exhaustion", "--template", "short",
    "--out", "pm", "-q",
]  # fmt: skip
# What the person says; everything else that is asked is answered with a sentence.
ANSWERS: Final = {
    'severity: "TODO': "severity: sev2",
    'owner: "TODO(postmortem): who sees': "owner: team-chat",
    'cause_began: "TODO': "cause_began: 2026-11-14T01:40Z",
    'detected: "TODO': "detected: 2026-11-14T02:10Z",
    'declared: "TODO': "declared: 2026-11-14T02:15Z",
    'mitigated: "TODO': "mitigated: 2026-11-14T04:50Z",
    'published: "TODO': "published: null",
    'outage: "TODO': "outage: partial",
    'users: "TODO': "users: 1200",
    'requests: "TODO': "requests: {value: 9000, low: 8000, high: 10000}",
    '- action: "TODO': "- action: Limit the batch job to 20 requests per second at the gateway",
    'type: "TODO': "type: prevent",
    'owner: "TODO(postmortem): who does': "owner: team-gateway",
    'due: "TODO': "due: 2026-12-01",
}
ROWS: Final = """| 2026-11-14T01:40Z | change | the batch job begins | job log |
| 2026-11-14T02:00Z | burn | the budget begins to burn | chart |
| 2026-11-14T02:10Z | alert | ChatPage fires | alert |
| 2026-11-14T05:00Z | resolved | the queue is empty | chart |"""


def filled(text: str) -> str:
    """The document as a person leaves it."""
    for asked, answer in ANSWERS.items():
        assert asked in text, asked
        text = re.sub(rf"{re.escape(asked)}[^\n]*", answer, text, count=1)
    text = re.sub(r"^\s*proposed: true\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\| TODO\(postmortem\): when[^\n]*", ROWS, text, flags=re.MULTILINE)
    for name, length in (("TTD", "10 min"), ("TTA", "5 min"), ("TTM", "2 h 50 min")):
        text = re.sub(rf"^(\| {name},[^\n]*\| )TODO[^\n|]*\|", rf"\g<1>{length} |", text, flags=re.MULTILINE)
    text = re.sub(r'"TODO\(postmortem\)[^"\n]*"', '"as it was on that day"', text)
    return re.sub(r"TODO\(postmortem\):[^\n|]*", "Said in full.", text)


def checked(airectl: Runner, text: str) -> tuple[set[str], int]:
    (airectl.cwd / "filled.md").write_text(text)
    stdout, stderr, code = airectl.call(["postmortem", "check", "filled.md", "-o", "json"])
    assert stdout, stderr.decode()
    found: dict[str, Any] = json.loads(stdout)
    return {each["code"] for each in found["findings"]}, code


@pytest.fixture
def new(airectl: Runner) -> str:
    """What `new` writes."""
    _, stderr, code = airectl.call(NEW)
    assert code == 0, stderr.decode()
    return next((airectl.cwd / "pm").glob("*.md")).read_text("utf-8")


def test_blanks_fail_and_a_filled_one_passes(new: str, airectl: Runner) -> None:
    assert checked(airectl, new) == ({"AIR622", "AIR643"}, 1)
    assert checked(airectl, filled(new)) == (set(), 0)


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("## Summary", "## Sum", "AIR621"),
        ("detected: 2026-11-14T02:10Z", 'detected: "TODO(postmortem): when?"', "AIR622"),
        ("| 2026-11-14T01:40Z |", "| 2026-11-14T01:4?Z |", "AIR624"),
        ("| 2026-11-14T02:10Z |", "| 2026-11-14T01:10Z |", "AIR625"),
        ("  detected: 2026-11-14T02:10Z\n", "", "AIR628"),
        ("mitigated: 2026-11-14T04:50Z", "mitigated: 2026-11-14T01:50Z", "AIR629"),
        ("  minutes: 180\n", "  minutes: 18\n", "AIR630"),
        ("| 3 h |", "| 4 h |", "AIR630"),
        ("bad: 10800", "bad: 1080", "AIR631"),
        ("action: Limit the batch job to 20 requests per second at the gateway", "action: Think about it", "AIR633"),
        ("    owner: team-gateway\n", "", "AIR634"),
        ("    due: 2026-12-01\n", "", "AIR635"),
        ("due: 2026-12-01", "due: 2026-11-01", "AIR636"),
        ("Trigger: Said in full.", "Trigger: human error", "AIR637"),
        ("Trigger: Said in full.", "Trigger: Anna Schmidt forgot the flag", "AIR638"),
        ("Trigger: Said in full.", "Trigger: the outage of chat", "AIR639"),
    ],
)
def test_each_missing_piece_has_its_own_code(was: str, now: str, code: str, new: str, airectl: Runner) -> None:
    text = filled(new)
    assert was in text
    found, _ = checked(airectl, text.replace(was, now, 1))
    assert code in found
