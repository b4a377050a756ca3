"""Drafts as OpenSLO v1, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from airectl.core.annotations import PREFIX
from airectl.core.slo import Method
from airectl.core.units import plain
from airectl.spec.documents import V1
from airectl.telemetry.drafts import QUERY, Draft, limit_text
from airectl.telemetry.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all SLOs of a file share. Empty: nobody said.

    `source` is the name of a source, `path` where the file is going to be, `read` the day on which the server's page
    was read. `start`: nobody said what to promise.
    """

    service: str
    window: str
    path: str
    owner: str = ""
    runbook: str = ""
    source: str = ""
    narrowed: bool = False
    by_model: bool = False
    start: bool = False
    read: date | None = None


def service(server: Server, frame: Frame) -> Mapping[str, Any]:
    """The service itself."""
    return {
        "apiVersion": V1,
        "kind": "Service",
        "metadata": {"name": frame.service},
        "spec": {"description": f"Measured by {server.system.title}"},
    }


def slo(draft: Draft, server: Server, frame: Frame) -> Mapping[str, Any]:
    """One SLO, its indicator within."""
    return {
        "apiVersion": V1,
        "kind": "SLO",
        "metadata": {"name": draft.name, "annotations": dict(_annotations(draft, server, frame))},
        "spec": {
            "description": _sentence(draft),
            "service": frame.service,
            "indicator": {"metadata": {"name": draft.name}, "spec": _indicator(draft, frame)},
            "timeWindow": [{"duration": frame.window, "isRolling": True}],
            "budgetingMethod": str(Method.TIMESLICES if draft.preset.compares else Method.OCCURRENCES),
            "objectives": [_objective(draft)],
        },
    }


def _annotations(draft: Draft, server: Server, frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.owner:
        yield f"{PREFIX}owner", frame.owner
    if frame.runbook:
        yield f"{PREFIX}runbook", frame.runbook
    if draft.preset.measure:
        yield f"{PREFIX}signal", str(draft.preset.measure)
        if draft.threshold:
            yield f"{PREFIX}threshold", draft.threshold.written
    yield f"{PREFIX}telemetry", server.system.name
    if frame.by_model and draft.model_label:
        yield f"{PREFIX}group-by", draft.model_label


def _sentence(draft: Draft) -> str:
    text = draft.preset.description
    limit = f"; the threshold is {draft.threshold.spoken}" if draft.threshold else ""
    if draft.preset.compares and draft.limit != draft.preset.value:
        limit = f"; the limit here is {limit_text(draft.preset, draft.limit)}"
    return f"{text[:1].upper()}{text[1:]}{limit}"


def _indicator(draft: Draft, frame: Frame) -> Mapping[str, Any]:
    sources = {role: {"metricSource": _source(query, frame)} for role, query in draft.queries.items()}
    if QUERY in sources:
        return {"thresholdMetric": sources[QUERY]}
    return {"ratioMetric": {"counter": True, **sources}}


def _source(query: str, frame: Frame) -> Mapping[str, Any]:
    named = {"metricSourceRef": frame.source} if frame.source else {}
    return {**named, "type": "Prometheus", "spec": {"query": query}}


def _objective(draft: Draft) -> Mapping[str, Any]:
    objective: dict[str, Any] = {"displayName": draft.title, "target": Decimal(plain(draft.wish.target))}
    if draft.preset.compares:
        objective |= {
            "op": draft.preset.op,
            "value": Decimal(plain(draft.limit or Decimal(0))),
            "timeSliceTarget": Decimal(1),
            "timeSliceWindow": draft.preset.slice,
        }
    return objective
