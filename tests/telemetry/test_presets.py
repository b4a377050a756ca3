"""Every preset: it is PromQL of series that exist, and an SLO made of it has no finding."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import servers
from airectl.core.catalogue import Known, MetricType
from airectl.core.preset import Preset
from airectl.core.units import plain
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector, Step
from airectl.spec.emit import emit
from airectl.telemetry import catalogue
from spec_texts import serious

CATALOGUE = catalogue.load()
PRESETS = [(name, preset) for name, system in CATALOGUE.systems.items() for preset in system.presets]
MODEL = "llama-3.1 (8b)"
_RATES = {"rate", "increase", "irate"}
_CHANGES = {"changes", "resets", *_RATES}


def preset_of(name: str, preset: str) -> Preset:
    return CATALOGUE.systems[name].presets[preset]


def edges(name: str, preset: Preset) -> list[Decimal | None]:
    """Every edge that the preset may be measured at."""
    if not preset.family:
        return [None]
    found = CATALOGUE.systems[name].families[preset.family].buckets
    assert found, f"{preset.family} has no known edges, so no latency can be promised on it"
    return list(found)


def queries(name: str, preset: Preset) -> Iterator[str]:
    """Every query of the preset, at every edge."""
    if preset.compares:
        yield preset.query
        return
    for edge in edges(name, preset):
        yield from preset.ratio_at(edge, MODEL).values()


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_it_selects_series_that_exist(name: str, preset: str) -> None:
    found = preset_of(name, preset)
    for query in queries(name, found):
        assert "{le}" not in query
        assert "{model" not in query
        for selector in parse(query).selectors:
            assert selector.names, query
            knowns = [known_series(series, name) for series in selector.names]
            check_labels(selector, knowns)
            check_apart(selector, knowns)


def known_series(series: str, name: str) -> Known:
    known = CATALOGUE.find(series, name)
    assert known is not None, series
    assert known.system.name == name
    assert known.family.enabled, f"{series} is off by default"
    assert known.family.current, f"{series} is gone"
    return known


def check_labels(selector: Selector, knowns: list[Known]) -> None:
    """Each matcher is of a label that one of the metrics has, with values that it can have."""
    for matcher in selector.labels:
        if matcher.name == "le":
            assert all(known.suffix == "_bucket" for known in knowns)
            continue
        having = [known.family for known in knowns if matcher.name in known.family.labels]
        assert having, f"{selector.names} have no label {matcher.name}"
        for family in having:
            allowed = family.values.get(matcher.name)
            assert not allowed or {each for each in matcher.literals if each} <= set(allowed), str(matcher)
            assert not allowed or any(matcher.selects(value) for value in (*allowed, "")), str(matcher)


def check_apart(selector: Selector, knowns: list[Known]) -> None:
    """Two metrics in one selector: `rate` drops the names, so their labels have to tell them apart."""
    labels = [frozenset(known.family.labels) for known in knowns]
    assert len(set(labels)) == len(labels), f"{selector.names} have the same labels"
    assert len(knowns) == 1 or not any(known.family.open_labels for known in knowns)


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_types_are_used_as_what_they_are(name: str, preset: str) -> None:
    found = preset_of(name, preset)
    for query in queries(name, found):
        for selector in parse(query).selectors:
            for series in selector.names:
                known = known_series(series, name)
                counts = bool(known.suffix) or known.family.type is MetricType.COUNTER
                rated = bool(_RATES.intersection(selector.calls()))
                assert rated is (counts and found.compares), f"{series} in {query}"
                assert not known.family.sticky or _CHANGES.intersection(selector.calls()), series
                assert series in known.family.series()


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_a_rare_term_has_a_stand_in(name: str, preset: str) -> None:
    for query in queries(name, preset_of(name, preset)):
        for selector in parse(query).selectors:
            rare = all(known_series(series, name).family.rare for series in selector.names)
            added = any(each.step is Step.BINARY and each.name in ("+", "-") for each in selector.around)
            guarded = any(each.name == "or" for each in selector.around)
            assert not (rare and added) or guarded, query


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_it_is_complete(name: str, preset: str) -> None:
    found = preset_of(name, preset)
    assert found.description
    assert ("{le}" in found.good) is bool(found.family)
    assert not found.strict or preset.removesuffix("-strict") in CATALOGUE.systems[name].presets
    latency = preset.removesuffix("-strict") in ("ttft", "itl", "tpot", "e2e", "queue-time")
    assert bool(found.family) is latency


def slo(name: str, found: Preset, edge: Decimal | None) -> dict[str, Any]:
    """An SLO as somebody would write it from the preset."""
    annotations = {"airectl.dev/telemetry": name, "airectl.dev/owner": "a@example.com"}
    objective: dict[str, Any] = {"displayName": "objective", "target": Decimal("0.95")}
    if found.compares:
        value = found.value if found.value is not None else Decimal("0.00001")
        objective |= {
            "op": found.op,
            "value": value,
            "timeSliceTarget": Decimal("0.95"),
            "timeSliceWindow": found.slice,
        }
        indicator: dict[str, Any] = {"thresholdMetric": source(found.query)}
    else:
        ratio = found.ratio_at(edge, MODEL)
        indicator = {"ratioMetric": {"counter": True, **{role: source(query) for role, query in ratio.items()}}}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "it", "annotations": annotations},
        "spec": {
            "service": "chat",
            "indicator": {"metadata": {"name": "it"}, "spec": indicator},
            "timeWindow": [{"duration": "28d", "isRolling": True}],
            "budgetingMethod": "Timeslices" if found.compares else "Occurrences",
            "objectives": [objective],
        },
    }


def source(query: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


SERVICE = {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "chat"}, "spec": {}}


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_an_slo_made_of_it_has_no_finding(name: str, preset: str) -> None:
    found = preset_of(name, preset)
    for edge in edges(name, found):
        text = emit([SERVICE, slo(name, found, edge)], "openslo-v1")
        assert [f"{each.code} {each.message}" for each in serious(text, CATALOGUE)] == []


def test_promtool_takes_every_query(tmp_path: Path) -> None:
    servers.need("promtool")
    every = dict.fromkeys(query for name, preset in PRESETS for query in queries(name, preset_of(name, preset)))
    rules = [{"record": f"preset:number:{number}", "expr": query} for number, query in enumerate(every)]
    path = tmp_path / "presets.yaml"
    path.write_text(emit([{"groups": [{"name": "presets", "rules": rules}]}], "openslo-v1"), "utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"SUCCESS: {len(rules)} rules found" in done.stdout


def test_presets_of_vllm() -> None:
    presets = CATALOGUE.systems["vllm"].presets
    assert set(presets) >= {"availability", "ttft", "itl", "e2e", "completeness"}
    ttft = presets["ttft"]
    total = "sum(vllm:time_to_first_token_seconds_count)"
    assert ttft.ratio_at(Decimal("0.5")) == {
        "good": 'sum(vllm:time_to_first_token_seconds_bucket{le="0.5"})',
        "total": total,
    }
    assert ttft.ratio_at(Decimal("1.0"))["good"] == r'sum(vllm:time_to_first_token_seconds_bucket{le=~"1(\\.0)?"})'
    strict = presets["ttft-strict"].ratio_at(Decimal("0.5"))["total"]
    (selector,) = parse(strict).selectors
    assert selector.names == (
        "vllm:time_to_first_token_seconds_count",
        "vllm:admission_rejections_total",
        "vllm:request_success_total",
    )
    (reason,) = selector.labels
    assert [value for value in ("", "error", "stop") if reason.selects(value)] == ["", "error"]


# What the sources say of 0.5 s: who has the edge, and the nearest ones of those who do not.
HALF_A_SECOND = {
    "vllm": ("0.5", "0.5"),
    "tensorrt-llm": ("0.5", "0.5"),
    "litellm": ("0.5", "0.5"),
    "jetstream": ("0.5", "0.5"),
    "otel-genai": ("0.5", "0.5"),
    "envoy-ai-gateway": ("0.5", "0.5"),
    "agentgateway": ("0.5", "0.5"),
    "sglang": ("0.4", "0.6"),
    "llm-d-epp": ("0.4", "0.6"),
    "airectl-probe": ("0.5", "0.5"),
}


@pytest.mark.parametrize("name", [name for name, preset in PRESETS if preset == "ttft"])
def test_half_a_second_to_the_first_token(name: str) -> None:
    family = CATALOGUE.systems[name].families[preset_of(name, "ttft").family]
    below, above = family.edges_around(Decimal("0.5"))
    assert below is not None
    assert above is not None
    assert (plain(below), plain(above)) == HALF_A_SECOND[name]
