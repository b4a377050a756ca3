"""The numbers of a stretch of slices as bytes and back: small, quick to read, and checked.

Eight bytes a number are cut into planes, first all lowest bytes, then all next ones; a plane that is all
zeros is left out, the rest is compressed. So a count costs a byte or two, and comes back without a loop
in Python.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, Final

from airectl.core.slices import Number

_VERSION: Final = 1
# Version, byte order of the machine, checksum of what follows, length of the JSON at its start.
_HEAD: Final = Struct("<BBII")
_BIG_ENDIAN: Final = int(sys.byteorder == "big")
_WIDTH: Final = 8
_LEVEL: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Columns of numbers, one byte a slice that says what is known of it, and facts that JSON can hold.

    Columns need not be as long as each other. A column that is read back is an array: of `q` where all
    of it were ints, else of `d`; a list where neither holds its numbers exactly.
    """

    columns: tuple[Sequence[Number], ...] = ()
    states: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)


def pack(packed: Packed) -> bytes:
    """`packed` as bytes. Raises ValueError for facts that are no JSON."""
    parts = [_cut(column) for column in packed.columns]
    about = {
        "columns": [head for head, _ in parts],
        "states": len(packed.states),
        "facts": packed.facts,
    }
    text = json.dumps(about, separators=(",", ":")).encode()
    body = zlib.compress(b"".join([text, packed.states, *(planes for _, planes in parts)]), _LEVEL)
    return _HEAD.pack(_VERSION, _BIG_ENDIAN, zlib.crc32(body, len(text)), len(text)) + body


def unpack(data: bytes) -> Packed | None:
    """What was packed; None where a single bit of it is not as it was, or where it came from another machine."""
    if len(data) < _HEAD.size:
        return None
    version, order, checksum, length = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size :]
    if (version, order) != (_VERSION, _BIG_ENDIAN) or zlib.crc32(body, length) != checksum:
        return None
    whole = memoryview(zlib.decompress(body))
    about = json.loads(bytes(whole[:length]))
    end = length + about["states"]
    columns = []
    for head in about["columns"]:
        column, end = _joined(head, whole, end)
        columns.append(column)
    return Packed(columns=tuple(columns), states=bytes(whole[length : length + about["states"]]), facts=about["facts"])


_Head = list[Any]


def _cut(numbers: Sequence[Number]) -> tuple[_Head, bytes]:
    """A column's kind, length and planes, and the bytes of those planes."""
    column = _array(numbers)
    if column is None:
        return ["json", list(numbers)], b""
    raw, count = column.tobytes(), len(column)
    planes = [raw[place::_WIDTH] for place in range(_WIDTH)]
    present = [place for place, plane in enumerate(planes) if plane.count(0) < count]
    return [column.typecode, count, present], b"".join(planes[place] for place in present)


def _array(numbers: Sequence[Number]) -> array[Any] | None:
    """The numbers in eight bytes each; None where that is not exact."""
    if isinstance(numbers, array) and numbers.typecode in ("q", "d"):
        return numbers
    kinds = set(map(type, numbers))
    try:
        if kinds <= {int}:
            return array("q", numbers)
        if kinds == {float}:
            return array("d", numbers)
    except OverflowError:
        pass
    return None


def _joined(head: _Head, whole: memoryview, start: int) -> tuple[Sequence[Number], int]:
    """A column from its planes, which begin at `start`, and where they end."""
    if head[0] == "json":
        return head[1], start
    typecode, count, present = head
    raw = bytearray(_WIDTH * count)
    for place in present:
        raw[place::_WIDTH] = whole[start : start + count]
        start += count
    column: array[Any] = array(typecode)
    column.frombytes(raw)
    return column, start
