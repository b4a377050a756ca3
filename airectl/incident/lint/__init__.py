"""Lints of postmortems. One family per module, found by looking into this package.

A lint is a generator under `@lint(CODE, SEVERITY)`: it gets one document and the `Scope`, and yields findings made
with `scope.finding(...)`. Its page is data/codes/CODE.md, its fixtures are tests/codes/CODE.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module

from airectl.core.findings import Finding, Location, Severity
from airectl.incident.document import Document

Check = Callable[[Document, "Scope"], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One check: its code, how bad a hit is, and whether it asks for what only airectl's own form has (`ours`)."""

    code: str
    severity: Severity
    ours: bool
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a lint may look at beside its document: the present moment, and itself."""

    now: datetime
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


def lint(code: str, severity: Severity, *, ours: bool = False) -> Callable[[Check], Check]:
    """Register a check; with `ours` it is not asked of documents without airectl's front matter."""

    def register(check: Check) -> Check:
        _LINTS.append(Lint(code=code, severity=severity, ours=ours, check=check))
        return check

    return register


@cache
def all_lints() -> tuple[Lint, ...]:
    """Every lint of every module of this package."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return tuple(sorted(_LINTS, key=lambda each: each.code))


def run(documents: Iterable[Document], now: datetime) -> list[Finding]:
    """What could not be read of the documents, and every finding of every lint on each of them."""
    findings: list[Finding] = []
    for document in documents:
        findings += document.findings
        for each in all_lints():
            if document.ours or not each.ours:
                findings += each.check(document, Scope(now=now, lint=each))
    return findings
