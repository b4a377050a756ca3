import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_examples import HOSTILE, empty, finding, hostile, readable, view_of

from airectl.core.findings import Location
from airectl.core.report import Block, Code, Column, Kind, Lines, Next, Report, Status, Table, Verdict
from airectl.render.inert import inert
from airectl.render.markdown import code, prose, render

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOT_OURS = {"html_block", "heading_open", "blockquote_open", "ordered_list_open", "hr", "code_block"}
OURS = {"text", "code_inline", "strong_open", "strong_close"}
# What GitHub and GitLab make links of in text, whatever the Markdown: mentions, issues, labels, URLs.
REFERENCES = re.compile(r"[@#!~$&^<>\[\]*_|\\]|://|www\.|mailto:")
NASTY = st.text(
    st.sampled_from("ab1 `|\\<>[]()!@#&*_~:/.-+=$\n\r\t\u202e\x1b") | st.characters(codec=None), max_size=30
)


def inline(markdown: str) -> list[tuple[str, str]]:
    """Kind and content of all that stands in paragraphs and cells, as a reader of Markdown sees it."""
    tokens = [child for token in GITHUB.parse(markdown) for child in token.children or []]
    return [(token.type, token.content) for token in tokens]


def kinds(markdown: str) -> set[str]:
    return {token.type for token in GITHUB.parse(markdown)}


@given(NASTY)
@example(HOSTILE)
@example("`a``b` <b>")
@example("\\|<img src=x>")
@example("``")
def test_user_text_is_words_or_code_and_nothing_else(text: str) -> None:
    for markdown in (prose(text), code(text)):
        tokens = inline(markdown)
        assert {kind for kind, _ in tokens} <= {"text", "code_inline"}
        assert not any(REFERENCES.search(content) for kind, content in tokens if kind == "text")
        shown = "".join(content for _, content in tokens)
        assert re.sub(r"[` ]", "", shown) == re.sub(r"[` ]", "", inert(text))


@given(NASTY, NASTY)
@example("\\|`", "<script>|@x")
@example(HOSTILE, HOSTILE)
def test_a_cell_cannot_leave_its_cell(first: str, second: str) -> None:
    columns = [Column(title="A"), Column(title="B", kind=Kind.RATIO), Column(title="C")]
    markdown = render(
        view_of(Report(status=Status.DONE, blocks=[Table(columns=columns, rows=[[first, second, "end"]])]))
    )
    cells = [token for token in GITHUB.parse(markdown) if token.type == "inline"]
    assert len(cells) == 6
    assert cells[5].content == "end"
    assert {kind for kind, _ in inline(markdown)} <= {"text", "code_inline"}


def test_a_backslash_before_a_bar_does_not_end_the_cell_for_any_reader() -> None:
    table = Table(columns=[Column(title="A")], rows=[["a\\|b"]])
    assert render(view_of(Report(status=Status.DONE, blocks=[table]))).splitlines()[2] == "| `a\\ \\|b` |"


@given(NASTY)
@example(HOSTILE)
@example("1. one")
@example("- one")
@example("```\nx")
def test_no_block_of_a_report_gets_markup_from_text(text: str) -> None:
    blocks: list[Block] = [
        Verdict(word=text, text=text, aside=text),
        Lines(title=text, lines=[text]),
        Code(text=text, language=text),
        Next(commands=[text]),
    ]
    at = Location(path=text, line=1)
    findings = [finding(message=text, label=text, help=text, at=at)]
    markdown = render(view_of(Report(status=Status.FAILED, blocks=blocks, findings=findings)))
    assert {kind for kind, _ in inline(markdown)} <= OURS
    assert not kinds(markdown) & NOT_OURS
    assert len([token for token in GITHUB.parse(markdown) if token.type == "fence"]) == 2
    assert len([token for token in GITHUB.parse(markdown) if token.type == "bullet_list_open"]) == bool(text.strip(" "))


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain words, 99.9 % (of 3)", "plain words, 99.9 % (of 3)"),
        ("`target` must be a ratio", "`target` must be a ratio"),
        ("write `a: |`", "write `a: |`"),
        ("ttft < 500 ms", "`ttft < 500 ms`"),
        ("ask @team", "`ask @team`"),
        ("see #12", "`see #12`"),
        ("at https://evil.example", "`at https://evil.example`"),
        ("www.evil.example", "`www.evil.example`"),
        ("mailto:x", "`mailto:x`"),
        ("commit 0123abcd", "`commit 0123abcd`"),
        (":smile:", "`:smile:`"),
        ("my_slo", "`my_slo`"),
        ("a ` b", "``a ` b``"),
        ("`", "`` ` ``"),
        ("1. first", "1\\. first"),
        ("", ""),
        ("模型", "模型"),
    ],
)
def test_prose(text: str, markdown: str) -> None:
    assert prose(text) == markdown


def test_a_report_is_readable() -> None:
    markdown = render(view_of(readable()))
    assert markdown.startswith("**FAILED** 1 of 5 objectives exhausted, 1 inconclusive (28d to 2026-11-20 12:00Z)\n\n")
    assert "| chat | `ttft < 500 ms` | 95 % | 91.20 % | -76 % | 2.1 | 3.9 | exhausted |\n" in markdown
    assert "####" not in markdown
    assert len(re.findall("^Next:$", markdown, re.MULTILINE)) == 1


def test_a_partial_report_says_so() -> None:
    assert "**partial**" in render(view_of(hostile()))


def test_nothing_to_say_is_nothing() -> None:
    assert render(view_of(empty())) == ""
