"""Fields of OpenSLO by their path."""

import pytest

from airectl.spec import fields


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("slo.spec.objectives.target", "SLO.spec.objectives.target"),
        ("SLO.spec.objectives[0].target", "SLO.spec.objectives.target"),
        ("objectives.target", "SLO.spec.objectives.target"),
        ("sli.spec.ratioMetric.counter", "SLI.spec.ratioMetric.counter"),
        ("SLI.SPEC.RATIOMETRIC.COUNTER", "SLI.spec.ratioMetric.counter"),
        ("counter", "SLI.spec.ratioMetric.counter"),
        ("alertcondition.spec.condition.threshold", "AlertCondition.spec.condition.threshold"),
        ("datasource", "DataSource"),
        ("SLO.latency", "short.SLO.latency"),
    ],
)
def test_a_path_or_the_end_of_one_finds_its_field(text: str, path: str) -> None:
    assert fields.find(text)[0].path == path


def test_limits_and_neighbours_are_in_words() -> None:
    target = fields.find("slo.spec.objectives.target")[0]
    assert target.limits == ("at least 0", "below 1")
    assert target.rule == "an objective has either `target` or `targetPercent`"
    assert (target.type, target.unit, target.code) == ("a number", "ratio", "AIR014")
    window = fields.find("slo.spec.timeWindow")[0]
    assert window.required
    assert window.limits == ("exactly 1 in the list",)


def test_both_branches_of_an_inline_object_are_children() -> None:
    policies = fields.find("slo.spec.alertPolicies")[0]
    names = {child.name for child in fields.children(policies)}
    assert {"alertPolicyRef", "kind", "metadata", "spec"} <= names


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("slo.spec.objectives.targt", "SLO.spec.objectives.target"),
        ("budgetingMetod", "SLO.spec.budgetingMethod"),
        ("slo.spec.target", "SLO.spec.objectives.target"),
    ],
)
def test_near_paths(text: str, path: str) -> None:
    assert fields.find(text) == ()
    assert path in fields.near(text)


def test_nothing_is_near_nonsense() -> None:
    assert fields.near("xyzzy") == []


def test_every_field_says_what_it_is_for() -> None:
    silent = [path for path, field in fields.by_path().items() if not field.description]
    assert silent == []
