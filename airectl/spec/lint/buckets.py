"""Lints of thresholds against the catalogue: histogram edges, and units."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from airectl.core.catalogue import MetricFamily, MetricType, le_matcher
from airectl.core.findings import Finding, Severity
from airectl.core.slo import Measure
from airectl.core.units import plain, spoken_seconds
from airectl.promql.matchers import Matcher, edge_of
from airectl.spec import values
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.catalogue import Use, uses
from airectl.spec.tree import Map

# No one waits this long for one token: a larger number of seconds was meant as milliseconds.
_LONG_S: Final = 50
_PERCENT: Final = 100
_TOKEN_LATENCY: Final = frozenset((Measure.TTFT, Measure.ITL, Measure.TPOT))


@lint("AIR106", Severity.WARNING, "SLI")
def no_such_bucket(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A threshold between two edges of the histogram: there is no series with it."""
    for use, matcher, edge in _thresholds(sli, scope):
        family = _family(use)
        below, above = family.edges_around(edge)
        if below == edge or _is_milliseconds(edge, family):
            continue
        around = [each for each in (below, above) if each is not None]
        strict = f"`{le_matcher(below)}` (stricter)" if below is not None else ""
        lax = f"`{le_matcher(above)}` (laxer)" if above is not None else ""
        yield scope.finding(
            use.at(scope, str(matcher), matcher.value),
            f"`{family.name}` has no bucket at {_amount(edge, family)}",
            label=_bracket(below, above, family),
            notes=(
                f"these are the default buckets of {use.system.title} {use.system.versions}; a server may have others",
            ),
            help=f"write {' or '.join(filter(None, (strict, lax)))}" if around else "choose an edge of the histogram",
        )


def _bracket(below: Decimal | None, above: Decimal | None, family: MetricFamily) -> str:
    if below is not None and above is not None:
        return f"it lies in [{_amount(below, family)}, {_amount(above, family)}]"
    if below is not None:
        return f"the last edge is {_amount(below, family)}"
    return f"the first edge is {_amount(above, family)}" if above is not None else ""


def _amount(value: Decimal, family: MetricFamily) -> str:
    return f"{plain(value)} s" if family.unit == "seconds" else f"{plain(value)} {family.unit}".rstrip()


def _thresholds(sli: SpecObject, scope: Scope) -> Iterator[tuple[Use, Matcher, Decimal]]:
    """Each `le` of a histogram whose edges are known."""
    for use in uses(sli, scope):
        matcher = use.selector.matcher("le")
        if use.known and use.known.suffix == "_bucket" and use.known.family.buckets and matcher:
            edge = edge_of(matcher)
            if edge is not None:
                yield use, matcher, edge


def _family(use: Use) -> MetricFamily:
    if use.known is None:
        raise ValueError(f"{use.name} is not in the catalogue")
    return use.known.family


@lint("AIR113", Severity.WARNING, "SLI")
def wrong_unit_edge(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An edge that would be right in milliseconds, on a histogram in seconds."""
    for use, matcher, edge in _thresholds(sli, scope):
        family = _family(use)
        if not _is_milliseconds(edge, family):
            continue
        meant = edge / 1000
        below, above = family.edges_around(meant)
        near = below if below is not None else above
        yield scope.finding(
            use.at(scope, str(matcher), matcher.value),
            f"`{family.name}` is in seconds: {plain(edge)} looks like milliseconds",
            notes=() if below == meant else (f"there is no edge at {spoken_seconds(meant)}",),
            help=f"write `{le_matcher(near)}`" if near is not None else "write seconds",
        )


def _is_milliseconds(edge: Decimal, family: MetricFamily) -> bool:
    """Whether an `le` that is no edge makes sense only as milliseconds."""
    if family.unit != "seconds" or edge < _LONG_S or edge in family.buckets:
        return False
    return edge / 1000 in family.buckets or family.measure in _TOKEN_LATENCY


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


def _unit_words(value: Decimal, use: Use) -> tuple[str, str] | None:
    """Message and help for a value in another unit than the query's result, where that is the metric's own."""
    family = _family(use)
    kept = family.type is MetricType.GAUGE or "histogram_quantile" in use.selector.calls()
    if not kept or any(each.name in ("*", "/") for each in use.selector.around):
        return None
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
