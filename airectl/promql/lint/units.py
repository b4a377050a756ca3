"""Units: edges, limits and conversions that would be right in another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import prod
from typing import Final

from airectl.core.catalogue import MetricFamily, MetricType
from airectl.core.preset import le_matcher
from airectl.core.slo import Measure
from airectl.core.units import plain, spoken_seconds
from airectl.promql.lint.selection import Remark, Selection
from airectl.promql.matchers import edge_of
from airectl.promql.selectors import Enclosing, Step

PER_SECOND: Final = {"seconds": 1, "milliseconds": 1000, "microseconds": 1_000_000}
# No one waits this long for one token: a larger number of seconds was meant as milliseconds.
_LONG_S: Final = 50
_PERCENT: Final = 100
_TOKEN_LATENCY: Final = frozenset((Measure.TTFT, Measure.ITL, Measure.TPOT))
_LARGE_UNITS: Final = {"mebibytes": "MiB", "megabytes": "MB"}
# Only what is in bytes becomes GiB or GB by so large a divisor.
_MIB: Final = 2**20
_BYTES: Final = 10**9
_COMPARISONS: Final = frozenset((">", ">=", "<", "<="))
# What these give of a gauge is in its unit.
_SAME_UNIT: Final = frozenset((
    "abs", "avg_over_time", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "histogram_quantile", "label_join",
    "label_replace", "last_over_time", "max_over_time", "min_over_time", "quantile_over_time", "round",
))  # fmt: skip
# Of several series these leave one's value, or something between them.
_KEEPING: Final = frozenset(("max", "min", "avg", "quantile", "topk", "bottomk"))


def wrong_unit(selection: Selection) -> Iterator[Remark]:
    """An edge, a divisor or a limit that would be right if the metric were in another unit."""
    yield from _edges(selection)
    yield from _divided(selection)
    yield from _limits(selection)


def _edges(selection: Selection) -> Iterator[Remark]:
    matcher = selection.selector.matcher("le")
    edge = edge_of(matcher) if matcher else None
    if matcher is None or edge is None:
        return
    for use, family in selection.families():
        if use.suffix != "_bucket" or not family.buckets:
            continue
        meant, looks_like = meant_edge(edge, family)
        if meant is None:
            continue
        below, above = family.edges_around(meant)
        near = below if below is not None else above
        yield Remark(
            message=f"`{family.name}` is in {family.unit}: {plain(edge)} looks like {looks_like}",
            parts=(str(matcher), matcher.value, use.name),
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


def _divided(selection: Selection) -> Iterator[Remark]:
    """A gauge in MiB that is divided as if it were in bytes."""
    divisor = prod((_divisor(each) for each in selection.selector.around), start=Decimal(1))
    for use, family in selection.families():
        unit = _LARGE_UNITS.get(family.unit)
        if unit and divisor >= _MIB:
            yield Remark(
                message=f"`{use.name}` is in {unit}: divided by {plain(divisor)} it is taken for bytes",
                parts=(use.name,),
                help="divide by 1024 for GiB" if unit == "MiB" else "divide by 1000 for GB",
            )


def _divisor(around: Enclosing) -> Decimal:
    divides = around.step is Step.BINARY and around.name == "/" and around.left
    return around.number if divides and around.number and around.number.is_finite() else Decimal(1)


def _limits(selection: Selection) -> Iterator[Remark]:
    """A number that the metric is compared with, as nothing but itself."""
    around = selection.selector.around
    at = next((i for i, each in enumerate(around) if _compares(each)), None)
    if at is None or not _keeps(around[:at]):
        return
    value = around[at].number
    for _, family in selection.families():
        if value is not None and value.is_finite() and (found := limit_words(value, family, selection)):
            message, help = found
            yield Remark(message=message, help=help, parts=selection.selector.names)


def _compares(each: Enclosing) -> bool:
    return each.step is Step.BINARY and each.name in _COMPARISONS and each.constant


def _keeps(around: Sequence[Enclosing]) -> bool:
    """Whether what is inside is still in the metric's own unit, and as large as one series of it."""
    names = [each.name for each in around]
    outer = around[names.index("histogram_quantile") :] if "histogram_quantile" in names else around
    called = {each.name for each in outer if each.step is Step.CALL}
    aggregated = {each.name for each in outer if each.step is Step.AGGREGATION}
    return called <= _SAME_UNIT and aggregated <= _KEEPING and not any(each.step is Step.BINARY for each in outer)


def limit_words(value: Decimal, family: MetricFamily, selection: Selection) -> tuple[str, str] | None:
    """Message and help for a limit in another unit than the query's result, where that is the metric's own."""
    calls = selection.selector.calls()
    kept = family.type is MetricType.GAUGE or "histogram_quantile" in calls
    if not kept or any(each.name in ("*", "/") for each in selection.selector.around):
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
