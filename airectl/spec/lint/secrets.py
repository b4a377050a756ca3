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
    """Where one is, what the user calls it and the text: the credential, or the URL that it is in."""

    key: str
    at: Location
    text: str
    in_url: bool = False


@lint("AIR034", Severity.WARNING)
def credential(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Specs are read by many and kept for ever; credentials belong to airectl.toml or the environment."""
    by_line: dict[tuple[str, int], list[_Credential]] = {}
    for place in _places(item):
        for each in _credentials(place, ""):
            by_line.setdefault((each.at.path, each.at.line), []).append(each)
    for here in by_line.values():
        excerpt = _redacted(scope.specs.line(here[0].at), here)
        for each in here:
            finding = scope.finding(
                each.at,
                f"the URL in `{each.key}` holds a credential" if each.in_url else f"`{each.key}` holds a credential",
                label="not shown here",
                help="remove it and revoke it; credentials live in airectl.toml or in AIRECTL_* variables",
            )
            yield replace(finding, excerpt=excerpt)


def _redacted(line: str, here: list[_Credential]) -> str:
    """`line` with every credential on it masked."""
    parts: list[str] = []
    done = 0
    for each in sorted(here, key=lambda each: each.at.col):
        start = each.at.col - 1
        end = each.at.end_col - 1 if each.at.end_line == each.at.line else len(line)
        written = line[start:end]
        whole = not each.in_url or each.text not in written
        parts += (line[done:start], HIDDEN if whole else written.replace(each.text, credentials.masked(each.text)))
        done = end
    return credentials.masked("".join((*parts, line[done:])))


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
    elif "://" in text and credentials.in_url(text):
        yield _Credential(key=key, at=at, text=text, in_url=True)
