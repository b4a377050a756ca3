"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.render import View
from airectl.render.exact import dumps
from airectl.render.fingerprints import fingerprints
from airectl.render.inert import inert
from airectl.render.places import repository_path

_SEVERITIES: Final = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
# GitLab requires a place; a finding without one belongs to the repository.
_NOWHERE: Final = Location(path=".")


def render(view: View) -> str:
    """A JSON array, an object for each finding."""
    findings = view.report.findings
    return dumps([_issue(each, mark, view) for each, mark in zip(findings, fingerprints(view), strict=True)])


def _issue(finding: Finding, mark: str, view: View) -> dict[str, Any]:
    at = finding.at or _NOWHERE
    return {
        "description": inert(f"{finding.message}; help: {finding.help}" if finding.help else finding.message),
        "check_name": finding.code,
        "fingerprint": mark,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": repository_path(at.path, view), "lines": {"begin": max(1, at.line)}},
    }
