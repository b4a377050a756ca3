"""Reading spec texts in tests: with a fixed clock and a small catalogue of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, System
from airectl.core.findings import Finding, Severity
from airectl.core.preset import Preset
from airectl.core.slo import Measure
from airectl.spec import schema
from airectl.spec.check import check
from airectl.spec.context import Context
from airectl.spec.load import Loaded, load
from airectl.spec.source import SourceText
from airectl.spec.tree import to_plain
from airectl.telemetry import catalogue

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATH: Final = "spec.yaml"


def _histogram(name: str, unit: str, *edges: str) -> MetricFamily:
    return MetricFamily(name=name, type=MetricType.HISTOGRAM, unit=unit, buckets=tuple(map(Decimal, edges)))


def _latency(measure: Measure, family: str) -> Preset:
    good, total = f"sum({family}_bucket{{{{le}}}})", f"sum({family}_count)"
    return Preset(name=measure, measure=measure, good=good, total=total, family=family, description=measure)


def _system(name: str, *, streaming: bool, unit: str, edges: tuple[str, ...]) -> System:
    latencies = [_latency(measure, f"{name}_{measure}") for measure in (Measure.TTFT, Measure.E2E)]
    answered = Preset(
        name="availability",
        measure=Measure.AVAILABILITY,
        good=f"sum({name}_ok_total)",
        total=f"sum({name}_all_total)",
        description="requests that were answered",
    )
    return System(
        name=name,
        versions="1",
        title=name.title(),
        prefixes=(f"{name}_",),
        streaming=streaming,
        families={preset.family: _histogram(preset.family, unit, *edges) for preset in latencies},
        presets={preset.name: preset for preset in (answered, *latencies)},
    )


CATALOGUE: Final = Catalogue(
    systems={
        "streams": _system("streams", streaming=True, unit="seconds", edges=("0.1", "0.25", "1")),
        "waits": _system("waits", streaming=False, unit="milliseconds", edges=("100", "500")),
    }
)


def read(text: str, path: str = PATH, known: Catalogue = CATALOGUE) -> Loaded:
    """What is made of a text; its indentation in the test does not count."""
    source = SourceText(path=path, text=dedent(text))
    return load([source], Context(now=NOW, catalogue=known))


def serious(text: str, known: Catalogue = CATALOGUE) -> list[Finding]:
    """Findings above info that `airectl validate` has on a text, lints included."""
    checked = check([SourceText(path=PATH, text=text)], Context(now=NOW, catalogue=known))
    return [finding for finding in checked.findings if finding.severity is not Severity.INFO]


def read_file(path: Path) -> Loaded:
    """What is made of a file, with the shipped catalogue."""
    return read(path.read_text("utf-8"), str(path), catalogue.load())


def documents(loaded: Loaded) -> list[Any]:
    """The documents as plain data."""
    return [to_plain(document.node) for document in loaded.specs.documents]


def found(loaded: Loaded) -> list[str]:
    """Every finding as `LINE:COL SEVERITY CODE`."""
    return [f"{f.at.line}:{f.at.col} {f.severity} {f.code}" for f in loaded.findings if f.at]


def is_v1(loaded: Loaded) -> bool:
    """Whether every document is valid OpenSLO v1."""
    return not [f for each in loaded.specs.documents for f in schema.check(each.node, "openslo-v1", each.kind)]
