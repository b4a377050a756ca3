"""Lints of metrics in SLIs: those of every query (promql.lint), at their place in the spec."""

from collections.abc import Iterator
from typing import Any, Final

from airectl.core import annotations
from airectl.core.catalogue import Known, System
from airectl.core.findings import Finding
from airectl.promql.lint.checks import CHECKS
from airectl.promql.lint.selection import Judge, Lookup, Purpose, Selection, selections
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Check, Scope, lint
from airectl.spec.queries import SpecQuery, place, queries

_COMPARED: Final = "threshold"


def selected(sli: SpecObject, scope: Scope) -> tuple[tuple[SpecQuery, Selection], ...]:
    """Every selection of an SLI's queries; worked out once per run."""
    key = ("selections", id(sli.node))
    if key not in scope.specs.memo:
        scope.specs.memo[key] = tuple(_selected(sli, scope))
    found: tuple[tuple[SpecQuery, Selection], ...] = scope.specs.memo[key]
    return found


def _selected(sli: SpecObject, scope: Scope) -> Iterator[tuple[SpecQuery, Selection]]:
    look = looking(scope, said_of(sli, "telemetry") or "")
    version = said_of(sli, "telemetry-version") or ""
    for query in queries(sli, scope.specs):
        purpose = Purpose.COMPARED if query.role == _COMPARED else Purpose.COUNTED
        if query.parsed:
            yield from ((query, each) for each in selections(query.parsed, look, version=version, purpose=purpose))


def said_of(sli: SpecObject, annotation: str) -> Any:
    """What an annotation of the SLI says, or of the SLO around it; None where neither does."""
    owners = [owner for owner in (sli, sli.parent) if owner]
    return next((v for o in owners if (v := annotations.read(o.annotations, annotation))), None)


def looking(scope: Scope, said: str = "") -> Lookup:
    """What is known of a series; many specs name the same few, so each is looked up once."""
    catalogue = scope.context.catalogue
    seen: dict[tuple[str, str], tuple[System | None, Known | None]] = scope.specs.memo.setdefault(("series", 0), {})

    def look(name: str) -> tuple[System | None, Known | None]:
        if (name, said) not in seen:
            seen[name, said] = (catalogue.system_of(name, said), catalogue.find(name, said))
        return seen[name, said]

    return look


def _of_sli(judge: Judge) -> Check:
    """The check of an SLI that a judge of selections makes."""

    def check(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
        for query, selection in selected(sli, scope):
            for remark in judge(selection):
                at = place(query, scope.specs, *remark.parts)
                yield scope.finding(at, remark.message, help=remark.help, label=remark.label, notes=remark.notes)

    return check


for each in CHECKS:
    lint(each.code, each.severity, "SLI")(_of_sli(each.judge))
