"""References of OpenSLO v1 resolved one way or the other: objects moved to where they are used, or out of it.

Both give whole documents and change no tree they are given. A reference to nothing stays as it is: it is
finding AIR024. Data sources are never moved, OpenSLO has no place for them inside an object.

The order of the results is that of OpenSLO's Go SDK:
https://github.com/OpenSLO/go-sdk/blob/main/pkg/openslosdk/reference_exporter.go
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from airectl.spec import moved
from airectl.spec.documents import V1, SpecObject, SpecSet
from airectl.spec.tree import Map, Marked, Seq, graft, to_plain

# Where an object of a kind may stand inside a list: key of the list, key of a reference, kind.
_LISTS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "SLO": (("alertPolicies", "alertPolicyRef", "AlertPolicy"),),
    "AlertPolicy": (
        ("notificationTargets", "targetRef", "AlertNotificationTarget"),
        ("conditions", "conditionRef", "AlertCondition"),
    ),
}


def inline(specs: SpecSet, *, remove_refs: bool = False) -> list[Map]:
    """The documents with every referenced object in place of its reference.

    `remove_refs` leaves out the documents that were referred to.
    """
    inliner = _Inliner(specs)
    documents = [(document, inliner.resolved(document)) for document in specs.documents]
    return [node for document, node in documents if not (remove_refs and id(document.node) in inliner.used)]


class _Inliner:
    """Resolves references and remembers in `used` what was referred to, by the id of its node."""

    def __init__(self, specs: SpecSet) -> None:
        self.specs = specs
        self.used: set[int] = set()

    def resolved(self, item: SpecObject) -> Map:
        """The object with everything that it refers to inside."""
        spec = item.spec
        for key, ref, kind in _LISTS.get(item.kind, ()):
            spec = _with_items(spec, key, partial(self._item, ref=ref, kind=kind))
        if item.kind == "SLO":
            spec = _with_items(self._with_indicator(spec), "objectives", self._with_indicator)
        return item.node if spec is item.spec else _changed(item.node, "spec", spec)

    def _item(self, node: Map, ref: str, kind: str) -> Map:
        """An item of a list: what it refers to, or itself with its own references resolved."""
        if ref not in node:
            return self.resolved(SpecObject(kind=kind, node=node))
        found = self._find(kind, node.text(ref))
        if found is None:
            return node
        inside = self.resolved(found)
        parts = {"kind": kind, **moved.values(inside, "metadata", "spec")}
        item: Map = graft(parts, node.path, node.mark)
        return item

    def _with_indicator(self, node: Map) -> Map:
        """`indicatorRef` of an SLO or of a composite's objective replaced by the SLI."""
        found = self._find("SLI", node.text("indicatorRef"))
        if found is None:
            return node
        return _changed(node, "indicatorRef", moved.values(found.node, "metadata", "spec"), "indicator")

    def _find(self, kind: str, name: str) -> SpecObject | None:
        found = self.specs.find(kind, name) if name else None
        if found:
            self.used.add(id(found.node))
        return found


def export(specs: SpecSet) -> list[Map]:
    """The documents with every object that stands inside another as a document of its own, referred to.

    Each document is followed by what was inside it. Two equal objects become one document; of two
    different ones with one name the second gets a new name. An SLI without a name is called as its SLO.
    """
    exporter = _Exporter(specs)
    return [node for document in specs.documents for node in exporter.parts(document)]


class _Exporter:
    """Moves objects out; `contents` is what each kind and name stands for."""

    def __init__(self, specs: SpecSet) -> None:
        self.contents: dict[tuple[str, str], Any] = {}
        for document in specs.documents:
            self.contents.setdefault((document.kind, document.name), _content(document.node))

    def parts(self, item: SpecObject) -> list[Map]:
        """The object without those inside it, then those."""
        spec, outside = item.spec, list[Map]()
        for key, ref, kind in _LISTS.get(item.kind, ()):
            spec = _with_items(spec, key, partial(self._reference, ref=ref, kind=kind, outside=outside))
        if item.kind == "SLO":
            spec = self._without_indicator(spec, item.name, outside)
            spec = _with_items(spec, "objectives", partial(self._without_indicator, owner=item.name, outside=outside))
        node = item.node if spec is item.spec else _changed(item.node, "spec", spec)
        return [node, *outside]

    def _reference(self, node: Map, ref: str, kind: str, outside: list[Map]) -> Map:
        if ref in node:
            return node
        name = self._moved(kind, node, node.map("metadata").text("name"), outside)
        reference: Map = graft({ref: name}, node.path, node.mark)
        return reference

    def _without_indicator(self, node: Map, owner: str, outside: list[Map]) -> Map:
        if not isinstance(node.get("indicator"), Map):
            return node
        sli = node.map("indicator")
        name = self._moved("SLI", sli, sli.map("metadata").text("name") or owner, outside)
        return _changed(node, "indicator", name, "indicatorRef")

    def _moved(self, kind: str, node: Map, wanted: str, outside: list[Map]) -> str:
        """Make a document of `node` unless there is an equal one, and say what it is called."""
        content = _content(node)
        name = self._free_name(kind, wanted, content)
        if (kind, name) not in self.contents:
            self.contents[kind, name] = content
            outside += self.parts(SpecObject(kind=kind, node=_document(kind, node, name)))
        return name

    def _free_name(self, kind: str, wanted: str, content: Any) -> str:
        name, number = wanted, 1
        while self.contents.get((kind, name), content) != content:
            number += 1
            name = moved.dns_name(wanted, str(number))
        return name


def _content(node: Map) -> Any:
    """What makes two objects of one name the same."""
    metadata = {key: value for key, value in node.map("metadata").items() if key != "name"}
    return to_plain({"metadata": metadata, "spec": node.get("spec")})


def _document(kind: str, node: Map, name: str) -> Map:
    metadata = node.map("metadata")
    mark = metadata.marks["name"][1] if "name" in metadata else node.mark
    named = {**moved.values(metadata, *metadata), "name": Marked(name, mark)}
    document: Map = graft(
        {"apiVersion": V1, "kind": kind, "metadata": named, **moved.values(node, "spec")}, node.path, node.mark
    )
    return document


def _with_items(node: Map, key: str, change: Callable[[Map], Map]) -> Map:
    """`node` with `change` done to the mappings in its list `key`; `node` itself where nothing changes."""
    items = node.get(key)
    if not isinstance(items, Seq):
        return node
    changed = Seq(items.path, items.mark)
    for item, mark in zip(items, items.marks, strict=True):
        changed.add(change(item) if isinstance(item, Map) else item, mark)
    same = all(old is new for old, new in zip(items, changed, strict=True))
    return node if same else _changed(node, key, changed)


def _changed(node: Map, key: str, value: Any, name: str = "") -> Map:
    """A copy of `node` with another value under `key`, and another name of the key if one is given."""
    copy = Map(node.path, node.mark)
    for each, old in node.items():
        marks = node.marks[each]
        if each == key:
            copy.put(name or key, graft(value, node.path, marks[1]), *marks)
        else:
            copy.put(each, old, *marks)
    return copy
