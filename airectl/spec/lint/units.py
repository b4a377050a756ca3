"""Lints of units against the catalogue: edges, values and conversions that would be right in another unit."""

from collections.abc import Iterator
from decimal import Decimal
from math import prod
from typing import Final

from airectl.core.catalogue import MetricFamily, MetricType
from airectl.core.findings import Finding, Severity
from airectl.core.preset import le_matcher
from airectl.core.slo import Measure
from airectl.core.units import plain, spoken_seconds
from airectl.promql.matchers import Matcher, edge_of
from airectl.promql.selectors import Enclosing, Step
from airectl.spec import values
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.catalogue import Use, uses
from airectl.spec.tree import Map

PER_SECOND: Final = {"seconds": 1, "milliseconds": 1000, "microseconds": 1_000_000}
# No one waits this long for one token: a larger number of seconds was meant as milliseconds.
_LONG_S: Final = 50
_PERCENT: Final = 100
_TOKEN_LATENCY: Final = frozenset((Measure.TTFT, Measure.ITL, Measure.TPOT))
_LARGE_UNITS: Final = {"mebibytes": "MiB", "megabytes": "MB"}
# Only what is in bytes becomes GiB or GB by so large a divisor.
_MIB: Final = 2**20
_BYTES: Final = 10**9


def thresholds(sli: SpecObject, scope: Scope) -> Iterator[tuple[Use, Matcher, Decimal]]:
    """Each `le` of a histogram whose edges are known."""
    for use in uses(sli, scope):
        matcher = use.selector.matcher("le")
        if use.known and use.known.suffix == "_bucket" and use.known.family.buckets and matcher:
            edge = edge_of(matcher)
            if edge is not None:
                yield use, matcher, edge


def family_of(use: Use) -> MetricFamily:
    """The family of a use that the catalogue knows. Raises ValueError for any other."""
    if use.known is None:
        raise ValueError(f"{use.name} is not in the catalogue")
    return use.known.family


@lint("AIR113", Severity.WARNING, "SLI")
def wrong_unit_edge(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An edge that would be right in milliseconds on a histogram in seconds, or the other way round."""
    for use, matcher, edge in thresholds(sli, scope):
        family = family_of(use)
        meant, looks_like = meant_edge(edge, family)
        if meant is None:
            continue
        below, above = family.edges_around(meant)
        near = below if below is not None else above
        yield scope.finding(
            use.at(scope, str(matcher), matcher.value),
            f"`{family.name}` is in {family.unit}: {plain(edge)} looks like {looks_like}",
            notes=() if below == meant else (f"there is no edge at {spoken_seconds(meant / PER_SECOND[family.unit])}",),
            help=f"write `{le_matcher(near)}`" if near is not None else f"write {family.unit}",
        )


def meant_edge(edge: Decimal, family: MetricFamily) -> tuple[Decimal | None, str]:
    """The edge in the family's unit, where an `le` that is none makes sense only in another; and that unit."""
    if edge in family.buckets:
        return None, ""
    if family.unit == "seconds":
        meant = edge / 1000
        sure = edge >= _LONG_S and (meant in family.buckets or family.measure in _TOKEN_LATENCY)
        return (meant, "milliseconds") if sure else (None, "")
    scale = PER_SECOND.get(family.unit)
    return (edge * scale, "seconds") if scale and edge * scale in family.buckets else (None, "")


@lint("AIR113", Severity.WARNING, "SLO")
def wrong_unit_value(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An objective's value that would be right in milliseconds or percent, on a metric in seconds or a ratio."""
    sli = scope.specs.indicator(slo)
    if sli is None or "thresholdMetric" not in sli.spec:
        return
    families = {use.known.family.name: use for use in uses(sli, scope) if use.known}
    if len(families) != 1:
        return
    (use,) = families.values()
    for objective in slo.spec.maps("objectives"):
        value = values.number(objective, "value")
        if value is not None and (found := _unit_words(value, use)):
            yield _at_value(objective, found, scope)


def _at_value(objective: Map, words: tuple[str, str], scope: Scope) -> Finding:
    message, help = words
    return scope.finding(objective.at("value"), message, help=help)


@lint("AIR113", Severity.WARNING, "SLI")
def divided_as_bytes(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A gauge in MiB that is divided as if it were in bytes."""
    for use in uses(sli, scope):
        unit = _LARGE_UNITS.get(use.known.family.unit) if use.known else None
        divisor = prod((_divisor(each) for each in use.selector.around), start=Decimal(1))
        if unit and divisor >= _MIB:
            yield scope.finding(
                use.at(scope),
                f"`{use.name}` is in {unit}: divided by {plain(divisor)} it is taken for bytes",
                help="divide by 1024 for GiB" if unit == "MiB" else "divide by 1000 for GB",
            )


def _divisor(around: Enclosing) -> Decimal:
    divides = around.step is Step.BINARY and around.name == "/" and around.left
    return around.number if divides and around.number and around.number.is_finite() else Decimal(1)


def _unit_words(value: Decimal, use: Use) -> tuple[str, str] | None:
    """Message and help for a value in another unit than the query's result, where that is the metric's own."""
    family = family_of(use)
    kept = family.type is MetricType.GAUGE or "histogram_quantile" in use.selector.calls()
    if not kept or any(each.name in ("*", "/") for each in use.selector.around):
        return None
    if (unit := _LARGE_UNITS.get(family.unit)) and value >= _BYTES:
        return f"`{family.name}` is in {unit}: {plain(value)} looks like bytes", f"write {unit}"
    if family.unit == "percent" and 0 < value < 1:
        return (
            f"`{family.name}` goes from 0 to 100: {plain(value)} looks like a ratio",
            f"write `{plain(value * _PERCENT)}`",
        )
    if family.unit == "seconds" and value >= _LONG_S and family.measure in _TOKEN_LATENCY:
        return (
            f"`{family.name}` is in seconds: {plain(value)} looks like milliseconds",
            f"write `{plain(value / 1000)}`",
        )
    if family.unit == "ratio" and 1 < value <= _PERCENT:
        return (
            f"`{family.name}` is a ratio from 0 to 1: {plain(value)} looks like percent",
            f"write `{plain(value / 100)}`",
        )
    return None
