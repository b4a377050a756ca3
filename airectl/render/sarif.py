"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import re
from collections.abc import Mapping
from typing import Any, Final

from airectl import codes
from airectl.core.findings import Finding, Location, Severity
from airectl.exits import Exit
from airectl.render import View
from airectl.render.exact import dumps
from airectl.render.fingerprints import fingerprints
from airectl.render.places import uri

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
# Runs that came to their end, whatever they found.
_ENDED: Final = frozenset({Exit.OK, Exit.FAILED, Exit.UNDECIDED})
_SEMANTIC: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def render(view: View) -> str:
    """One run: the rules that were broken with their pages, and a result for each finding."""
    return dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(view)]})


def _run(view: View) -> dict[str, Any]:
    findings = view.report.findings
    rules = sorted({finding.code for finding in findings})
    places = {code: at for at, code in enumerate(rules)}
    marks = fingerprints(view)
    return {
        "tool": {"driver": _driver(view.version, rules)},
        "automationDetails": {"id": f"airectl/{view.command.replace(' ', '-')}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(view)],
        "results": [
            _result(each, places, mark) | _located(each, view) for each, mark in zip(findings, marks, strict=True)
        ],
    }


def _driver(version: str, rules: list[str]) -> dict[str, Any]:
    semantic = {"semanticVersion": version} if _SEMANTIC.fullmatch(version) else {}
    return {"name": "airectl", "version": version, **semantic, "rules": [_rule(code) for code in rules]}


def _invocation(view: View) -> dict[str, Any]:
    return {
        "executionSuccessful": view.exit in _ENDED and not view.report.partial,
        "exitCode": int(view.exit),
        "endTimeUtc": view.generated_at,
    }


def _rule(code: str) -> dict[str, Any]:
    """A rule with the text of its page; the code alone where there is no page."""
    try:
        page = codes.page(code)
    except KeyError:
        return {"id": code}
    body = "\n\n".join(f"{name}\n\n{text}" for name, text in page.sections.items())
    markdown = "\n\n".join(f"## {name}\n\n{text}" for name, text in page.sections.items())
    what = page.sections.get("What it does") or page.title
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": page.title or code},
        "fullDescription": {"text": what or code},
        "help": {"text": body or code, "markdown": markdown or code},
    }
    if page.severity in _LEVELS:
        rule["defaultConfiguration"] = {"level": _LEVELS[Severity(page.severity)]}
    return rule


def _result(finding: Finding, places: Mapping[str, int], mark: str) -> dict[str, Any]:
    remarks = [f"note: {note}" for note in finding.notes] + ([f"help: {finding.help}"] if finding.help else [])
    return {
        "ruleId": finding.code,
        "ruleIndex": places[finding.code],
        "level": _LEVELS[finding.severity],
        # `[text](place)` is a link even in plain text, unless the bracket is escaped.
        "message": {"text": "\n".join([finding.message, *remarks]).replace("](", "\\](")},
        "partialFingerprints": {"airectlFinding/v1": mark},
    }


def _located(finding: Finding, view: View) -> dict[str, Any]:
    if not (finding.at and finding.at.path):
        return {}
    return {"locations": [{"physicalLocation": _physical(finding.at, view)}]}


def _physical(at: Location, view: View) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(at.path, view)}}
    region = {
        "startLine": at.line,
        "startColumn": at.col,
        "endLine": at.end_line,
        "endColumn": at.end_col,
    }
    if at.line:
        place["region"] = {name: value for name, value in region.items() if value}
    return place
