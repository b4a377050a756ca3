"""OpenSLO v1, the native format: nothing to convert, only to check.

Source: https://github.com/OpenSLO/OpenSLO/blob/main/README.md
"""

from difflib import get_close_matches

from airectl.core.findings import Finding, Severity
from airectl.spec import schema
from airectl.spec.context import Context
from airectl.spec.documents import KINDS, V1
from airectl.spec.formats import Converted
from airectl.spec.tree import Map

NAME = V1


def matches(node: Map) -> bool:
    """Whether the document says `apiVersion: openslo/v1`."""
    return node.get("apiVersion") == V1


def to_v1(node: Map, context: Context) -> Converted:
    """The document itself, checked against the schema of its kind. An invalid one is left in: lints see it too."""
    kind = node.get("kind")
    if kind not in KINDS:
        return Converted(findings=(_bad_kind(node),))
    return Converted(documents=(node,), findings=tuple(schema.check(node, "openslo-v1", str(kind))))


def _bad_kind(node: Map) -> Finding:
    if "kind" not in node:
        return Finding(
            code="AIR010",
            severity=Severity.ERROR,
            message="the document needs `kind`",
            at=node.here,
            help=f"add one of: {', '.join(KINDS)}",
        )
    near = get_close_matches(str(node["kind"]), KINDS, 1, 0.5)
    return Finding(
        code="AIR013",
        severity=Severity.ERROR,
        message=f"`kind` cannot be `{node['kind']}`",
        at=node.at("kind"),
        label=f"did you mean `{near[0]}`?" if near else "",
        help=f"one of: {', '.join(KINDS)}",
    )
