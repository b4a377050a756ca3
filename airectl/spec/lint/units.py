"""The lint of an objective's value against the unit of what it is compared with."""

from collections.abc import Iterator

from airectl.core.findings import Finding, Severity
from airectl.promql.lint.units import limit_words
from airectl.spec import values
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.metrics import selected


@lint("AIR113", Severity.WARNING, "SLO")
def wrong_unit_value(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An objective's value that would be right in milliseconds or percent, on a metric in seconds or a ratio."""
    sli = scope.specs.indicator(slo)
    if sli is None or "thresholdMetric" not in sli.spec:
        return
    known = {f.name: (f, selection) for _, selection in selected(sli, scope) for _, f in selection.families()}
    if len(known) != 1:
        return
    ((family, selection),) = known.values()
    for objective in slo.spec.maps("objectives"):
        value = values.number(objective, "value")
        if value is not None and (found := limit_words(value, family, selection)):
            message, help = found
            yield scope.finding(objective.at("value"), message, help=help)
