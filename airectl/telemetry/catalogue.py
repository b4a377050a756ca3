"""The shipped catalogue of metrics. A system is one YAML file in data/telemetry, and nothing else.

Each file holds two documents: what the system is (read for every system, to know its prefixes) and
its families and presets (read when a series of the system is met).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, Preset, System
from airectl.core.slo import Measure
from airectl.spec.composer import compose

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_BREAK: Final = "\n---\n"


@cache
def load() -> Catalogue:
    """Every shipped system; its families are read when it is first asked for."""
    systems = _Systems()
    return Catalogue(systems=systems, prefixes=_Prefixes(systems))


def system(name: str) -> System | None:
    """One shipped system with its families and presets; None for a name that is not there."""
    return load().systems.get(name)


class _Systems(Mapping[str, System]):
    """Systems by name, each read once, when it is asked for."""

    def __init__(self) -> None:
        self._read: dict[str, System] = {}
        self._files: dict[str, Traversable] = {}

    def files(self) -> dict[str, Traversable]:
        if not self._files:
            folder = files("airectl").joinpath("data", "telemetry")
            found = {f.name.removesuffix(".yaml"): f for f in folder.iterdir() if f.name.endswith(".yaml")}
            self._files = dict(sorted(found.items()))
        return self._files

    def __getitem__(self, name: str) -> System:
        if name not in self._read:
            self._read[name] = _system(self.files()[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files())

    def __len__(self) -> int:
        return len(self.files())

    def __contains__(self, name: object) -> bool:
        return name in self.files()


class _Prefixes(Mapping[str, str]):
    """Prefixes of series names, longest first, with the system of each; made when first looked at."""

    def __init__(self, systems: _Systems) -> None:
        self._systems = systems
        self._made: dict[str, str] = {}

    def made(self) -> dict[str, str]:
        if not self._made:
            heads = {name: _head(file) for name, file in self._systems.files().items()}
            pairs = [(prefix, name) for name, head in heads.items() for prefix in head.prefixes]
            self._made = dict(sorted(pairs, key=lambda pair: (-len(pair[0]), pair)))
        return self._made

    def __getitem__(self, prefix: str) -> str:
        return self.made()[prefix]

    def __iter__(self) -> Iterator[str]:
        return iter(self.made())

    def __len__(self) -> int:
        return len(self.made())


def _documents(name: str, text: str) -> list[Any]:
    composed = compose(name, text)
    if composed.findings:
        raise ValueError(f"{composed.findings[0].at}: {composed.findings[0].message}")
    return composed.documents


def _head(file: Traversable) -> System:
    """What the first document says; the rest of the file is not read as YAML."""
    (head,) = _documents(file.name, file.read_text("utf-8").partition(_BREAK)[0])
    given = {key: value for key, value in head.items() if key not in ("system", "prefixes")}
    return System(name=head["system"], prefixes=tuple(head["prefixes"]), **given)


def _system(file: Traversable) -> System:
    head, body = _head(file), _documents(file.name, file.read_text("utf-8"))[1]
    families = {name: _family(name, entry) for name, entry in body["families"].items()}
    presets = {name: _preset(name, entry) for name, entry in body.get("presets", {}).items()}
    return replace(head, families=families, presets=presets)


def _family(name: str, entry: Mapping[str, Any]) -> MetricFamily:
    read = {key: _READ[key](value) if key in _READ else value for key, value in entry.items()}
    return MetricFamily(name=name, **read)


def _preset(name: str, entry: Mapping[str, Any]) -> Preset:
    return Preset(name=name, **{**entry, "measure": Measure(entry["measure"])})


def _measures(entry: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Measure]]:
    return {label: {value: Measure(m) for value, m in by.items()} for label, by in entry.items()}


# How a field is read where the YAML value is not the field's value already.
_READ: Final[dict[str, Any]] = {
    "type": MetricType,
    "labels": tuple,
    "values": lambda entry: {label: tuple(values) for label, values in entry.items()},
    "buckets": lambda edges: tuple(Decimal(edge) for edge in edges),
    "measure": Measure,
    "measure_by": _measures,
}
