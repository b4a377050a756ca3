"""YAML events to trees, in one loop that counts every limit while events arrive."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

import yaml
from yaml import events as ev

from airectl.core.findings import Finding, Severity
from airectl.spec import credentials, scalars
from airectl.spec.tree import Map, Mark, Seq, locate

MAX_DEPTH: Final = 100
MAX_EXPANDED: Final = 100_000
_CORE: Final = "tag:yaml.org,2002:"


class _Anchored(NamedTuple):
    """What an alias stands for: how many values it repeats (-1 while it is still open) and how many levels."""

    value: Any
    size: int = 1
    height: int = 0


class Stop(Exception):
    """The document cannot be read on; the finding is already recorded."""


class TreeBuilder:
    """One pass over the events of one loader. `line` is where it is, from 0."""

    def __init__(self, path: str, loader: yaml.CSafeLoader, findings: list[Finding]) -> None:
        self.path, self.loader, self.findings = path, loader, findings
        self.line = 0
        self._reset()

    def _reset(self) -> None:
        self.nodes = self.expanded = 0
        self.stack: list[Map | Seq] = []
        self.keys: list[tuple[str, Mark] | None] = []
        self.anchors: dict[str, _Anchored] = {}
        self.open: list[tuple[str | None, int]] = []
        self.heights: list[int] = []
        self.root: Any = None

    def documents(self) -> Iterator[Any]:
        """Each document's tree, in order; null documents are left out."""
        next_event = self.loader.get_event
        while True:
            event: Any = next_event()
            kind = type(event)
            if kind is ev.ScalarEvent:
                self._scalar(event)
            elif kind is ev.MappingStartEvent:
                self._start(Map(self.path, event), event)
            elif kind is ev.MappingEndEvent or kind is ev.SequenceEndEvent:
                self._end()
            elif kind is ev.SequenceStartEvent:
                self._start(Seq(self.path, event), event)
            elif kind is ev.AliasEvent:
                self._alias(event)
            elif kind is ev.DocumentEndEvent:
                if self.root is not None:
                    yield self.root
                self._reset()
            elif kind is ev.StreamEndEvent:
                return

    def _scalar(self, event: Any) -> None:
        # Most events are scalars: no call here that is not needed.
        self.nodes += 1
        raw: str = event.value
        if self.stack and self.keys[-1] is None and type(self.stack[-1]) is Map:
            self.keys[-1] = (raw, event)
            if raw in scalars.YAML11_BOOL and not event.style:
                self._trap(event, raw)
            value: Any = raw
        else:
            value = self._tagged(event, raw) if event.tag else raw if event.style else self._plain(event, raw)
            self._attach(value, event)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(value)

    def _plain(self, event: Any, raw: str) -> Any:
        try:
            value = scalars.resolve(raw)
        except scalars.NotFinite:
            self._report(
                "AIR007", event, f"{self._shown(raw)} is not a finite number", "write a number that a double can hold"
            )
            return raw
        if (value is not None and raw[0] in scalars.SUSPECTS) or raw in scalars.YAML11_BOOL:
            self._trap(event, raw)
        return value

    def _tagged(self, event: Any, raw: str) -> Any:
        tag: str = event.tag
        if tag in ("!", f"{_CORE}str"):
            return raw
        if tag in (f"{_CORE}int", f"{_CORE}float", f"{_CORE}bool", f"{_CORE}null"):
            return self._plain(event, raw)
        self._report(
            "AIR005", event, f"the tag `{_short(tag)}` is not supported", "remove the tag; a spec holds plain data only"
        )
        return raw

    def _trap(self, event: Any, raw: str) -> None:
        if why := scalars.trap(raw):
            finding = Finding(
                code="AIR006",
                severity=Severity.WARNING,
                message=f"{self._shown(raw)} means different things to different YAML readers",
                at=locate(self.path, event),
                label=why,
                help="write it in quotes if it is text",
            )
            self.findings.append(finding)

    def _shown(self, raw: str) -> str:
        """The scalar as a message names it: not by its text where it is a credential."""
        pending = self.keys[-1] if self.keys else None
        return "this" if pending and credentials.is_key(pending[0]) else f"`{_short(raw)}`"

    def _start(self, node: Map | Seq, event: Any) -> None:
        if self._expects_key():
            self._fail("AIR002", event, "not valid YAML here: a key must be a plain text", "write the key as text")
        if event.tag and event.tag not in ("!", f"{_CORE}map", f"{_CORE}seq"):
            self._report(
                "AIR005",
                event,
                f"the tag `{_short(event.tag)}` is not supported",
                "remove the tag; a spec holds plain data only",
            )
        self.nodes += 1
        if len(self.stack) >= MAX_DEPTH:
            self._too_deep(event)
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(node, size=-1)
        self.open.append((event.anchor, self.nodes))
        self.stack.append(node)
        self.keys.append(None)
        self.heights.append(0)

    def _end(self) -> None:
        node = self.stack.pop()
        self.keys.pop()
        anchor, before = self.open.pop()
        height = self.heights.pop() + 1
        if anchor:
            self.anchors[anchor] = _Anchored(node, self.nodes - before + 1, height)
        self._rise(height)
        self._attach(node, node.mark)

    def _rise(self, height: int) -> None:
        """The mapping or list around holds something of that many levels."""
        if self.heights and self.heights[-1] < height:
            self.heights[-1] = height

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            self._fail(
                "AIR002",
                event,
                f"not valid YAML: the alias `*{event.anchor}` has no anchor before it",
                f"add `&{event.anchor}` to the value it means, or quote a text that begins with `*`",
            )
        value, size, height = self.anchors[event.anchor]
        if size < 0:
            self._fail(
                "AIR004",
                event,
                f"the alias `*{event.anchor}` stands inside its own value",
                "an alias cannot contain itself: write the value out",
            )
        self._expand(size, event)
        if len(self.stack) + height > MAX_DEPTH:
            self._too_deep(event)
        self._rise(height)
        if self._expects_key():
            self.keys[-1] = (str(value), event)
        else:
            self._attach(value, event)

    def _expects_key(self) -> bool:
        return bool(self.stack) and type(self.stack[-1]) is Map and self.keys[-1] is None

    def _attach(self, value: Any, mark: Mark) -> None:
        if not self.stack:
            self.root = value
            return
        parent = self.stack[-1]
        if isinstance(parent, Seq):
            parent.add(value, mark)
            return
        pending, self.keys[-1] = self.keys[-1], None
        key, key_mark = cast(tuple[str, Mark], pending)  # the event before a value is always its key
        if key == "<<" and not getattr(key_mark, "style", None):
            self._merge(parent, value, key_mark)
        elif key in parent and not isinstance(parent.marks[key][0], _Inherited):
            self._duplicate(parent, key, key_mark)
        else:
            parent[key] = value
            parent.marks[key] = (key_mark, mark)

    def _merge(self, parent: Map, value: Any, mark: Mark) -> None:
        """`<<: *anchor`: keys of the mapping itself win over merged ones, earlier merged over later."""
        sources = value if type(value) is Seq else [value]
        for source in sources:
            if not isinstance(source, Map):
                self._report(
                    "AIR005", mark, "`<<` merges mappings only", "give it an alias of a mapping, or a list of them"
                )
                continue
            self._expand(len(source), mark)
            for key, item in source.items():
                if key not in parent:
                    parent.put(key, item, _Inherited(source.marks[key][0]), source.marks[key][1])

    def _duplicate(self, parent: Map, key: str, mark: Mark) -> None:
        first = parent.key_at(key)
        self._report(
            "AIR003", mark, f"the key `{_short(key)}` is already set in line {first.line}",
            "remove one of the two; other readers silently keep the last", "set again here",
        )  # fmt: skip

    def _expand(self, nodes: int, mark: Mark) -> None:
        """Count values that an alias repeats; those written out are bounded by the size of the file."""
        self.nodes += nodes
        self.expanded += nodes
        if self.expanded > MAX_EXPANDED:
            self._fail("AIR004", mark, f"aliases repeat more than {MAX_EXPANDED:,} values", "use fewer aliases")

    def _too_deep(self, mark: Mark) -> None:
        self._fail("AIR004", mark, f"nested deeper than {MAX_DEPTH} levels", "flatten the structure")

    def _report(self, code: str, mark: Mark, message: str, help: str, label: str = "") -> None:
        at = locate(self.path, mark)
        self.findings.append(
            Finding(code=code, severity=Severity.ERROR, message=message, at=at, help=help, label=label)
        )

    def _fail(self, code: str, mark: Mark, message: str, help: str) -> None:
        self.line = mark.start_mark.line
        self._report(code, mark, message, help)
        raise Stop


class _Inherited:
    """The mark of a key that came through `<<`: the mapping's own key may still replace it."""

    def __init__(self, mark: Mark) -> None:
        self.start_mark, self.end_mark = mark.start_mark, mark.end_mark


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
