"""OpenSLO v1alpha: SLO and Service, as OpenSLO v1.

What becomes of its fields:

- `timeWindows` count and unit become `timeWindow` with a duration. Without `isRolling` and `calendar`
  the window is rolling, as Sloth reads it.
- `ratioMetrics` of an objective become the SLO's indicator. v1 has one indicator an SLO, so each such
  objective becomes an SLO of its own: NAME when there is one, NAME-0, NAME-1, ... otherwise.
- `airectl.dev/sloth-slo` keeps Sloth's name of it, NAME-INDEX; its id in Sloth is SERVICE-NAME-INDEX.
- `incremental` (late: `counter`) becomes `counter`, `source: prometheus` `type: Prometheus`; other sources
  keep their name. `queryType` is kept where it is not PromQL.
- `value` of an objective with ratioMetrics has no meaning in either version and is left out.
- Timeslices has no slice length in v1alpha: it is one minute.

Sources: https://github.com/OpenSLO/oslo/blob/main/pkg/manifest/v1alpha/objects.go and
https://github.com/slok/sloth/blob/main/internal/storage/io/openslo.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airectl.core.annotations import PREFIX
from airectl.core.findings import Finding, Location, Severity
from airectl.spec import moved, schema
from airectl.spec.context import Context
from airectl.spec.documents import V1
from airectl.spec.formats import Converted
from airectl.spec.tree import Map, graft

NAME = "openslo/v1alpha"

_CONVERTED_FROM: Final = f"{PREFIX}converted-from"
_SLOTH_SLO: Final = f"{PREFIX}sloth-slo"
_SLICE: Final = "1m"
_UNITS: Final = {"Minute": "m", "Hour": "h", "Day": "d", "Week": "w", "Month": "M", "Quarter": "Q", "Year": "Y"}
_SECONDS: Final = {"d": 86_400, "h": 3600, "m": 60}
# Names that OpenSLO v1 documents use for sources that v1alpha writes in small letters.
_SOURCES: Final = {"prometheus": "Prometheus", "sloth": "Prometheus"}


def matches(node: Map) -> bool:
    """Whether the document says `apiVersion: openslo/v1alpha`."""
    return node.get("apiVersion") == NAME


def to_v1(node: Map, context: Context) -> Converted:
    """The document as v1, or what is wrong with it."""
    findings = schema.check(node, "openslo-v1alpha", "object")
    if findings:
        return Converted(findings=tuple(findings))
    if node["kind"] == "Service":
        return Converted(documents=(_document(node, moved.values(node, "metadata", "spec")),))
    findings = [*_indicators(node.map("spec")), *_window_findings(_window(node))]
    if findings:
        return Converted(findings=tuple(findings))
    return Converted(documents=tuple(_slos(node)), explained=tuple(_explained(node)))


def _document(node: Map, rest: Mapping[str, Any]) -> Map:
    head = {"apiVersion": moved.instead(node, "apiVersion", V1), "kind": moved.value(node, "kind")}
    document: Map = graft({**head, **rest}, node.path, node.mark)
    return document


def _window(node: Map) -> Map:
    return node.map("spec").maps("timeWindows")[0]


def _indicators(spec: Map) -> list[Finding]:
    """One way to measure: the SLO's `indicator`, or `ratioMetrics` in every objective."""
    found = []
    for objective in spec.maps("objectives"):
        if "indicator" in spec and "ratioMetrics" in objective:
            found.append(
                _error(
                    "AIR015",
                    "an SLO is measured by its `indicator` or by `ratioMetrics` in its objectives, not by both",
                    objective.key_at("ratioMetrics"),
                    "keep one of the two",
                )
            )
        elif "indicator" not in spec and "ratioMetrics" not in objective:
            found.append(
                _error(
                    "AIR010",
                    "an objective needs `ratioMetrics` when the SLO has no `indicator`",
                    objective.here,
                    "add `ratioMetrics:` with `good` and `total`, or `indicator:` to the SLO",
                )
            )
    return found


def _window_findings(window: Map) -> list[Finding]:
    if _duration(window):
        return []
    at, help = window.at("count"), "write a multiple of 60, or another unit"
    return [_error("AIR017", f"{window['count']} seconds are no whole number of minutes", at, help)]


def _error(code: str, message: str, at: Location, help: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, at=at, help=help)


def _duration(window: Map) -> str:
    """The window's length in OpenSLO v1's shorthand; empty where v1 cannot say it."""
    count, unit = window["count"], window["unit"]
    if unit != "Second":
        return f"{count}{_UNITS[unit]}"
    return next((f"{count // size}{letter}" for letter, size in _SECONDS.items() if count % size == 0), "")


def _explained(node: Map) -> list[str]:
    spec, name = node.map("spec"), node.map("metadata").text("name")
    window, lines = _window(node), []
    if "isRolling" not in window and "calendar" not in window:
        lines.append(f"{name}: a window without `isRolling` and `calendar` is rolling, as in Sloth")
    if spec["budgetingMethod"] == "Timeslices":
        lines.append(f"{name}: a slice is one minute; v1alpha has no `timeSliceWindow`")
    return lines


def _slos(node: Map) -> list[Map]:
    name, objectives = node.map("metadata").text("name"), node.map("spec").maps("objectives")
    if "indicator" in node.map("spec"):
        return [_slo(node, name, objectives, {})]
    single = len(objectives) == 1
    return [
        _slo(node, name if single else moved.dns_name(name, str(index)), [each], {_SLOTH_SLO: f"{name}-{index}"})
        for index, each in enumerate(objectives)
    ]


def _slo(node: Map, name: str, objectives: list[Map], annotations: dict[str, str]) -> Map:
    metadata = node.map("metadata")
    named = moved.instead(metadata, "name", name)
    return _document(
        node,
        {
            "metadata": {
                "name": named,
                **moved.values(metadata, "displayName"),
                "annotations": {_CONVERTED_FROM: NAME, **annotations},
            },
            "spec": {
                **moved.values(node.map("spec"), "description", "service"),
                "indicator": {"metadata": {"name": named}, "spec": _indicator(node, objectives[0])},
                "timeWindow": [_time_window(_window(node))],
                **moved.values(node.map("spec"), "budgetingMethod"),
                "objectives": [_objective(each, node.map("spec")) for each in objectives],
            },
        },
    )


def _time_window(window: Map) -> dict[str, Any]:
    rolling = {"isRolling": "calendar" not in window}
    return {
        "duration": moved.instead(window, "count", _duration(window)),
        **rolling,
        **moved.values(window, "isRolling", "calendar"),
    }


def _objective(objective: Map, spec: Map) -> Map:
    keys = ["displayName", "op", "value", "target", "timeSliceTarget"]
    if "ratioMetrics" in objective:
        keys.remove("value")
    result = moved.part(objective, {key: key for key in keys})
    if spec["budgetingMethod"] == "Timeslices":
        mark = objective.marks.get("timeSliceTarget", objective.marks["target"])[1]
        result.put("timeSliceWindow", _SLICE, mark, mark)
    return result


def _indicator(node: Map, objective: Map) -> dict[str, Any]:
    if "ratioMetrics" not in objective:
        metric = node.map("spec").map("indicator").map("thresholdMetric")
        return {"thresholdMetric": {"metricSource": _source(metric)}}
    ratio = objective.map("ratioMetrics")
    counters = moved.values(ratio, "incremental", "counter")
    return {
        "ratioMetric": {
            **({"counter": next(iter(counters.values()))} if counters else {}),
            "good": {"metricSource": _source(ratio.map("good"))},
            "total": {"metricSource": _source(ratio.map("total"))},
        }
    }


def _source(metric: Map) -> dict[str, Any]:
    source = metric.text("source")
    type = _SOURCES.get(source.lower(), source)
    promql = type == "Prometheus" and metric.text("queryType").lower() == "promql"
    keys = ("query", "metadata") if promql else ("queryType", "query", "metadata")
    return {"type": moved.instead(metric, "source", type), "spec": moved.part(metric, {key: key for key in keys})}
