"""The formats that are read. A new one is a module with `matches` and `to_v1`, and a line in MODULES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Final, Protocol, cast

from airectl.core.findings import Finding, Severity
from airectl.spec.context import Context
from airectl.spec.tree import Map

MODULES: Final = ("openslo", "v1alpha", "sloth", "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A document as OpenSLO v1 objects, whose nodes point at the lines the user wrote.

    `explained` says in plain sentences what a short form was read as.
    """

    documents: tuple[Map, ...] = ()
    findings: tuple[Finding, ...] = ()
    explained: tuple[str, ...] = ()


class Format(Protocol):
    """What a format's module offers. `NAME` is how reports call it."""

    NAME: str
    matches: Callable[[Map], bool]
    to_v1: Callable[[Map, Context], Converted]


def format_of(node: Map) -> Format | None:
    """The format of a document, told by its first keys; None for anything else."""
    for module in MODULES:
        found = cast(Format, import_module(f"airectl.spec.{module}"))
        if found.matches(node):
            return found
    return None


def unknown(node: Map, *, named: bool) -> Finding:
    """A finding for a document that is no spec: an error where the user named it or it nearly is one."""
    version = node.text("apiVersion") or node.text("version")
    key = "apiVersion" if "apiVersion" in node else "version"
    if version.lower().startswith(("openslo", "sloth")) or near_misses(version):
        near = near_misses(version)
        return Finding(
            code="AIR009",
            severity=Severity.ERROR,
            message=f"`{key}: {version}` is no format that airectl reads",
            at=node.at(key),
            label=f"did you mean `{near[0]}`?" if near else "",
            help="read are openslo/v1, openslo/v1alpha, Sloth's prometheus/v1 and the short form",
        )
    return Finding(
        code="AIR009",
        severity=Severity.ERROR if named else Severity.INFO,
        message="not an SLO spec" if named else "not an SLO spec; left out",
        at=node.here,
        help="a spec has `apiVersion: openslo/v1`, `version: prometheus/v1`, or `service` and `SLO`",
    )


def near_misses(version: str) -> list[str]:
    """Known versions that look like `version`."""
    return get_close_matches(version, ["openslo/v1", "openslo/v1alpha", "prometheus/v1"], 1, 0.75)
