"""The JSON report with all that is shown beside it, so that `airectl report` can show it again, with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, Final

from airectl.core import chart
from airectl.core.chart import Chart, Role
from airectl.core.report import Code, Column, Kind, Lines, Next, Section, Table, Verdict
from airectl.render import View
from airectl.render.exact import dumps, instant
from airectl.render.json import envelope

_CLASSES: Final[Mapping[str, type]] = {
    each.__name__.lower(): each
    for each in (
        Verdict, Table, Column, Lines, Code, Next, Section,
        Chart, chart.Axis, chart.Line, chart.Band, chart.Level, chart.Moment, chart.Span,
    )
}  # fmt: skip
_WORDS: Final[Mapping[str, type[Enum]]] = {"role": Role, "kind": Kind}
_IS: Final = "is"


def render(view: View) -> str:
    """The JSON report, and `blocks`: each with what it is and its parts."""
    return dumps(envelope(view) | {"blocks": [plain(each) for each in view.report.blocks]})


def plain(value: Any) -> Any:
    """A block as plain data. A moment is `{"time": ...}`, so that it is not taken for a text."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        return {_IS: type(value).__name__.lower(), **parts}
    if isinstance(value, datetime):
        return {"time": instant(value)}
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, str | Enum) or not hasattr(value, "__iter__"):
        return value
    return [plain(each) for each in value]


def built(value: Any) -> Any:
    """What `plain` was made of. The data must follow the schema airectl-report-v1.

    Raises ValueError where parts that belong together are not as many: cells and columns, times and values.
    """
    if isinstance(value, list):
        return [built(each) for each in value]
    if not isinstance(value, dict):
        return value
    if _IS not in value:
        return datetime.fromisoformat(value["time"])
    parts = {name: built(each) for name, each in value.items() if name != _IS}
    words = {name: _WORDS[name](each) for name, each in parts.items() if name in _WORDS}
    kind = _CLASSES[value[_IS]]
    if kind.__module__ == chart.__name__:
        parts = {name: _measured(each) for name, each in parts.items()}
    made = kind(**parts | words)
    if not _fits(made):
        raise ValueError(f"parts of a {value[_IS]} that belong together are not as many")
    return made


def _measured(value: Any) -> Any:
    """Places on a chart are floats; digits that no eye can see are of no use there."""
    if isinstance(value, list):
        return [_measured(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def _fits(made: Any) -> bool:
    match made:
        case Table():
            return all(len(row) == len(made.columns) for row in made.rows)
        case chart.Line():
            return len(made.x) == len(made.y)
        case chart.Band():
            return len(made.x) == len(made.low) == len(made.high)
        case Chart():
            return not (made.lanes and made.series)
    return True
