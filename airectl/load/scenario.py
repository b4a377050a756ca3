"""Scenarios of load tests from YAML: the user's own and those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from airectl.core.findings import Finding, Location
from airectl.core.lengths import Lengths
from airectl.load import contradictions
from airectl.load.asked import Asked, PromptsFile, TraceFile
from airectl.load.plan import Synthetic
from airectl.load.scenario_fields import asked
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map

SCHEMA: Final = "scenario-v1"
_SUFFIX: Final = ".yaml"


class ScenarioError(Exception):
    """A file is no scenario; the findings say why, at least one."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{findings[0].at}: {findings[0].message}")
        self.findings = findings


@cache
def presets() -> tuple[str, ...]:
    """The shipped scenarios, in the order of their names."""
    folder = files("airectl").joinpath("data", "scenarios")
    return tuple(sorted(each.name.removesuffix(_SUFFIX) for each in folder.iterdir() if each.name.endswith(_SUFFIX)))


def preset(name: str) -> Asked:
    """A shipped scenario, which is one of `presets`."""
    return asked(_shipped(name))


def read(path: str, text: str) -> Asked:
    """What a scenario asks for; files that it names are relative to it. Raises ScenarioError."""
    found = asked(_on_its_preset(_document(path, text)))
    work = found.workload
    if isinstance(work, (PromptsFile, TraceFile)):
        found = replace(found, workload=replace(work, path=_beside(path, work.path)))
    return replace(found, tokenizer=_beside(path, found.tokenizer))


def _beside(path: str, named: str) -> str:
    """A file that the scenario at `path` names, as seen from the working folder."""
    return named if named in ("", "-") else str(Path(path).parent / named)


def default_workload() -> Synthetic:
    """What is sent where nobody says what: 256 tokens, of which 64 are wanted back."""
    return Synthetic(input=Lengths(mean=256), output=Lengths(mean=64))


@cache
def _shipped(name: str) -> Map:
    path = f"{name}{_SUFFIX}"
    return _document(path, files("airectl").joinpath("data", "scenarios", path).read_text("utf-8"))


def _document(path: str, text: str) -> Map:
    """The scenario of a text, in which nothing is wrong. Raises ScenarioError."""
    composed = compose(path, text)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    findings = list(composed.findings)
    if not findings and (len(composed.documents) != 1 or not nodes):
        findings.append(contradictions.finding("a file holds one scenario", Location(path=path, line=1, col=1)))
    if not findings:
        findings += schema.check(nodes[0], SCHEMA, "scenario")
    if not findings:
        findings += contradictions.of(nodes[0], presets())
    if findings:
        raise ScenarioError(findings)
    return nodes[0]


def _on_its_preset(node: Map) -> Map:
    """The scenario with those keys of its preset that it has not itself."""
    if "preset" not in node:
        return node
    merged = Map(node.path, node.mark)
    for each in (_shipped(node["preset"]), node):
        for key, value in each.items():
            merged.put(key, value, *each.marks[key])
    return merged
