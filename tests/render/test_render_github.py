import re

from hypothesis import given
from hypothesis import strategies as st
from report_examples import finding, readable, view_of

from airectl.core.findings import Location
from airectl.core.report import Report, Status
from airectl.render.github import render

COMMAND = re.compile(r"::(error|warning|notice) ([^:\n]*)::([^\n]*)\n")
PROPERTIES = {"file", "line", "endLine", "col", "endColumn", "title"}


def decoded(text: str) -> str:
    """As the runner decodes it: `%25` last."""
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def command(text: str) -> tuple[str, dict[str, str], str]:
    match = COMMAND.fullmatch(text)
    assert match, text
    properties = dict(each.partition("=")[::2] for each in match[2].split(","))
    return match[1], {name: decoded(value) for name, value in properties.items()}, decoded(match[3])


def one(**fields: object) -> tuple[str, dict[str, str], str]:
    return command(render(view_of(Report(status=Status.FAILED, findings=[finding(**fields)]))))


def test_a_finding_is_an_annotation_at_its_place() -> None:
    assert one() == (
        "error",
        {"file": "slo-specs/chat.yaml", "line": "9", "endLine": "9", "col": "15", "endColumn": "19", "title": "AIR014"},
        "slo-specs/chat.yaml:9:15: AIR014 `target` must be a ratio between 0 and 1, got 99.9\n"
        "a target of 99.9 would leave an error budget of -98.9\n"
        "help: write `target: 0.999`, or `targetPercent: 99.9`",
    )


def test_severities() -> None:
    lines = render(view_of(readable())).splitlines(keepends=True)
    assert [command(line)[0] for line in lines] == ["error", "warning", "notice", "warning", "error"]


def test_a_range_of_lines_has_no_columns() -> None:
    at = Location(path="a.yaml", line=1, col=2, end_line=3, end_col=4)
    assert one(at=at)[1] == {"file": "a.yaml", "line": "1", "endLine": "3", "title": "AIR014"}


def test_a_file_as_a_whole_and_no_place_at_all() -> None:
    assert one(at=Location(path="a, b: 100%.yaml"))[1] == {"file": "a, b: 100%.yaml", "title": "AIR014"}
    assert one(at=None)[1] == {"title": "AIR014"}


@given(st.text(st.characters(codec=None)))
def test_any_text_is_one_command(text: str) -> None:
    at = Location(path=text, line=1)
    _, properties, _ = one(message=text, notes=(text,), help=text, at=at, code=text)
    assert set(properties) <= PROPERTIES
