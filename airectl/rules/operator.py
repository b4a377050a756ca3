"""Rules as PrometheusRule manifests of the Prometheus operator, one for each SLO.

Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.core import naming
from airectl.rules import prometheus_file
from airectl.rules.model import Generated, SloRules
from airectl.spec.yaml_text import dump

# Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/
_LONGEST_NAME: Final = 253
_DIGEST: Final = 8
_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_KEY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MANAGED_BY: Final = {"app.kubernetes.io/managed-by": "airectl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`namespace` empty: none is written. `labels` are put on the objects, for the operator's ruleSelector."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


def files(generated: Generated, options: Options) -> dict[str, str]:
    """A manifest for each SLO that has rules, by its file's name."""
    by_file: dict[str, list[SloRules]] = {}
    for rules in generated.slos:
        by_file.setdefault(file_of(rules), []).append(rules)
    found = {name: text(of, options) for name, of in by_file.items()}
    return {name: content for name, content in found.items() if content}


def text(of: Sequence[SloRules], options: Options) -> str:
    """The rules of one SLO as a manifest; empty where there are none."""
    groups = [group for rules in of for group in rules.groups]
    if not groups:
        return ""
    metadata: dict[str, Any] = {"name": name_of(of[0])}
    if options.namespace:
        metadata["namespace"] = options.namespace
    metadata["labels"] = {**_MANAGED_BY, **options.labels}
    manifest = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": metadata}
    return prometheus_file.header(of) + dump({**manifest, "spec": prometheus_file.document(groups)})


def file_of(rules: SloRules) -> str:
    """The file of an SLO's manifest: `SERVICE-SLO.prometheusrule.yaml`."""
    return naming.rules_file(rules.slo).replace(".rules.yaml", ".prometheusrule.yaml")


def name_of(rules: SloRules) -> str:
    """The object's name, an RFC 1123 subdomain of at most 253 characters; one that is longer ends in a digest."""
    name = f"{naming.slug(rules.slo.service)}-{naming.slug(rules.slo.name)}"
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(rules.slo.id.encode()).hexdigest()[:_DIGEST]
    return f"{name[: _LONGEST_NAME - _DIGEST - 1].rstrip('-')}-{digest}"


def is_namespace(text: str) -> bool:
    """Whether Kubernetes takes it as the name of a namespace."""
    return _NAMESPACE.fullmatch(text) is not None


def is_label(key: str, text: str) -> bool:
    """Whether Kubernetes takes it as a label: both at most 63 letters, digits, `-`, `_` and `.`."""
    return _KEY.fullmatch(key) is not None and _VALUE.fullmatch(text) is not None
