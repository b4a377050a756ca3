"""What the schema has to say about a document: all of it, once, and each at its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.schema import COMPILE_AFTER
from airectl.spec.source import SourceText

CONTEXT = Context(now=datetime(2026, 11, 20, tzinfo=UTC))


def found(text: str) -> list[tuple[str, int, str]]:
    findings = check([SourceText(path="f.yaml", text=text)], CONTEXT).findings
    return [(f.code, f.at.line, f.message) for f in findings if f.at and f.severity == "error"]


def test_every_missing_key_is_named_once() -> None:
    text = (
        "apiVersion: openslo/v1\nkind: AlertCondition\nmetadata: {name: x}\nspec:\n  severity: page\n  condition: {}\n"
    )
    assert found(text) == [
        ("AIR010", 6, "`condition` needs `kind`"),
        ("AIR010", 6, "`condition` needs `lookbackWindow`"),
        ("AIR010", 6, "`condition` needs `op`"),
        ("AIR010", 6, "`condition` needs `threshold`"),
    ]


def test_missing_keys_of_two_items_are_told_apart() -> None:
    text = (
        "apiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {name: x}\nspec:\n  conditions: [{conditionRef: y}]\n"
        "  notificationTargets:\n    - kind: AlertNotificationTarget\n    - kind: AlertNotificationTarget\n"
        "      metadata: {name: z}\n"
    )
    assert [(code, line) for code, line, _ in found(text)] == [("AIR010", 7), ("AIR010", 7), ("AIR010", 8)]


def test_the_document_after_an_unclosed_bracket_is_read() -> None:
    text = (
        "kind: Service\napiVersion: openslo/v1\nmetadata: {name: chat\n---\n"
        "kind: Service\napiVersion: openslo/v1\nmetadata: {name: Rag}\n"
    )
    assert [(code, line) for code, line, _ in found(text)] == [("AIR002", 4), ("AIR016", 7)]


@pytest.mark.parametrize("broken", ["a: [\n", "a: 'x\n", "a: b: c\n", "\tb: c\n", "*x\n"])
def test_one_broken_document_hides_no_other(broken: str) -> None:
    good = "kind: Service\napiVersion: openslo/v1\nmetadata: {name: Rag}\n"
    lines = [line for code, line, _ in found(f"{good}---\n{broken}---\n{good}") if code == "AIR016"]
    assert lines == [3, 9]


@pytest.mark.parametrize("zone", ["CET+1", "Europe", "../../etc/passwd", "", "/", "Europe/Berlin\u0000"])
def test_a_zone_that_does_not_exist_is_a_finding(zone: str) -> None:
    calendar = (
        f"{{startTime: '2026-01-01 00:00:00', timeZone: {zone!r}}}"
        if "\u0000" not in zone
        else ("{startTime: '2026-01-01 00:00:00', timeZone: \"Europe/Berlin\\0\"}")
    )
    slo = (
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: x}\nspec:\n  service: x\n  indicatorRef: x\n"
        f"  timeWindow:\n    - duration: 1M\n      calendar: {calendar}\n"
        "  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"
    )
    assert [(code, line) for code, line, _ in found(slo)] == [("AIR018", 9)]
    # Many documents are checked by a compiled schema, which must agree.
    count = COMPILE_AFTER + 10
    many = "---\n".join(slo.replace("name: x", f"name: x{n}") for n in range(count))
    assert [code for code, _, _ in found(many)] == ["AIR018"] * count


SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: x, labels: {{tier: {label}}}}}
spec:
  service: x
  indicatorRef: x
  timeWindow: [{{duration: {duration}, isRolling: {rolling}}}]
  budgetingMethod: Occurrences
  objectives: {objectives}
"""


@pytest.mark.parametrize(
    ("changed", "message", "help"),
    [
        ({"objectives": "[{target: '0.999'}]"}, "`target` must be a number, got `0.999`",
         "it is a text; write it without quotes: `target: 0.999`"),
        ({"objectives": "[{target: 99.9%}]"}, "`target` must be a number, got `99.9%`", "write `target: 0.999`"),
        ({"objectives": "[{targetPercent: 99.9 %}]"}, "`targetPercent` must be a number, got `99.9 %`",
         "write `targetPercent: 99.9`"),
        ({"objectives": "[{target: high}]"}, "`target` must be a number, got `high`", "for example `0.999`"),
        ({"objectives": "[{target: 0.9, timeSliceWindow: 1.5}]"},
         "`timeSliceWindow` must be a whole number or a text, got `1.5`",
         "write a duration such as `5m`, or a whole number of minutes"),
        ({"objectives": "[]"}, "`objectives` must not be empty", "the targets"),
        ({"rolling": "'true'"}, "`isRolling` must be true or false, got `true`",
         "it is a text; write it without quotes: `isRolling: true`"),
        ({"label": "1"}, "`tier` must be a text or a list, got `1`", "write it in quotes"),
        ({"duration": "30 days"}, "`duration` is not valid: `30 days`",
         "write a whole number and one of m, h, d, w, M, Q, Y, such as `28d`; `m` is minutes, `M` months"),
    ],
)  # fmt: skip
def test_the_help_says_what_to_write(changed: dict[str, str], message: str, help: str) -> None:
    parts = {"objectives": "[{target: 0.9}]", "rolling": "true", "duration": "28d", "label": "a", **changed}
    findings = check([SourceText(path="f.yaml", text=SLO.format(**parts))], CONTEXT).findings
    assert [(f.message, f.help) for f in findings if f.severity == "error"] == [(message, help)]
