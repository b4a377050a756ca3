"""Plain data as YAML that people read in a diff: texts of several lines are blocks, keys stay in their order.

Every text that some reader would take for something else is in double quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from airectl.core.units import plain

# Texts of these alone mean the same with and without quotes, wherever they stand.
_PLAIN: Final = re.compile(
    r"[A-Za-z_/(](?:[A-Za-z0-9_./()<>=+*^%~@$-]|:(?=[A-Za-z0-9_])| (?=[A-Za-z0-9_./(<>=+*^]))*|(?:[0-9]+[smhdwy])+"
)
# What YAML 1.1 or 1.2 has a value of its own for.
_WORDS: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_ESCAPES: Final[Mapping[str, str]] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
# What is a block whether or not it has several lines.
_BLOCKS: Final = frozenset(("expr",))


def dump(value: Mapping[str, Any]) -> str:
    """One document. Values are texts, whole numbers, finite Decimals, true and false, mappings and lists."""
    return "\n".join(_mapping(value, "")) + "\n"


def _mapping(value: Mapping[str, Any], pad: str) -> Iterator[str]:
    for key, item in value.items():
        if key in _BLOCKS and isinstance(item, str) and _may_be_block(item):
            yield from _block(f"{pad}{key}:", item, f"{pad}  ")
        else:
            yield from _entry(f"{pad}{text(key)}:", item, pad)


def _entry(head: str, item: Any, pad: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        yield head
        yield from _mapping(item, f"{pad}  ")
    elif isinstance(item, Sequence) and not isinstance(item, str) and item:
        yield head
        for each in item:
            yield from _item(each, f"{pad}  ")
    else:
        yield from _scalar(head, item, f"{pad}  ")


def _item(item: Any, pad: str) -> Iterator[str]:
    if isinstance(item, Mapping) and item:
        first, *rest = _mapping(item, f"{pad}  ")
        yield f"{pad}- {first.lstrip()}"
        yield from rest
    else:
        yield from _entry(f"{pad}-", item, pad)


def _scalar(head: str, item: Any, pad: str) -> Iterator[str]:
    if isinstance(item, str) and "\n" in item and _may_be_block(item):
        yield from _block(head, item, pad)
    elif isinstance(item, str):
        yield f"{head} {text(item)}"
    elif isinstance(item, Decimal):
        yield f"{head} {plain(item)}"
    else:
        yield f"{head} {json.dumps(item)}"


def _block(head: str, item: str, pad: str) -> Iterator[str]:
    yield f"{head} |{'' if item.endswith(chr(10)) else '-'}"
    yield from (f"{pad}{line}" if line else "" for line in item.removesuffix("\n").split("\n"))


def _may_be_block(item: str) -> bool:
    lines = item.split("\n")
    whole = all(line.isprintable() and line == line.rstrip() for line in lines) and not item.endswith("\n\n")
    return whole and bool(lines[0]) and not lines[0].startswith(" ")


@lru_cache(maxsize=8192)
def text(item: str) -> str:
    """A text of one line, in quotes where it needs them."""
    if _PLAIN.fullmatch(item) and item.lower() not in _WORDS:
        return item
    if item.isascii() and item.isprintable():
        return json.dumps(item)
    return f'"{"".join(map(_escaped, item))}"'


def _escaped(character: str) -> str:
    """A character within double quotes; what does not print by its number, which JSON would split in two."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"
