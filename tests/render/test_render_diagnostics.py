import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import finding

from airectl.core.findings import Location, Severity
from airectl.render.diagnostics import diagnostic, marked_line
from airectl.render.measure import cells_of, width
from airectl.render.paper import Paper

PIPE = Paper(width=None)
TERMINAL = Paper(width=80)


def at(col: int, end_col: int = 0, *, line: int = 9, end_line: int = 0) -> Location:
    return Location(path="a.yaml", line=line, col=col, end_line=end_line or line, end_col=end_col)


def shown(excerpt: str, place: Location, paper: Paper = TERMINAL, label: str = "") -> list[str]:
    """The excerpt's line and the lines below it."""
    lines = diagnostic(finding(excerpt=excerpt, at=place, label=label, notes=(), help=""), paper)
    return lines[3:]


def test_the_layout_is_that_of_compilers() -> None:
    assert "\n".join(diagnostic(finding(), PIPE)) == (
        "error[AIR014]: `target` must be a ratio between 0 and 1, got 99.9\n"
        " --> slo-specs/chat.yaml:9:15\n"
        "  |\n"
        "9 |       target: 99.9\n"
        "  |               ^^^^ looks like a percentage\n"
        "  = note: a target of 99.9 would leave an error budget of -98.9\n"
        "  = help: write `target: 0.999`, or `targetPercent: 99.9`"
    )


def test_the_gutter_grows_with_the_line_number() -> None:
    lines = diagnostic(finding(at=at(15, 19, line=1200)), PIPE)
    assert lines[1:5] == [
        "    --> a.yaml:1200:15",
        "     |",
        "1200 |       target: 99.9",
        "     |               ^^^^ looks like a percentage",
    ]


def test_a_file_as_a_whole_has_no_excerpt_and_keeps_its_label() -> None:
    lines = diagnostic(finding(at=Location(path="a.yaml")), PIPE)
    assert lines[1:3] == [" --> a.yaml", "  = note: looks like a percentage"]


def test_a_finding_without_a_place_has_no_arrow() -> None:
    lines = diagnostic(finding(at=None, label="", notes=()), PIPE)
    assert lines[1:] == ["  = help: write `target: 0.999`, or `targetPercent: 99.9`"]


@pytest.mark.parametrize(
    ("excerpt", "place", "below"),
    [
        ("\ttarget: 99", at(10, 12), "  |             ^^"),
        ("name: 模型 x", at(7, 9), "  |       ^^^^"),
        ("name: 模型 x", at(10, 11), "  |            ^"),
        ("name: e\u0301 x", at(10, 11), "  |         ^"),
        ("name: \x1b[0m x", at(12, 13), "  |               ^"),
        ("a: b", at(5), "  |     ^"),
        ("a: b  \r\n", at(5, 7), "  |     ^^"),
        ("a: b", at(99, 120), "  |     ^"),
        ("a: |", at(4, 2, end_line=11), "  |    ^"),
        ("a: [b,", at(4, 1, end_line=11), "  |    ^^^"),
    ],
    ids=[
        "tab",
        "wide",
        "after wide",
        "after combining",
        "after escape",
        "at the end",
        "spaces at the end",
        "past the end",
        "block",
        "range",
    ],
)
def test_the_caret_stands_under_the_marked_characters(excerpt: str, place: Location, below: str) -> None:
    assert shown(excerpt, place)[1] == below


def test_a_place_without_a_column_has_no_caret() -> None:
    assert shown("a: b", Location(path="a.yaml", line=9)) == ["9 | a: b"]


def test_a_megabyte_line_is_cut_to_a_window_around_the_place() -> None:
    line = "a" * 500_000 + "TARGET" + "b" * 500_000
    text, caret = shown(line, at(500_001, 500_007))
    assert width(text) <= 80
    assert text.startswith("9 | ...a")
    assert text.endswith("b...")
    start = caret.index("^")
    assert text[start : start + 6] == "TARGET"
    assert caret.count("^") == 6


def test_off_a_terminal_an_ordinary_line_is_not_cut() -> None:
    line = "description: " + "word " * 25
    assert shown(line, at(1), PIPE)[0] == f"9 | {line}".rstrip()


@given(
    st.text(st.sampled_from("ab\t模\u0301\x1b\u202e "), max_size=300),
    st.integers(1, 310),
    st.integers(0, 310),
    st.integers(20, 120),
)
def test_excerpts_fit_and_carets_stand_inside(line: str, col: int, length: int, room: int) -> None:
    mark = marked_line(line, at(col, col + length), room)
    assert width(mark.text) <= room
    assert mark.before + mark.cells <= width(mark.text) + 1
    if col <= len(line) and line[col - 1] in "ab模":
        cells = [character for character in mark.text for _ in range(cells_of(character))]
        assert cells[mark.before] == line[col - 1]


def test_a_label_too_long_for_its_line_goes_below() -> None:
    lines = shown("a: b", at(4), Paper(width=40), label="this label is longer than what is left of the line")
    assert lines[-3:] == [
        "  |    ^",
        "  |    this label is longer than what is",
        "  |    left of the line",
    ]


def test_long_messages_are_wrapped_on_a_terminal_only() -> None:
    long = finding(message="word " * 30, notes=("note " * 30,), help="help " * 30)
    assert max(map(len, diagnostic(long, TERMINAL))) <= 80
    assert max(map(len, diagnostic(long, PIPE))) > 150


def test_colour_adds_nothing_but_colour() -> None:
    for severity in Severity:
        plain = diagnostic(finding(severity=severity), TERMINAL)
        painted = "\n".join(diagnostic(finding(severity=severity), Paper(width=80, colour=True)))
        assert "\x1b[" in painted
        for code in ("1;31", "1;33", "1;36", "34", "0"):
            painted = painted.replace(f"\x1b[{code}m", "")
        assert painted == "\n".join(plain)
