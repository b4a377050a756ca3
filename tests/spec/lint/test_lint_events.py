"""Event queries: their keys are held as strictly as OpenSLO's own."""

from datetime import UTC, datetime

import pytest

from airectl.core.findings import Finding
from airectl.sources import events as source
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.lint import events as lints
from airectl.spec.source import SourceText

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC))
SLI = """\
apiVersion: openslo/v1
kind: SLI
metadata: {{name: answers}}
spec:
  ratioMetric:
    good: {{metricSource: {{{source}, spec: {{{good}}}}}}}
    total: {{metricSource: {{type: Events, spec: {{path: a.jsonl}}}}}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: logs}}
spec: {{type: Events}}
"""


def told(good: str, source: str = "type: Events") -> list[Finding]:
    findings = check([SourceText(path="f.yaml", text=SLI.format(good=good, source=source))], CONTEXT).findings
    return [finding for finding in findings if finding.severity == "error"]


@pytest.mark.parametrize("source", ["type: Events", "type: events", "metricSourceRef: logs"])
def test_a_misspelt_where_would_count_every_row_as_good(source: str) -> None:
    (finding,) = told('path: a.jsonl, wher: "status < 500"', source)
    assert (finding.code, finding.message) == ("AIR011", "unknown key `wher` in an Events query")
    assert (finding.label, finding.help) == ("did you mean `where`?", "write `where`")
    assert finding.at is not None
    assert finding.at.line == 6


def test_the_log_must_be_named() -> None:
    (finding,) = told("where: ok")
    assert (finding.code, finding.message) == ("AIR010", "an Events query needs `path`")


@pytest.mark.parametrize("value", ["path: 5", "path: []", "path: [5]", "path: ''", "path: {a: b}"])
def test_a_path_is_a_text_or_a_list_of_texts(value: str) -> None:
    (finding,) = told(value)
    assert (finding.code, finding.message) == ("AIR012", "`path` must be a text or a list of texts")


@pytest.mark.parametrize("key", ["timestamp", "where", "weight", "label"])
def test_everything_else_is_a_text(key: str) -> None:
    (finding,) = told(f"path: a.jsonl, {key}: [x]")
    assert (finding.code, finding.message) == ("AIR012", f"`{key}` must be a text")


def test_what_is_right_is_not_told() -> None:
    assert told('path: [a.jsonl, "b/*.jsonl"], timestamp: t, where: "x < 1", weight: w, label: l') == []


def test_other_sources_have_keys_of_their_own() -> None:
    assert told("query: up", "type: Prometheus") == []


def test_the_lint_knows_the_keys_that_the_source_reads() -> None:
    assert tuple(lints.KEYS) == source.KEYS
