"""Charts on a terminal: they fit, they show the shape, and in a pipe words stand in for them."""

from dataclasses import replace

import pytest
from chart_examples import HOSTILE, demand, timeline
from report_examples import view_of

from airectl.core.chart import Axis, Chart, Line
from airectl.core.report import Report, Status
from airectl.render import html, markdown, text
from airectl.render.drawing import drawn
from airectl.render.measure import width
from airectl.render.paper import Paper


@pytest.mark.parametrize("chart", [demand(), timeline(), demand(HOSTILE)], ids=["lines", "lanes", "hostile"])
@pytest.mark.parametrize("cells", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(chart: Chart, cells: int) -> None:
    lines = drawn(chart, Paper(width=cells))
    assert max(map(width, lines)) <= cells
    assert "\x1b" not in "".join(lines)


def test_the_shape_is_seen() -> None:
    """It rises from the bottom left to the top right, and the limit is a line across."""
    rows = [line.partition("|")[2] for line in drawn(demand(), Paper(width=80, fine=False)) if "|" in line]
    assert len(rows) == 10
    columns = [row.index("*") for row in rows if "*" in row]
    assert columns == sorted(columns, reverse=True)
    assert sum(row.count("-") > 20 for row in rows) == 1


def test_a_terminal_without_braille_gets_ascii() -> None:
    assert "".join(drawn(demand(), Paper(width=80, fine=False))).isascii()
    assert not "".join(drawn(demand(), Paper(width=80))).isascii()


def test_a_bar_stands_where_its_time_is() -> None:
    rows = {line.split(" ")[0]: line.partition("|")[2] for line in drawn(timeline(), Paper(width=80)) if " |" in line}
    assert rows["ChatSlow"].startswith("###")
    assert rows["rollback"].startswith("   ")
    assert rows["rollback"].endswith("###")
    assert rows["deploys"].strip() == "o"


def test_what_cannot_be_seen_is_said() -> None:
    report = Report(status=Status.DONE, blocks=[demand()])
    assert text.render(view_of(report)) == f"requests of chat\n    {demand().summary}\n"
    assert demand().summary in markdown.render(view_of(report))
    assert demand().summary in " ".join(text.render(view_of(report, tty=True)).split())


def test_a_chart_for_pages_is_on_no_terminal_and_on_every_page() -> None:
    report = Report(status=Status.DONE, blocks=[replace(demand(), page_only=True)])
    view = view_of(report)
    for plain in (text.render(view), text.render(view_of(report, tty=True)), markdown.render(view)):
        assert demand().title not in plain
    assert demand().summary in html.render(view)


def test_the_ends_of_less_than_ten_minutes_have_seconds() -> None:
    line = Line(name="few", x=(1_795_176_000, 1_795_176_021), y=(1.0, 2.0))
    last = drawn(Chart(title="t", x=Axis(time=True), summary="", lines=[line]), Paper(width=60))[-2]
    assert last.split() == ["12:00:00", "12:00:21"]


@pytest.mark.parametrize("y", [(), (None,), (3.0,), (0.0, 0.0), (float("nan"), 2.0)])
def test_little_is_drawn_too(y: tuple[float | None, ...]) -> None:
    line = Line(name="few", x=range(len(y)), y=y)
    assert drawn(Chart(title="t", x=Axis(), summary="", lines=[line]), Paper(width=60))[0] == "t"
