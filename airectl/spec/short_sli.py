"""How a promise of the short form is measured: by a preset of the catalogue, or on an events file."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from airectl.core.catalogue import MetricFamily, System
from airectl.core.findings import Finding, Severity
from airectl.core.preset import Preset
from airectl.core.slo import Measure
from airectl.core.units import PER_SECOND, plain, spoken_seconds
from airectl.spec import moved
from airectl.spec.promises import ACCURACY, Promise
from airectl.spec.tree import Map, Marked

_WORDS: Final = {
    Measure.TTFT: "time to first token",
    Measure.ITL: "time between tokens",
    Measure.TPOT: "mean time per output token",
    Measure.E2E: "end-to-end time",
}
# Whose `latency` is measured so.
_MEANT: Final = {Measure.TTFT: "a server that streams", Measure.E2E: "what does not stream"}
_TIMESTAMP, _GOOD, _VALID = "timestamp", "good", "valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sli:
    """A promise's ratioMetric, empty where it cannot be measured. `said` is its meaning in a sentence."""

    ratio: dict[str, Any] = field(default_factory=dict)
    signal: str = ""
    title: str = ""
    said: str = ""
    system: str = ""
    findings: tuple[Finding, ...] = ()


def from_preset(promise: Promise, system: System) -> Sli:
    """Measured by what `system` exposes."""
    measure = _measure(promise, streaming=system.streaming)
    preset = system.presets.get(measure)
    if preset is None or preset.compares:
        return Sli(findings=(_no_preset(promise, measure, system),))
    if not promise.latency:
        said = f"{_percent(promise.target)} of {preset.description}"
        return _asked(promise, preset, system, Sli(title=promise.key, said=said))
    family = system.families[preset.family]
    edge, finding = _edge(promise, family)
    found = (finding,) if finding else ()
    if edge is None:
        return Sli(findings=found)
    said = _said(promise, measure)
    if finding:
        used = spoken_seconds(edge / PER_SECOND.get(family.unit, 1))
        said += f"; measured at {used}, the histogram's edge below, which is stricter"
    return _asked(promise, preset, system, Sli(title=_title(promise, measure), said=said, findings=found), edge)


def _measure(promise: Promise, *, streaming: bool) -> Measure:
    if promise.latency:
        return Measure(promise.of or ("ttft" if streaming else "e2e"))
    return Measure.QUALITY if promise.key == ACCURACY else Measure(promise.key)


def _asked(promise: Promise, preset: Preset, system: System, sli: Sli, edge: Decimal | None = None) -> Sli:
    return Sli(
        ratio={
            "counter": True,
            **{
                role: {"metricSource": {"type": "Prometheus", "spec": {"query": promise.marked(query)}}}
                for role, query in preset.ratio_at(edge).items()
            },
        },
        signal=str(preset.measure or ""),
        title=sli.title,
        said=sli.said,
        system=system.name,
        findings=sli.findings,
    )


def _no_preset(promise: Promise, measure: Measure, system: System) -> Finding:
    return Finding(
        code="AIR013",
        severity=Severity.ERROR,
        message=f"airectl has no preset for `{measure}` of {system.title}",
        at=promise.key_at,
        help=_instead(system),
    )


def _instead(system: System) -> str:
    if system.instead:
        return system.instead
    usable = [name for name, preset in system.presets.items() if not preset.compares]
    own = "write the SLO as OpenSLO with a query of your own"
    return f"there are: {', '.join(usable)}; or {own}" if usable else own


def _edge(promise: Promise, family: MetricFamily) -> tuple[Decimal | None, Finding | None]:
    """The histogram's edge to measure at, in its unit, and a finding where that is not the threshold."""
    scale = PER_SECOND.get(family.unit, 1)
    threshold = promise.threshold_s * scale
    below, above = family.edges_around(threshold)
    if not family.buckets or below == threshold:
        return threshold, None
    upper = _seconds(above, scale) if above is not None else "+Inf"
    if below is None:
        first = spoken_seconds(family.buckets[0] / scale)
        return None, Finding(
            code="AIR106",
            severity=Severity.ERROR,
            message=f"`{family.name}` has no bucket at {spoken_seconds(promise.threshold_s)}, nor below it",
            at=promise.at,
            label=f"its first edge is {first}",
            help=f"write {first} or more",
        )
    used = spoken_seconds(below / scale)
    other = f" or {spoken_seconds(above / scale)}" if above is not None else ""
    return below, Finding(
        code="AIR106",
        severity=Severity.WARNING,
        message=f"`{family.name}` has no bucket at {spoken_seconds(promise.threshold_s)}",
        at=promise.at,
        label=f"lies in [{_seconds(below, scale)}, {upper}]",
        notes=(f"measured at {used}, which is stricter: what takes longer counts as bad",),
        help=f"write {used}{other}, or give the server a bucket at {spoken_seconds(promise.threshold_s)}",
    )


def _seconds(edge: Decimal, scale: int) -> str:
    return f"{plain(edge / scale)} s"


def _percent(target: Decimal) -> str:
    return f"{plain(moved.shifted(target, 2))} %"


def _title(promise: Promise, measure: Measure) -> str:
    return f"{measure} < {spoken_seconds(promise.threshold_s)}"


def _said(promise: Promise, measure: Measure) -> str:
    limit = spoken_seconds(promise.threshold_s)
    meant = "" if promise.of else f"; that is the `{promise.key}` of {_MEANT[measure]}"
    return f"{promise.percentile} of {_WORDS[measure]} under {limit} ({_percent(promise.target)} of requests){meant}"


def from_events(node: Map, promise: Promise) -> Sli:
    """Measured on the rows of an events file; a row whose column `valid` is not true does not count."""
    events = node["events"]
    names = events if isinstance(events, Map) else Map(node.path, promise.mark)
    measure = _measure(promise, streaming=False)
    log = {"path": moved.value(events, "path") if "path" in names else moved.value(node, "events")}
    log["timestamp"] = _column(names, _TIMESTAMP, promise)
    if _VALID not in names:
        log["valid"] = promise.marked(_VALID)
    if promise.latency:
        column = promise.column or f"{measure}_s"
        where, title = f"{_identifier(column)} < {plain(promise.threshold_s)}", _title(promise, measure)
        said = f"{_said(promise, measure)}, by the column `{column}`"
    else:
        good = _column(names, _GOOD, promise)
        log["label"] = good
        where, title = _true(good.value), promise.key
        said = f"{_percent(promise.target)} of the events are `{good.value}`, of those where that is known"
    said += f" and `{names.get(_VALID, _VALID)}` is true" + ("" if _VALID in names else ", if there is such a column")
    return Sli(ratio=_ratio(promise, log, where, names), signal=str(measure), title=title, said=said)


def _column(names: Map, key: str, promise: Promise) -> Marked:
    return moved.value(names, key) if key in names else promise.marked(key)


def _ratio(promise: Promise, log: dict[str, Any], where: str, names: Map) -> dict[str, Any]:
    """A column that is named must be there, so it is asked for; the usual one need not be."""
    valid = {"where": moved.instead(names, _VALID, _true(names[_VALID]))} if _VALID in names else {}
    both = f"{where} and {_true(names[_VALID])}" if valid else where
    return {
        "good": {"metricSource": {"type": "Events", "spec": {**log, "where": promise.marked(both)}}},
        "total": {"metricSource": {"type": "Events", "spec": {**log, **valid}}},
    }


def _identifier(column: str) -> str:
    """The column as SQL takes it, whatever it is called: `right` is a word of SQL, too."""
    return '"' + column.replace('"', '""') + '"'


def _true(column: str) -> str:
    """Whether the column says yes, be it true, 1 or 'true'."""
    return f"cast({_identifier(column)} as boolean)"
