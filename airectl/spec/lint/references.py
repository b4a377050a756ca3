"""Lints of names: those that nothing has, those that two have, those that no one uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from airectl.core import annotations
from airectl.core.findings import Finding, Location, Severity
from airectl.spec.documents import SpecObject, references
from airectl.spec.lint import Scope, lint

_USED: Final = ("SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "DataSource")
# Formats that name a service and have no object for it.
_WITHOUT_SERVICES: Final = ("sloth", "short")
_DEPENDS_ON: Final = f"{annotations.PREFIX}depends-on"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Broken:
    """A name of a kind that nothing has."""

    kind: str
    name: str
    at: Location


@lint("AIR024", Severity.WARNING)
def broken(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A reference names an object of this run; a DataSource may also be a source in airectl.toml."""
    for each in (*_broken(item, scope), *_broken_dependencies(item, scope)):
        more = scope.context.sources if each.kind == "DataSource" else ()
        near = scope.specs.near(each.kind, each.name, sorted(more))
        finding = scope.finding(
            each.at,
            f"no {each.kind} is called `{each.name}`",
            label=f"did you mean `{near}`?" if near else "",
            notes=_inside(each, scope),
            help=f"write `{near}`, or {_add(each.kind)}" if near else _add(each.kind),
        )
        yield finding.with_severity(Severity.ERROR) if scope.context.strict_refs else finding


def _add(kind: str) -> str:
    if kind == "DataSource":
        return "add a DataSource of that name to the files of this run, or a source to airectl.toml"
    return f"add {'a' if kind == 'Service' else 'an'} {kind} of that name to the files of this run"


def _broken(item: SpecObject, scope: Scope) -> Iterator[_Broken]:
    for ref in references(item):
        known = scope.specs.names(ref.kind)
        if ref.name in known or (ref.kind == "DataSource" and ref.name in scope.context.sources):
            continue
        if ref.kind == "Service" and (not known or item.written_as in _WITHOUT_SERVICES):
            continue  # Most sets define no Service at all, and need none.
        yield _Broken(kind=ref.kind, name=ref.name, at=ref.at)


def _broken_dependencies(item: SpecObject, scope: Scope) -> Iterator[_Broken]:
    if item.kind != "SLO" or _DEPENDS_ON not in item.annotations:
        return
    for service, name in annotations.read(item.annotations, "depends-on") or ():
        if scope.specs.slo(service, name) is None:
            yield _Broken(kind="SLO", name=f"{service}/{name}", at=item.annotations.at(_DEPENDS_ON))


def _inside(each: _Broken, scope: Scope) -> tuple[str, ...]:
    """A word on an object of that name that stands inside another one, where no reference finds it."""
    found = scope.specs.inline(each.kind, each.name, each.at.path)
    if found is None:
        return ()
    return (f"line {found.at.line} defines one inside another object, where only that object can use it",)


@lint("AIR025", Severity.ERROR)
def duplicate(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A name must mean one object. The first one is used, so the second is lost."""
    if item.parent is not None or not item.name:
        return
    first = scope.specs.first(item)
    if first.node is item.node:
        return
    # Of an SLO in another process only a part is known, so two SLOs are never taken as the same.
    same = item.kind != "SLO" and first.node == item.node
    finding = scope.finding(
        item.at,
        f"a second {item.kind} is called `{item.name}`",
        label=f"first defined at {first.at}",
        help="remove one of the two" if same else "give each a name of its own, or remove one",
    )
    # A Service holds nothing that is computed with, and of two equal objects nothing is lost.
    yield finding.with_severity(Severity.WARNING) if same or item.kind == "Service" else finding


@lint("AIR026", Severity.INFO)
def unused(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An object that nothing refers to, in a set that has SLOs; a set without any is a library."""
    if item.parent is not None or item.kind not in _USED or not item.name or not scope.specs.of_kind("SLO"):
        return
    if (item.kind, item.name) not in scope.specs.referred:
        yield scope.finding(
            item.at,
            f"nothing refers to the {item.kind} `{item.name}`",
            help="refer to it, or remove it",
        )
