"""Lints of what an SLO depends on."""

from collections.abc import Iterator
from decimal import Decimal

from airectl.core import annotations
from airectl.core.findings import Finding, Severity
from airectl.core.units import plain
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.values import target_ratio


@lint("AIR031", Severity.WARNING, "SLO")
def stricter_than_dependency(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A service that needs another one all the time cannot promise more than that one."""
    weakest = min(_promises(slo, scope), default=None)
    if weakest is None:
        return
    promised, name = weakest
    for objective in slo.spec.maps("objectives"):
        target = target_ratio(objective)
        if target is not None and target > promised:
            yield scope.finding(
                objective.at("target" if "target" in objective else "targetPercent"),
                f"the target is stricter than that of `{name}`, which this SLO depends on",
                label=f"`{name}` promises {plain(promised * 100)} %",
                help="lower this target, raise the other one, or make the service work without it",
            )


def _promises(slo: SpecObject, scope: Scope) -> Iterator[tuple[Decimal, str]]:
    """The lowest target of each SLO in `airectl.dev/depends-on`, with its name."""
    for service, name in annotations.read(slo.annotations, "depends-on") or ():
        found = scope.specs.slo(service, name)
        targets = [target_ratio(each) for each in found.spec.maps("objectives")] if found else []
        known = [target for target in targets if target is not None]
        if known:
            yield min(known), f"{service}/{name}"
