"""Deviations from a JSON Schema in plain words, each at its place in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import parse_percent, plain
from airectl.spec import scalars
from airectl.spec.tree import Map, Seq

if TYPE_CHECKING:
    from jsonschema import ValidationError

_CODES: Final = {"required": "AIR010", "additionalProperties": "AIR011", "type": "AIR012", "oneOf": "AIR015"}
TYPES: Final = {"object": "a mapping", "array": "a list", "string": "a text", "number": "a number",
                "integer": "a whole number", "boolean": "true or false", "null": "nothing"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    """How a deviation is told."""

    message: str
    label: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()


def findings(root: Map, error: ValidationError) -> Iterator[Finding]:
    """What one error of jsonschema means for the document `root`."""
    path = list(error.absolute_path)
    schema: Any = error.schema
    kind = str(error.validator)
    if kind == "additionalProperties":
        yield from _unknown_keys(_walk(root, path), schema)
        return
    if kind == "required":
        yield from _missing_keys(root, error)
        return
    code = _CODES.get(kind) or schema.get("x-code") or "AIR013"
    words = _words(error, path)
    yield Finding(
        code=code,
        severity=Severity.ERROR,
        message=words.message,
        at=_place(root, path, kind),
        label=words.label,
        notes=words.notes,
        help=words.help,
    )


def _unknown_keys(node: Any, schema: Any) -> Iterator[Finding]:
    known = [*schema.get("properties", ()), *schema.get("x-keys", ())]
    patterns = tuple(schema.get("patternProperties", ()))
    for key in node:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        near = get_close_matches(key, known, 1) or [each for each in known if each.casefold() == key.casefold()]
        yield Finding(
            code="AIR011",
            severity=Severity.ERROR,
            message=f"unknown key `{key}`",
            at=node.key_at(key),
            label=f"did you mean `{near[0]}`?" if near else "",
            help=f"write `{near[0]}`" if near else f"known here: {', '.join(known)}" if known else "remove it",
        )


def _missing_keys(root: Map, error: ValidationError) -> Iterator[Finding]:
    path, schema = list(error.absolute_path), error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    for key in wanted:
        if key not in instance:
            yield Finding(
                code=_CODES["required"],
                severity=Severity.ERROR,
                message=f"{_name(path)} needs `{key}`",
                at=_place(root, path, "required"),
                help=f"add `{key}:`" + _meaning(schema, key),
            )


def _words(error: ValidationError, path: list[Any]) -> _Words:
    schema: Any = error.schema
    kind = str(error.validator)
    instance: Any = error.instance
    value: Any = error.validator_value
    name = _name(path)
    example = f"for example `{json.dumps(schema['examples'][0])}`" if schema.get("examples") else ""
    if "x-message" in schema and kind in ("oneOf", "minItems", "maxItems"):
        return _Words(schema["x-message"], help=schema.get("x-help", ""))
    if kind == "type":
        types = [value] if isinstance(value, str) else value
        told = f"{name} must be {' or '.join(TYPES[each] for each in types)}, got "
        return _Words(
            told + _spoken(instance), help=_as_wanted(path, types, schema, instance) or schema.get("x-help", example)
        )
    if kind.startswith("min") and instance in ("", [], {}):
        return _Words(f"{name} must not be empty", help=_sentence(schema.get("description", "")) or example)
    if kind in ("enum", "const"):
        return _not_one_of(name, [value] if kind == "const" else value, instance)
    if schema.get("x-code") == "AIR014":
        return _not_a_ratio(path, schema, instance)
    return _Words(
        f"{name} is not valid: {_spoken(instance)}",
        help=schema.get("x-help") or _sentence(schema.get("description", "")) or example,
    )


def _as_wanted(path: list[Any], types: list[str], schema: Any, value: Any) -> str:
    """How to write a scalar of the wrong type; empty where that is not plain."""
    if isinstance(value, (bool, int, Decimal)) and "string" in types and "integer" not in types:
        return "write it in quotes"
    if not (isinstance(value, str) and path):
        return ""
    if schema.get("x-code") == "AIR014" and (ratio := _percentage(value)) is not None:
        number = ratio if schema.get("exclusiveMaximum", 1) == 1 else ratio * 100
        return f"write `{path[-1]}: {plain(number)}`"
    meant: Any = _unquoted(value)
    fits = isinstance(meant, bool) if "boolean" in types else isinstance(meant, (int, Decimal)) and "number" in types
    return f"it is a text; write it without quotes: `{path[-1]}: {value}`" if fits else ""


def _percentage(text: str) -> Decimal | None:
    try:
        return parse_percent(text)
    except ValueError:
        return None


def _unquoted(text: str) -> Any:
    """What a text would be without its quotes."""
    try:
        return scalars.resolve(text)
    except scalars.NotFinite:
        return text


def _sentence(description: str) -> str:
    """A description of the schema as messages are written: lower case, no full stop."""
    text = description.removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _name(path: list[Any]) -> str:
    """What a message calls the node at `path`."""
    return f"`{path[-1]}`" if path and isinstance(path[-1], str) else "an item" if path else "the document"


def _meaning(schema: Any, key: str) -> str:
    text = schema.get("properties", {}).get(key, {}).get("description", "")
    return f" ({text.split('. ')[0].rstrip('.')})" if text else ""


def _not_one_of(name: str, allowed: list[Any], instance: Any) -> _Words:
    near = get_close_matches(str(instance), [str(a) for a in allowed], 1, 0.5)
    return _Words(
        f"{name} cannot be {_spoken(instance)}",
        label=f"did you mean `{near[0]}`?" if near else "",
        help=f"one of: {', '.join(map(str, allowed))}",
    )


def _not_a_ratio(path: list[Any], schema: Any, value: Any) -> _Words:
    name, top = _name(path), schema.get("exclusiveMaximum", schema.get("maximum"))
    if isinstance(value, str):
        message = f"{name} must be a percentage below 100% or a ratio below 1, got {_spoken(value)}"
        return _Words(message, help=f"for example `{schema['examples'][0]}`")
    message = f"{name} must be {'a ratio between 0 and 1' if top == 1 else 'a percentage below 100'}, got {value}"
    if top == 1 and 1 < value < 100:
        ratio = plain(Decimal(value) / 100)
        return _Words(
            message,
            label="looks like a percentage",
            notes=(f"a target of {value} would leave an error budget of {1 - Decimal(value)}",),
            help=f"write `{path[-1]}: {ratio}`" + (f", or `targetPercent: {value}`" if path[-1] == "target" else ""),
        )
    if value in (top, 100):
        return _Words(message, "leaves no error budget", "no service keeps 100 %; choose a target below it")
    return _Words(message, help=_sentence(schema.get("description", "")))


def _spoken(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _walk(node: Any, path: list[Any]) -> Any:
    for step in path:
        node = node[step]
    return node


def _place(root: Map, path: list[Any], kind: str) -> Location:
    """The value of the deviation; the key of a container, which is where the eye looks."""
    if not path:
        return root.here
    parent: Map | Seq = _walk(root, path[:-1])
    if isinstance(parent, Seq):
        return parent.at(path[-1])
    return parent.key_at(path[-1]) if kind == "required" else parent.at(path[-1])
