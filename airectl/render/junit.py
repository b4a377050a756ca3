"""JUnit XML: a test suite for each group of gates, a test case for each gate."""

from collections.abc import Sequence
from itertools import chain
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from airectl.core.report import Gate, Outcome
from airectl.render import View
from airectl.render.inert import inert
from airectl.render.places import repository_path

_ELEMENTS: Final = {Outcome.FAILED: "failure", Outcome.UNDECIDED: "error", Outcome.SKIPPED: "skipped"}


def render(view: View) -> str:
    """Failed gates are failures, undecided ones errors; what XML forbids is shown as an escape."""
    gates = view.report.gates
    groups: dict[str, list[Gate]] = {}
    for gate in gates:
        groups.setdefault(gate.group, []).append(gate)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(name=f'airectl {view.command}', **_counts(gates))}>",
        *chain.from_iterable(_suite(group or "airectl", each, view) for group, each in groups.items()),
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _counts(gates: Sequence[Gate]) -> dict[str, str]:
    outcomes = [gate.outcome for gate in gates]
    return {
        "tests": str(len(gates)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": str(outcomes.count(Outcome.UNDECIDED)),
        "skipped": str(outcomes.count(Outcome.SKIPPED)),
    }


def _suite(group: str, gates: Sequence[Gate], view: View) -> list[str]:
    cases = [line for gate in gates for line in _case(group, gate, view)]
    return [f"  <testsuite{_attributes(name=group, **_counts(gates))}>", *cases, "  </testsuite>"]


def _case(group: str, gate: Gate, view: View) -> list[str]:
    file = {"file": repository_path(gate.at.path, view)} if gate.at else {}
    opening = f"    <testcase{_attributes(name=gate.name, classname=group, **file)}"
    element = _ELEMENTS.get(gate.outcome)
    if element is None:
        return [f"{opening}/>"]
    message = _attributes(message=gate.message) if gate.message else ""
    if gate.outcome is Outcome.SKIPPED:
        return [f"{opening}>", f"      <{element}{message}/>", "    </testcase>"]
    kind = _attributes(type=gate.outcome.value)
    body = escape(inert(f"{gate.at}: {gate.message}" if gate.at else gate.message))
    return [f"{opening}>", f"      <{element}{message}{kind}>{body}</{element}>", "    </testcase>"]


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(inert(value))}" for name, value in values.items())
