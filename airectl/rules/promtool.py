"""The text of promtool's unit tests: series written out, expected alerts and samples.

Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from airectl.core.naming import window_name
from airectl.core.units import plain
from airectl.promql.matchers import escaped
from airectl.spec.yaml_text import text as text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One series and its samples, in promtool's notation."""

    series: str
    values: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """At `at_s` the firing alerts of one name are exactly these: labels and annotations of each."""

    at_s: int
    alert: str
    firing: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """At `at_s` the expression has the value 1 with these labels, or where there are none, no value at all."""

    at_s: int
    expr: str
    labels: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One history and what holds at moments of it. `says` is what it shows."""

    says: str
    interval_s: int
    inputs: tuple[Input, ...]
    alerts: tuple[Alerts, ...] = ()
    samples: tuple[Samples, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above the tests: the rule file, how often and in which order its `groups` are evaluated, comments."""

    rules_file: str
    evaluated_s: int
    groups: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def document(head: Head, tests: Iterable[Test]) -> str:
    """A file of unit tests."""
    lines = [f"# Unit tests of {head.rules_file}, to be run in its folder:"]
    lines += ["#     promtool test rules FILE", *(f"# {_one_line(each)}" for each in head.remarks)]
    lines += ["rule_files:", f"  - {text_of(head.rules_file)}", f"evaluation_interval: {window_name(head.evaluated_s)}"]
    lines += ["group_eval_order:", *(f"  - {text_of(each)}" for each in head.groups), "tests:"]
    for test in tests:
        lines += _test(test)
    return "\n".join(lines) + "\n"


def _test(test: Test) -> Iterator[str]:
    yield f"  - name: {text_of(test.says)}"
    yield f"    interval: {window_name(test.interval_s)}"
    yield "    input_series:"
    for each in test.inputs:
        yield f"      - series: {text_of(each.series)}"
        yield f"        values: {text_of(each.values)}"
    if test.alerts:
        yield "    alert_rule_test:"
        for alerts in test.alerts:
            yield from _alerts(alerts)
    if test.samples:
        yield "    promql_expr_test:"
        for samples in test.samples:
            yield from _samples(samples)


def _alerts(alerts: Alerts) -> Iterator[str]:
    yield f"      - eval_time: {window_name(alerts.at_s)}"
    yield f"        alertname: {text_of(alerts.alert)}"
    if not alerts.firing:
        yield "        exp_alerts: []"
        return
    yield "        exp_alerts:"
    for labels, notes in alerts.firing:
        yield "          - exp_labels:"
        yield from (f"              {text_of(name)}: {text_of(text)}" for name, text in labels.items())
        if notes:
            yield "            exp_annotations:"
            yield from (f"              {text_of(name)}: {text_of(text)}" for name, text in notes.items())


def _samples(samples: Samples) -> Iterator[str]:
    yield f"      - expr: {text_of(samples.expr)}"
    yield f"        eval_time: {window_name(samples.at_s)}"
    if not samples.labels:
        yield "        exp_samples: []"
        return
    yield "        exp_samples:"
    yield f"          - labels: {text_of(samples.labels)}"
    yield "            value: 1"


def _one_line(text: str) -> str:
    """A comment's text, whatever a query holds."""
    return "".join(char if char.isprintable() else " " for char in text)


def metric(name: str, labels: Mapping[str, str]) -> str:
    """A series with its labels in order: `up{job="chat"}`; without a name the labels alone."""
    inside = ", ".join(f'{key}="{escaped(value)}"' for key, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside or not name else name


Runs = Iterable[tuple[float | None, int]]


def counter(growth: Runs) -> str:
    """Samples of a counter from 0 on: how much it grows in each of so many steps; None: no sample."""
    parts, value = [], 0.0
    for position, (step, count) in enumerate(growth):
        if step is None:
            parts.append(f"_x{count}")
            continue
        first = value if position == 0 else value + step
        parts.append(_run(first, step, count if position == 0 else count - 1))
        value += step * count
    return " ".join(parts)


def gauge(values: Runs) -> str:
    """Samples of a gauge: none at the start, one at the end of every step, of so many the same."""
    each = (f"_x{count}" if value is None else _run(value, 0.0, count - 1) for value, count in values)
    return " ".join(["_", *each])


def _run(first: float, step: float, more: int) -> str:
    return f"{number(first)}+{number(step)}x{more}" if more else number(first)


def number(value: float) -> str:
    """All digits of a float, without an exponent."""
    return plain(Decimal(repr(float(value)))) if value != int(value) else str(int(value))
