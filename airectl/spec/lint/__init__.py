"""Lints: what the schema cannot say. One family per module, found by looking into this package.

A lint is a generator under `@lint(CODE, SEVERITY, KIND)`: it gets one object of that kind and the
`Scope`, and yields findings made with `scope.finding(...)`. Its page is data/codes/CODE.md, its
fixtures are tests/codes/CODE.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from airectl.core.findings import Finding, Location, Severity
from airectl.spec.context import Context
from airectl.spec.documents import SpecObject, SpecSet

Check = Callable[[SpecObject, "Scope"], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One check: its code, how bad a hit is, the kind of object it looks at (empty: every kind)."""

    code: str
    severity: Severity
    kind: str
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a lint may look at beside its object."""

    specs: SpecSet
    context: Context
    lint: Lint

    def finding(
        self, at: Location, message: str, *, help: str, label: str = "", notes: tuple[str, ...] = ()
    ) -> Finding:
        """A finding of the running lint, with its code and severity."""
        return Finding(
            code=self.lint.code,
            severity=self.lint.severity,
            message=message,
            at=at,
            label=label,
            notes=notes,
            help=help,
        )


_LINTS: list[Lint] = []


def lint(code: str, severity: Severity, kind: str = "") -> Callable[[Check], Check]:
    """Register a check."""

    def register(check: Check) -> Check:
        _LINTS.append(Lint(code=code, severity=severity, kind=kind, check=check))
        return check

    return register


@cache
def all_lints() -> tuple[Lint, ...]:
    """Every lint of every module of this package."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_LINTS, key=lambda each: each.code))


def run(specs: SpecSet, context: Context) -> list[Finding]:
    """Every finding of every lint on every object that is not foreign."""
    findings: list[Finding] = []
    for each in all_lints():
        scope = Scope(specs=specs, context=context, lint=each)
        for item in specs.of_kind(each.kind) if each.kind else specs.objects:
            if not item.foreign:
                findings += each.check(item, scope)
    return findings
