"""What a schema cannot say of a scenario: keys that do not go together, numbers that leave nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import parse_seconds
from airectl.load import limits
from airectl.spec.tree import Map

CODE: Final = "AIR410"
_HELP: Final = "`airectl help loadtest` shows scenarios"
_TRACE_ONLY: Final = ("from", "for", "rows")
_FILE_ONLY: Final = (*_TRACE_ONLY, "order", "skip_faulty")
_NEEDS: Final = {"fixed": ("mean",), "normal": ("mean", "deviation"), "lognormal": ("mean", "deviation"),
                 "uniform": ("min", "max")}  # fmt: skip
_TAKES: Final = {"fixed": ("mean",), "uniform": ()}


def finding(message: str, at: Location, help: str = _HELP) -> Finding:
    """Why a scenario cannot be run."""
    return Finding(code=CODE, severity=Severity.ERROR, message=message, at=at, help=help)


def of(node: Map, presets: Sequence[str]) -> Iterator[Finding]:
    """Everything that contradicts itself in a scenario that is valid by the schema."""
    yield from _names(node, presets)
    yield from _times(node)
    if "arrivals" in node:
        yield from _arrivals(node.map("arrivals"), node)
    if "workload" in node:
        yield from _workload(node.map("workload"))


def _names(node: Map, presets: Sequence[str]) -> Iterator[Finding]:
    for part, key, known in ((node, "preset", presets), (node.map("objectives"), "limits", tuple(limits.shipped()))):
        name = part.get(key)
        if isinstance(name, str) and name not in known:
            near = get_close_matches(name, known, 1, 0.4)
            help = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}"
            yield finding(f"no {key.removesuffix('s')} is called `{name[:60]}`", part.at(key), help)
    objectives = node.map("objectives")
    if "target" in objectives and not any(each.value in objectives for each in limits.MEASURES):
        yield finding("`target` has no time that it is for", objectives.key_at("target"), "write `ttft: 2s` beside it")


def _times(node: Map) -> Iterator[Finding]:
    parts = ((node, ("duration",)), (node.map("workload"), ("for",)), (node.map("objectives"), _LIMITS),
             (node.map("timeouts"), tuple(node.map("timeouts"))), (node.map("arrivals").map("ramp"), ("over",)),
             *((each, ("for",)) for each in node.map("arrivals").maps("steps")))  # fmt: skip
    for part, keys in parts:
        for key in keys:
            if key in part and parse_seconds(part[key]) == 0:
                yield finding(f"`{key}` must be above 0", part.at(key), "write a longer time")


_LIMITS: Final = tuple(each.value for each in limits.MEASURES)


def _arrivals(node: Map, scenario: Map) -> Iterator[Finding]:
    is_open = "concurrency" not in node and "time_scale" not in node
    for key in ("process", "burstiness"):
        if key in node and not is_open:
            other = "concurrency" if "concurrency" in node else "time_scale"
            yield finding(f"`{key}` does not go with `{other}`", node.key_at(key), f"leave `{key}` out")
    process = node.get("process")
    if "burstiness" in node and process not in (None, "gamma"):
        yield finding(f"`burstiness` does not go with `process: {process}`", node.at("burstiness"), _GAMMA)
    if process == "gamma" and "burstiness" not in node:
        yield finding("`process: gamma` needs `burstiness`", node.at("process"), "add `burstiness: 0.5`, or another")
    rates = [(node.map("ramp"), ("from", "to"))] if "ramp" in node else [(s, ("rate",)) for s in node.maps("steps")]
    if rates and not any(part[key] for part, keys in rates for key in keys):
        key = "ramp" if "ramp" in node else "steps"
        yield finding(f"`{key}` never sends anything", node.key_at(key), "write a rate above 0")
    if "time_scale" in node and "trace" not in scenario.map("workload"):
        yield finding(
            "`time_scale` is for traces", node.key_at("time_scale"), "name one with `workload: {trace: FILE}`"
        )


_GAMMA: Final = "leave one of them out: `burstiness` alone means gamma"


def _workload(node: Map) -> Iterator[Finding]:
    kind = next(key for key in ("input", "prompts", "trace") if key in node)
    wrong = {
        "input": _FILE_ONLY,
        "prompts": (*_TRACE_ONLY, "shared_prefix", "turns"),
        "trace": ("output", "shared_prefix", "turns", "think", "order"),
    }
    for key in wrong[kind]:
        if key in node:
            yield finding(f"`{key}` does not go with `{kind}`", node.key_at(key), f"leave `{key}` out")
    for key, least, most in (("input", 1, None), ("output", 1, None), ("turns", 1, 100)):
        if isinstance(node.get(key), Map):
            yield from _lengths(node.map(key), (least, most))
    if "think" in node and kind == "input" and "turns" not in node:
        yield finding("`think` is for conversations", node.key_at("think"), "add `turns: 3`, or another number")


def _lengths(node: Map, bounds: tuple[Any, Any]) -> Iterator[Finding]:
    shape = node["distribution"]
    for key in _NEEDS[shape]:
        if key not in node:
            yield finding(f"`distribution: {shape}` needs `{key}`", node.at("distribution"), f"add `{key}:`")
    for key in ("mean", "deviation"):
        if key in node and key not in _TAKES.get(shape, ("mean", "deviation")):
            yield finding(f"`{key}` does not go with `distribution: {shape}`", node.key_at(key), f"leave `{key}` out")
    known = [(key, value) for key, value in (("min", node.get("min", bounds[0])), ("mean", node.get("mean")),
             ("max", node.get("max", bounds[1]))) if value is not None]  # fmt: skip
    for (low, value), (high, more) in pairwise(known):
        if value > more:
            at = node.at(high if high in node else low)
            yield finding(f"`{low}` is {value}, and `{high}` is {more}", at, f"`{low}` may not be above `{high}`")
