"""What is known of the metrics that AI systems expose. The data come from telemetry/, pure lookups here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from airectl.core.slo import Measure


class MetricType(StrEnum):
    """Prometheus metric types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"


# Series that a family of each type puts on the wire, as suffixes of its name.
_SUFFIXES = {
    MetricType.COUNTER: ("",),
    MetricType.GAUGE: ("",),
    MetricType.HISTOGRAM: ("_bucket", "_count", "_sum"),
    MetricType.SUMMARY: ("", "_count", "_sum"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFamily:
    """One metric as a system exposes it. `name` is the name on the wire (a counter's ends in `_total`).

    `buckets` are the upper edges of a histogram in `unit`, ascending, without +Inf; empty: not known.
    `flag` names what switches the family on where `enabled` is false. `sticky`: a gauge that keeps its
    last value after the condition is gone. `removed_in` is the version without it, `replaced_by` its
    successor on the wire.
    """

    name: str
    type: MetricType
    unit: str = ""
    labels: tuple[str, ...] = ()
    buckets: tuple[Decimal, ...] = ()
    enabled: bool = True
    flag: str = ""
    sticky: bool = False
    measure: Measure | None = None
    removed_in: str = ""
    replaced_by: str = ""
    note: str = ""

    def series(self) -> tuple[str, ...]:
        """The names of its series on the wire."""
        return tuple(self.name + suffix for suffix in _SUFFIXES[self.type])

    def edges_around(self, threshold: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """The nearest edges at or below and at or above `threshold`, in `unit`; equal when one is there."""
        below = max((edge for edge in self.buckets if edge <= threshold), default=None)
        above = min((edge for edge in self.buckets if edge >= threshold), default=None)
        return below, above


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """An SLI template: PromQL for good and total, with `{le}` in `good` where a threshold belongs.

    `family` is the histogram whose edges bound the threshold.
    """

    name: str
    measure: Measure
    good: str
    total: str
    family: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One inference server, exporter or gateway at one version range."""

    name: str
    versions: str
    title: str
    prefixes: tuple[str, ...]
    path: str = "/metrics"
    streaming: bool = False
    families: Mapping[str, MetricFamily] = field(default_factory=dict)
    presets: Mapping[str, Preset] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A series name that the catalogue knows: its system, family and the suffix (`_bucket`, `_count`)."""

    system: System
    family: MetricFamily
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every known system by name."""

    systems: Mapping[str, System] = field(default_factory=dict)

    def system_of(self, series: str) -> System | None:
        """The system whose prefix `series` has, whether or not the name itself is known."""
        found = [s for s in self.systems.values() if any(series.startswith(p) for p in s.prefixes)]
        return found[0] if found else None

    def find(self, series: str) -> Known | None:
        """The family that exposes `series`; None for a name the catalogue does not have."""
        system = self.system_of(series)
        if system is None:
            return None
        if family := system.families.get(series):
            return Known(system=system, family=family, suffix="")
        for suffix in ("_bucket", "_count", "_sum"):
            base = series.removesuffix(suffix)
            if base != series and (family := system.families.get(base)) and series in family.series():
                return Known(system=system, family=family, suffix=suffix)
        return None
