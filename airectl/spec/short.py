"""The short form: a service's first SLOs in a few lines, as OpenSLO v1.

    service: chat
    telemetry: vllm          # a system of the telemetry catalogue; or `events: path/*.jsonl`
    SLO:
      accuracy: 95%
      latency: 200ms         # or {p99: 200ms, of: ttft|e2e|itl}
      availability: 99.9%

Each key of `SLO` becomes an SLO called SERVICE-KEY over 28 days, rolling. What it was read as is said in
`explained`, and stands in the SLO's description:

- A latency is a percentile, p95 where none is named: 95 of 100 requests must be faster. It is the time to
  first token of a streaming server and the end-to-end time of any other, unless `of` says otherwise.
- A threshold between two edges of the server's histogram is measured at the lower one, which is stricter.
- `accuracy` is measured on `events`, whose column `good` is empty until an event is labelled.
- Without `telemetry`, everything is measured on `events`: availability by `good`, a latency by the column
  `ttft_s`, `e2e_s`, `itl_s` or `tpot_s`, or the one that `column` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.annotations import PREFIX
from airectl.core.catalogue import System
from airectl.core.findings import Finding, Severity
from airectl.core.units import parse_duration
from airectl.spec import moved, schema, short_sli
from airectl.spec.context import Context
from airectl.spec.documents import V1
from airectl.spec.formats import Converted
from airectl.spec.promises import ACCURACY, Promise, read
from airectl.spec.short_sli import Sli
from airectl.spec.tree import Map, graft

NAME = "short"
WINDOW: Final = "28d"


def matches(node: Map) -> bool:
    """Whether the document has the short form's keys, if only nearly, and none of another format's."""
    if any(key in node for key in ("apiVersion", "version", "kind")):
        return False
    return "SLO" in node or ("service" in node and any(key in node for key in ("telemetry", "events", "slo")))


def to_v1(node: Map, context: Context) -> Converted:
    """Every promise of the document as an SLO, and what is wrong with it."""
    found = schema.check(node, "short-v1", "document")
    if found:
        return Converted(findings=tuple(found))
    promised = read(node.map("SLO"))
    found += promised.findings
    system, unknown = _system(node, context)
    found += [*unknown, *_unmeasured(node, promised.promises)]
    documents, explained = [], []
    for promise in promised.promises:
        sli = _sli(node, promise, system)
        found += sli.findings
        if sli.ratio:
            documents.append(_slo(node, promise, sli))
            explained.append(f"{_name(node, promise)}: {sli.said}; over {parse_duration(WINDOW).spoken}, rolling")
    return Converted(documents=tuple(documents), findings=tuple(found), explained=tuple(explained))


def _system(node: Map, context: Context) -> tuple[System | None, list[Finding]]:
    name, systems = node.text("telemetry"), context.catalogue.systems
    if not name or name in systems:
        return (systems[name] if name else None), []
    near = get_close_matches(name, systems, 1, 0.5)
    finding = Finding(
        code="AIR013",
        severity=Severity.ERROR,
        message=f"the telemetry catalogue has no system `{name}`",
        at=node.at("telemetry"),
        label=f"did you mean `{near[0]}`?" if near else "",
        help=f"one of: {', '.join(systems)}" if systems else "measure on `events` instead",
    )
    return None, [finding]


def _unmeasured(node: Map, promises: tuple[Promise, ...]) -> Iterator[Finding]:
    """Promises that nothing in the document can measure."""
    accuracy = [each for each in promises if each.key == ACCURACY]
    others = [each for each in promises if each.key != ACCURACY]
    if accuracy and "events" not in node:
        yield Finding(
            code="AIR037",
            severity=Severity.WARNING,
            message="`accuracy` is not measured: it needs `events`",
            at=accuracy[0].key_at,
            help="add `events:` with the path of a log that has the columns `timestamp` and `good`",
        )
    if "telemetry" in node:
        return
    if others and "events" not in node:
        yield _needs_telemetry("the document needs `telemetry` or `events` to measure " + _listed(others), others[0])
    for promise in others if accuracy and "events" in node else ():
        if not promise.latency:
            message = f"`{promise.key}` beside `accuracy` needs `telemetry`: `good` cannot be both"
            yield _needs_telemetry(message, promise)


def _needs_telemetry(message: str, promise: Promise) -> Finding:
    help = "add `telemetry:` with the server's name, such as `vllm`"
    return Finding(code="AIR010", severity=Severity.ERROR, message=message, at=promise.key_at, help=help)


def _listed(promises: list[Promise]) -> str:
    return ", ".join(dict.fromkeys(f"`{promise.key}`" for promise in promises))


def _sli(node: Map, promise: Promise, system: System | None) -> Sli:
    if promise.key == ACCURACY or "telemetry" not in node:
        return short_sli.from_events(node, promise) if "events" in node else Sli()
    return short_sli.from_preset(promise, system) if system else Sli()


def _name(node: Map, promise: Promise) -> str:
    return moved.dns_name(node["service"], promise.suffix)


def _slo(node: Map, promise: Promise, sli: Sli) -> Map:
    name = promise.marked(_name(node, promise))
    annotations: dict[str, Any] = {"converted-from": NAME, "signal": promise.marked(sli.signal)}
    if promise.threshold:
        annotations["threshold"] = promise.marked(promise.threshold.replace(" ", ""))
    if sli.system:
        annotations["telemetry"] = moved.value(node, "telemetry")
    document: Map = graft(
        {
            "apiVersion": V1,
            "kind": "SLO",
            "metadata": {"name": name, "annotations": {f"{PREFIX}{key}": text for key, text in annotations.items()}},
            "spec": {
                "description": sli.said,
                "service": moved.value(node, "service"),
                "indicator": {"metadata": {"name": name}, "spec": {"ratioMetric": sli.ratio}},
                "timeWindow": [{"duration": WINDOW, "isRolling": True}],
                "budgetingMethod": "Occurrences",
                "objectives": [{"displayName": sli.title, "target": promise.marked(promise.target)}],
            },
        },
        node.path,
        promise.mark,
    )
    return document
