"""What is known of the metrics that AI systems expose. The data come from telemetry/, pure lookups here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from airectl.core.slo import Measure
from airectl.core.units import plain


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

    `labels` are those the system sets itself, without `le`; `open_labels`: there may be more. `values`
    are the only values of a label, where they are known. `buckets` are the upper edges of a histogram
    in `unit`, ascending, without +Inf; empty: not known. `flag` names what switches the family on where
    `enabled` is false. `rare`: its series appear with the first event only. `sticky`: a gauge that keeps
    its last value after the condition is gone. `removed_in` is a version known to be without it, `never`
    says that no version had it, `replaced_by` is its successor on the wire.

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
    enabled: bool = True
    flag: str = ""
    rare: bool = False
    sticky: bool = False
    measure: Measure | None = None
    measure_by: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)
    removed_in: str = ""
    never: bool = False
    replaced_by: str = ""
    note: str = ""
    source: str = ""

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

    The queries give counters (`counter: true`): whoever evaluates them takes the increments.
    `family` is the histogram whose edges bound the threshold; empty: there is no threshold.
    """

    name: str
    measure: Measure
    good: str
    total: str
    family: str = ""
    description: str = ""

    def good_at(self, edge: Decimal | None) -> str:
        """The query of the good events, at a bucket's `edge` where the preset has a threshold."""
        return self.good.replace("{le}", le_matcher(edge)) if edge is not None else self.good


def le_matcher(edge: Decimal) -> str:
    """The matcher of one bucket, whichever way the client library writes a whole number.

    Python's writes `1.0` and Go's `1`; Prometheus makes them one from version 3 on, not before.
    Source: https://prometheus.io/docs/prometheus/3.0/migration/#le-and-quantile-label-values
    """
    if edge == edge.to_integral_value():
        return rf'le=~"{plain(edge)}(\\.0)?"'
    return f'le="{plain(edge)}"'


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
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A series name that the catalogue knows: its system, family and the suffix (`_bucket`, `_count`)."""

    system: System
    family: MetricFamily
    suffix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every known system by name. `prefixes` of series names lead to them without reading them all.

    Longer prefixes come first; left out, they are those of the systems.
    """

    systems: Mapping[str, System] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def system_of(self, series: str) -> System | None:
        """The system whose prefix `series` has, whether or not the name itself is known."""
        prefixes = self.prefixes or {p: s.name for s in self.systems.values() for p in s.prefixes}
        found = next((name for prefix, name in prefixes.items() if series.startswith(prefix)), None)
        return self.systems[found] if found else None

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
