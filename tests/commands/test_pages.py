"""Pages in markdown become blocks."""

from airectl.commands.pages import blocks
from airectl.core.report import Code, Column, Lines, Table


def test_paragraphs_are_joined_and_items_are_not() -> None:
    page = "# Title\n\nOne sentence\nover two lines.\n\n- first\n- second\n  goes on\n\nLast."
    assert list(blocks(page)) == [
        Lines(title="Title", lines=["One sentence over two lines.", "", "- first", "- second goes on", "", "Last."])
    ]


def test_code_is_kept_as_it_is() -> None:
    page = "Write:\n\n```yaml\na:\n\n  # b\n```\n\nThen run it."
    assert list(blocks(page, "Bad")) == [
        Lines(title="Bad", lines=["Write:"]),
        Code(text="a:\n\n  # b\n", language="yaml"),
        Lines(lines=["Then run it."]),
    ]


def test_a_heading_without_text_still_shows() -> None:
    assert list(blocks("```\nx\n```", "Bad")) == [Lines(title="Bad", lines=[]), Code(text="x\n")]


def test_an_open_fence_ends_with_the_page() -> None:
    assert list(blocks("```\nx")) == [Code(text="x\n")]


def test_a_table_is_one() -> None:
    page = "Before.\n\n| what | why |\n|---|---|\n| a `b` | c |\n\n# After\n\nit"
    table = Table(columns=[Column(title="WHAT"), Column(title="WHY")], rows=[["a `b`", "c"]])
    assert list(blocks(page)) == [Lines(lines=["Before."]), table, Lines(title="After", lines=["it"])]
    assert list(blocks("| a |\n|---|\n| b |")) == [Table(columns=[Column(title="A")], rows=[["b"]])]
