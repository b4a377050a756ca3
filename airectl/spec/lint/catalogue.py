"""Lints of metrics against the telemetry catalogue. A metric of no known system is left alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from airectl.core import annotations
from airectl.core.catalogue import Known, MetricFamily, MetricType, System
from airectl.core.findings import Finding, Location, Severity
from airectl.promql.selectors import Selector
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.queries import SpecQuery, place, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One metric of a known system in one selector; `known` is None for a name the catalogue lacks."""

    query: SpecQuery
    selector: Selector
    name: str
    system: System
    known: Known | None

    def at(self, scope: Scope, *parts: str) -> Location:
        """Where one of `parts`, or the name, stands."""
        return place(self.query, scope.specs, *parts, self.name)


def uses(sli: SpecObject, scope: Scope) -> tuple[Use, ...]:
    """Every metric of a known system in an SLI's queries; worked out once per run."""
    key = ("uses", id(sli.node))
    if key not in scope.specs.memo:
        scope.specs.memo[key] = tuple(_uses(sli, scope))
    found: tuple[Use, ...] = scope.specs.memo[key]
    return found


def _uses(sli: SpecObject, scope: Scope) -> Iterator[Use]:
    said = said_of(sli, "telemetry") or ""
    for query in queries(sli, scope.specs):
        for selector in query.selectors:
            for name in selector.names:
                system, known = lookup(name, scope, said)
                if system and not _of_another(system, known, selector):
                    yield Use(query=query, selector=selector, name=name, system=system, known=known)


def _of_another(system: System, known: Known | None, selector: Selector) -> bool:
    """Whether labels say that a name which several systems use is not this one's."""
    if known is None or known.family.name not in system.names:
        return False
    return any(m.name in system.marks and m.selects(system.marks[m.name]) is False for m in selector.labels)


def said_of(sli: SpecObject, annotation: str) -> Any:
    """What an annotation of the SLI says, or of the SLO around it; None where neither does."""
    owners = [owner for owner in (sli, sli.parent) if owner]
    return next((v for o in owners if (v := annotations.read(o.annotations, annotation))), None)


def lookup(name: str, scope: Scope, said: str = "") -> tuple[System | None, Known | None]:
    """What the catalogue says of a series; many specs name the same few, so each is looked up once."""
    seen = scope.specs.memo.setdefault(("series", 0), {})
    if (name, said) not in seen:
        catalogue = scope.context.catalogue
        seen[name, said] = (catalogue.system_of(name, said), catalogue.find(name, said))
    found: tuple[System | None, Known | None] = seen[name, said]
    return found


@lint("AIR107", Severity.WARNING, "SLI")
def unknown_metric(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A name with the prefix of a known system that the system is not known to expose."""
    for use in uses(sli, scope):
        family = use.known.family if use.known else None
        if family and family.never:
            message = f"no version of {use.system.title} has `{use.name}`"
            yield scope.finding(use.at(scope), message, notes=_notes(family.note), help=_successor(family))
        elif family and use.known and not use.known.suffix and family.name not in family.series():
            kind = "histogram" if family.type is MetricType.HISTOGRAM else "summary without quantiles"
            yield scope.finding(
                use.at(scope),
                f"`{use.name}` is a {kind}, which has no series of that name",
                notes=_notes(family.note),
                help=f"use {', '.join(f'`{name}`' for name in family.series())}",
            )
        elif family is None:
            yield from _unknown(use, scope)


def _unknown(use: Use, scope: Scope) -> Iterator[Finding]:
    near = _near(use.system, use.name)
    if use.system.partial and not near:
        return
    yield scope.finding(
        use.at(scope),
        f"`{use.name}` is not known for {use.system.title} {use.system.versions}",
        label=f"did you mean `{near}`?" if near else "",
        notes=("the catalogue may lack a metric that your version has",),
        help=f"write `{near}`" if near else f"compare with the server's own {use.system.path}",
    )


# `_near` is asked for the same name in many specs; System is not hashable, its name stands for it.
_SYSTEMS: Final[dict[str, System]] = {}


def _near(system: System, name: str) -> str:
    _SYSTEMS[system.name] = system
    return _nearest(system.name, name)


@lru_cache(maxsize=1024)
def _nearest(system: str, name: str) -> str:
    families = [family for family in _SYSTEMS[system].families.values() if family.current]
    if name + "_total" in _SYSTEMS[system].families:
        return name + "_total"
    on_wire = [series for family in families for series in family.series()]
    return next(iter(get_close_matches(name, on_wire, 1, 0.8)), "")


def _notes(*notes: str) -> tuple[str, ...]:
    return tuple(note for note in notes if note)


@lint("AIR108", Severity.WARNING, "SLI")
def removed_metric(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A name that newer versions do not have; silent where the spec says that an older one is served."""
    for use in uses(sli, scope):
        family = use.known.family if use.known else None
        if family is None or not family.removed_in or _is_older(sli, family.removed_in):
            continue
        suffix = use.known.suffix if use.known else ""
        yield scope.finding(
            use.at(scope),
            f"{use.system.title} {family.removed_in} does not have `{use.name}` any more",
            notes=_notes(family.note),
            help=_successor(family, suffix),
        )


def _successor(family: MetricFamily, suffix: str = "") -> str:
    return f"use `{family.replaced_by}{suffix}`" if family.replaced_by else "measure something else"


def _is_older(sli: SpecObject, version: str) -> bool:
    """Whether `airectl.dev/telemetry-version` names a version before `version`."""
    said: str | None = said_of(sli, "telemetry-version")
    return said is not None and _numbers(said) < _numbers(version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@lint("AIR109", Severity.WARNING, "SLI")
def off_by_default(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A metric that is exposed only if somebody switched it on."""
    for use in uses(sli, scope):
        if use.known and not use.known.family.enabled:
            yield scope.finding(
                use.at(scope),
                f"{use.system.title} does not expose `{use.name}` by default",
                help=f"switch it on with {use.known.family.flag}, or measure something else",
            )


@lint("AIR110", Severity.WARNING, "SLI")
def sticky_gauge(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A gauge that does not fall back when the condition is over."""
    for use in uses(sli, scope):
        if use.known and use.known.family.sticky and not {"changes", "resets"}.intersection(use.selector.calls()):
            yield scope.finding(
                use.at(scope),
                f"`{use.name}` keeps its last value after the condition is over",
                notes=_notes(use.known.family.note),
                help="count changes instead, for example with `changes(...[5m])`, or use a counter",
            )
