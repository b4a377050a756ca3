"""Shapes of Grafana's dashboard JSON: panels, queries, units and thresholds, as plain data.

Source: https://github.com/grafana/grafana-foundation-sdk/tree/main/jsonschema
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

# Grafana raises it with changes of the format and converts older dashboards on loading. Grafana 10 and later
# have a published schema for this one.
SCHEMA_VERSION: Final = 36
# The data source is a variable: one dashboard serves Prometheus and what speaks its API.
SOURCE: Final[Mapping[str, str]] = {"type": "prometheus", "uid": "${datasource}"}
WIDTH: Final = 24
RATIO: Final = "percentunit"
BURN: Final = "suffix: x"
RATE: Final = "cps"
_GOOD, _WARN, _BAD = "green", "orange", "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """PromQL and the name of its series, in which `{{label}}` stands for a label. `instant`: now, as a table."""

    expr: str
    legend: str = ""
    instant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Unit, thresholds (from which value which colour; the first from the bottom) and bounds of a panel's values."""

    unit: str = "short"
    steps: Sequence[tuple[float | None, str]] = ((None, _GOOD),)
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None


# Of a budget, that left; 0.25 is where the default policy begins to warn.
LEFT: Final = Look(unit=RATIO, steps=((None, _BAD), (0, _WARN), (0.25, _GOOD)), decimals=1, maximum=1)
COUNT_OF_BAD: Final = Look(steps=((None, _GOOD), (1, _BAD)), decimals=0, minimum=0)


def burn_look(page_factor: float | None) -> Look:
    """Burn rates: from 1 the budget does not last, from `page_factor` someone is woken up."""
    paging = ((page_factor, _BAD),) if page_factor is not None and page_factor > 1 else ()
    return Look(unit=BURN, steps=((None, _GOOD), (1, _WARN), *paging), decimals=2, minimum=0)


def stat(title: str, description: str, query: Query, look: Look) -> Json:
    """One number, its background in the colour of its threshold."""
    options = {
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return _panel("stat", (title, description), [query], _field_config(look)) | {"options": options}


def lines(title: str, description: str, queries: Sequence[Query], look: Look) -> Json:
    """Values over time; thresholds above the first are drawn as lines."""
    drawn = "dashed" if len(look.steps) > 1 else "off"
    custom = {
        "drawStyle": "line",
        "lineWidth": 2,
        "fillOpacity": 0,
        "showPoints": "never",
        "spanNulls": False,
        "thresholdsStyle": {"mode": drawn},
    }
    options = {
        "legend": {"calcs": ["lastNotNull", "min", "max"], "displayMode": "table", "placement": "bottom",
                   "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }  # fmt: skip
    config = _field_config(look, custom, color="palette-classic")
    return _panel("timeseries", (title, description), queries, config) | {"options": options}


def states(title: str, description: str, query: Query, names: Mapping[int, tuple[str, str]]) -> Json:
    """Bands over time, one for each series; `names` gives a value its text and colour."""
    mapping = {str(value): {"color": color, "index": value, "text": text} for value, (text, color) in names.items()}
    config = _field_config(Look(), {"fillOpacity": 80, "lineWidth": 0}, color="thresholds")
    config["defaults"]["mappings"] = [{"type": "value", "options": mapping}]
    options = {
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "never",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return _panel("state-timeline", (title, description), [query], config) | {"options": options}


def table(title: str, description: str, by: str, columns: Sequence[tuple[str, Query, Look]]) -> Json:
    """One row for each value of the label `by`, one column for each query; the column after it is sorted first."""
    queries = [query for _, query, _ in columns]
    renamed = {f"Value #{_ref(index)}": name for index, (name, _, _) in enumerate(columns)}
    config = _field_config(Look(), {"align": "auto", "filterable": True})
    config["overrides"] = [_override(name, look) for name, _, look in columns]
    order = {by: 0, **{name: index + 1 for index, name in enumerate(renamed)}}
    transformations = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": {by: "SLO", **renamed}},
        },
    ]
    options = {"cellHeight": "sm", "showHeader": True, "sortBy": [{"desc": False, "displayName": "SLO"}]}
    panel = _panel("table", (title, description), queries, config)
    return panel | {"options": options, "transformations": transformations}


def row(title: str) -> Json:
    """A heading; what follows it stands below."""
    return {"type": "row", "title": title, "collapsed": False, "panels": []}


def placed(rows: Sequence[Sequence[tuple[Json, int]]]) -> list[Json]:
    """Panels from left to right, each row as (panel, height); every panel of a row is as wide as the others."""
    panels: list[Json] = []
    top = 0
    for each in rows:
        width = WIDTH // len(each)
        for index, (panel, height) in enumerate(each):
            place = {"h": height, "w": width, "x": index * width, "y": top}
            panels.append({"id": len(panels) + 1, **panel, "gridPos": place})
        top += max(height for _, height in each)
    return panels


def _panel(kind: str, words: tuple[str, str], queries: Sequence[Query], config: Json) -> Json:
    title, description = words
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": dict(SOURCE),
        "targets": [_target(index, query) for index, query in enumerate(queries)],
        "fieldConfig": config,
    }


def _target(index: int, query: Query) -> Json:
    how = {"format": "table", "instant": True, "range": False} if query.instant else {"instant": False, "range": True}
    named = {"legendFormat": query.legend} if query.legend else {}
    return {"refId": _ref(index), "datasource": dict(SOURCE), "editorMode": "code", "expr": query.expr, **named, **how}


def _ref(index: int) -> str:
    """A to Z, then A1 and on: Grafana's names of queries."""
    number, letter = divmod(index, 26)
    return chr(ord("A") + letter) + (str(number) if number else "")


def _field_config(look: Look, custom: Json | None = None, *, color: str = "thresholds") -> Json:
    bounds = {"min": look.minimum, "max": look.maximum, "decimals": look.decimals}
    defaults = {
        "unit": look.unit,
        "color": {"mode": color},
        "thresholds": _thresholds(look),
        **{key: value for key, value in bounds.items() if value is not None},
        **({"custom": custom} if custom else {}),
    }
    return {"defaults": defaults, "overrides": []}


def _thresholds(look: Look) -> Json:
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in look.steps]}


def _override(name: str, look: Look) -> Json:
    properties: list[Json] = [{"id": "unit", "value": look.unit}]
    if look.decimals is not None:
        properties.append({"id": "decimals", "value": look.decimals})
    if len(look.steps) > 1:
        properties += [
            {"id": "thresholds", "value": _thresholds(look)},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}
