from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from airectl.core.report import Column, Kind, Table
from airectl.render.measure import width
from airectl.render.paper import Paper
from airectl.render.tables import table_lines

PIPE = Paper(width=None)
LEFT = Table(
    columns=[
        Column(title="SLO"),
        Column(title="LEFT", kind=Kind.RATIO),
        Column(title="", kind=Kind.BAR),
        Column(title="BURN", kind=Kind.NUMBER, digits=1),
    ],
    rows=[
        ["chat", Decimal("0.4"), Decimal("0.4"), 0.3],
        ["embed", Decimal("-1.265"), Decimal("-1.265"), 12],
        ["rag", None, None, None],
    ],
)


def test_numbers_align_on_the_decimal() -> None:
    assert table_lines(LEFT, PIPE) == [
        "SLO    LEFT      BURN",
        "chat     40 %     0.3",
        "embed  -126.5 %  12",
        "rag       ?       ?",
    ]


def test_bars_are_drawn_on_a_terminal_only_beside_their_numbers() -> None:
    assert table_lines(LEFT, Paper(width=80)) == [
        "SLO    LEFT                  BURN",
        "chat     40 %    ####......   0.3",
        "embed  -126.5 %  over        12",
        "rag       ?                   ?",
    ]


def test_bars_shrink_and_go_before_words_are_broken() -> None:
    assert table_lines(LEFT, Paper(width=30))[1] == "chat     40 %    ##...   0.3"
    assert table_lines(LEFT, Paper(width=22))[1] == "chat     40 %     0.3"


def test_text_wraps_on_a_terminal_and_keeps_to_one_line_in_a_pipe() -> None:
    table = Table(
        columns=[Column(title="FIELD"), Column(title="MEANING"), Column(title="N", kind=Kind.COUNT)],
        rows=[["target", "the share of good events that the service promises to its users", 12]],
        title="fields",
    )
    assert table_lines(table, Paper(width=40)) == [
        "fields",
        "FIELD   MEANING                        N",
        "target  the share of good events      12",
        "        that the service promises to",
        "        its users",
    ]
    assert len(table_lines(table, PIPE)) == 3


def test_more_columns_than_a_terminal_holds_stand_below_each_other() -> None:
    table = Table(
        columns=[Column(title=f"COLUMN{n}", kind=Kind.NUMBER) for n in range(8)],
        rows=[list(range(8)), [None] * 8],
    )
    lines = table_lines(table, Paper(width=40))
    assert lines[:2] == ["COLUMN0  0", "COLUMN1  1"]
    assert lines[8] == ""
    assert lines[9] == "COLUMN0  ?"


def test_one_long_cell_does_not_pad_the_others_in_a_pipe() -> None:
    table = Table(columns=[Column(title="A"), Column(title="B")], rows=[["x" * 10_000, "y"], ["x", "y"]])
    lines = table_lines(table, PIPE)
    assert lines[1] == "x" * 10_000 + "  y"
    assert len(lines[2]) < 100


def test_a_table_without_rows_shows_its_columns() -> None:
    assert table_lines(Table(columns=[Column(title="A"), Column(title="B")], rows=[]), PIPE) == ["A  B"]


@given(
    st.lists(st.lists(st.text("ab 模", max_size=60), min_size=3, max_size=3), max_size=4),
    st.integers(40, 100),
)
def test_every_line_fits_a_terminal(rows: list[list[str]], cells: int) -> None:
    columns = [Column(title="SERVICE"), Column(title="OBJECTIVE"), Column(title="MEANING")]
    lines = table_lines(Table(columns=columns, rows=rows), Paper(width=cells))
    assert max(map(width, lines)) <= cells
    together = "".join(lines).replace(" ", "")
    for character in "b模":
        assert together.count(character) == sum(cell.count(character) for row in rows for cell in row)


def test_the_column_that_costs_fewest_lines_gives_way_and_names_break_at_their_joints() -> None:
    table = Table(
        columns=[Column(title="OBJECTIVE"), Column(title="BUDGET LEFT", kind=Kind.RATIO), Column(title="STATUS")],
        rows=[
            ["embeddings-latency", Decimal("0.4"), "not evaluated: offline"],
            ["chat-ttft", None, "not evaluated: offline"],
            ["chat-itl", None, "not evaluated: offline"],
        ],
    )
    assert table_lines(table, Paper(width=48)) == [
        "OBJECTIVE         BUDGET  STATUS",
        "                  LEFT",
        "embeddings-       40 %    not evaluated: offline",
        "latency",
        "chat-ttft          ?      not evaluated: offline",
        "chat-itl           ?      not evaluated: offline",
    ]
