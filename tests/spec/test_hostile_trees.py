"""Whatever stands in a spec, checking it ends with findings that have a place, and never with an exception."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airectl.core.findings import Finding
from airectl.spec import lines
from airectl.spec.builder import MAX_DEPTH
from airectl.spec.check import check
from airectl.spec.composer import compose
from airectl.spec.context import Context
from airectl.spec.source import SourceText
from airectl.telemetry import catalogue

CONTEXT = Context(
    now=datetime(2026, 11, 20, tzinfo=UTC), catalogue=catalogue.load(), retention_s=86_400, scrape_interval_s=30
)
# One object of every kind, with everything that a lint looks at.
SPECS = """
- apiVersion: openslo/v1
  kind: SLO
  metadata:
    name: chat-ttft
    labels: {team: [chat, search]}
    annotations:
      airectl.dev/depends-on: auth/logins
      airectl.dev/signal: ttft
      airectl.dev/threshold: 500ms
      airectl.dev/telemetry: vllm
  spec:
    service: chat
    indicatorRef: chat-ttft
    timeWindow: [{duration: 28d, isRolling: true}]
    budgetingMethod: Timeslices
    objectives:
      - {displayName: fast, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m, op: lt, value: 0.5}
      - {displayName: slow, targetPercent: 99.9, timeSliceTarget: 0.95, timeSliceWindow: 5}
    alertPolicies:
      - alertPolicyRef: page
      - kind: AlertPolicy
        metadata: {name: ticket}
        spec:
          conditions:
            - kind: AlertCondition
              metadata: {name: slow-burn}
              spec:
                severity: ticket
                condition: {kind: burnrate, op: gt, threshold: 1, lookbackWindow: 3d, alertAfter: 5m}
          notificationTargets:
            - {kind: AlertNotificationTarget, metadata: {name: mail}, spec: {target: email}}
- apiVersion: openslo/v1
  kind: SLO
  metadata: {name: logins}
  spec:
    service: auth
    timeWindow: [{duration: 1M, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}}]
    budgetingMethod: Occurrences
    objectives:
      - target: 0.9999
        compositeWeight: 2
        indicator: {spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: up}}}}}
      - {target: 0.99, indicatorRef: chat-ttft}
- apiVersion: openslo/v1
  kind: SLI
  metadata: {name: chat-ttft}
  spec:
    ratioMetric:
      counter: true
      good:
        metricSource:
          metricSourceRef: prod
          spec: {query: 'sum(vllm:time_to_first_token_seconds_bucket{le="0.5"})'}
      total:
        metricSource:
          type: Prometheus
          spec: {query: 'sum(vllm:time_to_first_token_seconds_count)', token: abc}
- apiVersion: openslo/v1
  kind: AlertPolicy
  metadata: {name: page}
  spec:
    conditions: [{conditionRef: fast-burn}]
    notificationTargets: [{targetRef: on-call}]
- apiVersion: openslo/v1
  kind: AlertCondition
  metadata: {name: fast-burn}
  spec:
    severity: page
    condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}
- {apiVersion: openslo/v1, kind: AlertNotificationTarget, metadata: {name: on-call}, spec: {target: pagerduty}}
- {apiVersion: openslo/v1, kind: Service, metadata: {name: chat}}
- apiVersion: openslo/v1
  kind: DataSource
  metadata: {name: prod}
  spec: {type: Prometheus, connectionDetails: [{url: "https://a:b@example.com?token=c", nested: {apiKey: k}}]}
- service: rag
  telemetry: vllm
  SLO: {accuracy: 95%, latency: {p99: 200ms, of: ttft}, availability: 99.9%}
- version: prometheus/v1
  service: api
  labels: {owner: api}
  slos:
    - name: availability
      objective: 99.9
      sli: {events: {error_query: "sum(rate(e[{{.window}}]))", total_query: "sum(rate(t[{{.window}}]))"}}
      alerting: {name: Errors, page_alert: {labels: {severity: page}}, ticket_alert: {disable: true}}
- apiVersion: openslo/v1alpha
  kind: SLO
  metadata: {name: old}
  spec:
    service: api
    budgetingMethod: Occurrences
    timeWindows: [{count: 30, unit: Day, isRolling: true}]
    objectives:
      - target: 0.999
        ratioMetrics:
          good: {source: prometheus, queryType: promql, query: "sum(rate(g[5m]))"}
          total: {source: prometheus, queryType: promql, query: "sum(rate(t[5m]))"}
"""
TREES: list[Any] = yaml.safe_load(SPECS)

WORDS = st.sampled_from(
    ["", "1m", "0d", "999999999Y", "28d", "gt", "lte", "chat-ttft", "page", "SLO", "Timeslices", "RatioTimeslices",
     "99.9%", "200ms", "auth/logins", "{{.window}}", "sum(", "a" * 300, "\u2028", "é😀", "Events", "Europe", "/etc"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
KEYS = st.text(max_size=5) | st.sampled_from(["spec", "name", "target", "le", "password", "kind", "query"])
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=5
)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value below `node`."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = tuple(places(TREES))


def changed(tree: Any, path: tuple[Any, ...], *, value: Any, delete: bool) -> None:
    """Replace or delete what stands at `path`, where an earlier change has left anything there."""
    for step in path[:-1]:
        if not isinstance(tree, (dict, list)) or (isinstance(tree, list) and not isinstance(step, int)):
            return
        try:
            tree = tree[step]
        except (KeyError, IndexError):
            return
    try:
        if delete:
            del tree[path[-1]]
        else:
            tree[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        return


def findings_of(text: str) -> tuple[Finding, ...]:
    return check([SourceText(path="f.yaml", text=text)], CONTEXT).findings


def assert_sound(findings: tuple[Finding, ...], text: str) -> None:
    """Every finding says something about a place that is there."""
    written = lines.split(text)
    for finding in findings:
        assert finding.message
        assert finding.at is not None
        assert finding.at.path == "f.yaml"
        assert 1 <= finding.at.line <= len(written)
        assert 1 <= finding.at.col <= len(written[finding.at.line - 1]) + 1


def test_the_specs_that_are_mutated_are_read_as_such() -> None:
    result = check([SourceText(path="f.yaml", text=SPECS)], CONTEXT)
    assert {"SLO", "SLI", "AlertPolicy", "AlertCondition", "Service", "DataSource"} <= {
        document.kind for document in result.specs.documents
    }
    assert len(result.specs.of_kind("SLO")) >= 4
    assert_sound(result.findings, SPECS)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK, st.booleans()), min_size=1, max_size=4))
def test_any_value_anywhere_is_survived(changes: list[tuple[tuple[Any, ...], Any, bool]]) -> None:
    tree = copy.deepcopy(TREES)
    for path, value, delete in changes:
        changed(tree, path, value=value, delete=delete)
    text = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    assert_sound(findings_of(text), text)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(SPECS)),
    st.integers(0, 40),
    st.text(max_size=8) | st.sampled_from(["\t", "---\n", "*a", "&a ", "<<: *a\n", "]", "}", "'", '"', "|\n", "!!x "]),
)
def test_any_text_anywhere_is_survived(at: int, cut: int, added: str) -> None:
    text = SPECS[:at] + added + SPECS[at + cut :]
    assert_sound(findings_of(text), text)


@pytest.mark.parametrize("shape", ["[{}]", "{{k: {}}}"])
def test_aliases_do_not_add_up_to_more_depth_than_is_allowed(shape: str) -> None:
    deep = "a0: &a0 x\n"
    for level in range(1, MAX_DEPTH):
        deep += f"a{level}: &a{level} {shape.format(f'*a{level - 1}')}\n"
    assert not compose("f.yaml", deep).findings
    too_deep = deep + f"b: {shape.format(f'*a{MAX_DEPTH - 1}')}\n"
    assert [(f.code, f.at.line if f.at else 0) for f in compose("f.yaml", too_deep).findings] == [
        ("AIR004", MAX_DEPTH + 1)
    ]
