"""One server to write SLOs for: what the catalogue knows of its system, and what its own page says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from airectl.core.catalogue import MetricFamily, System
from airectl.core.findings import Finding
from airectl.core.preset import Preset
from airectl.core.units import PER_SECOND
from airectl.promql.parse import parse
from airectl.telemetry.detection import Detected, edges, model_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`page` is what its page at `where` says, which comes before the catalogue; None: nobody read one.

    `version` is what the page says of it, or implies. `remarks` are about how it was read.
    """

    system: System
    page: Detected | None = None
    where: str = ""
    version: str = ""
    remarks: tuple[Finding, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models on its page."""
        return self.page.models if self.page else ()

    def edges(self, name: str) -> tuple[Decimal, ...]:
        """The edges of a histogram, in its unit: those of the page where it has any."""
        on_page = self.page.families.get(name) if self.page else None
        return (edges(on_page) if on_page else ()) or self.system.families[name].buckets

    def has_own_edges(self, name: str) -> bool:
        """Whether the page has other edges than the catalogue."""
        return self.edges(name) != self.system.families[name].buckets

    def around(self, name: str, threshold: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """The nearest edges at or below and at or above `threshold`, in the histogram's unit."""
        known = self.edges(name)
        below = max((edge for edge in known if edge <= threshold), default=None)
        return below, min((edge for edge in known if edge >= threshold), default=None)

    def lacking(self, preset: Preset) -> tuple[str, ...]:
        """Metrics that the preset needs and the page does not have; series that come with an event may be absent."""
        if self.page is None:
            return ()
        needed = dict.fromkeys(family.name for family in self.families(preset) if not family.rare)
        return tuple(name for name in needed if name not in self.page.families)

    def families(self, preset: Preset) -> Iterator[MetricFamily]:
        """The metrics that the preset's queries select."""
        for query in queries(preset):
            for selector in parse(query).selectors:
                yield from self._families(selector.names)

    def model_label(self, series: Sequence[str]) -> str:
        """The label of the model that all of these series have; empty where one has none, or they differ."""
        found = {model_label(self._labels(family)) for family in self._families(series)}
        return found.pop() if len(found) == 1 else ""

    def named(self, query: str) -> str:
        """A query with the names that the page has, where somebody passes them on under others."""
        if self.page is None or not self.page.alias:
            return query
        return re.sub(rf"(?<![\w:]){re.escape(self.page.own)}", self.page.alias, query)

    def _families(self, series: Sequence[str]) -> Iterator[MetricFamily]:
        yield from (known.family for name in series if (known := self.system.find(name)))

    def _labels(self, family: MetricFamily) -> tuple[str, ...]:
        on_page = self.page.families.get(family.name) if self.page else None
        return tuple(on_page.labels) if on_page else family.labels


def queries(preset: Preset) -> tuple[str, ...]:
    """Its queries as they are without a threshold, and for no model in particular."""
    if preset.compares:
        return (preset.query,)
    return tuple(preset.ratio_at(Decimal(1)).values())


def seconds(amount: Decimal, family: MetricFamily) -> Decimal:
    """An amount in the unit of a family of times, in seconds."""
    return amount / PER_SECOND.get(family.unit, 1)
