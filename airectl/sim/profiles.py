"""Profiles of replicas from YAML: those that are shipped, and the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from airectl.core.findings import Finding, Location, Severity
from airectl.core.replica.profile import Accelerator, Efficiency, Model, Profile, Serving
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map

_SCHEMA = "profile-v1"
_GIGA = 1e9
_SUFFIX = ".yaml"


class ProfileError(Exception):
    """A file is no profile; the findings say why, at least one."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{findings[0].at}: {findings[0].message}")
        self.findings = findings


@cache
def names() -> tuple[str, ...]:
    """The shipped profiles, in the order of their names."""
    folder = files("airectl").joinpath("data", "profiles")
    return tuple(sorted(each.name.removesuffix(_SUFFIX) for each in folder.iterdir() if each.name.endswith(_SUFFIX)))


def shipped(name: str) -> Profile:
    """A shipped profile, which is one of `names`."""
    path = f"{name}{_SUFFIX}"
    return read(path, files("airectl").joinpath("data", "profiles", path).read_text("utf-8"))


def read(path: str, text: str) -> Profile:
    """The profile of a text. Raises ProfileError."""
    composed = compose(path, text)
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    findings = list(composed.findings)
    if not findings and (len(composed.documents) != 1 or not nodes):
        findings.append(_finding("a file holds one profile", Location(path=path, line=1, col=1)))
    if not findings:
        findings += schema.check(nodes[0], _SCHEMA, "profile")
    if findings:
        raise ProfileError(findings)
    profile = _profile(nodes[0])
    if profile.max_tokens < 2:
        message = "the weights fill the memory, and nothing is left for a KV cache"
        raise ProfileError([_finding(message, nodes[0].at("accelerator"))])
    return profile


def _finding(message: str, at: Location) -> Finding:
    return Finding(code="AIR401", severity=Severity.ERROR, message=message, at=at)


def _profile(node: Map) -> Profile:
    return Profile(
        name=node["name"],
        title=node.text("title"),
        accelerator=_accelerator(node.map("accelerator")),
        model=_model(node.map("model")),
        serving=_serving(node.map("serving")),
        efficiency=_efficiency(node.map("efficiency")),
    )


def _accelerator(node: Map) -> Accelerator:
    return Accelerator(
        name=node["name"],
        kind=node["kind"],
        count=node["count"],
        memory_bytes=float(node["memory_gb"]) * _GIGA,
        bandwidth_bytes_per_s=float(node["bandwidth_gb_per_s"]) * _GIGA,
        flops_per_s=float(node["tflops"]) * 1e12,
        power_w=float(node["power_w"]),
        source=node.text("source"),
    )


def _model(node: Map) -> Model:
    return Model(
        name=node["name"],
        parameters=float(node["parameters_billion"]) * _GIGA,
        layers=node["layers"],
        heads=node["heads"],
        kv_heads=node["kv_heads"],
        head_dim=node["head_dim"],
        value_bytes=node["value_bytes"],
        max_tokens=node["max_tokens"],
        source=node.text("source"),
    )


def _serving(node: Map) -> Serving:
    given = {
        key: node[key] for key in ("block_tokens", "max_sequences", "max_batched_tokens", "max_queued") if key in node
    }
    return Serving(
        memory_ratio=float(node["memory_ratio"]),
        activation_bytes=float(node["activation_gb"]) * _GIGA,
        source=node.text("source"),
        **given,
    )


def _efficiency(node: Map) -> Efficiency:
    return Efficiency(
        compute_ratio=float(node["compute_ratio"]),
        bandwidth_ratio=float(node["bandwidth_ratio"]),
        overhead_s=float(node["overhead_ms"]) / 1000,
        source=node.text("source"),
    )
