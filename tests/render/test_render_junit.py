from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import empty, hostile, readable, view_of

from airectl.core.report import Gate, Outcome, Report, Status
from airectl.render.junit import render

# Of the format as Jenkins, GitLab and GitHub actions read it: which attributes and children an element may have.
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "file"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}


def parsed(report: Report) -> ET.Element:
    return ET.fromstring(render(view_of(report)).encode())  # noqa: S314 - our own output


def check(element: ET.Element) -> None:
    assert set(element.attrib) <= ATTRIBUTES[element.tag]
    assert {child.tag for child in element} <= CHILDREN[element.tag]
    assert element.tag != "testcase" or len(element) <= 1
    for child in element:
        check(child)


@pytest.mark.parametrize("report", [readable(), hostile(), empty()], ids=["readable", "hostile", "empty"])
def test_the_structure_is_that_of_junit(report: Report) -> None:
    check(parsed(report))


def test_outcomes_and_counts() -> None:
    suites = parsed(readable())
    assert suites.attrib == {
        "name": "airectl check",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert [suite.get("name") for suite in suites] == ["chat", "rag", "embed"]
    kinds = {case.get("name"): [child.tag for child in case] for case in suites.iter("testcase")}
    assert kinds == {
        "chat/availability": [],
        "chat/ttft < 500 ms": ["failure"],
        "rag/groundedness": ["error"],
        "embed/latency": ["skipped"],
    }
    for suite in suites:
        assert suite.get("tests") == str(len(suite))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))


def test_a_failure_says_where_and_why() -> None:
    failure = next(parsed(readable()).iter("failure"))
    assert failure.get("message") == "budget exhausted: 176 % consumed"
    assert failure.text == "./slo-specs/chat.yaml:9:15: budget exhausted: 176 % consumed"


@given(st.text(st.characters(codec=None)))
def test_any_text_is_well_formed_xml(text: str) -> None:
    gate = Gate(name=text, group=text, outcome=Outcome.FAILED, message=text)
    root = parsed(Report(status=Status.FAILED, gates=[gate]))
    assert len(list(root.iter())) == 4
