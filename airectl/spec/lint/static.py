"""Lints of static numbers: the one key under a metricSource of type Static."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from airectl.core.findings import Finding, Severity
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.events import queries_of
from airectl.spec.tree import Map

STATIC: Final = "static"
KEY: Final = "value"
_HELP: Final = "write how many events there are in the window, such as `value: 1000`"


@lint("AIR010", Severity.ERROR, "SLI")
def value_missing(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A static query is a number."""
    for spec in static_queries(sli, scope.specs):
        if KEY not in spec:
            yield scope.finding(spec.here, "a Static query needs `value`", help=_HELP)


@lint("AIR011", Severity.ERROR, "SLI")
def unknown_key(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A key that the source does not read would be without effect."""
    for spec in static_queries(sli, scope.specs):
        for key in spec:
            if key != KEY:
                yield scope.finding(spec.key_at(key), f"unknown key `{key}` in a Static query", help=_HELP)


@lint("AIR012", Severity.ERROR, "SLI")
def wrong_type(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """The number is one, and not negative."""
    for spec in static_queries(sli, scope.specs):
        if KEY in spec and not _is_amount(spec[KEY]):
            yield scope.finding(spec.at(KEY), "`value` must be a number from 0", help=_HELP)


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0


def static_queries(sli: SpecObject, specs: SpecSet) -> tuple[Map, ...]:
    """The `spec` of every metricSource of an SLI that is of type Static."""
    return queries_of(sli, specs, STATIC)
