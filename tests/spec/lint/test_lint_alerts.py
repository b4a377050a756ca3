"""Burn rates that can be reached and that cannot, by exact arithmetic."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.findings import Finding
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.source import SourceText

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC))
SLO = """\
- apiVersion: openslo/v1
  kind: SLO
  metadata: {{name: chat}}
  spec:
    service: chat
    indicatorRef: chat
    timeWindow: [{{duration: 28d, isRolling: true}}]
    budgetingMethod: Occurrences
    objectives: [{{target: {target}}}]
    alertPolicies:
      - kind: AlertPolicy
        metadata: {{name: page}}
        spec:
          conditions: [{{conditionRef: burn}}]
          notificationTargets: [{{targetRef: on-call}}]
"""
CONDITION = """\
- apiVersion: openslo/v1
  kind: AlertCondition
  metadata: {{name: burn}}
  spec:
    severity: page
    condition: {{kind: burnrate, op: {op}, threshold: {threshold}, lookbackWindow: 1h}}
"""


def told(text: str) -> list[Finding]:
    findings = check([SourceText(path="f.yaml", text=text)], CONTEXT).findings
    return [finding for finding in findings if finding.code == "AIR028"]


def never_fires(threshold: str, target: str, op: str = "gt") -> list[Finding]:
    return told(SLO.format(target=target) + CONDITION.format(threshold=threshold, op=op))


# Source: the factors of the SRE Workbook's table 5-8 and the targets below which they cannot fire
@pytest.mark.parametrize(
    ("threshold", "target", "needed"),
    [
        ("14.4", "0.93", "14.4 needs a target above 93.06 %"),
        ("6", "0.8", "6 needs a target above 83.33 %"),
        ("3", "0.5", "3 needs a target above 66.67 %"),
        ("200", "0.99", "200 needs a target above 99.5 %"),
        ("20000", "0.9999", "20000 needs a target above 99.995 %"),
    ],
)
def test_the_target_that_it_takes_is_named(threshold: str, target: str, needed: str) -> None:
    [finding] = never_fires(threshold, target)
    assert finding.label == needed
    assert finding.at is not None
    assert finding.at.line == 14


@pytest.mark.parametrize(
    ("threshold", "target", "op", "fires"),
    [
        ("10", "0.9", "gt", False),  # the highest burn rate is exactly 10, and 10 > 10 is false
        ("10", "0.9", "gte", True),
        ("10.0000000000000000001", "0.9", "gte", False),
        ("9.9999999999999999999", "0.9", "gt", True),
        ("1000", "0.999", "gt", False),  # as doubles, 1000 * (1 - 0.999) is 1.0000000000000009
        ("1000", "0.999", "gte", True),
        ("1", "0", "gt", False),
        ("1", "0", "gte", True),
        ("14.4", "0.999", "gt", True),
        ("14.4", "0.5", "lte", True),  # turned round: AIR027 says so, and it does fire
    ],
)
def test_the_boundary_is_exact(threshold: str, target: str, op: str, *, fires: bool) -> None:
    assert bool(never_fires(threshold, target, op)) != fires


@given(st.decimals("0.001", "100000", places=3), st.decimals("0", "0.999999", places=6))
def test_it_says_what_the_definition_says(threshold: Decimal, target: Decimal) -> None:
    highest = 1 / (1 - target)
    assert bool(never_fires(f"{threshold:f}", f"{target:f}")) == (threshold >= highest)


@pytest.mark.parametrize(("threshold", "finding"), [("100", True), ("99.99", False)])
def test_a_condition_that_no_slo_uses_is_told_of_from_100_on(threshold: str, *, finding: bool) -> None:
    assert bool(told(CONDITION.format(threshold=threshold, op="gt"))) == finding


def test_a_condition_that_an_slo_uses_is_told_of_there_and_nowhere_else() -> None:
    assert len(never_fires("200", "0.99")) == 1
    assert never_fires("200", "0.999") == []


def test_the_weight_of_a_part_multiplies_its_burn_rate() -> None:
    assert len(never_fires("14.4", "0.9, compositeWeight: 1")) == 1
    assert never_fires("14.4", "0.9, compositeWeight: 2") == []


@pytest.mark.parametrize(("threshold", "is_told"), [("0", True), ("-1", True), ("0.1", False)])
def test_what_every_error_is_above_is_no_threshold(threshold: str, is_told: bool) -> None:
    text = SLO.format(target="0.9") + CONDITION.format(threshold=threshold, op="gt")
    findings = check([SourceText(path="f.yaml", text=text)], CONTEXT).findings
    expected = [f"a burn rate of `{threshold}` is no threshold"] if is_told else []
    assert [finding.message for finding in findings if finding.code == "AIR027"] == expected
