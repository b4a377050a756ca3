"""Records of a file as columns: the same bytes as record.py describes, read many at a time.

A frame's place is found one by one, since each says how long it is; everything in it is then taken by numpy.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from airectl.runs.record import ERRORS, LARGEST_FRAME, MAGIC, SOURCES, Has

_FRAME: Final = Struct("<II")
# As `_FIXED` of record.py; a test holds the two together.
FIXED: Final = np.dtype([
    ("index", "<i8"), ("session", "<i8"), ("turn", "<i4"),
    ("intended_ns", "<i8"), ("sent_ns", "<i8"), ("connected_ns", "<i8"), ("headers_ns", "<i8"),
    ("first_byte_ns", "<i8"), ("first_content_ns", "<i8"), ("first_answer_ns", "<i8"), ("last_content_ns", "<i8"),
    ("end_ns", "<i8"),
    ("input_tokens", "<i4"), ("output_tokens", "<i4"), ("input_source", "u1"), ("output_source", "u1"),
    ("status", "<i2"), ("kind", "u1"),
    ("finish_reason_bytes", "u1"), ("model_bytes", "u1"), ("message_bytes", "u1"),
    ("chunks", "<u4"), ("token_counts", "<u4"),
])  # fmt: skip
_READ_BYTES: Final = 4 * 1024 * 1024
_FLAGS_BITS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some records of one process, in the order in which they ended.

    `fixed` has a field for each number of a Record, as FIXED names them. `chunk_us` are the times of all chunks
    with content, those of record i from `offsets[i]` to `offsets[i + 1]`; `chunk_tokens` lies beside it, with ones
    where a record has no counts.
    """

    fixed: NDArray[np.void]
    chunk_us: NDArray[np.uint32]
    chunk_tokens: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    texts: list[bytes]

    def __len__(self) -> int:
        return len(self.fixed)

    def column(self, name: str) -> NDArray[np.int64]:
        """A number of each record, as int64."""
        return self.fixed[name].astype(np.int64)

    @property
    def error(self) -> NDArray[np.int64]:
        """The place of each record's error class in ERRORS; 0 is none."""
        return (self.fixed["kind"] >> _FLAGS_BITS).astype(np.int64)

    @property
    def queued(self) -> NDArray[np.bool_]:
        """Whether each waited for a place among those in flight."""
        return (self.fixed["kind"] & Has.QUEUED).astype(bool)

    @property
    def warm_up(self) -> NDArray[np.bool_]:
        """Whether each is of the warm-up."""
        return (self.fixed["kind"] & Has.WARM_UP).astype(bool)

    def words(self, row: int) -> tuple[str, str, str]:
        """The finish reason, the model and the message of a record."""
        found, at = [], 0
        for name in ("finish_reason_bytes", "model_bytes", "message_bytes"):
            size = int(self.fixed[name][row])
            found.append(self.texts[row][at : at + size].decode("utf-8", "replace"))
            at += size
        return found[0], found[1], found[2]


@dataclass(slots=True)
class Torn:
    """What could not be read: how many files end in a torn or damaged record, and how many bytes that is."""

    files: int = 0
    bytes: int = 0


def batches(stream: BinaryIO, rows: int, torn: Torn) -> Iterator[Batch]:
    """The records of a file, at most `rows` at a time. What cannot be read at its end is added to `torn`.

    Memory stays flat: no more than a batch is held, or one frame where that is longer. A batch is closed early
    where its chunks alone take tens of megabytes.
    """
    head = stream.read(len(MAGIC))
    if head != MAGIC:
        if head:
            torn.files += 1
            torn.bytes += len(head) + _rest(stream)
        return
    data, whole = b"", False
    while not whole:
        more = stream.read(_READ_BYTES)
        whole = not more
        data += more
        bodies, used, sound = _bodies(data)
        for first in range(0, len(bodies), rows):
            batch = _batch(data, bodies[first : first + rows])
            yield batch
        data = data[used:]
        if not sound or (whole and data):
            torn.files += 1
            torn.bytes += len(data) + _rest(stream)
            return


def _rest(stream: BinaryIO) -> int:
    """How many bytes are left."""
    at = stream.tell()
    return stream.seek(0, 2) - at


def _bodies(data: bytes) -> tuple[list[tuple[int, int]], int, bool]:
    """Where the whole frames of `data` have their content, how much of it they are, and whether the rest may follow."""
    found: list[tuple[int, int]] = []
    view, at, size, unpack, crc32 = memoryview(data), 0, len(data), _FRAME.unpack_from, zlib.crc32
    least = FIXED.itemsize
    while at + 8 <= size:
        length, crc = unpack(data, at)
        end = at + 8 + length
        if not least <= length <= LARGEST_FRAME:
            return found, at, False
        if end > size:
            break
        if crc32(view[at + 8 : end]) != crc or not _consistent(data, at + 8, length):
            return found, at, False
        found.append((at + 8, end))
        at = end
    return found, at, True


_SIZES: Final = Struct("<BBBBII")
_SIZES_AT: Final = FIXED.fields["kind"][1] if FIXED.fields else 0


def _consistent(data: bytes, at: int, length: int) -> bool:
    """Whether its lengths add up, and its error class and token sources are known ones."""
    kind, *texts, chunks, tokens = _SIZES.unpack_from(data, at + _SIZES_AT)
    if FIXED.itemsize + sum(texts) + 4 * chunks + 2 * tokens != length or tokens not in (0, chunks):
        return False
    sources = data[at + _SOURCE_AT], data[at + _SOURCE_AT + 1]
    return kind >> _FLAGS_BITS < len(ERRORS) and max(sources) < len(SOURCES)


_SOURCE_AT: Final = FIXED.fields["input_source"][1] if FIXED.fields else 0


def _batch(data: bytes, bodies: list[tuple[int, int]]) -> Batch:
    least = FIXED.itemsize
    fixed = np.frombuffer(b"".join([data[at : at + least] for at, _ in bodies]), dtype=FIXED)
    chunks, tokens = fixed["chunks"].astype(np.int64), fixed["token_counts"].astype(np.int64)
    ends = np.array([end for _, end in bodies], dtype=np.int64)
    tokens_at = ends - 2 * tokens
    chunks_at = tokens_at - 4 * chunks
    starts, middles, stops = chunks_at.tolist(), tokens_at.tolist(), ends.tolist()
    offsets = np.concatenate(([0], np.cumsum(chunks)))
    times = np.frombuffer(b"".join([data[a:b] for a, b in zip(starts, middles, strict=True)]), dtype="<u4")
    counted = np.frombuffer(b"".join([data[a:b] for a, b in zip(middles, stops, strict=True)]), dtype="<u2")
    if len(counted) != len(times):
        ones = np.ones(len(times), dtype="<u2")
        ones[np.repeat(tokens > 0, chunks)] = counted
        counted = ones
    texts = [data[at + least : start] for (at, _), start in zip(bodies, starts, strict=True)]
    return Batch(fixed=fixed, chunk_us=times, chunk_tokens=counted, offsets=offsets, texts=texts)
