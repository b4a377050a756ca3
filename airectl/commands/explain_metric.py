"""`airectl explain metric`: what the telemetry catalogue knows of a metric, or of the system that exposes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from airectl.core.catalogue import Catalogue, Known, MetricFamily, System
from airectl.core.preset import Preset
from airectl.core.report import Block, Column, Lines, Next, Report, Status, Table
from airectl.core.units import plain

_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_PROPERTIES: Final = (Column(title="PROPERTY"), Column(title="VALUE"))
_PRESETS: Final = (Column(title="PRESET"), Column(title="SLI"))


def systems(catalogue: Catalogue) -> Report:
    """Every system that the catalogue knows."""
    found = list(catalogue.systems.values())
    return Report(
        status=Status.DONE,
        data={"systems": [_system_data(system) for system in found]},
        blocks=[
            Table(
                columns=[Column(title=title) for title in ("SYSTEM", "TITLE", "VERSION", "PRESETS")],
                rows=[[s.name, s.title, s.versions, ", ".join(s.presets) or "none"] for s in found],
            ),
            Next(commands=[f"airectl explain metric {found[0].name}"]),
        ],
    )


def metric(name: str, catalogue: Catalogue) -> Report | None:
    """What is known of a series, a family or a system called `name`; None for a name that is not there."""
    if name in catalogue.systems:
        return _system(catalogue.systems[name])
    found = [known for system in catalogue.systems.values() if (known := system.find(name))]
    if not found:
        return None
    return Report(
        status=Status.DONE,
        data={"metric": name, "families": [_family_data(known) for known in found]},
        blocks=[block for known in found for block in _family_blocks(known)],
    )


def near(name: str, catalogue: Catalogue) -> list[str]:
    """Names of metrics and of systems that `name` may have meant, the nearest first."""
    families = [family for system in catalogue.systems.values() for family in system.families.values()]
    known = [*catalogue.systems, *dict.fromkeys(family.name for family in families if family.current)]
    return [f"{name}_total"] if f"{name}_total" in known else get_close_matches(name, known, 3, 0.75)


def _system(system: System) -> Report:
    families = list(system.families.values())
    columns = [Column(title="METRIC"), Column(title="TYPE"), Column(title="UNIT"), Column(title="EXPOSED")]
    blocks: list[Block] = [Lines(title=system.title, lines=[system.note] if system.note else [])]
    blocks.append(Table(columns=_PROPERTIES, rows=list(_system_properties(system))))
    if families:
        blocks.append(Table(columns=columns, rows=[[f.name, f.type, f.unit, _exposed(f)] for f in families]))
    if system.presets:
        blocks.append(_preset_table(list(system.presets.values())))
        blocks.append(Next(commands=[f"airectl explain metric {families[0].name}"]))
    data = {**_system_data(system), "families": [_family_data(_of(system, family)) for family in families]}
    return Report(status=Status.DONE, data=data, blocks=blocks)


def _of(system: System, family: MetricFamily) -> Known:
    return Known(system=system, family=family, suffix="")


def _system_properties(system: System) -> Iterator[list[str]]:
    yield ["system", system.name]
    yield ["read from", f"{system.versions}, {system.source}"]
    if system.families:
        yield ["path", system.path]
        yield ["exposed", "by default" if system.enabled else f"with {system.flag}"]
    if system.aliases:
        yield ["also as", ", ".join(f"{alias}..." for alias in system.aliases)]
    if system.marks:
        yield ["select with", ",".join(f'{label}="{value}"' for label, value in system.marks.items())]
    if system.instead:
        yield ["use instead", system.instead]


def _family_blocks(known: Known) -> Iterator[Block]:
    system, family = known.system, known.family
    yield Lines(title=family.name, lines=[family.note] if family.note else [])
    yield Table(columns=_PROPERTIES, rows=list(_family_properties(system, family)))
    if using := _using(system, family):
        yield _preset_table(using)
    yield Next(commands=[f"airectl explain metric {system.name}"])


def _family_properties(system: System, family: MetricFamily) -> Iterator[list[str]]:
    yield ["system", f"{system.title} {system.versions}"]
    yield ["type", family.type]
    if family.unit:
        yield ["unit", family.unit]
    if family.current:
        yield ["series", ", ".join(family.series())]
    yield from _label_properties(family)
    if family.type == "histogram" and family.current:
        yield ["edges", ", ".join(plain(edge) for edge in family.buckets) or "not known; read them from the server"]
    yield ["exposed", _exposed(family) if system.enabled else f"{_exposed(family)}, once there is {system.flag}"]
    if family.rare:
        yield ["appears", "with its first event"]
    if family.sticky:
        yield ["keeps", "its last value after the condition is over"]
    if family.since:
        yield ["since", family.since]
    if family.replaced_by:
        yield ["use instead", family.replaced_by]
    if family.source:
        yield ["source", family.source]


def _label_properties(family: MetricFamily) -> Iterator[list[str]]:
    more = ["and others"] if family.open_labels else []
    if family.labels or more:
        yield ["labels", ", ".join([*family.labels, *more])]
    for label, values in family.values.items():
        yield [f"{label} is", ", ".join(values)]
    if family.quantiles:
        yield ["quantiles", ", ".join(family.quantiles)]


def _exposed(family: MetricFamily) -> str:
    if family.never:
        return "never, by no version"
    if family.removed_in:
        return f"not any more; {family.removed_in} does not have it"
    return "by default" if family.enabled else f"with {family.flag}"


def _using(system: System, family: MetricFamily) -> list[Preset]:
    """The presets whose queries have a series of the family."""
    own = {family.name, *family.series()}
    return [preset for preset in system.presets.values() if own.intersection(_NAME.findall(" ".join(_queries(preset))))]


def _queries(preset: Preset) -> tuple[str, ...]:
    return preset.good, preset.bad, preset.total, preset.query


def _preset_table(presets: Sequence[Preset]) -> Table:
    return Table(columns=_PRESETS, rows=[[preset.name, preset.description] for preset in presets])


def _system_data(system: System) -> dict[str, object]:
    return {
        "system": system.name,
        "title": system.title,
        "versions": system.versions,
        "path": system.path if system.families else None,
        "enabled": system.enabled,
        "flag": system.flag or None,
        "instead": system.instead or None,
        "note": system.note or None,
        "source": system.source,
        "presets": [_preset_data(preset) for preset in system.presets.values()],
    }


def _family_data(known: Known) -> dict[str, object]:
    family = known.family
    return {
        "name": family.name,
        "system": known.system.name,
        "versions": known.system.versions,
        "type": family.type,
        "unit": family.unit or None,
        "series": list(family.series()) if family.current else [],
        "labels": list(family.labels),
        "open_labels": family.open_labels,
        "values": {label: list(values) for label, values in family.values.items()},
        "edges": list(family.buckets),
        "quantiles": list(family.quantiles),
        "enabled": family.enabled,
        "flag": family.flag or None,
        "rare": family.rare,
        "sticky": family.sticky,
        "since": family.since or None,
        "removed_in": family.removed_in or None,
        "never": family.never,
        "instead": family.replaced_by or None,
        "note": family.note or None,
        "source": family.source or None,
        "presets": [preset.name for preset in _using(known.system, family)],
    }


def _preset_data(preset: Preset) -> dict[str, object]:
    return {
        "preset": preset.name,
        "description": preset.description,
        "measure": preset.measure,
        "good": preset.good or None,
        "bad": preset.bad or None,
        "total": preset.total or None,
        "family": preset.family or None,
        "query": preset.query or None,
        "op": preset.op or None,
        "value": preset.value,
        "unit": preset.unit or None,
        "slice": preset.slice or None,
    }
