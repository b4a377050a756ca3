"""Parts of what the user wrote, moved into another tree with their places."""

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from airectl.spec.tree import Map, Marked

_NAME_LENGTH: Final = 63
_HASH_LENGTH: Final = 8


def value(node: Map, key: str) -> Marked:
    """The value of `key`, where it is written."""
    return Marked(node[key], node.marks[key][1])


def instead(node: Map, key: str, given: Any) -> Marked:
    """`given`, standing where the value of `key` is written; where its key is, for a mapping or a list."""
    pair = node.marks[key]
    return Marked(given, pair[0] if isinstance(node[key], (dict, list)) else pair[1])


def values(node: Map, *keys: str) -> dict[str, Marked]:
    """Those of `keys` that `node` has, each value where it is written."""
    return {key: value(node, key) for key in keys if key in node}


def part(node: Map, names: Mapping[str, str]) -> Map:
    """The keys of `node` that are in `names`, under their new names, keys and values at their places."""
    moved = Map(node.path, node.mark)
    for key, name in names.items():
        if key in node:
            moved.put(name, node[key], *node.marks[key])
    return moved


def merged(*nodes: Map) -> Map:
    """The keys of all `nodes`; a later one wins. Null mappings are passed as empty ones."""
    result = Map(nodes[0].path, nodes[0].mark)
    for node in nodes:
        for key in node:
            result.put(key, node[key], *node.marks[key])
    return result


def dns_name(*parts: str) -> str:
    """`parts` joined to a name that OpenSLO allows: lower-case letters, digits and dashes, 63 at most.

    A longer one is cut and gets a hash of the whole, so that two long names stay two.
    """
    whole = "-".join(parts)
    name = re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-") or "unnamed"
    if len(name) <= _NAME_LENGTH:
        return name
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: _NAME_LENGTH - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def shifted(number: int | Decimal, places: int) -> Decimal:
    """`number` times ten to the power of `places`, exactly: 99.9 shifted by -2 is 0.999."""
    sign, digits, exponent = Decimal(number).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"not a finite number: {number}")
    return Decimal((sign, digits, exponent + places))
