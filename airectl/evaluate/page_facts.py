"""Where a live page differs from the catalogue, and which presets it has the metrics for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from airectl.core.preset import Preset
from airectl.promql.parse import parse
from airectl.telemetry.detection import edges
from airectl.telemetry.observing import OnPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """A histogram whose edges are not those of the catalogue."""

    name: str
    here: tuple[Decimal, ...]
    catalogue: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """`switched_on` are families that are off by default, and on the page.

    `presets` has, for each preset of the system, the metrics that it needs and the page does not have.
    """

    edges: tuple[Edges, ...]
    switched_on: tuple[str, ...]
    presets: Mapping[str, tuple[str, ...]]


def differences(found: OnPage) -> Differences:
    """What there is to say of one system on a page."""
    system, on_page = found.detected.system, found.detected.families
    return Differences(
        edges=tuple(_edges(found)),
        switched_on=tuple(on_page[name].name for name in on_page if not system.families[name].enabled),
        presets={name: tuple(_lacking(preset, found)) for name, preset in system.presets.items()},
    )


def _edges(found: OnPage) -> Iterator[Edges]:
    for name, family in found.detected.families.items():
        known, here = found.detected.system.families[name].buckets, edges(family)
        if known and here and here != known:
            yield Edges(name=family.name, here=here, catalogue=known)


def _lacking(preset: Preset, found: OnPage) -> Iterator[str]:
    """The metrics that a preset needs and the page lacks; series that come with an event may be absent."""
    queries = (preset.query,) if preset.compares else tuple(preset.ratio_at(Decimal(1)).values())
    names = (name for query in queries for each in parse(query).selectors for name in each.names)
    families = {known.family.name: known.family for name in names if (known := found.detected.system.find(name))}
    yield from (each for each, family in families.items() if not family.rare and each not in found.detected.families)
