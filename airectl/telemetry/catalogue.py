"""The shipped catalogue of metrics. A system is one YAML file in data/telemetry, and nothing else.

Each file holds two documents: what the system is (read for every system, to know its prefixes) and
its families and presets (read when a series of the system is met). A system without metrics has the
first one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, System
from airectl.core.preset import Preset
from airectl.core.slo import Measure
from airectl.spec.composer import compose

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_BREAK: Final = "\n---\n"
_WORD: Final = re.compile(r".[a-zA-Z0-9]*[_:]?")
_TUPLES: Final = ("prefixes", "names")


@cache
def load() -> Catalogue:
    """Every shipped system; its families are read when it is first asked for."""
    systems = _Systems()
    return Catalogue(systems=systems, heads=_Heads(systems))


def system(name: str) -> System | None:
    """One shipped system with its families and presets; None for a name that is not there."""
    return load().systems.get(name)


class _Systems(Mapping[str, System]):
    """Systems by name, each read once, when it is asked for."""

    def __init__(self) -> None:
        self._known: dict[str, System] = {}
        self._files: dict[str, Traversable] = {}

    def files(self) -> dict[str, Traversable]:
        if not self._files:
            folder = files("airectl").joinpath("data", "telemetry")
            found = {f.name.removesuffix(".yaml"): f for f in folder.iterdir() if f.name.endswith(".yaml")}
            self._files = dict(sorted(found.items()))
        return self._files

    def __getitem__(self, name: str) -> System:
        if name not in self._known:
            self._known[name] = _system(self.files()[name])
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files())

    def __len__(self) -> int:
        return len(self.files())

    def __contains__(self, name: object) -> bool:
        return name in self.files()


class _Heads:
    """First documents of the systems that a series may be of; each is read as YAML only where its text may name it."""

    def __init__(self, systems: _Systems) -> None:
        self._systems = systems
        self._texts: dict[str, str] = {}
        self._known: dict[str, System] = {}

    def __call__(self, series: str) -> Iterator[System]:
        if not self._texts:
            self._texts = {name: _first(file) for name, file in self._systems.files().items()}
        stem = _stem(series)
        for name, text in self._texts.items():
            if stem in text:
                if name not in self._known:
                    self._known[name] = _head(name, text)
                yield self._known[name]


def _stem(series: str) -> str:
    """The first word of a name with the `_` or `:` behind it: every beginning that is anyone's is at least as long."""
    found = _WORD.match(series)
    return found[0] if found else series


def _first(file: Traversable) -> str:
    return file.read_text("utf-8").partition(_BREAK)[0]


def _documents(name: str, text: str) -> list[Any]:
    composed = compose(name, text)
    if composed.findings:
        raise ValueError(f"{composed.findings[0].at}: {composed.findings[0].message}")
    return composed.documents


def _head(name: str, text: str) -> System:
    """What the first document says."""
    (head,) = _documents(f"{name}.yaml", text)
    given: dict[str, Any] = {
        key: tuple(value) if key in _TUPLES else value for key, value in head.items() if key != "system"
    }
    return System(name=head["system"], **given)


def _system(file: Traversable) -> System:
    head = _head(file.name.removesuffix(".yaml"), _first(file))
    _, *rest = _documents(file.name, file.read_text("utf-8"))
    if not rest:
        return head
    (body,) = rest
    families = {name: _family(name, entry) for name, entry in body["families"].items()}
    presets = {name: _preset(name, entry) for name, entry in body.get("presets", {}).items()}
    return replace(head, families=families, presets=presets)


def _family(name: str, entry: Mapping[str, Any]) -> MetricFamily:
    return MetricFamily(name=name, **_read(entry))


def _read(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _READ[key](value) if key in _READ else value for key, value in entry.items()}


def _preset(name: str, entry: Mapping[str, Any]) -> Preset:
    return Preset(name=name, **_read(entry))


def _measures(entry: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Measure]]:
    return {label: {value: Measure(m) for value, m in by.items()} for label, by in entry.items()}


# How a field is read where the YAML value is not the field's value already.
_READ: Final[dict[str, Any]] = {
    "type": MetricType,
    "labels": tuple,
    "values": lambda entry: {label: tuple(values) for label, values in entry.items()},
    "buckets": lambda edges: tuple(Decimal(edge) for edge in edges),
    "quantiles": tuple,
    "value": Decimal,
    "measure": Measure,
    "measure_by": _measures,
}
