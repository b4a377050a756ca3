"""Queries of rule files and dashboards, judged by what is known of their metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from airectl.core.catalogue import Catalogue
from airectl.core.findings import Finding, Severity
from airectl.promql import variables
from airectl.promql.guard import PromqlError, TooLarge
from airectl.promql.lint.checks import CHECKS
from airectl.promql.lint.selection import Lookup, Purpose, Remark, Selection, selections
from airectl.promql.lint.syntax import refused
from airectl.promql.parse import Parsed, parse
from airectl.rules.written import Written


@dataclass(slots=True, kw_only=True)
class Judged:
    """What is wrong with some queries. `unread` cannot be read without the values of a dashboard's variables.

    `judged_by` has, for each system whose metrics they name, what decided: pages, else the catalogue.
    """

    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    unread: int = 0
    judged_by: dict[str, set[str]] = field(default_factory=dict)


def judge(queries: Iterable[Written], catalogue: Catalogue) -> Judged:
    """Judge each query. `catalogue` may be one that live pages correct."""
    judged = Judged()
    for query in queries:
        judged.count += 1
        parsed = _parsed(query, judged)
        if parsed is None:
            continue
        for selection in selections(parsed, _looking(catalogue), purpose=query.purpose):
            judged.findings += _found(selection, query)
            _note(selection, judged)
    judged.findings = list(dict.fromkeys(judged.findings))
    return judged


def _looking(catalogue: Catalogue) -> Lookup:
    return lambda name: (catalogue.system_of(name), catalogue.find(name))


def _parsed(query: Written, judged: Judged) -> Parsed | None:
    text = query.text
    varies = query.purpose is Purpose.SHOWN and variables.has_variable(text)
    try:
        return parse(variables.filled(text) if varies else text)
    except PromqlError as error:
        if varies and not isinstance(error, TooLarge):
            judged.unread += 1
        else:
            code = "AIR102" if isinstance(error, TooLarge) else "AIR101"
            judged.findings.append(_finding(code, Severity.ERROR, refused(error), query))
        return None


def _found(selection: Selection, query: Written) -> Iterator[Finding]:
    for check in CHECKS:
        for remark in check.judge(selection):
            yield _finding(check.code, check.severity, remark, query)


def _finding(code: str, severity: Severity, remark: Remark, query: Written) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        message=remark.message,
        at=query.at(*remark.parts),
        label=remark.label,
        notes=remark.notes,
        help=remark.help,
    )


def _note(selection: Selection, judged: Judged) -> None:
    for use in selection.uses:
        by = {use.known.page} if use.known and use.known.page else set(use.system.pages) or {""}
        judged.judged_by.setdefault(use.system.title, set()).update(by)
