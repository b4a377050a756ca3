"""Expositions as the systems of the catalogue would write them, made from the catalogue's facts alone.

A system's file has each family that it exposes by default (or once its metrics are switched on), with the
labels, the values and the edges that the catalogue has, written as its client library writes numbers.
Histograms whose edges are not known have the last bucket only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Final

from airectl.core.catalogue import MetricFamily, MetricType, System
from airectl.core.preset import edge_text

# Two values where an SLI tells them apart; every other label has one.
SAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "api_base": ["http://10.0.0.1:8000"],
    "api_provider": ["openai"],
    "code": ["200", "500"],
    "device": ["nvidia0"],
    "endpoint": ["/v1/chat/completions"],
    "engine": ["0"],
    "engine_type": ["unified"],
    "error_code": ["503"],
    "error_type": ["", "_OTHER"],
    "exception_status": ["500"],
    "finished_reason": ["stop", "length"],
    "gen_ai_operation_name": ["chat"],
    "gen_ai_original_model": ["llama-3.1-8b"],
    "gen_ai_provider_name": ["openai"],
    "gen_ai_request_model": ["llama-3.1-8b"],
    "gen_ai_response_model": ["llama-3.1-8b-instruct"],
    "gpu": ["0", "1"],
    "handler": ["/v1/chat/completions"],
    "http_code": ["500"],
    "make": ["cloud-tpu"],
    "method": ["POST"],
    "model": ["llama-3.1-8b"],
    "model_name": ["llama-3.1-8b"],
    "namespace": ["chat"],
    "pod": ["chat-0"],
    "requested_model": ["llama-3.1-8b"],
    "route": ["/v1/chat/completions"],
    "status_code": ["200", "500"],
    "stage": ["prefill"],
    "tp_rank": ["0"],
}
STATUS: Final = {"vllm": ["2xx", "5xx"], "agentgateway": ["200", "500"]}
# Labels that a series has only where they say something.
OPTIONAL: Final = frozenset(("priority", "dp_rank", "hostname", "namespace", "pod", "container", "consumer"))
# A server with every mode switched on at once does not exist: what only a mode or a connector has is left out.
MANY: Final = 60
OBSERVATIONS: Final = 1000
COLLECTED: Final = ("process_", "python_")


def exposition(system: System) -> str:
    """The text that Prometheus would scrape."""
    lines = [f"# {system.title} {system.versions}: made from the catalogue by tests/make_expositions.py"]
    for family in system.families.values():
        if family.current and family.enabled and not _of_a_mode(family, system):
            lines += _family(family, system)
    return "\n".join(lines) + "\n"


def _of_a_mode(family: MetricFamily, system: System) -> bool:
    return len(system.families) > MANY and family.open_labels and not family.labels


def _family(family: MetricFamily, system: System) -> Iterator[str]:
    yield f"# TYPE {family.name} {family.type}"
    for labels in _label_sets(family, system):
        yield from _WRITERS[family.type](family, labels, system.client)
    # Python's client says when each series was made, but for what it collects of the process.
    if system.client == "python" and family.type is not MetricType.GAUGE and not family.name.startswith(COLLECTED):
        created = f"{family.name.removesuffix('_total')}_created"
        yield f"# TYPE {created} gauge"
        yield from (_line(created, labels, "1.7951e+09") for labels in _label_sets(family, system))


def _label_sets(family: MetricFamily, system: System) -> Iterator[dict[str, str]]:
    names = [name for name in family.labels if name not in OPTIONAL]
    choices = [_values(name, family, system) for name in names]
    for values in product(*choices):
        yield {name: value for name, value in zip(names, values, strict=True) if value}


def _values(label: str, family: MetricFamily, system: System) -> Sequence[str]:
    if label == "status" and system.name in STATUS:
        return STATUS[system.name]
    if label in family.values:
        return ["", *family.values[label]] if label == "error_type" else family.values[label]
    return SAMPLES.get(label, ["x"])


def _plain(family: MetricFamily, labels: Mapping[str, str], client: str) -> Iterator[str]:
    counted = Decimal(2 if family.rare else OBSERVATIONS)
    value = counted if family.type is MetricType.COUNTER else Decimal(_level(family))
    yield _line(family.name, labels, edge_text(value, client))


def _level(family: MetricFamily) -> str:
    """A reading of a healthy system."""
    return {"ratio": "0.5", "percent": "50", "bytes": "1e9", "mebibytes": "40960", "megabytes": "40960"}.get(
        family.unit, "1" if "health" in family.name or "ready" in family.name else "0"
    )


def _histogram(family: MetricFamily, labels: Mapping[str, str], client: str) -> Iterator[str]:
    count = len(family.buckets) + 1
    for number, edge in enumerate(family.buckets, start=1):
        below = Decimal(OBSERVATIONS * number // count)
        yield _line(f"{family.name}_bucket", {**labels, "le": edge_text(edge, client)}, edge_text(below, client))
    total = edge_text(Decimal(OBSERVATIONS), client)
    yield _line(f"{family.name}_bucket", {**labels, "le": "+Inf"}, total)
    yield from _sums(family, labels, client)


def _summary(family: MetricFamily, labels: Mapping[str, str], client: str) -> Iterator[str]:
    for quantile in family.quantiles:
        yield _line(family.name, {**labels, "quantile": quantile}, "0.25")
    yield from _sums(family, labels, client)


def _sums(family: MetricFamily, labels: Mapping[str, str], client: str) -> Iterator[str]:
    yield _line(f"{family.name}_sum", labels, "250.5")
    yield _line(f"{family.name}_count", labels, edge_text(Decimal(OBSERVATIONS), client))


def _line(name: str, labels: Mapping[str, str], value: str) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


_WRITERS: Final = {
    MetricType.COUNTER: _plain,
    MetricType.GAUGE: _plain,
    MetricType.HISTOGRAM: _histogram,
    MetricType.SUMMARY: _summary,
}
