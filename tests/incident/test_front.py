"""The front matter of a new postmortem: what was known reads back, and a blank stands for all else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.incident import reading
from airectl.core.incident.blanks import blank, is_blank
from airectl.core.incident.burned import Goal, Unit, estimated
from airectl.core.incident.damage import Requests, Stretch
from airectl.core.incident.markers import Mark, Marker, moment
from airectl.core.incident.timeline import Row, What
from airectl.core.units import parse_duration
from airectl.incident import classes
from airectl.incident.facts import Facts, Objective
from airectl.incident.front import front_matter, incident_of
from airectl.incident.proposing import Given, burns, proposed
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.yaml_text import dump

START = moment("2026-11-14T02:00Z")
END = moment("2026-11-14T05:00Z")
GOAL = Goal(slo="chat/ttft", target=Decimal("0.99"), window=parse_duration("28d"))
FACTS = Facts(start=START.at, end=END.at, id="2026-11-14-chat")


def read_back(facts: Facts) -> Any:
    """The data of the front matter as they are read from a file, of which the schema has nothing to say."""
    composed = compose("pm.md", dump(front_matter(facts)))
    assert composed.findings == []
    (node,) = composed.documents
    assert schema.check(node, "postmortem-v1", "postmortem") == []
    return node


# What text of others comes to a document as: one line, no lone surrogates.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
).filter(lambda text: text and not is_blank(text)) | st.sampled_from(
    ["---", "...", "- a", "? x", "a: b # c", "&a", "*a", "!x", "%", "|", ">", "@", "`", "'", '"', "~", "null", "yes",
     "1e3", "0o17", "2026-01-01", "{a: 1}", "[", "\x07\x1b[31m", "\x85", "\ufeff", "\u2028", "\u202e", "key: |", "<<"]
)  # fmt: skip


@given(title=TEXTS, source=TEXTS, service=TEXTS, slo=TEXTS)
def test_any_text_reads_back_as_it_was(title: str, source: str, service: str, slo: str) -> None:
    mark = Mark(moment=moment("2026-11-14T02:41:10Z"), source=source, proposed=True)
    worse = estimated(replace(GOAL, slo=slo), 3600)
    facts = replace(
        FACTS,
        title=title,
        marks={Marker.DETECTED: mark},
        objectives=[Objective(id=slo, service=service, goal=GOAL, burned=worse)],
        services=(service,),
    )
    found = reading.read(read_back(facts))
    assert found == incident_of(facts)
    assert (found.title, found.services, found.slos) == (title, (service,), (slo,))
    assert found.markers == {Marker.DETECTED: mark}


def test_what_nobody_knows_is_a_blank() -> None:
    data = read_back(FACTS)
    for key in ("title", "severity", "owner", "class"):
        assert is_blank(data[key])
    assert {marker.value for marker in Marker if is_blank(data["markers"][marker.value])} == set(Marker)
    assert is_blank(data["services"][0])
    assert {key for key, value in data["impact"].items() if is_blank(value)} == {
        "minutes",
        "outage",
        "users",
        "requests",
    }
    assert all(is_blank(value) for value in data["action_items"][0].values())
    assert data["status"] == "draft"


@pytest.mark.parametrize("name", classes.shipped())
def test_a_class_asks_for_the_state_of_the_model_that_matters(name: str) -> None:
    kind = classes.shipped()[name]
    data = read_back(replace(FACTS, class_=kind))
    assert tuple(data["model_state"]) == kind.model_state
    assert ("notices" in data) == (name in ("bias-safety-harm", "security-abuse"))


def test_the_length_of_the_impact_is_that_between_markers() -> None:
    marks = {Marker.DEGRADED: Mark(moment=START), Marker.RECOVERED: Mark(moment=END)}
    assert incident_of(replace(FACTS, marks=marks)).impact.minutes == 180
    backwards = {Marker.DEGRADED: Mark(moment=END), Marker.RECOVERED: Mark(moment=START)}
    assert incident_of(replace(FACTS, marks=backwards)).impact.minutes is None


def row(text: str, what: What, *, backfilled: bool = False) -> Row:
    return Row(moment=moment(text), event="x", what=what, origin="a", backfilled=backfilled)


def objective(name: str, start: str, end: str) -> Objective:
    first, last = (int(moment(text).at.timestamp()) for text in (start, end))
    return Objective(id=name, service="chat", worse=Stretch(start_s=first, end_s=last, step_s=60))


def test_moments_are_proposed_from_the_data_and_say_so() -> None:
    worse = [
        objective("chat/b", "2026-11-14T02:40Z", "2026-11-14T04:00Z"),
        objective("chat/a", "2026-11-14T02:35Z", "2026-11-14T03:00Z"),
    ]
    rows = [
        row("2026-11-14T01:00Z", What.ALERT),
        row("2026-11-14T02:41Z", What.PAGE),
        row("2026-11-14T02:30Z", What.STATUS, backfilled=True),
        row("2026-11-14T03:30Z", What.STATUS),
    ]
    found = proposed(Given(start=START, end=END, marks={}), worse, rows)
    assert {marker.value: str(mark.moment) for marker, mark in found.items()} == {
        "degraded": "2026-11-14T02:35Z",
        "detected": "2026-11-14T02:41Z",
        "recovered": "2026-11-14T04:00Z",
        "published": "2026-11-14T03:30Z",
    }
    assert all(mark.proposed and mark.source for mark in found.values())
    assert "chat/a" in found[Marker.DEGRADED].source
    assert "chat/b" in found[Marker.RECOVERED].source


def test_without_a_budget_the_ends_of_the_interval_are_proposed() -> None:
    found = proposed(Given(start=START, end=END, marks={}), [], [row("2026-11-14T01:00Z", What.ALERT)])
    assert {marker: mark.source for marker, mark in found.items()} == {
        Marker.DEGRADED: "beginning of the interval that was given",
        Marker.RECOVERED: "end of the interval that was given",
    }  # fmt: skip


def test_what_a_person_says_is_not_proposed() -> None:
    given_ = Given(start=START, end=END, marks={Marker.DEGRADED: moment("2026-11-14")})
    found = proposed(given_, [objective("chat/a", "2026-11-14T02:35Z", "2026-11-14T03:00Z")], [])
    assert found[Marker.DEGRADED] == Mark(moment=moment("2026-11-14"), source="--mark")
    assert list(found) == [Marker.DEGRADED, Marker.RECOVERED]


def test_a_burn_has_a_row_for_its_beginning_and_for_its_end() -> None:
    found = list(burns(objective("chat/a", "2026-11-14T02:35Z", "2026-11-14T03:00Z")))
    assert [(str(each.moment), each.what) for each in found] == [
        ("2026-11-14T02:35Z", What.BURN), ("2026-11-14T03:00Z", What.BURN),
    ]  # fmt: skip
    assert "airectl budget --slo chat/a --at 2026-11-14T03:00Z" in found[0].evidence
    assert list(burns(Objective(id="a", service=""))) == []
    beside = burns(objective("chat/a", "2026-11-14T02:35Z", "2026-11-14T03:00Z"), specs=["../my specs"])
    assert "airectl budget '../my specs' --slo chat/a --at 2026-11-14T03:00Z" in next(beside).evidence


def test_bad_requests_of_several_slos_are_bounded_by_the_most_and_by_all_of_them() -> None:
    burned = replace(estimated(GOAL, 60, Fraction(1, 2)), unit=Unit.EVENTS)

    def counted(id_: str, bad: float) -> Objective:
        requests = Requests(valid=500, bad=bad, low=bad, high=bad)
        return Objective(id=id_, service="chat", goal=GOAL, burned=burned, requests=requests)

    both = front_matter(replace(FACTS, objectives=[counted("chat/a", 63), counted("chat/b", 113)]))
    assert both["impact"]["requests"] == {"value": 113, "low": 113, "high": 176}
    alone = front_matter(replace(FACTS, objectives=[counted("chat/b", 113)]))
    assert alone["impact"]["requests"] == {"value": 113}


def test_requests_that_nobody_counted_are_a_blank() -> None:
    assert blank("how many requests were bad?") == front_matter(FACTS)["impact"]["requests"]
    total = Objective(id="a", service="", goal=GOAL, burned=estimated(GOAL, 60, Fraction(1, 2)))
    assert is_blank(front_matter(replace(FACTS, objectives=[total]))["impact"]["requests"])
