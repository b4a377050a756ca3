"""Annotations of GitHub Actions, as its workflow commands."""

from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.render import View
from airectl.render.inert import inert
from airectl.render.places import repository_path

# Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(view: View) -> str:
    """`::error file=,line=,...::message`, a line for each finding."""
    return "".join(_command(finding, view) + "\n" for finding in view.report.findings)


def _command(finding: Finding, view: View) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(finding, view).items() if value)
    # The log shows the message alone, and only ten annotations of a kind get a frame: so the place is in it.
    place = f"{finding.at}: " if finding.at else ""
    help = [f"help: {finding.help}"] if finding.help else []
    lines = [f"{place}{finding.code} {finding.message}", *finding.notes, *help]
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(lines)}"


def _properties(finding: Finding, view: View) -> dict[str, str | int]:
    """Columns only within one line: GitHub takes none for a range of lines."""
    found: dict[str, str | int] = {"title": finding.code}
    at = finding.at
    if at is None:
        return found
    found = {"file": repository_path(at.path, view), "line": at.line, "endLine": at.end_line}
    if at.end_line in (0, at.line):
        found |= {"col": at.col, "endColumn": at.end_col}
    return found | {"title": finding.code}


def _data(lines: list[str]) -> str:
    return "%0A".join(inert(line).replace("%", "%25") for line in lines)


def _property(value: str | int) -> str:
    """`inert` has left no CR and LF."""
    return inert(str(value)).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
