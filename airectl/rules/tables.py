"""Tables of burn-rate alerts from YAML: those that are shipped, and the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.rules.windows import Pair, Table
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SCHEMA: Final = "windows-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A table, or None with the findings that say why."""

    table: Table | None
    findings: tuple[Finding, ...] = ()


@cache
def shipped() -> tuple[Table, ...]:
    """The tables of data/windows, shortest period first."""
    folder = files("airectl").joinpath("data", "windows")
    texts = [(each.name, each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".yaml")]
    tables = (_table(_parsed(name, text)) for name, text in texts)
    return tuple(sorted(tables, key=lambda table: (table.period_s, table.name)))


def read(path: str, text: str) -> Read:
    """The table that a user wrote. What is wrong with it is told at its place in the file `path`."""
    composed = compose(path, text)
    findings = list(composed.findings)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    if len(composed.documents) != 1 or not nodes:
        if not findings:
            findings.append(_finding("a file of windows holds one table", Location(path=path, line=1, col=1)))
        return Read(table=None, findings=tuple(findings))
    findings += schema.check(nodes[0], _SCHEMA, "table")
    if not findings:
        findings += _contradictions(nodes[0])
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Read(table=None, findings=tuple(findings))
    return Read(table=_table(nodes[0], own=True), findings=tuple(findings))


def _parsed(name: str, text: str) -> Map:
    node: Map
    (node,) = compose(name, text).documents
    return node


def _table(node: Map, *, own: bool = False) -> Table:
    return Table(
        name=node["name"],
        period_s=_seconds(node, "period"),
        pairs=tuple(_pair(each, node.text("source")) for each in node.maps("alerts")),
        url=node.text("source"),
        below_one=node.get("below_one") is True,
        own=own,
    )


def _pair(node: Map, url: str) -> Pair:
    return Pair(
        severity=node["severity"],
        long_s=_seconds(node, "long"),
        short_s=_seconds(node, "short"),
        share=Decimal(node["budget_percent"]) / 100 if "budget_percent" in node else None,
        factor=Decimal(node["factor"]) if "factor" in node else None,
        for_s=_seconds(node, "for"),
        keep_firing_for_s=_seconds(node, "keep_firing_for") if "keep_firing_for" in node else None,
        url=node.text("source") or url,
        at=node.key_at("long"),
    )


def _seconds(node: Map, key: str) -> int:
    text = node.text(key)
    return int(text[:-1]) * _SECONDS[text[-1]] if text else 0


def _contradictions(node: Map) -> Iterator[Finding]:
    period_s = _seconds(node, "period")
    for pair in node.maps("alerts"):
        if _seconds(pair, "short") >= _seconds(pair, "long"):
            message = f"the short window of {pair['short']} is not shorter than the long one of {pair['long']}"
            yield _finding(message, pair.at("short"), f"a twelfth of the long window is usual: `{_twelfth(pair)}`")
        elif _seconds(pair, "long") > period_s:
            message = f"the long window of {pair['long']} is longer than the period of {node['period']}"
            yield _finding(message, pair.at("long"), "take a shorter window, or the period that the table is for")


def _twelfth(pair: Map) -> str:
    short_s = max(_seconds(pair, "long") // 12, 1)
    return f"{short_s // 60}m" if short_s % 60 == 0 else f"{short_s}s"


def _finding(message: str, at: Location, help: str = "") -> Finding:
    help = help or "`airectl help rules` shows one"
    return Finding(code="AIR309", severity=Severity.ERROR, message=message, at=at, help=help)
