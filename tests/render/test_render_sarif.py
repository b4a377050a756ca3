import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from report_examples import empty, finding, hostile, readable, view_of

from airectl import codes
from airectl.codes import Page
from airectl.core.findings import Location
from airectl.core.report import Report, Status
from airectl.exits import Exit
from airectl.render.sarif import render

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "sarif-schema-2.1.0.json").read_text("utf-8"))


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(render(view_of(report, **options)))["runs"][0]
    return run


def one(**fields: Any) -> dict[str, Any]:
    result: dict[str, Any] = run_of(Report(status=Status.FAILED, findings=[finding(**fields)]))["results"][0]
    return result


def uri_of(path: str, **options: Any) -> str:
    report = Report(status=Status.FAILED, findings=[finding(at=Location(path=path))])
    location = run_of(report, **options)["results"][0]["locations"][0]["physicalLocation"]
    assert "region" not in location
    uri: str = location["artifactLocation"]["uri"]
    return uri


@pytest.mark.parametrize("report", [readable(), hostile(), empty()], ids=["readable", "hostile", "empty"])
def test_every_report_is_valid_by_the_schema_of_sarif(report: Report) -> None:
    validator = Draft7Validator(SCHEMA, format_checker=Draft7Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(json.loads(render(view_of(report))))] == []


def test_a_result_points_at_its_rule_and_its_region() -> None:
    run = run_of(readable())
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "AIR014"
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 9,
        "startColumn": 15,
        "endLine": 9,
        "endColumn": 19,
    }
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note", "warning", "error"]
    assert "locations" not in run["results"][-1]


def test_a_region_has_only_what_is_known() -> None:
    assert one(at=Location(path="a.yaml", line=3))["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert "locations" not in one(at=Location(path=""))


def test_rules_carry_the_text_of_their_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(
        code="AIR014",
        title="target is not a ratio",
        severity="error",
        sections={"What it does": "Looks at `target`.", "Why it matters": "A negative budget."},
    )
    monkeypatch.setattr(codes, "page", {"AIR014": page}.__getitem__)
    run = run_of(Report(status=Status.FAILED, findings=[finding(), finding(code="AIR999")]))
    assert run["tool"]["driver"]["rules"] == [
        {
            "id": "AIR014",
            "shortDescription": {"text": "target is not a ratio"},
            "fullDescription": {"text": "Looks at `target`."},
            "help": {
                "text": "What it does\n\nLooks at `target`.\n\nWhy it matters\n\nA negative budget.",
                "markdown": "## What it does\n\nLooks at `target`.\n\n## Why it matters\n\nA negative budget.",
            },
            "defaultConfiguration": {"level": "error"},
        },
        {"id": "AIR999"},
    ]


def test_a_fingerprint_survives_a_moved_line_and_tells_findings_apart() -> None:
    def marks(*places: Location) -> list[str]:
        report = Report(status=Status.FAILED, findings=[finding(at=place) for place in places])
        return [each["partialFingerprints"]["airectlFinding/v1"] for each in run_of(report)["results"]]

    first, second = Location(path="a.yaml", line=1, col=15), Location(path="a.yaml", line=9, col=15)
    moved = [replace(each, line=each.line + 7) for each in (first, second)]
    assert marks(first, second) == marks(*moved)
    assert len(set(marks(first, second, replace(first, path="b.yaml")))) == 3
    assert marks(replace(first, path="./a.yaml")) == marks(first)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./slo specs//a,b%.yaml", "slo%20specs/a%2Cb%25.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("模.yaml", "%E6%A8%A1.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
        ("\ud800.yaml", "%ED%A0%80.yaml"),
        ("../a.yaml", "../a.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("/elsewhere/a.yaml", "file:///elsewhere/a.yaml"),
        ("/repo/specs/a.yaml", "specs/a.yaml"),
    ],
)
def test_uris_are_relative_and_encoded(path: str, uri: str) -> None:
    assert uri_of(path, cwd="/repo") == uri


def test_uris_are_relative_to_the_repository_not_to_the_folder() -> None:
    assert uri_of("a.yaml", cwd="/repo/specs", root="/repo") == "specs/a.yaml"
    assert uri_of("../b.yaml", cwd="/repo/specs", root="/repo/") == "b.yaml"
    assert uri_of("a.yaml", cwd="/other", root="/repo") == "a.yaml"


@pytest.mark.parametrize(
    ("code", "partial", "successful"),
    [(Exit.FAILED, False, True), (Exit.UNDECIDED, False, True), (Exit.USAGE, False, False), (Exit.OK, True, False)],
)
def test_the_invocation_tells_how_the_run_ended(code: Exit, partial: bool, successful: bool) -> None:
    report = Report(status=Status.DONE, partial=partial)
    assert run_of(report, exit=code)["invocations"] == [
        {"executionSuccessful": successful, "exitCode": int(code), "endTimeUtc": "2026-11-20T12:00:00Z"}
    ]


def test_a_message_cannot_become_a_link() -> None:
    assert one(message="[click](http://evil.example)", notes=(), help="")["message"]["text"] == (
        r"[click\](http://evil.example)"
    )
