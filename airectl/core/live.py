"""What a live page says of a metric, in the words of the catalogue: type, unit, labels, edges, quantiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from airectl.core.catalogue import Known, MetricFamily, MetricType
from airectl.core.exposition import Family

_TYPES: Final = {
    "counter": MetricType.COUNTER,
    "gauge": MetricType.GAUGE,
    "info": MetricType.GAUGE,
    "stateset": MetricType.GAUGE,
    "histogram": MetricType.HISTOGRAM,
    "summary": MetricType.SUMMARY,
}
_PARTS: Final = ("_bucket", "_count", "_sum")
# Of the naming conventions: https://prometheus.io/docs/practices/naming/#base-units, and what is used beside them.
_UNITS: Final = {
    "_seconds": "seconds",
    "_milliseconds": "milliseconds",
    "_ms": "milliseconds",
    "_us": "microseconds",
    "_bytes": "bytes",
    "_ratio": "ratio",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """One series name of a page: its family in the words of the catalogue, and what follows the family's name."""

    family: MetricFamily
    suffix: str = ""


def live(family: Family, series: str) -> Live:
    """What the page says of `series`, which is of `family`."""
    type = _TYPES.get(family.type, MetricType.UNKNOWN)
    name, suffix = (family.name, "") if type is not MetricType.COUNTER else (series, "")
    if type in (MetricType.HISTOGRAM, MetricType.SUMMARY):
        suffix = series.removeprefix(family.name)
        if suffix not in (*_PARTS, ""):  # `_created`, which is a gauge of its own
            name, suffix, type = series, "", MetricType.GAUGE
    elif type is MetricType.COUNTER and series.endswith("_created"):
        type = MetricType.GAUGE
    elif type is MetricType.GAUGE:
        name = series
    elif type is MetricType.UNKNOWN:
        name, suffix, type = _untyped(family, series)
    labels = tuple(each for each in family.labels if each not in ("le", "quantile"))
    return Live(
        family=MetricFamily(
            name=name,
            type=type,
            unit=family.unit or _unit(name),
            labels=labels,
            buckets=edges(family.values("le")),
            quantiles=family.values("quantile") if type is MetricType.SUMMARY else (),
        ),
        suffix=suffix,
    )


def _untyped(family: Family, series: str) -> tuple[str, str, MetricType]:
    """Buckets are those of a histogram, whether or not a type stands before them."""
    if series.endswith("_bucket") and "le" in family.labels:
        return series.removesuffix("_bucket"), "_bucket", MetricType.HISTOGRAM
    return series, "", MetricType.UNKNOWN


def _unit(name: str) -> str:
    plain = name.removesuffix("_total")
    return next((unit for suffix, unit in _UNITS.items() if plain.endswith(suffix)), "")


def edges(texts: Iterable[str]) -> tuple[Decimal, ...]:
    """The upper edges that values of `le` name, ascending, without +Inf; what is no number is left out."""
    found = set()
    for text in texts:
        try:
            edge = Decimal(text)
        except InvalidOperation:
            continue
        if edge.is_finite():
            found.add(edge)
    return tuple(sorted(found))


def corrected(known: Known, seen: Live) -> MetricFamily:
    """What the catalogue knows, as the page corrects it: types, labels, edges and what is switched on.

    Values of labels are those of both, since some appear with their first event only.
    """
    family, page = known.family, seen.family
    type = family.type if page.type is MetricType.UNKNOWN else page.type
    return replace(
        family,
        name=family.name if type is family.type else page.name,
        type=type,
        labels=(*page.labels, *(label for label in family.labels if label not in page.labels)),
        open_labels=False,
        buckets=page.buckets or family.buckets,
        quantiles=page.quantiles if page.type is MetricType.SUMMARY else family.quantiles,
        enabled=True,
        removed_in="",
        never=False,
    )
