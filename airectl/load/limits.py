"""Limits of benchmarks as objectives, by their names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from airectl.core.slo import Measure
from airectl.core.units import parse_seconds
from airectl.load.asked import Limit
from airectl.spec.composer import compose
from airectl.spec.tree import Map

MEASURES: Final = (Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E)
DEFAULT_TARGET: Final = Decimal("0.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Named limits, and where they are from."""

    name: str
    title: str
    limits: tuple[Limit, ...]
    source: str


@cache
def shipped() -> dict[str, Limits]:
    """All limits that are shipped, by name."""
    text = files("airectl").joinpath("data", "limits", "mlperf.yaml").read_text("utf-8")
    nodes = [node for node in compose("mlperf.yaml", text).documents if isinstance(node, Map)]
    return {node["name"]: _limits(node) for node in nodes}


def _limits(node: Map) -> Limits:
    return Limits(name=node["name"], title=node["title"], limits=limits_of(node), source=node.text("source"))


def limits_of(node: Map) -> tuple[Limit, ...]:
    """The limits of a mapping: those that its `limits` name, in their place those that it writes itself."""
    named = shipped()[node["limits"]].limits if isinstance(node.get("limits"), str) else ()
    found = {each.measure: each for each in named}
    for measure in MEASURES:
        if measure.value in node:
            target = node.get("target", DEFAULT_TARGET)
            found[measure] = Limit(measure=measure, threshold_s=parse_seconds(node[measure.value]), target=target)
    return tuple(found.values())
