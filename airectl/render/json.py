"""The whole report as JSON, by the shipped schema."""

from typing import Any

from airectl.core.findings import Finding, Location
from airectl.core.report import Gate
from airectl.render import View
from airectl.render.exact import dumps

SCHEMA = "airectl/report/v1"


def render(view: View) -> str:
    """The envelope, one member a line; nothing is rounded, what is unknown is null."""
    return dumps(envelope(view))


def envelope(view: View) -> dict[str, Any]:
    """The report as plain data, in the order of the schema airectl-report-v1."""
    report = view.report
    return {
        "schema": SCHEMA,
        "tool": "airectl",
        "version": view.version,
        "command": view.command,
        "status": report.status,
        "exit_code": int(view.exit),
        "generated_at": view.generated_at,
        "partial": report.partial,
        "data": report.data,
        "gates": [_gate(gate) for gate in report.gates],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "group": gate.group,
        "name": gate.name,
        "outcome": gate.outcome,
        "message": gate.message,
        "location": _location(gate.at),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "label": finding.label,
        "notes": finding.notes,
        "help": finding.help,
        "location": _location(finding.at),
    }


def _location(at: Location | None) -> dict[str, Any] | None:
    """Lines and columns from 1, the end exclusive; null where a place has none, as a file as a whole."""
    if at is None:
        return None
    return {
        "path": at.path,
        "line": at.line or None,
        "col": at.col or None,
        "end_line": at.end_line or None,
        "end_col": at.end_col or None,
    }
