"""The queries of rule files: Prometheus' own, and those of operators, PrometheusRule and its like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airectl.core.findings import Finding, Location, Severity
from airectl.rules.written import InYaml, Queries
from airectl.spec.composer import compose
from airectl.spec.tree import Map, Seq


def rule_queries(path: str, text: str) -> Queries:
    """Every expression of every rule. A file without a rule is a finding: AIR123."""
    composed = compose(path, text)
    groups = [group for document in composed.documents for group in _groups(document)]
    queries = [query for group in groups for query in _queries(group, text)]
    findings = [*composed.findings, *(finding for group in groups for finding in _not_texts(group))]
    if not queries and not findings:
        findings.append(
            Finding(
                code="AIR123",
                severity=Severity.ERROR,
                message="the file holds no rules",
                at=Location(path=path, line=1, col=1),
                help="name a file with `groups:` of rules, or a PrometheusRule; a dashboard goes to --dashboards",
            )
        )
    return Queries(queries=queries, findings=findings)


def _groups(document: Any) -> Iterator[Map]:
    """Those of a rule file, of a manifest of an operator, and of a list of manifests."""
    if not isinstance(document, Map):
        return
    for manifest in document.maps("items"):
        yield from _groups(manifest)
    yield from document.maps("groups")
    yield from document.map("spec").maps("groups")


def _queries(group: Map, text: str) -> Iterator[InYaml]:
    for rule in group.maps("rules"):
        if "expr" in rule and not isinstance(rule["expr"], (Map, Seq)):
            yield InYaml(node=rule, key="expr", file_text=text, record=rule.text("record"))


def _not_texts(group: Map) -> Iterator[Finding]:
    for rule in group.maps("rules"):
        if not isinstance(rule.get("expr", ""), (Map, Seq)):
            continue
        yield Finding(
            code="AIR123",
            severity=Severity.ERROR,
            message="`expr` is no text",
            at=rule.key_at("expr"),
            help="write the query as one text, in quotes or after `|`",
        )
