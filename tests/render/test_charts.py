"""Charts as pictures: the same each time, without script or address, and readable on any background."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from chart_examples import HOSTILE, START, demand, timeline

from airectl.core.chart import Axis, Chart, Line
from airectl.render.charts import picture, svg, vega_lite

CHARTS = {"lines": demand(), "lanes": timeline()}


@pytest.mark.parametrize("name", CHARTS)
def test_an_svg_is_the_same_each_time_and_asks_for_nothing(name: str) -> None:
    text = svg(CHARTS[name])
    assert text == svg(CHARTS[name])
    ElementTree.fromstring(text)  # noqa: S314  # our own text
    assert "<script" not in text
    assert set(re.findall(r"https?://[^\"' ]+", text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.mark.parametrize("name", CHARTS)
def test_the_ink_is_that_of_the_page(name: str) -> None:
    text = svg(CHARTS[name])
    assert "currentColor" in text
    assert not re.search(r'(?:fill|stroke)="(?:black|#000|#000000|white|#fff|#ffffff)"', text)
    assert CHARTS[name].summary in text


@pytest.mark.parametrize("chart", [demand(HOSTILE), timeline(HOSTILE)], ids=["lines", "lanes"])
def test_text_of_the_user_is_no_markup(chart: Chart) -> None:
    text = svg(chart)
    assert "<script" not in text
    assert "&lt;script" in text
    assert "\x1b" not in text


def test_a_gap_stays_a_gap() -> None:
    broken, whole = demand(), demand()
    filled = [10.0 + hour for hour in range(40)]
    whole = replace(whole, lines=[replace(whole.lines[0], y=filled), whole.lines[1]])
    strokes = [len(re.findall(r"M", "".join(re.findall(r' d="([^"]+)"', svg(chart))))) for chart in (broken, whole)]
    assert strokes[0] == strokes[1] + 1


def test_what_has_many_points_is_drawn_with_few() -> None:
    count = 100_000
    line = Line(name="", x=range(count), y=[float(at == 77_777) for at in range(count)])
    document = vega_lite(Chart(title="", x=Axis(), summary="", lines=[line]))
    values = document["layer"][0]["data"]["values"]
    assert len(values) < 2000
    assert {"x": 77_777, "y": 1.0} in values


def test_a_minute_has_seconds_on_its_axis() -> None:
    line = Line(name="", x=[START + second for second in range(60)], y=[1.0] * 60)
    text = svg(Chart(title="", x=Axis(time=True), summary="", lines=[line]))
    labels = re.findall(r">(\d\d:\d\d:\d\d)<", text)
    assert len(set(labels)) == len(labels) > 2


@pytest.mark.parametrize("chart", [Chart(title="nothing", x=Axis(), summary=""), *CHARTS.values()])
def test_a_png_is_one(chart: Chart) -> None:
    assert picture("chart.png", chart).startswith(b"\x89PNG")
    assert picture("chart.svg", chart).startswith(b"<svg")
