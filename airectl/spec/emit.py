"""Trees to YAML that every reader reads alike.

Numbers keep their digits. A text is quoted wherever YAML 1.1 or 1.2 would take it as anything else;
one with several lines is a block. Keys stand in the order of the format's JSON Schema; where that has
no order (labels, the fields of a source) they stay as written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

import yaml

from airectl.spec import scalars, schema

# The longest number that is written without an exponent; the composer takes 64 characters.
_LONGEST: Final = 40
# YAML 1.1 has these as booleans, though few readers do.
_OLD_BOOL: Final = frozenset("yYnN")
_INT, _FLOAT, _STR = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:str"


def emit(documents: Iterable[Mapping[str, Any]], form: str) -> str:
    """`documents` as one YAML stream, with their keys in the order of the schema `form`, such as `openslo-v1`."""
    parts = [_dump(_ordered(each, _schema_of(form, str(each.get("kind"))))) for each in documents]
    return "---\n".join(parts)


@cache
def _schema_of(form: str, kind: str) -> Any:
    """The part of the schema for a document of that kind, or for the one kind there is."""
    whole = schema.document(form)
    return schema.resolved(whole, whole["$defs"].get(kind) or whole["$defs"].get("document", {}))


def _ordered(value: Any, part: Any) -> Any:
    """`value` as plain data, its keys in the order of `part`."""
    if isinstance(value, list):
        return [_ordered(item, _item(part, item)) for item in value]
    if not isinstance(value, dict):
        return value
    known = part.get("properties", {})
    keys = [*(key for key in known if key in value), *(key for key in value if key not in known)]
    return {key: _ordered(value[key], known.get(key, {})) for key in keys}


def _item(part: Any, item: Any) -> Any:
    """The schema of a list's item: one form for what refers to another object, one for the object itself."""
    items = part.get("items", {})
    if "if" not in items:
        return items
    refers = isinstance(item, dict) and all(key in item for key in items["if"]["required"])
    return items["then"] if refers else items["else"]


def _dump(document: Any) -> str:
    return yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, default_flow_style=False, sort_keys=False, width=math.inf
    )


class _Dumper(yaml.SafeDumper):
    """Writes the values of trees; lists stand deeper than their key, no node is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_STR, text, style=_style(text))


def _style(text: str) -> str | None:
    """Block for lines, double quotes for what some reader would misread; None leaves it to the library."""
    if not all(char == "\n" or char.isprintable() for char in text):
        return '"'
    if "\n" in text:
        return "|"
    return '"' if _misread(text) else None


def _misread(text: str) -> bool:
    try:
        return not isinstance(scalars.resolve(text), str) or bool(scalars.trap(text)) or text in _OLD_BOOL
    except scalars.NotFinite:
        return True


def _write_number(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    text = f"{number:f}"
    if len(text) > _LONGEST:
        text = _scientific(number)
    return dumper.represent_scalar(_FLOAT if "." in text else _INT, text)


def _scientific(number: Decimal) -> str:
    """With a point and a signed exponent: YAML 1.1 takes anything less as text."""
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{int(exponent):+d}"


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(Decimal, _write_number)
