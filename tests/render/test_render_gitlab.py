import json
from typing import Any

from report_examples import finding, readable, view_of

from airectl.core.findings import Location
from airectl.core.report import Report, Status
from airectl.render.gitlab import render


def issues(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(view_of(report)))
    return found


def test_each_finding_has_what_gitlab_documents() -> None:
    first = issues(readable())[0]
    assert first.pop("fingerprint")
    assert first == {
        "description": "`target` must be a ratio between 0 and 1, got 99.9;"
        " help: write `target: 0.999`, or `targetPercent: 99.9`",
        "check_name": "AIR014",
        "severity": "major",
        "location": {"path": "slo-specs/chat.yaml", "lines": {"begin": 9}},
    }


def test_severities_are_those_of_gitlab() -> None:
    assert [each["severity"] for each in issues(readable())] == ["major", "minor", "info", "minor", "major"]


def test_fingerprints_are_unique_for_gitlab_drops_the_second() -> None:
    same = [finding(at=Location(path="a.yaml", line=line, col=15)) for line in (3, 5, 5)]
    marks = [each["fingerprint"] for each in issues(Report(status=Status.FAILED, findings=same))]
    assert len(set(marks)) == 3


def test_a_finding_without_a_line_or_a_place_still_has_a_location() -> None:
    found = issues(Report(status=Status.FAILED, findings=[finding(at=Location(path="./a.yaml")), finding(at=None)]))
    assert [each["location"] for each in found] == [
        {"path": "a.yaml", "lines": {"begin": 1}},
        {"path": ".", "lines": {"begin": 1}},
    ]


def test_no_findings_are_an_empty_list() -> None:
    assert issues(Report(status=Status.PASSED)) == []
