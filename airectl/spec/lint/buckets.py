"""Lints of histogram edges against the catalogue."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from airectl.core.catalogue import MetricFamily
from airectl.core.findings import Finding, Severity
from airectl.core.preset import edge_text, le_matcher
from airectl.core.units import plain
from airectl.promql.matchers import Op
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.units import family_of, meant_edge, thresholds

_PYTHON: Final = "python"


@lint("AIR106", Severity.WARNING, "SLI")
def no_such_bucket(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A threshold between two edges of the histogram: there is no series with it."""
    for use, matcher, edge in thresholds(sli, scope):
        family = family_of(use)
        below, above = family.edges_around(edge)
        if below == edge or meant_edge(edge, family)[0] is not None:
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


@lint("AIR116", Severity.WARNING, "SLI")
def one_spelling(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A whole number in `le` as one version of Prometheus stores it, and another does not."""
    for use, matcher, edge in thresholds(sli, scope):
        if edge != edge.to_integral_value() or matcher.op is not Op.EQUAL or edge not in family_of(use).buckets:
            continue
        # Python's clients write 1.0, which Prometheus 3 makes of every 1: right before and after.
        if not use.system.client or (use.system.client == _PYTHON and "." in matcher.value):
            continue
        python = use.system.client == _PYTHON
        note = f"{use.system.title} writes `{edge_text(edge, use.system.client)}`"
        yield scope.finding(
            use.at(scope, str(matcher), matcher.value),
            f"`{matcher}` selects no bucket" + ("" if python else " on some versions of Prometheus"),
            notes=(
                note
                if python
                else f"{note}, which Prometheus stores as `{edge_text(edge, _PYTHON)}` from version 3 on",
            ),
            help=f"write `{le_matcher(edge)}`",
        )
