import csv
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_examples import HOSTILE, NOON, UNSAFE_CELLS, finding, readable, view_of

from airectl.core.report import Cell, Column, Kind, Report, Status, Table
from airectl.render.csv import render
from airectl.render.inert import inert


def rows(report: Report) -> list[list[str]]:
    return list(csv.reader(StringIO(render(view_of(report)))))


def cell(value: Cell) -> str:
    table = Table(columns=[Column(title="x"), Column(title="y")], rows=[[value, "end"]])
    (text, end) = rows(Report(status=Status.DONE, blocks=[table]))[1]
    assert end == "end"
    return text


def test_the_first_table_has_raw_values_and_no_bars() -> None:
    header, first, second, *_, last = rows(readable())
    assert header[:5] == ["SERVICE", "OBJECTIVE", "TARGET (ratio)", "SLI (ratio)", "BUDGET LEFT (ratio)"]
    assert first == ["chat", "availability", "0.999", "0.9994031", "0.4", "0.3", "0.8", "met"]
    assert second[4] == "-0.76"
    assert last == ["rag", "groundedness", "0.9", "0.8780487804878049", "", "", "", "inconclusive"]


def test_without_a_table_the_findings_are_the_rows() -> None:
    found = rows(Report(status=Status.FAILED, findings=[finding(), finding(at=None)]))
    assert found[0] == ["severity", "code", "path", "line", "col", "end_line", "end_col", "message", "help"]
    assert found[1][:7] == ["error", "AIR014", "slo-specs/chat.yaml", "9", "15", "9", "19"]
    assert found[2][2:7] == [""] * 5


@pytest.mark.parametrize("text", UNSAFE_CELLS)
def test_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert cell(text) == f"'{inert(text)}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-3, "-3"),
        (Decimal("-0.76"), "-0.76"),
        (-1.5, "-1.5"),
        (float("-inf"), ""),
        (Decimal("NaN"), ""),
        (None, ""),
        (True, "true"),
        (NOON, "2026-11-20T12:00:00Z"),
        ("'quoted'", "'quoted'"),
        ('a "b", c', 'a "b", c'),
        (HOSTILE, inert(HOSTILE)),
    ],
)
def test_values_are_whole_and_negative_numbers_stay_numbers(value: Cell, text: str) -> None:
    assert cell(value) == text


def test_titles_are_inert_too_and_name_their_unit() -> None:
    columns = [
        Column(title="=x"),
        Column(title="budget", kind=Kind.DURATION),
        Column(title="cost", kind=Kind.MONEY, unit="USD"),
    ]
    assert rows(Report(status=Status.DONE, blocks=[Table(columns=columns, rows=[])])) == [
        ["'=x", "budget (s)", "cost (USD)"]
    ]


@given(st.text(st.characters(codec=None)))
def test_no_text_begins_a_formula_or_a_new_row(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
