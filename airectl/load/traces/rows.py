"""The rows of a trace as columns, collected while it is read."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airectl.core.lengths import LONGEST

MOST_ROWS: Final = 10_000_000
MOST_BLOCKS: Final = 100_000_000
LARGEST_ID: Final = 2**32 - 1
# Ten years: a time beyond is one in another unit.
LONGEST_NS: Final = 3650 * 86_400 * 10**9


class RowError(ValueError):
    """A row cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """When, in nanoseconds from any beginning, and how many tokens; `output` -1 where nobody says."""

    time_ns: int
    input: int
    output: int = -1
    session: int = -1
    blocks: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a trace is wanted: from `from_s` after its first row, for `for_s`, and no more than `rows`."""

    from_s: float = 0.0
    for_s: float | None = None
    rows: int = MOST_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Rows in the order of `times_ns`, which count from the beginning of the window.

    Of each row `block_counts` many of `blocks` are its own. `blocks` are empty where rows list none.
    """

    format: str
    times_ns: NDArray[np.int64]
    inputs: NDArray[np.int64]
    outputs: NDArray[np.int64]
    sessions: NDArray[np.int64]
    block_counts: NDArray[np.int64]
    blocks: NDArray[np.int64]
    block_tokens: int = 0


@dataclass(slots=True)
class Columns:
    """Rows as they are read; those outside of the window are left."""

    window: Window
    block_tokens: int = 0
    times: array[int] = field(default_factory=lambda: array("q"))
    inputs: array[int] = field(default_factory=lambda: array("i"))
    outputs: array[int] = field(default_factory=lambda: array("i"))
    sessions: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("i"))
    blocks: array[int] = field(default_factory=lambda: array("I"))
    first_ns: int | None = None
    last_ns: int = 0

    @property
    def full(self) -> bool:
        """Whether no further row is wanted."""
        return len(self.times) >= min(self.window.rows, MOST_ROWS)

    def add(self, row: Row) -> bool:
        """Take a row; whether it is in order. Raises RowError."""
        self._check(row)
        first = self.first_ns = row.time_ns if self.first_ns is None else self.first_ns
        since = row.time_ns - first
        if abs(since) > LONGEST_NS:
            raise RowError("its time is more than ten years from that of the first row")
        ordered = row.time_ns >= self.last_ns or not self.times
        if self._wanted(since):
            self.times.append(since)
            self.inputs.append(row.input)
            self.outputs.append(row.output)
            self.sessions.append(row.session)
            self.counts.append(len(row.blocks))
            self.blocks.extend(row.blocks)
            self.last_ns = row.time_ns
        return ordered

    def _check(self, row: Row) -> None:
        if not 1 <= row.input <= LONGEST:
            raise RowError(f"`{row.input}` is no number of tokens of a prompt: 1 to {LONGEST:,}")
        if not -1 <= row.output <= LONGEST:
            raise RowError(f"`{row.output}` is no number of tokens of an answer: 1 to {LONGEST:,}")
        if row.blocks:
            most = -(-row.input // self.block_tokens)
            if len(row.blocks) > most:
                raise RowError(f"it lists {len(row.blocks)} blocks of {self.block_tokens} tokens, and has {most}")
            if len(self.blocks) + len(row.blocks) > MOST_BLOCKS:
                raise RowError(f"the trace lists more than {MOST_BLOCKS:,} blocks")

    def _wanted(self, since_ns: int) -> bool:
        begin = self.window.from_s * 1e9
        if begin and since_ns < begin:
            return False
        return self.window.for_s is None or since_ns < begin + self.window.for_s * 1e9

    def trace(self, format: str) -> Trace:
        """All rows, by their times; of the same time, in the order of the file."""
        times = np.array(self.times, np.int64)
        order = np.argsort(times, kind="stable")
        begin = round(self.window.from_s * 1e9) or (int(times[order[0]]) if times.size else 0)
        counts = np.array(self.counts, np.int64)
        return Trace(
            format=format,
            times_ns=times[order] - begin,
            inputs=np.array(self.inputs, np.int64)[order],
            outputs=np.array(self.outputs, np.int64)[order],
            sessions=np.array(self.sessions, np.int64)[order],
            block_counts=counts[order],
            blocks=_sorted_blocks(np.array(self.blocks, np.int64), counts, order),
            block_tokens=self.block_tokens if len(self.blocks) else 0,
        )


def _sorted_blocks(blocks: NDArray[np.int64], counts: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    if not blocks.size or bool((np.diff(order) > 0).all()):
        return blocks
    parts = np.split(blocks, np.cumsum(counts)[:-1])
    return np.concatenate([parts[at] for at in order])
