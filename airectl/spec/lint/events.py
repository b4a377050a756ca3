"""Lints of event queries: the keys under a metricSource of type Events.

A misspelt `where` would count every row as good, so these keys are held as strictly as the schema
holds OpenSLO's own.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.findings import Finding, Severity
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.lint import Scope, lint
from airectl.spec.queries import ROLES, source_kind
from airectl.spec.tree import Map

EVENTS: Final = "events"
# What each key is for; `airectl.sources.events` reads them.
KEYS: Final = {
    "path": "the log: a file, a glob or a list of them, relative to the spec",
    "timestamp": "the column of the time; `timestamp` by default",
    "where": "which rows count: one SQL condition on the columns",
    "weight": "how much a row counts: one SQL expression that gives a number",
    "label": "the column that is empty while an event has no label",
    "valid": "the column that is true for the rows that count, where the log has it",
}


@lint("AIR010", Severity.ERROR, "SLI")
def path_missing(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A query of events names its log, or goes to a DataSource that does."""
    for spec in event_queries(sli, scope.specs):
        if "path" not in spec and not _path_of_source(sli, spec, scope):
            yield scope.finding(spec.here, "an Events query needs `path`", help=f"add `path:` ({KEYS['path']})")


def _path_of_source(sli: SpecObject, spec: Map, scope: Scope) -> bool:
    """Whether the source that a query names says where the log is; what one of airectl.toml says is not known here."""
    name = next((s.text("metricSourceRef") for s in _sources(sli) if s.get("spec") is spec), "")
    document = scope.specs.find("DataSource", name) if name else None
    return "path" in document.spec.map("connectionDetails") if document else name in scope.context.sources


@lint("AIR011", Severity.ERROR, "SLI")
def unknown_key(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A key that the source does not read would be without effect."""
    for spec in event_queries(sli, scope.specs):
        for key in spec:
            if key in KEYS:
                continue
            near = get_close_matches(key, KEYS, 1)
            yield scope.finding(
                spec.key_at(key),
                f"unknown key `{key}` in an Events query",
                label=f"did you mean `{near[0]}`?" if near else "",
                help=f"write `{near[0]}`" if near else f"known here: {', '.join(KEYS)}",
            )


@lint("AIR012", Severity.ERROR, "SLI")
def wrong_type(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Every value is a text; `path` may be a list of texts."""
    for spec in event_queries(sli, scope.specs):
        for key in KEYS:
            if key in spec and not _fits(key, spec[key]):
                wanted = "a text or a list of texts" if key == "path" else "a text"
                yield scope.finding(spec.at(key), f"`{key}` must be {wanted}", help=f"it is {KEYS[key]}")


def _fits(key: str, value: Any) -> bool:
    if key == "path" and isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and item for item in value)
    return isinstance(value, str) and bool(value)


def event_queries(sli: SpecObject, specs: SpecSet) -> tuple[Map, ...]:
    """The `spec` of every metricSource of an SLI that is of type Events, by itself or by its DataSource."""
    return queries_of(sli, specs, EVENTS)


def queries_of(sli: SpecObject, specs: SpecSet, type_: str) -> tuple[Map, ...]:
    """The same for sources of any type, written in small letters."""
    key = (type_, id(sli.node))
    if key not in specs.memo:
        specs.memo[key] = tuple(_queries_of(sli, specs, type_))
    found: tuple[Map, ...] = specs.memo[key]
    return found


def _queries_of(sli: SpecObject, specs: SpecSet, type_: str) -> Iterator[Map]:
    for source in _sources(sli):
        if source_kind(source, specs).casefold() == type_ and isinstance(source.get("spec"), Map):
            yield source.map("spec")


def _sources(sli: SpecObject) -> Iterator[Map]:
    """Every metricSource of an SLI."""
    ratio = sli.spec.map("ratioMetric")
    for owner, key in ((sli.spec, "thresholdMetric"), *((ratio, role) for role in ROLES)):
        if key in owner:
            yield owner.map(key).map("metricSource")
