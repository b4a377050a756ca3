"""Clocks of regulators: the periods of the laws, from when they count, and how they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.incident.incident import Incident, Notice
from airectl.core.incident.markers import Mark, Marker, cut, moment
from airectl.incident.regulators import NoClockError, State, clock, rules

AWARE: Final = datetime(2026, 11, 1, 10, tzinfo=UTC)
INCIDENT: Final = Incident(markers={Marker.DETECTED: Mark(moment=cut(AWARE))})


@pytest.mark.parametrize(
    ("rule", "ground", "hours"),
    [
        ("eu-ai-act-73", "", 15 * 24),
        ("eu-ai-act-73", "serious-incident", 15 * 24),
        ("eu-ai-act-73", "widespread", 2 * 24),
        ("eu-ai-act-73", "critical-infrastructure", 2 * 24),
        ("eu-ai-act-73", "death", 10 * 24),
        ("us-ca-bpc-22757-13", "", 15 * 24),
        ("us-ca-bpc-22757-13", "imminent-danger", 24),
        ("us-ny-gbl-1422", "", 72),
        ("us-ny-gbl-1422", "imminent-danger", 24),
        ("eu-gdpr-33", "", 72),
    ],
)
def test_the_periods_are_those_of_the_laws(rule: str, ground: str, hours: int) -> None:
    found = clock(Notice(rule=rule, ground=ground), INCIDENT, AWARE)
    assert found.deadline - AWARE == timedelta(hours=hours)


def test_every_rule_has_its_source_and_a_date() -> None:
    for rule in rules().values():
        assert rule.source.startswith("https://")
        assert datetime.fromisoformat(rule.read)
        assert all((rule.law, rule.whom, rule.who, rule.since, rule.title, rule.grounds))


@pytest.mark.parametrize(
    ("hours", "state"),
    [(0, State.RUNNING), (53.9, State.RUNNING), (54.1, State.NEAR), (72, State.NEAR), (72.1, State.PASSED)],
)
def test_how_it_stands(hours: float, state: State) -> None:
    notice = Notice(rule="eu-gdpr-33")
    assert clock(notice, INCIDENT, AWARE + timedelta(hours=hours)).state is state


@pytest.mark.parametrize(("told", "state"), [("2026-11-04T10:00Z", State.TOLD), ("2026-11-04T10:01Z", State.LATE)])
def test_what_was_told_is_in_time_or_late_whatever_the_time_is_now(told: str, state: State) -> None:
    notice = Notice(rule="eu-gdpr-33", reported=moment(told))
    assert clock(notice, INCIDENT, AWARE + timedelta(days=400)).state is state


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("2026-11-04", "in time or late is not known"),
        ("2026-11-04T10Z", "in time or late is not known"),
        ("2026-11-03", ""),
        ("2026-11-01", ""),
        ("2026-10-31", "is before it was known"),
        ("2026-12-01T10:00Z", "is in the future"),
    ],
)
def test_a_time_of_telling_that_decides_nothing_is_no_clock(told: str, message: str) -> None:
    notice, now = Notice(rule="eu-gdpr-33", reported=moment(told)), AWARE + timedelta(days=20)
    if message:
        with pytest.raises(NoClockError, match=message):
            clock(notice, INCIDENT, now)
    else:
        assert clock(notice, INCIDENT, now).state is State.TOLD


def test_the_notice_says_since_when_before_the_marker_does() -> None:
    found = clock(Notice(rule="eu-gdpr-33", aware=moment("2026-11-02T00:00Z")), INCIDENT, AWARE)
    assert (found.began, found.origin) == (datetime(2026, 11, 2, tzinfo=UTC), "`aware` of the notice")
    assert clock(Notice(rule="eu-gdpr-33"), INCIDENT, AWARE).origin == "the marker `detected`"


@pytest.mark.parametrize(
    ("notice", "incident", "message"),
    [
        (Notice(rule="gdpr"), INCIDENT, "there is no rule `gdpr`"),
        (Notice(rule="eu-gdpr-33", ground="death"), INCIDENT, "`eu-gdpr-33` has no ground `death`"),
        (Notice(rule="eu-gdpr-33"), replace(INCIDENT, markers={}), "nothing says since when it was known"),
    ],
)
def test_what_is_not_known_is_no_clock(notice: Notice, incident: Incident, message: str) -> None:
    with pytest.raises(NoClockError, match=message):
        clock(notice, incident, AWARE)


@given(st.integers(0, 10_000), st.sampled_from(sorted(rules())))
def test_left_is_what_is_left(minutes: int, rule: str) -> None:
    now = AWARE + timedelta(minutes=minutes)
    found = clock(Notice(rule=rule), INCIDENT, now)
    assert found.left == found.deadline - now
    assert (found.state is State.PASSED) == (now > found.deadline)
