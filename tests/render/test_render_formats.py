"""What holds for every format."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_examples import HOSTILE, empty, finding, hostile, readable, view_of
from test_render_inert import unsafe

from airectl import codes
from airectl.codes import Page
from airectl.core.findings import Location
from airectl.core.report import Report, Status
from airectl.render import FORMATS, render

SUFFIXES = {"json": "json", "sarif": "sarif", "junit": "xml", "gitlab": "json", "markdown": "md", "csv": "csv"}
COLOURS = re.compile(r"\x1b\[[0-9;]+m")


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page, so that the goldens do not change with the texts of all pages."""
    page = Page(
        code="AIR014",
        title="target is not a ratio",
        severity="error",
        sections={
            "What it does": "Finds a `target` outside 0 to 1.",
            "Why it matters": "The budget would be negative.",
        },
    )
    monkeypatch.setattr(codes, "page", {"AIR014": page}.__getitem__)


@pytest.mark.parametrize("format", FORMATS)
def test_the_readable_report(format: str, golden: Callable[[str, str], None]) -> None:
    golden(f"render/{format}.{SUFFIXES.get(format, 'txt')}", render(format, view_of(readable())))


def test_the_readable_report_on_a_terminal(golden: Callable[[str, str], None]) -> None:
    golden("render/terminal.txt", render("text", view_of(readable(), tty=True)))
    golden("render/terminal-50.txt", render("text", view_of(readable(), tty=True, width=50)))
    golden("render/terminal-colour.txt", render("text", view_of(readable(), tty=True, colour=True)))


@pytest.mark.parametrize("format", FORMATS)
def test_the_hostile_report(format: str, golden: Callable[[str, str], None]) -> None:
    """Each place that a user's text can reach, to be looked at when it changes."""
    golden(f"render/hostile.{format}", render(format, view_of(hostile())))


def plain(text: str) -> str:
    """Without the line ends and colours that are ours."""
    return COLOURS.sub("", text).replace("\n", "")


@pytest.mark.parametrize("format", FORMATS)
@given(st.text(st.characters(codec=None) | st.sampled_from("\n\x1b`|<>\ud800\udcff"), max_size=12))
@settings(max_examples=25)
def test_text_does_nothing_but_be_read(format: str, text: str) -> None:
    for report in (hostile(text), hostile(HOSTILE + text)):
        for options in ({}, {"tty": True}, {"tty": True, "width": 40}):
            printed = render(format, view_of(report, **options))
            assert unsafe(plain(printed)) == []
            printed.encode()


@pytest.mark.parametrize("format", FORMATS)
def test_only_colour_adds_escapes(format: str) -> None:
    printed = render(format, view_of(hostile(), tty=True, colour=True))
    assert unsafe(plain(printed)) == []


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_report_gives_the_same_bytes(format: str) -> None:
    assert render(format, view_of(readable())) == render(format, view_of(readable()))


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_report_ends_well(format: str) -> None:
    printed = render(format, view_of(empty()))
    assert printed == "" or printed.endswith("\n")


@pytest.mark.parametrize("format", FORMATS)
def test_ten_thousand_findings_and_a_long_line(format: str) -> None:
    line = "x" * 1_000_000
    far = Location(path="a.yaml", line=1, col=999_990)
    many = [finding(excerpt=line, at=far, message=f"finding {n}") for n in range(10_000)]
    printed = render(format, view_of(Report(status=Status.FAILED, findings=many)))
    assert ("finding 9999" in printed) is (format not in ("junit", "openmetrics"))
    assert len(printed) < 20_000_000


@pytest.mark.parametrize(
    ("text", "line"), [("a\nb", r"a.yaml:9:15: error AIR014 a\nb"), ("é", "a.yaml:9:15: error AIR014 é")]
)
def test_concise_is_one_line_a_finding(text: str, line: str) -> None:
    at = finding().at
    assert at is not None
    found = [finding(message=text, at=replace(at, path="a.yaml")), finding(message=text, at=None)]
    printed = render("concise", view_of(Report(status=Status.FAILED, findings=found)))
    assert printed.splitlines() == [line, line.removeprefix("a.yaml:9:15: ")]
