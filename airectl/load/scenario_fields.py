"""What the keys of a valid scenario mean."""

from __future__ import annotations

from typing import Any, Final

from airectl.core.lengths import LONGEST, Lengths, Shape
from airectl.core.schedule import EVEN, POISSON, Arrivals, Closed, Open, Segment, Traced, steady
from airectl.core.units import parse_seconds
from airectl.load.asked import Asked, PromptsFile, TraceFile
from airectl.load.limits import limits_of
from airectl.load.plan import Prefix, Synthetic, Think
from airectl.load.traces.rows import MOST_ROWS, Window
from airectl.spec.tree import Map, to_plain

MOST_TURNS: Final = 100


def asked(node: Map) -> Asked:
    """What a scenario asks for in which nothing is wrong."""
    source = node.get("source", ())
    in_flight = node.map("in_flight")
    return Asked(
        name=node.text("name"),
        title=node.text("title"),
        sources=(source,) if isinstance(source, str) else tuple(source),
        target=node.text("target"),
        protocol=node.text("protocol"),
        model=node.text("model"),
        seed=node.get("seed", 0),
        duration_s=_time(node, "duration"),
        warm_up_s=_time(node, "warm_up") or 0.0,
        requests=node.get("requests"),
        arrivals=_arrivals(node.map("arrivals")) if "arrivals" in node else None,
        workload=_workload(node.map("workload")) if "workload" in node else None,
        most_in_flight=in_flight.get("most", 0),
        when_full=in_flight.get("when_full", "queue"),
        options=_jsonable(to_plain(node.map("options"))),
        timeouts={key: float(parse_seconds(text)) for key, text in node.map("timeouts").items()},
        limits=limits_of(node.map("objectives")),
        tokenizer=node.text("tokenizer"),
    )


def _time(node: Map, key: str) -> float | None:
    return float(parse_seconds(node[key])) if key in node else None


def _arrivals(node: Map) -> Arrivals:
    if "concurrency" in node:
        return Closed(concurrency=node["concurrency"])
    if "time_scale" in node:
        return Traced(time_scale=float(node["time_scale"]))
    burstiness = burstiness_of(node.get("process"), node.get("burstiness"))
    if "rate" in node:
        return steady(float(node["rate"]), burstiness)
    if "ramp" in node:
        ramp = node.map("ramp")
        segments = [_segment(float(ramp["from"]), float(ramp["to"]), _time(ramp, "over"))]
    else:
        segments = [_segment(float(each["rate"]), float(each["rate"]), _time(each, "for")) for each in node["steps"]]
    return Open(segments=tuple(segments), burstiness=burstiness)


def burstiness_of(process: str | None, burstiness: Any) -> float | None:
    """The shape of gamma that is meant; EVEN for constant."""
    if process == "constant":
        return EVEN
    return POISSON if burstiness is None else float(burstiness)


def _segment(start_rps: float, end_rps: float, duration_s: float | None) -> Segment:
    return Segment(duration_s=duration_s or 0.0, from_rps=start_rps, to_rps=end_rps)


def _workload(node: Map) -> Synthetic | PromptsFile | TraceFile:
    skip = bool(node.get("skip_faulty", False))
    if "trace" in node:
        window = Window(from_s=_time(node, "from") or 0.0, for_s=_time(node, "for"), rows=node.get("rows", MOST_ROWS))
        return TraceFile(path=node["trace"], window=window, skip_faulty=skip)
    output, think = _lengths(node.get("output")), _think(node.get("think"))
    if "prompts" in node:
        shuffled = node.get("order") == "shuffled"
        return PromptsFile(path=node["prompts"], output=output, shuffled=shuffled, think=think, skip_faulty=skip)
    return Synthetic(
        input=_lengths(node["input"]) or Lengths(),
        output=output,
        prefix=_prefix(node.map("shared_prefix")) if "shared_prefix" in node else None,
        turns=_lengths(node.get("turns"), MOST_TURNS) or Lengths(mean=1),
        think=think,
    )


def _lengths(value: Any, most: int = LONGEST) -> Lengths | None:
    if value is None:
        return None
    if not isinstance(value, Map):
        return Lengths(mean=value)
    return Lengths(
        shape=Shape(value["distribution"]),
        mean=float(value.get("mean", 0)),
        deviation=float(value.get("deviation", 0)),
        least=value.get("min", 1),
        most=value.get("max", most),
    )


def _prefix(node: Map) -> Prefix:
    return Prefix(count=node.get("prefixes", 1), tokens=node.get("tokens", 0), share=float(node.get("share", 0)))


def _think(value: Any) -> Think:
    if isinstance(value, Map):
        return Think(mean_s=_time(value, "mean") or 0.0, random=value.get("distribution") == "exponential")
    return Think(mean_s=float(parse_seconds(value))) if value else Think()


def _jsonable(value: Any) -> Any:
    """Plain data whose numbers are those of JSON."""
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return value if isinstance(value, (str, bool, int, type(None))) else float(value)
