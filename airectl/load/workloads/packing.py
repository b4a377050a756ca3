"""Columns of numbers and lists of rows as text that JSON can hold: packed, so that a plan carries its own data."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Beyond this a plan was not made here.
MOST_BYTES: Final = 1 << 31


class PackedError(ValueError):
    """A text is nothing that was packed."""


def pack_column(values: NDArray[np.int64]) -> str:
    """Whole numbers as the differences between one and the next, which pack well."""
    steps = np.diff(values, prepend=np.int64(0)).astype("<i8")
    return base64.b64encode(zlib.compress(steps.tobytes(), 1)).decode("ascii")


def unpack_column(text: str) -> NDArray[np.int64]:
    """The numbers again. Raises PackedError."""
    data = _unpacked(text)
    if len(data) % 8:
        raise PackedError("a column is cut off")
    return np.cumsum(np.frombuffer(data, "<i8"))


def pack_rows(rows: list[Any]) -> str:
    """Rows that JSON can hold."""
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8", "surrogatepass"), 1)).decode("ascii")


def unpack_rows(text: str) -> list[Any]:
    """The rows again. Raises PackedError."""
    try:
        rows: list[Any] = json.loads(_unpacked(text).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise PackedError(f"rows cannot be read: {error}") from None
    return rows


def _unpacked(text: str) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    except (ValueError, zlib.error) as error:
        raise PackedError(f"it is not packed as it should be: {error}") from None
    if not unpacker.eof:
        raise PackedError("it is cut off, or too large")
    return data
