"""Lints of which indicator an SLO is measured by: one for all objectives, or one for each."""

from collections.abc import Iterator

from airectl.core.findings import Finding, Severity
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.tree import Map

_KEYS = ("indicator", "indicatorRef")


def _given(node: Map) -> list[str]:
    return [key for key in _KEYS if key in node]


@lint("AIR015", Severity.ERROR, "SLO")
def one_indicator(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """`indicator` and `indicatorRef` are one or the other; without any there is nothing to measure."""
    objectives = slo.spec.maps("objectives")
    for node in (slo.spec, *objectives):
        if len(_given(node)) > 1:
            yield scope.finding(
                node.key_at("indicatorRef"),
                "`indicator` and `indicatorRef` exclude each other",
                help="keep one: `indicator` holds the SLI, `indicatorRef` names one",
            )
    if isinstance(slo.node.get("spec"), Map) and not _given(slo.spec) and not any(_given(each) for each in objectives):
        yield scope.finding(
            slo.node.key_at("spec"),
            "an SLO needs `indicator` or `indicatorRef`",
            help="add `indicatorRef: NAME` of an SLI, or write the SLI under `indicator`",
        )


@lint("AIR043", Severity.ERROR, "SLO")
def mixed_composite(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """In a composite every objective has its own indicator and the SLO has none."""
    objectives = slo.spec.maps("objectives")
    parts = [each for each in objectives if _given(each)]
    if _given(slo.spec):
        for part in parts:
            yield scope.finding(
                part.key_at(_given(part)[0]),
                "an objective has its own indicator, and the SLO has one too",
                help="remove the SLO's, which makes it a composite of its objectives, or remove this one",
            )
    elif parts:
        for each in objectives:
            if not _given(each):
                yield scope.finding(
                    each.here,
                    "this part of a composite has no indicator",
                    help="add `indicator` or `indicatorRef` to it; the SLO itself has none",
                )
    if not parts:
        yield from _weights(objectives, scope)


def _weights(objectives: list[Map], scope: Scope) -> Iterator[Finding]:
    for objective in objectives:
        if "compositeWeight" in objective:
            yield scope.finding(
                objective.key_at("compositeWeight"),
                "`compositeWeight` has no meaning here: the objectives have no indicators of their own",
                help="remove it, or give every objective its own `indicator` and the SLO none",
            )
