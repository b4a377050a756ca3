"""Static queries: one number, and nothing beside it."""

from datetime import UTC, datetime

import pytest

from airectl.core.findings import Finding
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.source import SourceText

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC))
SLI = """\
apiVersion: openslo/v1
kind: SLI
metadata: {{name: answers}}
spec:
  ratioMetric:
    good: {{metricSource: {{type: static, spec: {{{good}}}}}}}
    total: {{metricSource: {{type: Static, spec: {{value: 1000}}}}}}
"""


def told(good: str) -> list[Finding]:
    findings = check([SourceText(path="f.yaml", text=SLI.format(good=good))], CONTEXT).findings
    return [finding for finding in findings if finding.severity == "error"]


@pytest.mark.parametrize("good", ["value: 999", "value: 0", "value: 99.5"])
def test_a_number_is_fine(good: str) -> None:
    assert told(good) == []


@pytest.mark.parametrize(
    ("good", "code", "message"),
    [
        ("value: 1, query: x", "AIR011", "unknown key `query` in a Static query"),
        ("value: many", "AIR012", "`value` must be a number from 0"),
        ("value: -1", "AIR012", "`value` must be a number from 0"),
        ("value: true", "AIR012", "`value` must be a number from 0"),
    ],
)
def test_what_is_no_number_is_told(good: str, code: str, message: str) -> None:
    (finding,) = told(good)
    assert (finding.code, finding.message) == (code, message)
    assert str(finding.at).startswith("f.yaml:6:")


def test_a_number_is_needed() -> None:
    assert [finding.code for finding in told("valu: 1")] == ["AIR010", "AIR011"]
