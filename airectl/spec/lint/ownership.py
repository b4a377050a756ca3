"""Lints of who answers for an SLO and what they do when it burns."""

from collections.abc import Iterator
from typing import Final

from airectl.core import annotations
from airectl.core.findings import Finding, Severity
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint

_OWNER: Final = frozenset(("owner", "team", f"{annotations.PREFIX}owner"))
# Formats whose SLOs have no place for either.
_WITHOUT: Final = frozenset(("short", "openslo/v1alpha"))
_RUNBOOK: Final = frozenset(("runbook", "runbook_url", "runbook-url", f"{annotations.PREFIX}runbook"))


@lint("AIR032", Severity.INFO, "SLO")
def no_owner(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An annotation, or a label `owner` or `team`, on the SLO or on its Service."""
    if slo.written_as not in _WITHOUT and not _says(slo, scope, _OWNER):
        yield scope.finding(
            slo.at, "nothing says who owns this SLO", help="add the annotation `airectl.dev/owner`, or a label `team`"
        )


@lint("AIR033", Severity.INFO, "SLO")
def no_runbook(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An annotation on the SLO or on its Service."""
    if slo.written_as not in _WITHOUT and not _says(slo, scope, _RUNBOOK):
        yield scope.finding(
            slo.at, "this SLO has no runbook", help="add the annotation `airectl.dev/runbook` with its URL or path"
        )


def _says(slo: SpecObject, scope: Scope, keys: frozenset[str]) -> bool:
    """Whether an annotation or label of these keys, with a value, stands on the SLO or on its Service."""
    service = scope.specs.find("Service", slo.spec.text("service"))
    for item in (slo, service) if service else (slo,):
        metadata = item.node.map("metadata")
        for part in (metadata.map("annotations"), metadata.map("labels")):
            if any(part.get(key) for key in keys):
                return True
    return False
