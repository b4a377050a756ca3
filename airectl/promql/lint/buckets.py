"""Edges of histograms: thresholds between two, and the spelling of whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from airectl.core.catalogue import Known, MetricFamily
from airectl.core.preset import edge_text, le_matcher
from airectl.core.units import plain
from airectl.promql.lint.selection import Remark, Selection
from airectl.promql.lint.units import meant_edge
from airectl.promql.matchers import Matcher, Op, edge_of
from airectl.promql.selectors import Selector, Step

_PYTHON: Final = "python"
_LIMITS: Final = frozenset((">", ">=", "<", "<="))


def thresholds(selection: Selection) -> Iterator[tuple[Known, Matcher, Decimal]]:
    """Each `le` of a histogram whose edges are known."""
    matcher = selection.selector.matcher("le")
    edge = edge_of(matcher) if matcher else None
    if matcher is None or edge is None:
        return
    for use in selection.uses:
        if use.known and use.suffix == "_bucket" and use.known.family.buckets:
            yield use.known, matcher, edge


def no_such_bucket(selection: Selection) -> Iterator[Remark]:
    """A threshold between two edges of the histogram: there is no series with it."""
    for known, matcher, edge in thresholds(selection):
        family = known.family
        below, above = family.edges_around(edge)
        if below == edge or meant_edge(edge, family)[0] is not None:
            continue
        around = [each for each in (below, above) if each is not None]
        strict = f"`{le_matcher(below)}` (stricter)" if below is not None else ""
        lax = f"`{le_matcher(above)}` (laxer)" if above is not None else ""
        yield Remark(
            message=f"`{family.name}` has no bucket at {_amount(edge, family)}",
            parts=(str(matcher), matcher.value, family.name + known.suffix),
            label=_bracket(below, above, family),
            notes=(_judged_by(known),),
            help=f"write {' or '.join(filter(None, (strict, lax)))}" if around else "choose an edge of the histogram",
        )


def interpolated_limit(selection: Selection) -> Iterator[Remark]:
    """A quantile that is compared with what is no edge: between two edges a quantile is a guess."""
    limit = _limit_of_quantile(selection.selector)
    if limit is None:
        return
    for use, family in selection.families():
        if use.known is None or use.suffix != "_bucket" or not family.buckets or limit in family.buckets:
            continue
        if meant_edge(limit, family)[0] is not None:
            continue  # it is given in another unit, which is a finding of its own
        below, above = family.edges_around(limit)
        edges = " or ".join(f"`{plain(each)}`" for each in (below, above) if each is not None)
        yield Remark(
            message=f"a quantile of `{family.name}` is compared with {_amount(limit, family)}, where it has no bucket",
            parts=(use.name,),
            label=_bracket(below, above, family),
            notes=(
                "what a quantile is between two edges is interpolated, whatever was measured",
                _judged_by(use.known),
            ),
            help=f"compare with {edges}, or with the share of requests below an edge",
        )


def _limit_of_quantile(selector: Selector) -> Decimal | None:
    """The number that a quantile of these buckets is compared with, as it is."""
    names = [each.name for each in selector.around]
    if "histogram_quantile" not in names:
        return None
    outside = selector.around[names.index("histogram_quantile") + 1 :]
    first = next((each for each in outside if each.step is not Step.AGGREGATION), None)
    return first.number if first and first.step is Step.BINARY and first.name in _LIMITS else None


def _judged_by(known: Known) -> str:
    if known.page:
        return f"these are the buckets on {known.page}"
    return f"these are the default buckets of {known.system.title} {known.system.versions}; a server may have others"


def _bracket(below: Decimal | None, above: Decimal | None, family: MetricFamily) -> str:
    if below is not None and above is not None:
        return f"it lies in [{_amount(below, family)}, {_amount(above, family)}]"
    if below is not None:
        return f"the last edge is {_amount(below, family)}"
    return f"the first edge is {_amount(above, family)}" if above is not None else ""


def _amount(value: Decimal, family: MetricFamily) -> str:
    return f"{plain(value)} s" if family.unit == "seconds" else f"{plain(value)} {family.unit}".rstrip()


def one_spelling(selection: Selection) -> Iterator[Remark]:
    """A whole number in `le` as one version of Prometheus stores it, and another does not."""
    for known, matcher, edge in thresholds(selection):
        client = known.system.client
        if edge != edge.to_integral_value() or matcher.op is not Op.EQUAL or edge not in known.family.buckets:
            continue
        # Python's clients write 1.0, which Prometheus 3 makes of every 1: right before and after.
        if not client or (client == _PYTHON and "." in matcher.value):
            continue
        python = client == _PYTHON
        note = f"{known.page or known.system.title} writes `{edge_text(edge, client)}`"
        yield Remark(
            message=f"`{matcher}` selects no bucket" + ("" if python else " on some versions of Prometheus"),
            parts=(str(matcher), matcher.value, known.family.name + known.suffix),
            notes=(
                note
                if python
                else f"{note}, which Prometheus stores as `{edge_text(edge, _PYTHON)}` from version 3 on",
            ),
            help=f"write `{le_matcher(edge)}`",
        )
