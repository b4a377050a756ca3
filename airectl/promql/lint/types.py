"""Types of metrics: counters read as levels, rates of gauges, quantiles of what has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from airectl.core.catalogue import MetricType
from airectl.promql.lint.selection import Purpose, Remark, Selection, Use, is_variable
from airectl.promql.matchers import Op
from airectl.promql.selectors import Enclosing, Selector, Step

_RATES: Final = frozenset(("rate", "irate", "increase"))
_QUANTILE: Final = "histogram_quantile"
_BUCKET: Final = "_bucket"
# These ask how often there are samples, or how they changed: of a counter as good as of a gauge.
_OF_SAMPLES: Final = frozenset((
    "absent", "absent_over_time", "changes", "count_over_time", "present_over_time", "resets", "timestamp",
))  # fmt: skip
_OF_SERIES: Final = frozenset(("count", "count_values", "group"))
# Of the samples of a counter these say nothing: they mix what was counted before with what was counted now.
_OF_LEVELS: Final = frozenset((
    "avg_over_time", "deriv", "delta", "double_exponential_smoothing", "holt_winters", "idelta", "predict_linear",
    "quantile_over_time", "stddev_over_time", "stdvar_over_time",
))  # fmt: skip
_LIMITS: Final = frozenset((">", ">=", "<", "<=", "!="))


def counter_as_level(selection: Selection) -> Iterator[Remark]:
    """A counter that is compared, or put into a quantile, as it is: with all that it counted since its start."""
    selector = selection.selector
    for use in selection.uses:
        if not use.grows:
            continue
        function = selector.around[0].name if selector.range_s is not None and selector.around else ""
        if function in _OF_LEVELS:
            yield Remark(
                message=f"`{use.name}` is a counter: `{function}` of it goes wrong at each restart",
                parts=(use.name,),
                help="use `increase(...)` or `rate(...)`",
            )
        elif selector.range_s is None and _taken_as_it_is(selection, use):
            yield Remark(
                message=f"`{use.name}` is a counter: it holds all that was counted since the start",
                parts=(use.name,),
                help=f"put it into `rate({use.name}[5m])`, or `increase` for an amount",
            )


def _taken_as_it_is(selection: Selection, use: Use) -> bool:
    around = selection.selector.around
    if any(_makes_fine(each) for each in around):
        return False
    if use.suffix == _BUCKET and _QUANTILE in selection.selector.calls():
        return True
    limited = any(each.step is Step.BINARY and each.name in _LIMITS and each.constant for each in around)
    return limited or selection.purpose is Purpose.COMPARED


def _makes_fine(each: Enclosing) -> bool:
    """Whether a counter may stand inside as it is."""
    if each.step is Step.SUBQUERY or each.name in (_RATES | _OF_SAMPLES):
        return True
    if each.step is Step.AGGREGATION:
        return each.name in _OF_SERIES
    differs = each.name == "-" and not each.constant
    return each.step is Step.BINARY and (differs or (each.name in ("and", "unless") and not each.left))


def rate_of_gauge(selection: Selection) -> Iterator[Remark]:
    """A gauge whose fall is taken as the restart of a counter."""
    selector = selection.selector
    function = selector.around[0].name if selector.range_s is not None and selector.around else ""
    if function not in _RATES:
        return
    for use, family in selection.families():
        if family.type is MetricType.GAUGE and not family.sticky:
            yield Remark(
                message=f"`{use.name}` is a gauge: `{function}` takes each time it falls as a restart",
                parts=(use.name,),
                help="use `delta(...)` or `deriv(...)` for how it changes, `avg_over_time(...)` for its mean",
            )


def quantile_without_buckets(selection: Selection) -> Iterator[Remark]:
    """`histogram_quantile` of what has no `le`, or has lost it."""
    selector = selection.selector
    if _QUANTILE not in selector.calls() or not selector.names or _is_quantile_itself(selector):
        return
    name = selector.names[0]
    if not name.endswith(_BUCKET):
        yield from _no_buckets(selection)
        return
    matcher = selector.matcher("le")
    lost = next((each for each in _below_quantile(selector) if _loses_le(each)), None)
    if lost is not None:
        yield Remark(
            message=f"`{lost.name}` drops `le`, without which `{_QUANTILE}` has no buckets",
            parts=(name,),
            help=f"write `{lost.name} {_with_le(lost)} (...)`",
        )
    elif matcher is not None and matcher.op is Op.EQUAL and not is_variable(matcher.value):
        yield Remark(
            message=f"`{matcher}` leaves one bucket, and `{_QUANTILE}` needs them all",
            parts=(str(matcher), name),
            help="remove the matcher",
        )


def _below_quantile(selector: Selector) -> Iterator[Enclosing]:
    """The aggregations whose result the quantile is taken of; what is aggregated after it needs no `le`."""
    for each in selector.around:
        if each.step is Step.CALL and each.name == _QUANTILE:
            return
        if each.step is Step.AGGREGATION:
            yield each


def _with_le(aggregation: Enclosing) -> str:
    kept = ["..." if is_variable(label) else label for label in aggregation.labels if label != "le"]
    return f"without ({', '.join(kept)})" if aggregation.without else f"by ({', '.join(('le', *kept))})"


def _is_quantile_itself(selector: Selector) -> bool:
    """Whether it is the first argument: a number from a series."""
    at = next(i for i, each in enumerate(selector.around) if each.name == _QUANTILE)
    return any(each.name == "scalar" for each in selector.around[:at])


def _no_buckets(selection: Selection) -> Iterator[Remark]:
    """A name without `_bucket` is fine for a native histogram: only what is surely none is told."""
    for use, family in selection.families():
        if use.suffix in ("_sum", "_count") or family.type in (
            MetricType.COUNTER,
            MetricType.GAUGE,
            MetricType.SUMMARY,
        ):
            base = family.name if family.type is MetricType.HISTOGRAM else ""
            what = f"`{use.name}` has no buckets" if base else f"`{use.name}` is a {family.type}, which has no buckets"
            help = f"use `{base}{_BUCKET}`" if base else "a quantile needs a histogram; of a summary take the mean"
            yield Remark(message=what, parts=(use.name,), help=help)


def _loses_le(aggregation: Enclosing) -> bool:
    if aggregation.name in ("topk", "bottomk", "limitk", "limit_ratio"):
        return False
    return ("le" in aggregation.labels) is aggregation.without


def aggregated_quantile(selection: Selection) -> Iterator[Remark]:
    """The quantile of a summary, added up or averaged over instances."""
    selector = selection.selector
    matcher = selector.matcher("quantile")
    outer = next((each for each in selector.aggregations() if _mixes_instances(each)), None)
    if outer is None or (matcher is not None and matcher.negative):
        return
    if matcher is None and ("quantile" in outer.labels or not _has_quantiles(selection)):
        return
    yield Remark(
        message=f"`{outer.name}` of quantiles is not the quantile of all instances together",
        parts=(*([str(matcher)] if matcher else []), *selector.names),
        notes=("a summary's `_sum` divided by its `_count`, the mean, is all that can be aggregated",),
        help="use a histogram, or the mean; `max` gives the worst instance",
    )


def _has_quantiles(selection: Selection) -> bool:
    return any(family.quantiles and not use.suffix for use, family in selection.families())


def _mixes_instances(aggregation: Enclosing) -> bool:
    kept = "instance" in aggregation.labels and not aggregation.without
    return aggregation.name in ("sum", "avg") and not kept
