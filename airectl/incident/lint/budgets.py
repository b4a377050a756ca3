"""Lints of what was burned of error budgets: the figures are computed again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from airectl.core.findings import Finding, Severity
from airectl.core.incident.burned import Burned, Unit
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.spec.tree import Map


@lint("AIR631", Severity.ERROR, ours=True)
def budget_disagrees(document: Document, scope: Scope) -> Iterator[Finding]:
    """Figures that do not follow from the others, and SLOs without any."""
    if document.front is None:
        return
    impact = document.front.map("impact")
    nodes = {node.text("slo"): node for node in impact.maps("budgets")}
    for each in document.incident.impact.budgets:
        node = nodes.get(each.slo)
        if node is not None:
            yield from _figures(node, each, scope)
            yield from _seconds(document, node, each, scope)
    # Of an SLO with several objectives each has a budget: SERVICE/NAME/OBJECTIVE.
    known = {"/".join(name.split("/")[:2]) for name in nodes}
    for slo in document.incident.slos:
        if slo not in nodes and "/".join(slo.split("/")[:2]) not in known:
            help = "`airectl postmortem new --slo` computes it; add it to `budgets` of `impact`"
            message = f"nothing says how much of the budget of `{slo}` was burned"
            yield scope.finding(document.front.at("slos"), message, help=help)


def _figures(node: Map, each: Burned, scope: Scope) -> Iterator[Finding]:
    """What is stated beside what follows from `bad`, `counted`, `target` and `window`, as exact as it is stated."""
    if each.counted == 0 or each.consumed is None:
        yield scope.finding(
            node.at("counted"),
            f"the budget of `{each.slo}` cannot be computed again: nothing counts",
            help="say what counts in the whole window",
        )
        return
    for key, value in (("consumed_ratio", each.consumed), ("minutes", each.minutes)):
        if key in node and value is not None and not _same(node, key, value):
            figure = f"{float(value):.6g}"
            message = f"`{key}` of `{each.slo}` is {node.raw(key)}; bad, counted, target and window give {figure}"
            yield scope.finding(node.at(key), message, help="bad / ((1 - target) * counted): correct what is wrong")
    if each.bad > each.counted:
        message = f"more of `{each.slo}` was bad than counts in the whole window"
        yield scope.finding(node.at("bad"), message, help="`bad` is a part of `counted`")


def _seconds(document: Document, node: Map, each: Burned, scope: Scope) -> Iterator[Finding]:
    """In seconds, what was bad is at most as long as the incident, and what counts is the window."""
    if each.unit is not Unit.SECONDS:
        return
    span = document.incident.metrics.ttr
    if span and each.bad > span.high_s:
        message = (
            f"`bad` of `{each.slo}` is {node.raw('bad')} seconds; from `degraded` to `recovered` it is {span.seconds}"
        )
        yield scope.finding(node.at("bad"), message, help="correct it, or the markers")
    if each.counted != each.window.nominal_s:
        has = f"its window {each.window} has {each.window.nominal_s}"
        message = f"`counted` of `{each.slo}` is {node.raw('counted')} seconds; {has}"
        yield scope.finding(node.at("counted"), message, help="in seconds, `counted` is the length of the window")


def _same(node: Map, key: str, value: Fraction) -> bool:
    """Whether a number as written is this one, rounded to the digits that it has."""
    written = node[key]
    if isinstance(written, bool) or not isinstance(written, int | Decimal):
        return True
    places = max(-int(Decimal(str(written)).as_tuple().exponent), 0)
    return abs(Fraction(written) - value) <= Fraction(1, 2 * 10**places)
