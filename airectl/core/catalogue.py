"""What is known of the metrics that AI systems expose. The data come from telemetry/, pure lookups here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from airectl.core.preset import Preset
from airectl.core.slo import Measure


class MetricType(StrEnum):
    """Prometheus metric types. The catalogue knows the type of every metric; a page may leave it out."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"
    UNKNOWN = "unknown"


# Series that a family of each type puts on the wire, as suffixes of its name; a summary may have quantiles too.
_SUFFIXES: Final = {
    MetricType.COUNTER: ("",),
    MetricType.GAUGE: ("",),
    MetricType.HISTOGRAM: ("_bucket", "_count", "_sum"),
    MetricType.SUMMARY: ("_count", "_sum"),
    MetricType.UNKNOWN: ("",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFamily:
    """One metric as a system exposes it. `name` is the name on the wire (a counter's ends in `_total`).

    `labels` are those the system sets itself, without `le`; `open_labels`: there may be more. `values`
    are the only values of a label, where they are known. `buckets` are the upper edges of a histogram
    in `unit`, ascending, without +Inf; empty: not known. `quantiles` are those of a summary; empty: it has
    none, and only its mean can be had. `flag` names what switches the family on where `enabled` is false.
    `rare`: its series appear with the first event only. `sticky`: a gauge that keeps its last value after
    the condition is gone. `since` is the first version with it, where that is known, `removed_in` one known
    to be without it, `never` says that no version had it, `replaced_by` is its successor on the wire, which
    may stand beside it for some versions.

    `measure` is what a ratio of its series is about; `measure_by` where a label's value decides:
    the measure is that of the values that `total` selects and `good` does not.
    """

    name: str
    type: MetricType
    unit: str = ""
    labels: tuple[str, ...] = ()
    open_labels: bool = False
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[Decimal, ...] = ()
    quantiles: tuple[str, ...] = ()
    enabled: bool = True
    flag: str = ""
    rare: bool = False
    sticky: bool = False
    measure: Measure | None = None
    measure_by: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    since: str = ""
    removed_in: str = ""
    never: bool = False
    replaced_by: str = ""
    note: str = ""
    source: str = ""

    def series(self) -> tuple[str, ...]:
        """The names of its series on the wire."""
        own = (self.name,) if self.quantiles else ()
        return own + tuple(self.name + suffix for suffix in _SUFFIXES[self.type])

    @property
    def current(self) -> bool:
        """Whether the version that was read has it."""
        return not (self.removed_in or self.never)

    def edges_around(self, threshold: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """The nearest edges at or below and at or above `threshold`, in `unit`; equal when one is there."""
        below = max((edge for edge in self.buckets if edge <= threshold), default=None)
        above = min((edge for edge in self.buckets if edge >= threshold), default=None)
        return below, above


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One inference server, exporter or gateway as it was at `versions`.

    Series belong to it whose names begin with one of `prefixes`, and the families in `names`, whose names
    say nothing of the system. `aliases` are beginnings under which others pass its series on, with the
    beginning that they stand for. `marks` are labels, with their values, without which such a name could be
    of another system as well. `client` is the library that writes the metrics (`python` writes whole numbers
    as 1.0, others as 1; empty: not known). `flag` says what switches the metrics on where `enabled` is false.
    `partial`: its list is far from complete. `instead` says what to use where it has no metrics at all.

    `pages` are the live pages that it was seen on, `seen` the series that it has there; the name is empty for
    what is on a page and of no known system.
    """

    name: str
    versions: str
    title: str
    prefixes: tuple[str, ...]
    names: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    path: str = "/metrics"
    client: str = ""
    streaming: bool = False
    enabled: bool = True
    flag: str = ""
    partial: bool = False
    instead: str = ""
    families: Mapping[str, MetricFamily] = field(default_factory=dict)
    presets: Mapping[str, Preset] = field(default_factory=dict)
    source: str = ""
    note: str = ""
    pages: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()

    def reach(self, series: str) -> int:
        """How long the beginning of `series` is that is the system's; 0: it has none."""
        return max((len(each) for each in (*self.prefixes, *self.aliases) if series.startswith(each)), default=0)

    def find(self, series: str) -> Known | None:
        """The family that exposes `series`; None for a name that it does not have."""
        for alias, own in self.aliases.items():
            if series.startswith(alias):
                # Whoever passes it on adds labels of their own.
                known = self._own(own + series.removeprefix(alias))
                return known and replace(known, family=replace(known.family, open_labels=True))
        return self._own(series)

    def _own(self, series: str) -> Known | None:
        if family := self.families.get(series):
            return Known(system=self, family=family, suffix="")
        for suffix, base in _bases(series):
            if (family := self.families.get(base)) and series in family.series():
                return Known(system=self, family=family, suffix=suffix)
        return None


def _bases(series: str) -> list[tuple[str, str]]:
    """The suffixes that a series may have of its type, each with the name of the family it would be of."""
    return [
        (suffix, series.removesuffix(suffix)) for suffix in _SUFFIXES[MetricType.HISTOGRAM] if series.endswith(suffix)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A series name that is known: its system, family and the suffix (`_bucket`, `_count`).

    `page` is the live page that it is on, empty where only the catalogue knows it; `values` are those that its
    labels have there, `lacks` the labels that its system sets and the page does not have.
    """

    system: System
    family: MetricFamily
    suffix: str
    page: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every known system by name.

    `heads` gives the systems that a series may be of, without their families, so that not all have to be
    read; left out, it may be of any.
    """

    systems: Mapping[str, System] = field(default_factory=dict)
    heads: Callable[[str], Iterable[System]] | None = None

    def system_of(self, series: str, said: str = "") -> System | None:
        """The system that `series` is of by its beginning, whether or not the name itself is known.

        `said` is the system that exposes the metrics, where somebody said so.
        """
        claimed = self.claimants(series)
        if said in self.systems and (said in claimed or self.systems[said].find(series)):
            return self.systems[said]
        return self.systems[claimed[0]] if claimed else None

    def find(self, series: str, said: str = "") -> Known | None:
        """The family that exposes `series`; None for a name the catalogue does not have.

        Of a name that several systems have, and nobody said which it is, only what holds for all is given.
        """
        if said in self.systems and (known := self.systems[said].find(series)):
            return known
        found = [known for name in self.claimants(series) if (known := self.systems[name].find(series))]
        if len(found) < 2:
            return found[0] if found else None
        common = replace(found[0].family, buckets=(), values={}, open_labels=True)
        return replace(found[0], family=common)

    def claimants(self, series: str) -> tuple[str, ...]:
        """The names of the systems that `series` is of: by its whole name, else by its longest known beginning."""
        heads = tuple(self.heads(series) if self.heads else self.systems.values())
        names = {series, *(base for _, base in _bases(series))}
        if by_name := tuple(head.name for head in heads if names.intersection(head.names)):
            return by_name
        reach = {head.name: head.reach(series) for head in heads}
        longest = max(reach.values(), default=0)
        return tuple(name for name, length in reach.items() if length == longest > 0)
