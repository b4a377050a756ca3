"""Fields of OpenSLO and of the short form by their path, answered from the shipped JSON Schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from airectl.spec.deviations import TYPES
from airectl.spec.documents import KINDS
from airectl.spec.schema import document, resolved

# The first word of a path, with the schema and the definition behind it.
_ROOTS: Final = {**{kind: ("openslo-v1", kind) for kind in KINDS}, "short": ("short-v1", "document")}
_INDEX: Final = re.compile(r"\[[^\]]*\]")
_BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
    "maxLength": "at most {} characters",
}
_FORMATS: Final = {
    "openslo-start-time": "YYYY-MM-DD hh:mm:ss",
    "iana-time-zone": "an IANA name, such as Europe/Berlin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `path` begins with the kind or with `short`: `SLO.spec.objectives.target`; lists have no index.

    `choices` are the only values, `limits` bounds in words; `rule` is what its neighbours have to do with
    it; `code` is the finding when it is wrong.
    """

    path: str
    description: str
    type: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    required: bool = False
    rule: str = ""
    example: Any = None
    code: str = ""

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]

    @property
    def meaning(self) -> tuple[object, ...]:
        """All but the path: equal for one field that stands in several places."""
        return (self.name, self.description, self.type, self.unit, self.choices, self.limits, self.required, self.rule)


def find(text: str) -> tuple[Field, ...]:
    """The fields that `text` names, nearest to the root first; none for an unknown one.

    `text` is a path from a kind on or the end of one, in any case: `objectives.target`,
    `sli.spec.ratioMetric.counter`, `objectives[0].target`.
    """
    wanted = _INDEX.sub("", text).strip(".").lower()
    exact = by_path().get(wanted)
    if exact:
        return (exact,)
    ends = [field for path, field in by_path().items() if path.endswith(f".{wanted}")]
    return tuple(sorted(ends, key=lambda field: field.path.count(".")))


def near(text: str) -> list[str]:
    """Paths that look like `text`, or else end in its last word."""
    wanted = _INDEX.sub("", text).strip(".").lower()
    words = wanted.count(".") + 1
    ends: dict[str, str] = {}
    for field in by_path().values():
        ends.setdefault(".".join(field.path.split(".")[-words:]).lower(), field.path)
    similar = [ends[end] for end in get_close_matches(wanted, ends, 3, 0.75)]
    return similar or [field.path for field in find(wanted.rpartition(".")[2])][:3]


def children(field: Field) -> tuple[Field, ...]:
    """The fields right below `field`."""
    depth = field.path.count(".") + 1
    start = f"{field.path}."
    return tuple(f for f in by_path().values() if f.path.startswith(start) and f.path.count(".") == depth)


@cache
def by_path() -> Mapping[str, Field]:
    """Every field of every kind, by its path in lower case, in the order of the schema."""
    found: dict[str, Field] = {}
    for root, (name, definition) in _ROOTS.items():
        schema = document(name)
        part = resolved(schema, schema["$defs"][definition])
        description = part.get("description") or f"An object of kind {root}."
        found[root.lower()] = Field(path=root, description=description, type="a mapping")
        for field in _below(root, part):
            found.setdefault(field.path.lower(), field)
    return found


def _below(path: str, part: Mapping[str, Any]) -> Iterator[Field]:
    for shape in _shapes(part):
        for name, child in shape.get("properties", {}).items():
            field = f"{path}.{name}"
            yield _field(field, child, shape)
            yield from _below(field, child)


def _shapes(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The mappings that a schema lets stand in its place: itself, a list's items, the branches of an if."""
    yield part
    if "items" in part:
        yield from _shapes(part["items"])
    for branch in ("then", "else"):
        if branch in part:
            yield part[branch]


def _field(path: str, part: Mapping[str, Any], parent: Mapping[str, Any]) -> Field:
    name = path.rpartition(".")[2]
    choices = [branch.get("required", ()) for branch in parent.get("oneOf", ())]
    chosen = any(name in names for names in choices)
    return Field(
        path=path,
        description=part.get("description", ""),
        type=_type(part),
        unit=part.get("x-unit", ""),
        choices=tuple(str(value) for value in part.get("enum", [part["const"]] if "const" in part else ())),
        limits=tuple(_limits(part)),
        required=name in parent.get("required", ()),
        rule=parent.get("x-message", "") if chosen else "",
        example=next(iter(part.get("examples", ())), None),
        code=part.get("x-code", ""),
    )


def _type(part: Mapping[str, Any]) -> str:
    types = part.get("type", "string")
    names = [types] if isinstance(types, str) else types
    return " or ".join(TYPES[name] for name in names)


def _limits(part: Mapping[str, Any]) -> Iterator[str]:
    yield from (words.format(part[key]) for key, words in _BOUNDS.items() if key in part)
    if "minItems" in part:
        yield f"{'exactly' if part.get('maxItems') == part['minItems'] else 'at least'} {part['minItems']} in the list"
    if "format" in part:
        yield _FORMATS[part["format"]]
