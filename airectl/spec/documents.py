"""The objects of a run: which there are, where each stands, what refers to what."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final

from airectl.core.findings import Location
from airectl.spec import lines
from airectl.spec.tree import Map

V1: Final = "openslo/v1"
KINDS: Final = ("SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "Service", "DataSource")
_MOST_NEAR: Final = 50


# No slots: what every lint asks for is worked out once and kept.
@dataclass(frozen=True, kw_only=True)
class SpecObject:
    """One OpenSLO v1 object: a document of its own, or inline in `parent`.

    `written_as` names the format the user wrote (openslo/v1, openslo/v1alpha, sloth, short); `node`
    is OpenSLO v1 in every case and points at the lines the user wrote. A `foreign` object is linted
    elsewhere and stands here only to be referred to; of an SLO it shows no more than others may see.
    """

    kind: str
    node: Map
    parent: "SpecObject | None" = None
    written_as: str = V1
    foreign: bool = False

    @cached_property
    def name(self) -> str:
        """metadata.name, or an empty text where it is missing."""
        return self.node.map("metadata").text("name")

    @cached_property
    def spec(self) -> Map:
        """The `spec` mapping, empty where it is missing."""
        return self.node.map("spec")

    @cached_property
    def annotations(self) -> Map:
        """metadata.annotations, empty where missing."""
        return self.node.map("metadata").map("annotations")

    @property
    def at(self) -> Location:
        """Where the object's name stands, or the object itself."""
        metadata = self.node.map("metadata")
        return metadata.at("name") if "name" in metadata else self.node.here

    @property
    def path(self) -> str:
        """The file it stands in."""
        return self.node.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name in `node[key]` that must be that of an object of `kind`."""

    kind: str
    node: Map
    key: str
    owner: SpecObject

    @property
    def name(self) -> str:
        """The name referred to."""
        return self.node.text(self.key)

    @property
    def at(self) -> Location:
        """Where the name is written."""
        return self.node.at(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert condition of an SLO. `at` is the place in the SLO that leads to it; `inline`: it stands there itself."""

    condition: SpecObject
    at: Location
    inline: bool


# Where objects stand inline: kind of the owner, path of keys, kind of the object. A list is walked through.
_INLINE: Final = (
    ("SLO", ("indicator",), "SLI"),
    ("SLO", ("objectives", "indicator"), "SLI"),
    ("SLO", ("alertPolicies",), "AlertPolicy"),
    ("AlertPolicy", ("conditions",), "AlertCondition"),
    ("AlertPolicy", ("notificationTargets",), "AlertNotificationTarget"),
)
# Where names of other objects stand: the same, with the key of the name last.
_REFERENCES: Final = (
    ("SLO", ("indicatorRef",), "SLI"),
    ("SLO", ("service",), "Service"),
    ("SLO", ("objectives", "indicatorRef"), "SLI"),
    ("SLO", ("alertPolicies", "alertPolicyRef"), "AlertPolicy"),
    ("AlertPolicy", ("conditions", "conditionRef"), "AlertCondition"),
    ("AlertPolicy", ("notificationTargets", "targetRef"), "AlertNotificationTarget"),
    ("SLI", ("thresholdMetric", "metricSource", "metricSourceRef"), "DataSource"),
    ("SLI", ("ratioMetric", "good", "metricSource", "metricSourceRef"), "DataSource"),
    ("SLI", ("ratioMetric", "bad", "metricSource", "metricSourceRef"), "DataSource"),
    ("SLI", ("ratioMetric", "total", "metricSource", "metricSourceRef"), "DataSource"),
    ("SLI", ("ratioMetric", "raw", "metricSource", "metricSourceRef"), "DataSource"),
)


def _descend(node: Map, keys: tuple[str, ...]) -> Iterator[Map]:
    """The mappings at the end of `keys` below `node`, through lists."""
    if not keys:
        yield node
        return
    value = node.get(keys[0])
    if isinstance(value, Map):
        yield from _descend(value, keys[1:])
    elif isinstance(value, list):
        for item in node.maps(keys[0]):
            yield from _descend(item, keys[1:])


def inline_objects(owner: SpecObject) -> Iterator[SpecObject]:
    """Objects written inside `owner`, at any depth."""
    for kind, keys, inner in _INLINE:
        if kind != owner.kind:
            continue
        for node in _descend(owner.spec, keys):
            if "spec" in node or "kind" in node:
                child = replace(owner, kind=inner, node=node, parent=owner)
                yield child
                yield from inline_objects(child)


def references(owner: SpecObject) -> Iterator[Reference]:
    """Every name of another object in `owner` itself; not those in objects inline in it."""
    for kind, keys, target in _REFERENCES:
        if kind == owner.kind:
            for node in _descend(owner.spec, keys[:-1]):
                if node.text(keys[-1]):
                    yield Reference(kind=target, node=node, key=keys[-1], owner=owner)


@dataclass(frozen=True, kw_only=True)
class SpecSet:
    """Every object of a run. `documents` are those that stand on their own, in order of reading."""

    documents: tuple[SpecObject, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def objects(self) -> tuple[SpecObject, ...]:
        """The documents, each followed by the objects inline in it."""
        return tuple(o for document in self.documents for o in (document, *inline_objects(document)))

    @cached_property
    def _named(self) -> dict[tuple[str, str], SpecObject]:
        named: dict[tuple[str, str], SpecObject] = {}
        for document in self.documents:
            named.setdefault((document.kind, document.name), document)
        return named

    def find(self, kind: str, name: str) -> SpecObject | None:
        """The document of that kind and name; the first one where there are several."""
        return self._named.get((kind, name))

    @cached_property
    def _names(self) -> dict[str, dict[str, None]]:
        names: dict[str, dict[str, None]] = {}
        for kind, name in self._named:
            names.setdefault(kind, {})[name] = None
        return names

    def names(self, kind: str) -> Collection[str]:
        """The names of all documents of a kind, in order of reading."""
        return self._names.get(kind, {}).keys()

    @cached_property
    def _near(self) -> dict[tuple[str, str], str]:
        return {}

    def near(self, kind: str, name: str, more: Collection[str] = ()) -> str:
        """The name of a kind, or one of `more`, that looks like `name`; empty for none.

        Only the first names are looked for: in a set with very many broken ones it would take minutes.
        """
        if (kind, name) not in self._near and len(self._near) < _MOST_NEAR:
            known = [o.spec.text("service") + "/" + o.name for o in self.of_kind(kind)] if kind == "SLO" else []
            found = get_close_matches(name, [*(known or self.names(kind)), *more], 1)
            self._near[kind, name] = found[0] if found else ""
        return self._near.get((kind, name), "")

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        return {}

    def line(self, at: Location) -> str:
        """The line of text at a place, as written; empty where there is none."""
        if at.path not in self._lines:
            self._lines[at.path] = lines.split(self.texts.get(at.path, ""))
        written = self._lines[at.path]
        return written[at.line - 1] if 0 < at.line <= len(written) else ""

    @cached_property
    def _by_kind(self) -> dict[str, list[SpecObject]]:
        by_kind: dict[str, list[SpecObject]] = {}
        for item in self.objects:
            by_kind.setdefault(item.kind, []).append(item)
        return by_kind

    @cached_property
    def memo(self) -> dict[tuple[str, int], Any]:
        """What lints work out once per node and share: the key is a purpose and the node's id."""
        return {}

    def of_kind(self, kind: str) -> list[SpecObject]:
        """Every object of a kind, inline ones too."""
        return self._by_kind.get(kind, [])

    def indicator(self, slo: SpecObject) -> SpecObject | None:
        """The SLI of an SLO, inline or referred to; None for a broken reference or a composite."""
        node = slo.spec.get("indicator")
        if isinstance(node, Map):
            return SpecObject(kind="SLI", node=node, parent=slo, written_as=slo.written_as)
        return self.find("SLI", slo.spec.text("indicatorRef"))

    def indicator_of(self, slo: SpecObject, objective: Map) -> SpecObject | None:
        """The SLI that an objective is measured by: its own one in a composite, else the SLO's."""
        node = objective.get("indicator")
        if isinstance(node, Map):
            return SpecObject(kind="SLI", node=node, parent=slo, written_as=slo.written_as)
        if "indicatorRef" in objective:
            return self.find("SLI", objective.text("indicatorRef"))
        return self.indicator(slo)

    @cached_property
    def _identified(self) -> dict[tuple[str, str, str], SpecObject]:
        found: dict[tuple[str, str, str], SpecObject] = {}
        for document in self.documents:
            found.setdefault(identity(document), document)
        return found

    def first(self, document: SpecObject) -> SpecObject:
        """The first document of the same identity, which may be `document` itself."""
        return self._identified.get(identity(document), document)

    def slo(self, service: str, name: str) -> SpecObject | None:
        """The SLO that is called SERVICE/NAME."""
        return self._identified.get(("SLO", service, name))

    @cached_property
    def _inline(self) -> dict[tuple[str, str, str], SpecObject]:
        return {(item.kind, item.name, item.path): item for item in reversed(self.objects) if item.parent}

    def inline(self, kind: str, name: str, path: str) -> SpecObject | None:
        """The first object of that kind and name inside another one of the file `path`."""
        return self._inline.get((kind, name, path))

    @cached_property
    def referred(self) -> frozenset[tuple[str, str]]:
        """Kind and name of everything that is referred to."""
        return frozenset((ref.kind, ref.name) for item in self.objects for ref in references(item))

    def alerts(self, slo: SpecObject) -> list[Alert]:
        """The conditions of an SLO's alert policies, inline or referred to; broken references are left out."""
        found: list[Alert] = []
        for item in slo.spec.maps("alertPolicies"):
            policy = self.take(item, "alertPolicyRef", "AlertPolicy", slo)
            for node in policy.spec.maps("conditions") if policy else ():
                condition = self.take(node, "conditionRef", "AlertCondition", policy)
                if policy and condition:
                    inside = policy.node is item
                    at = _ref_at(item, "alertPolicyRef") or _ref_at(node, "conditionRef") or condition.at
                    found.append(Alert(condition=condition, at=at, inline=inside and condition.node is node))
        return found

    def take(self, node: Map, ref: str, kind: str, owner: SpecObject | None) -> SpecObject | None:
        """The object that `node` is, or that it refers to by its key `ref`; None for a broken reference."""
        if ref in node:
            return self.find(kind, node.text(ref))
        return SpecObject(kind=kind, node=node, parent=owner) if "spec" in node else None

    @cached_property
    def alerting(self) -> frozenset[int]:
        """`id` of the node of every condition that some SLO uses."""
        return frozenset(id(alert.condition.node) for slo in self.of_kind("SLO") for alert in self.alerts(slo))


def identity(item: SpecObject) -> tuple[str, str, str]:
    """What must be unique: kind and name, and for an SLO the service too (SERVICE/NAME)."""
    return item.kind, item.spec.text("service") if item.kind == "SLO" else "", item.name


def _ref_at(node: Map, key: str) -> Location | None:
    return node.at(key) if key in node else None
