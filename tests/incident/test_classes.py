"""The shipped classes of incidents are complete, and the schema of front matters takes what is written."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from airectl.core.incident import sections, writing
from airectl.core.incident.blanks import blank
from airectl.core.incident.incident import MODEL_STATE, Incident
from airectl.incident import classes
from airectl.spec import schema
from incidents import INCIDENTS

NAMES = (
    "accelerator-hardware", "bad-model-rollout", "bias-safety-harm", "capacity-exhaustion", "config-change",
    "data-pipeline", "drift", "hallucination", "kv-cache-thrash", "model-quality-regression", "prompt-regression",
    "retrieval", "security-abuse", "traffic-surge", "vendor-outage",
)  # fmt: skip


def test_every_class_is_there() -> None:
    assert tuple(classes.shipped()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_class_has_all_that_a_document_needs(name: str) -> None:
    found = classes.shipped()[name]
    assert found.name == name
    assert found.title
    assert found.summary.endswith(".")
    assert found.template in sections.TEMPLATES
    assert found.runbook.startswith("https://")
    assert found.model_state
    assert set(found.model_state) <= set(MODEL_STATE)
    assert set(found.questions) <= set(sections.ALL)
    assert {"impact", "detection", "factors", "mitigation", "lessons"} <= set(found.questions)
    asked = [question for questions in found.questions.values() for question in questions]
    assert len(asked) >= 6
    assert len(set(asked)) == len(asked)
    assert all(question.endswith("?") and "|" not in question for question in asked)


def test_every_class_asks_what_no_other_asks() -> None:
    asked = [{q for qs in each.questions.values() for q in qs} for each in classes.shipped().values()]
    for own in asked:
        assert len(own.difference(*(other for other in asked if other is not own))) >= 5


def judged(data: object) -> list[str]:
    """What the schema says against the data of a front matter."""
    validator = jsonschema.Draft202012Validator(schema.document("postmortem-v1"))
    plain = json.loads(json.dumps(data, default=float))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(plain)]


def complete(incident: Incident) -> dict[str, object]:
    """With the keys that may not be left out."""
    return {"services": [], "markers": {}, "impact": {}, "action_items": [], **writing.write(incident)}


@given(INCIDENTS)
def test_the_schema_takes_every_incident_that_is_written(incident: Incident) -> None:
    assert judged(complete(incident)) == []


LEFT = blank("who?")


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("status",), "done"),
        (("severity",), "bad"),
        (("id",), "a b"),
        (("markers", "detected"), "8:40"),
        (("markers", "detected"), "2026-11-14T02:35"),
        (("markers", "detected"), "0202-01-01"),
        (("markers", "found"), "2026-11-14"),
        (("impact", "minutes"), -1),
        (("impact", "minutes"), "some"),
        (("action_items",), [{"action": "x", "type": "blame"}]),
        (("action_items",), [{"owner": "x"}]),
        (("tags",), {"atlas": ["T51"]}),
        (("owner",), ""),
        (("extra",), "x"),
    ],
)
def test_what_a_front_matter_may_not_say(keys: tuple[str, ...], value: object) -> None:
    data = complete(Incident(id="a", title="t", status="draft", severity="sev1", owner="o", class_name="drift"))
    assert judged(data) == []
    part: Any = data
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    assert len(judged(data)) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"severity": LEFT, "owner": LEFT, "class": LEFT, "title": LEFT, "services": [LEFT]},
        {"markers": {"detected": LEFT, "declared": {"at": LEFT}, "published": None}},
        {"impact": {"minutes": LEFT, "users": LEFT, "outage": LEFT, "requests": {"value": 3, "low": 1, "high": LEFT}}},
        {"action_items": [{"action": LEFT, "type": LEFT, "owner": LEFT, "due": LEFT}], "causes": [{"cause": LEFT}]},
    ],
    ids=["texts", "markers", "impact", "lists"],
)
def test_a_blank_may_stand_for_whatever_a_person_knows(data: dict[str, object]) -> None:
    whole = complete(Incident(id="a", title="t", status="draft", severity="sev1", owner="o", class_name="drift"))
    assert judged({**whole, **data}) == []
