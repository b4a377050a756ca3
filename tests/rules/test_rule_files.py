"""Rule files of airectl and Sloth are read back as what they watch."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from airectl.rules.diff import diff
from airectl.rules.rule_files import is_rule_file, watches

FILE = """
    groups:
      - name: meta
        rules:
          - record: slo:objective:ratio
            expr: vector(0.999)
            labels: {sloth_id: chat-ttft, sloth_service: chat, sloth_slo: ttft}
          - record: slo:time_period:days
            expr: vector(28)
            labels: {sloth_id: chat-ttft, sloth_service: chat, sloth_slo: ttft}
          - record: job:up:sum
            expr: sum(up)
      - name: alerts
        rules:
          - alert: Burns
            expr: |
              (
                max without (sloth_window) (slo:sli_error:ratio_rate5m{sloth_id="chat-ttft"} > (13.44 * 0.001))
                and
                max without (sloth_window) (slo:sli_error:ratio_rate1h{sloth_id="chat-ttft"} > (13.44 * 0.001))
              )
              or
              (
                slo:sli_error:ratio_rate30m{sloth_id="chat-ttft"} > 0.0056
                and
                slo:sli_error:ratio_rate6h{sloth_id="chat-ttft"} > 0.0056
              )
            for: 1m30s
            labels: {sloth_severity: page, severity: page, team: chat}
          - alert: NoData
            expr: absent(requests_total{job="chat"})
            for: 10m
            labels: {sloth_id: chat-ttft, sloth_severity: ticket}
          - alert: Down
            expr: up == 0
    """


def document(text: str) -> Any:
    return yaml.safe_load(dedent(text))


def test_everything_that_decides_is_read() -> None:
    (watch,) = watches(document(FILE))
    assert (watch.id, watch.service, watch.name) == ("chat-ttft", "chat", "ttft")
    assert (watch.target, watch.period_s, watch.no_data_s) == (Decimal("0.999"), 28 * 86_400, 600)
    fast, slow = watch.pairs
    assert (fast.alert, fast.severity, fast.long_s, fast.short_s, fast.for_s) == ("Burns", "page", 3600, 300, 90)
    assert (fast.threshold, fast.factor) == (Decimal("0.01344"), Decimal("13.44"))
    assert (slow.long_s, slow.short_s, slow.threshold) == (21_600, 1800, Decimal("0.0056"))
    assert watch.labels["Burns", "page"] == {"sloth_severity": "page", "severity": "page", "team": "chat"}


def test_a_prometheus_rule_of_the_operator_says_the_same() -> None:
    wrapped = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": document(FILE)}
    assert is_rule_file(wrapped)
    assert watches(wrapped) == watches(document(FILE))


def test_what_is_no_rule_file() -> None:
    for text in ("kind: SLO\nspec: {}", "[]", "x", "groups: text", "kind: PrometheusRule\nspec: 3"):
        assert not is_rule_file(document(text))


def test_odd_rules_are_no_error() -> None:
    odd = """
        groups:
          - rules: [3, {alert: A}, {alert: B, expr: "((("}, {alert: C, expr: 'x{sloth_id="a"} > 1', labels: no}]
          - 4
          - {rules: text}
        """
    (watch,) = watches(document(odd))
    assert (watch.id, watch.pairs, watch.target) == ("a", (), None)


def test_rules_of_sloth_are_read(conformance: Path) -> None:
    folder = conformance / "specs" / "sloth" / "generated"
    (text, *more) = (folder / "getting-started.yml").read_text("utf-8").split("\n---\n")[-1:]
    assert more == []
    (watch,) = watches(yaml.safe_load(text))
    found = [(each.severity, each.long_s, each.short_s, round(each.factor or 0, 6)) for each in watch.pairs]
    assert found == [
        ("page", 3600, 300, Decimal("14.4")),
        ("page", 21_600, 1800, Decimal(6)),
        ("ticket", 86_400, 7200, Decimal(3)),
        ("ticket", 259_200, 21_600, Decimal(1)),
    ]


def test_a_threshold_that_was_raised_is_seen() -> None:
    raised = document(FILE.replace("0.0056", "0.006"))
    (change,) = diff(watches(document(FILE)), watches(raised))
    assert change.weaker
