"""What is kept of a report shows the same again, and nothing else is taken for one."""

import json
from decimal import Decimal
from typing import Any

import pytest
from chart_examples import demand, timeline
from hypothesis import given
from hypothesis import strategies as st
from report_examples import hostile, readable, view_of

from airectl.core.report import Block, Column, Kind, Report, Section, Status, Table
from airectl.render import FORMATS, render
from airectl.render.saved import built
from airectl.spec.schema import deviation

SHOWN = [each for each in FORMATS if each not in ("json", "saved")]


def again(blocks: list[Block]) -> list[Any]:
    saved = render("saved", view_of(Report(status=Status.DONE, blocks=blocks)))
    said = json.loads(saved, parse_float=Decimal)
    assert deviation(said, "airectl-report-v1") == ""
    made = built(said["blocks"])
    assert isinstance(made, list)
    return made


@pytest.mark.parametrize("format", SHOWN)
def test_it_shows_the_same_again(format: str) -> None:
    blocks: list[Block] = [*readable().blocks, demand(), Section(title="below", blocks=[timeline()], aside="28d")]
    for report in (Report(status=Status.DONE, blocks=blocks), hostile()):
        kept = Report(status=report.status, blocks=again([*report.blocks]))
        shown = Report(status=report.status, blocks=report.blocks)
        assert render(format, view_of(kept)) == render(format, view_of(shown))


@given(st.lists(st.none() | st.text(max_size=5) | st.integers() | st.decimals(-1000, 1000), min_size=1, max_size=4))
def test_every_cell_comes_back(cells: list[Any]) -> None:
    columns = [Column(title="c", kind=Kind.NUMBER)] * len(cells)
    (table,) = again([Table(columns=columns, rows=[cells])])
    assert list(table.rows[0]) == cells


@pytest.mark.parametrize(
    "block",
    [
        {"is": "table", "columns": [], "rows": [[1]], "title": ""},
        {"is": "line", "name": "", "x": [1], "y": [], "role": "bad"},
    ],
)
def test_parts_that_do_not_fit_are_refused(block: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not as many"):
        built([block])


@pytest.mark.parametrize(
    "wrong",
    [
        {"blocks": [{"is": "script", "text": ""}]},
        {"blocks": [{"is": "code", "text": 1, "language": ""}]},
        {"blocks": [{"is": "lines", "lines": [None], "title": ""}]},
        {"status": "splendid"},
        {"gates": {}},
        {"schema": "airectl/report/v2"},
        {"extra": 1},
    ],
)
def test_nothing_else_is_taken_for_a_report(wrong: dict[str, Any]) -> None:
    said = json.loads(render("saved", view_of(readable())))
    assert deviation(said, "airectl-report-v1") == ""
    assert deviation(said | wrong, "airectl-report-v1") != ""
