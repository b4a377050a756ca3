"""A plan of several services, from YAML that keeps its places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from airectl.core.findings import Finding, Location, Severity
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """The document of a plan, which follows its schema."""

    path: str
    node: Map

    @property
    def services(self) -> Sequence[Map]:
        """Its services, in the order written."""
        return self.node.maps("services")


def read(path: str, text: str) -> PlanFile | Sequence[Finding]:
    """The plan of a text; or what is wrong with it."""
    composed = compose(path, text)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    # What YAML readers disagree on is no plan: it fails here, whatever it is elsewhere.
    findings = [replace(each, severity=Severity.ERROR) for each in composed.findings]
    if not findings and (len(composed.documents) != 1 or not nodes):
        findings.append(finding("a plan is one document, a mapping", Location(path=path, line=1, col=1)))
    if not findings:
        findings += schema.check(nodes[0], "plan-v1", "plan")
        findings += [] if findings else _twice(nodes[0])
    return findings or PlanFile(path=path, node=nodes[0])


def _twice(node: Map) -> Iterator[Finding]:
    """Services that are called alike."""
    seen: set[str] = set()
    for each in node.maps("services"):
        if each["name"] in seen:
            yield finding(f"two services are called `{each['name']}`", each.at("name"), "give each its own name")
        seen.add(each["name"])


def finding(message: str, at: Location | None, help: str = "see `airectl schema plan`") -> Finding:
    """What is wrong with a plan."""
    return Finding(code="AIR521", severity=Severity.ERROR, message=message, at=at, help=help)
