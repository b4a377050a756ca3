"""Lints of credentials in specs. The credential itself is never shown, in no message and no excerpt."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from airectl.core.findings import Finding, Location, Severity
from airectl.core.secrets import HIDDEN
from airectl.spec import credentials
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.tree import Map, Seq


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credential:
    """Where one is, what the user calls it and the text to hide."""

    key: str
    at: Location
    text: str
    in_url: bool = False


@lint("AIR034", Severity.WARNING)
def credential(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Specs are read by many and kept for ever; credentials belong to airectl.toml or the environment."""
    found = [each for place in _places(item) for each in _credentials(place, "")]
    for each in found:
        finding = scope.finding(
            each.at,
            f"the URL in `{each.key}` holds a credential" if each.in_url else f"`{each.key}` holds a credential",
            label="not shown here",
            help="remove it and revoke it; credentials live in airectl.toml or in AIRECTL_* variables",
        )
        yield replace(finding, excerpt=_redacted(scope, each.at, found))


def _redacted(scope: Scope, at: Location, found: list[_Credential]) -> str:
    """The line at `at` with every credential on it masked, from the right so that columns stay true."""
    line = scope.specs.line(at)
    here = [each for each in found if each.at.path == at.path and each.at.line == at.line]
    for each in sorted(here, key=lambda each: each.at.col, reverse=True):
        start = each.at.col - 1
        end = each.at.end_col - 1 if each.at.end_line == at.line else len(line)
        written = line[start:end]
        hidden = written.replace(each.text, HIDDEN) if each.in_url and each.text in written else HIDDEN
        line = line[:start] + hidden + line[end:]
    return credentials.masked(line)


def _places(item: SpecObject) -> Iterator[Any]:
    """Where a spec may say how to reach and ask a source; those are free in form."""
    if item.kind == "DataSource":
        yield item.spec
    if item.kind == "SLI":
        yield item.spec.map("thresholdMetric").get("metricSource")
        for metric in item.spec.map("ratioMetric").values():
            if isinstance(metric, Map):
                yield metric.get("metricSource")


def _credentials(node: Any, key: str) -> Iterator[_Credential]:
    """Every credential below `node`, which stands under `key`."""
    if isinstance(node, Map):
        for name, value in node.items():
            if isinstance(value, (Map, Seq)):
                yield from _credentials(value, name)
            else:
                yield from _in_scalar(name, node.raw(name), node.at(name))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            if isinstance(value, (Map, Seq)):
                yield from _credentials(value, key)
            else:
                yield from _in_scalar(key, str(value), node.at(index))


def _in_scalar(key: str, text: str, at: Location) -> Iterator[_Credential]:
    if credentials.is_key(key):
        if not credentials.is_placeholder(text):
            yield _Credential(key=key, at=at, text=text)
    elif "://" in text:
        for secret in credentials.in_url(text):
            yield _Credential(key=key, at=at, text=secret, in_url=True)
