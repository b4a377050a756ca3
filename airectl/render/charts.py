"""Charts as pictures: a Vega-Lite document, drawn to SVG or PNG without a browser or a network.

An SVG takes its ink from `currentColor` and has no background, so that one file serves light pages and dark ones.
Source: https://vega.github.io/vega-lite/docs/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from airectl.core.chart import Axis, Band, Chart, Level, Line, Moment, Role, Span
from airectl.render.inert import inert
from airectl.render.thinning import thinned

_WIDTH: Final = 640
_HEIGHT: Final = 260
_LANE: Final = 26
_ROOM: Final = 24
# Tones that can be told apart on white and on black, and by who cannot tell red from green.
_COLOURS: Final[Mapping[Role, str]] = {
    Role.HISTORY: "#3d85c6",
    Role.FORECAST: "#8e7cc3",
    Role.LIMIT: "#cc7a00",
    Role.GOOD: "#2a9d8f",
    Role.BAD: "#d1495b",
    Role.PLAIN: "#808080",
}
_DASHES: Final[Mapping[Role, list[int]]] = {Role.FORECAST: [6, 3], Role.LIMIT: [2, 2]}
# Days at midnight, years in January, else the time of the day, with seconds where there are some.
_MOMENT: Final = (
    "utcFormat(datum.value, utcseconds(datum.value) ? '%H:%M:%S'"
    " : utchours(datum.value) || utcminutes(datum.value) ? '%H:%M'"
    " : utcmonth(datum.value) || utcdate(datum.value) > 1 ? '%b %d' : '%Y')"
)
_INK: Final = "currentColor"
_PRINTED: Final = "#222222"


def picture(path: str, chart: Chart) -> bytes:
    """The file `path`, a PNG or an SVG by its ending."""
    return png(chart) if path.endswith(".png") else svg(chart).encode()


def svg(chart: Chart) -> str:
    """The chart as SVG: no script, no font, no address of anything. A screen reader says its summary."""
    from vl_convert import vegalite_to_svg

    text: str = vegalite_to_svg(vega_lite(chart), allowed_base_urls=[])
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(inert(chart.summary))}" ', 1)


def png(chart: Chart) -> bytes:
    """The chart as PNG on white, at twice its size for sharp print."""
    from vl_convert import vegalite_to_png

    data: bytes = vegalite_to_png(vega_lite(chart, ink=_PRINTED, paper="white"), scale=2, allowed_base_urls=[])
    return data


def vega_lite(chart: Chart, *, ink: str = _INK, paper: str = "transparent") -> dict[str, Any]:
    """The Vega-Lite document. Text of the user is data in it, and thinned to what the width can show."""
    layers = list(_lanes(chart) if chart.lanes else _layers(chart))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": inert(chart.title), "anchor": "start"},
        "width": _WIDTH,
        "height": _LANE * len(chart.lanes) if chart.lanes else _HEIGHT,
        "background": paper,
        # A browser's letters may be wider than those that the picture was measured with.
        "padding": {"left": _ROOM if chart.lanes else 5, "right": 5, "top": 5, "bottom": 5},
        "layer": layers or [{"mark": "point", "data": {"values": []}}],
        "config": _config(ink),
    }


def _config(ink: str) -> dict[str, Any]:
    quiet = {"gridColor": ink, "gridOpacity": 0.12, "domainColor": ink, "domainOpacity": 0.4, "tickColor": ink}
    inked = {
        "labelColor": ink,
        "titleColor": ink,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    }
    return {
        "font": "sans-serif",
        # The whole has a label; each mark's own would be in this machine's zone and language.
        "aria": False,
        "view": {"stroke": None},
        "axis": {**quiet, **inked, "titleFontWeight": "normal"},
        "title": {"color": ink, "fontSize": 13, "fontWeight": "bold"},
        "text": {"color": ink, "fontSize": 11},
    }


def _layers(chart: Chart) -> Iterator[dict[str, Any]]:
    x, y = _scale("x", chart.x), _scale("y", chart.y)
    for span in chart.spans:
        yield _shade(span, x, chart.x)
    for band in chart.bands:
        yield _band(band, x, y, chart.x)
    for line in chart.lines:
        yield _line(line, x, y, chart.x)
    for level in chart.levels:
        yield from _level(level, y)
    yield from _moments(chart, x)
    yield from _legend(chart)


def _scale(field: str, axis: Axis) -> dict[str, Any]:
    title = f"{axis.title} ({axis.unit})" if axis.unit and axis.title else axis.title or axis.unit
    scale = {"type": "utc"} if axis.time else {"zero": field == "y", "nice": field == "y"}
    drawn = {"title": inert(title) or None, "grid": field == "y", "labelOverlap": "greedy", "labelSeparation": 6}
    return {
        "field": field,
        "type": "temporal" if axis.time else "quantitative",
        "scale": scale,
        "axis": drawn | ({"labelExpr": _MOMENT} if axis.time else {}),
    }


def _at(x: float, axis: Axis) -> float:
    """Vega's time is in milliseconds."""
    return x * 1000 if axis.time else x


def _line(line: Line, x: dict[str, Any], y: dict[str, Any], axis: Axis) -> dict[str, Any]:
    points = thinned(line.x, line.y, _WIDTH)
    mark = {"type": "line", "color": _COLOURS[line.role], "strokeWidth": 1.6, "invalid": "break-paths-filter-domains"}
    if line.role in _DASHES:
        mark["strokeDash"] = _DASHES[line.role]
    if len(points) == 1:
        mark = {"type": "point", "color": _COLOURS[line.role], "filled": True}
    values = [{"x": _at(at, axis), "y": value} for at, value in points]
    return {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y}}


def _band(band: Band, x: dict[str, Any], y: dict[str, Any], axis: Axis) -> dict[str, Any]:
    lows, highs = thinned(band.x, band.low, _WIDTH // 2), thinned(band.x, band.high, _WIDTH // 2)
    edges = sorted({at for at, _ in (*lows, *highs)})
    low, high = dict(zip(band.x, band.low, strict=True)), dict(zip(band.x, band.high, strict=True))
    return {
        "data": {"values": [{"x": _at(at, axis), "y": low[at], "to": high[at]} for at in edges]},
        "mark": {"type": "area", "color": _COLOURS[band.role], "opacity": 0.22},
        "encoding": {"x": x, "y": y, "y2": {"field": "to"}},
    }


def _level(level: Level, y: dict[str, Any]) -> Iterator[dict[str, Any]]:
    data = {"values": [{"y": level.value, "label": inert(level.label)}]}
    mark = {"type": "rule", "color": _COLOURS[level.role], "strokeWidth": 1.4}
    yield {"data": data, "mark": mark | {"strokeDash": _DASHES[Role.LIMIT]}, "encoding": {"y": y}}
    text = {"type": "text", "align": "right", "baseline": "bottom", "dy": -3, "color": _COLOURS[level.role]}
    yield {"data": data, "mark": text, "encoding": {"y": y, "x": {"value": _WIDTH}, "text": {"field": "label"}}}


def _shade(span: Span, x: dict[str, Any], axis: Axis) -> dict[str, Any]:
    return {
        "data": {"values": [{"x": _at(span.start, axis), "to": _at(span.end, axis)}]},
        "mark": {"type": "rect", "color": _COLOURS[span.role], "opacity": 0.14},
        "encoding": {"x": x, "x2": {"field": "to"}},
    }


def _moments(chart: Chart, x: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each with its label; those of neighbours stand on different heights, so that they can be read."""
    # Rows are for bars: there the labels stand above them.
    first, step = (-6, -13) if chart.lanes else (8, 13)
    for at, moment in enumerate(sorted(chart.moments, key=_when)):
        data = {"values": [{"x": _at(moment.x, chart.x), "label": inert(moment.label)}]}
        yield {
            "data": data,
            "mark": {"type": "rule", "color": _COLOURS[moment.role], "strokeWidth": 1},
            "encoding": {"x": x},
        }
        high = first + step * (at % 4)
        left = _is_late(moment.x, chart)
        text = {"type": "text", "align": "right" if left else "left", "dx": -4 if left else 4}
        yield {"data": data, "mark": text, "encoding": {"x": x, "y": {"value": high}, "text": {"field": "label"}}}


def _when(moment: Moment) -> float:
    return moment.x


def _beside(span: Span, chart: Chart, *, late: bool) -> float:
    """Where its label goes: behind the bar; near the right edge before it, or on it where it begins at the left."""
    return span.start if late and not _is_early(span.start, chart) else span.end


def _is_early(x: float, chart: Chart) -> bool:
    places = [*_places(chart)]
    return x < min(places) + 0.2 * (max(places) - min(places))


def _is_late(x: float, chart: Chart) -> bool:
    """Whether a label to the right of it would leave the picture."""
    places = [*_places(chart)]
    return bool(places) and x > min(places) + 0.6 * (max(places) - min(places))


def _places(chart: Chart) -> Iterator[float]:
    for series in chart.series:
        yield from (series.x[0], series.x[-1]) if series.x else ()
    for span in chart.spans:
        yield from (span.start, span.end)
    yield from (moment.x for moment in chart.moments)


def _legend(chart: Chart) -> Iterator[dict[str, Any]]:
    """Names in the colours of what they name, below the title: a legend that costs no width."""
    named = [each for each in chart.series if each.name]
    if len(named) < 2:
        return
    at = 0
    for each in named:
        text = {"type": "text", "align": "left", "baseline": "bottom", "color": _COLOURS[each.role], "fontSize": 11}
        place = {"x": {"value": at}, "y": {"value": -6}, "text": {"value": inert(each.name)}}
        yield {"data": {"values": [{}]}, "mark": text, "encoding": place}
        at += 7 * len(inert(each.name)) + 16


def _lanes(chart: Chart) -> Iterator[dict[str, Any]]:
    """A row a lane, bars in it; what has no length is a point."""
    x = _scale("x", chart.x)
    rows = {
        "field": "lane",
        "type": "nominal",
        "sort": [inert(lane) for lane in chart.lanes],
        "axis": {"title": None, "labelLimit": 180},
    }
    for role in Role:
        spans = [span for span in chart.spans if span.role is role and span.lane]
        if spans:
            yield from _bars(spans, x, rows, chart)
    yield from _moments(chart, x)


def _bars(spans: Sequence[Span], x: dict[str, Any], rows: dict[str, Any], chart: Chart) -> Iterator[dict[str, Any]]:
    axis, colour = chart.x, _COLOURS[spans[0].role]
    for mark, chosen in (
        ({"type": "bar", "color": colour, "opacity": 0.75, "height": 12}, [s for s in spans if s.end > s.start]),
        ({"type": "point", "color": colour, "filled": True, "size": 55}, [s for s in spans if s.end <= s.start]),
    ):
        if chosen:
            values = [
                {"x": _at(span.start, axis), "to": _at(span.end, axis), "lane": inert(span.lane)} for span in chosen
            ]
            long = {"x2": {"field": "to"}} if mark["type"] == "bar" else {}
            yield {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": rows, **long}}
    for late in (False, True):
        values = [
            {"x": _at(_beside(span, chart, late=late), axis), "lane": inert(span.lane), "label": inert(span.label)}
            for span in spans
            if span.label and _is_late(span.end, chart) is late
        ]
        if values:
            text = {"type": "text", "align": "right" if late else "left", "dx": -6 if late else 6}
            yield {
                "data": {"values": values},
                "mark": text,
                "encoding": {"x": x, "y": rows, "text": {"field": "label"}},
            }
