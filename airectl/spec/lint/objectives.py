"""Lints of an SLO's objectives."""

from collections.abc import Iterator

from airectl.core.findings import Finding, Severity
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint


@lint("AIR019", Severity.WARNING, "SLO")
def op_on_ratio(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """`op` and `value` belong to threshold metrics only."""
    indicator = scope.specs.indicator(slo)
    if indicator is None or "ratioMetric" not in indicator.spec:
        return
    for objective in slo.spec.maps("objectives"):
        for key in ("op", "value"):
            if key in objective:
                yield scope.finding(
                    objective.key_at(key),
                    f"`{key}` has no meaning on a ratioMetric",
                    label="a ratio is compared with `target` only",
                    help=f"remove `{key}`, or measure with a thresholdMetric",
                )
