"""Requests of a load test as columns of whole nanoseconds, and what each of them measured.

Every figure of a load test is one of the definitions below; DEFINITIONS says them in every output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]
NEVER: Final = -1

DEFINITIONS: Final[Mapping[str, str]] = {
    "measured": "requests intended from the end of the warm-up to the end of the plan, however long they took",
    "sent": "counted from the moment the first byte was handed to the operating system",
    "intended": "counted from the moment the plan wanted it sent, so that waiting in the client counts too",
    "ttft_s": "first chunk with content (text, reasoning or a tool call; a role alone is none) - send",
    "itl_s": "gaps between chunks with content, all requests pooled, one value a gap, each divided by the tokens of "
    "the later chunk where usage tells them",
    "tpot_s": "(last content - first content) / (output tokens - 1), one value a request of at least 2 tokens",
    "e2e_s": "last content - send; the end of the answer where it has no content",
    "schedule_lag_s": "sent - intended",
    "failed": "in no latency above, and bad for every objective; counted by error class",
    "requested_rps": "measured requests / s of the window",
    "achieved_rps": "measured requests that were sent within the window, or found no connection / s",
    "requests_per_s": "requests that were answered within the window / s",
    "output_tokens_per_s": "output tokens that arrived within the window / s, each when its chunk came",
    "input_tokens_per_s": "input tokens of the requests whose first content came within the window / s",
    "goodput_rps": "measured requests that met every objective / s; a request met one of itl if at least the "
    "objective's share of its gaps did",
    "goodput_ratio": "measured requests that met every objective / all of them, failed ones included",
}


class Fate(IntEnum):
    """What became of a request."""

    ANSWERED = 0
    REFUSED = 1  # there was no answer, or one that ends in an error
    BROKEN = 2  # the answer is not whole
    WRONG = 3  # the answer is another model's
    CANCELLED = 4  # by the end of the run, while it was in flight
    DROPPED = 5  # never sent: as many were in flight as may


@dataclass(frozen=True, kw_only=True)
class Requests:
    """n requests. Times are nanoseconds since the start of the run, NEVER for what did not happen.

    `first_ns` and `last_ns` are those of content. The chunks of request i are those from `offsets[i]` to
    `offsets[i + 1]` of `chunk_us`, microseconds since it was sent; `chunk_tokens` lies beside it.
    """

    intended_ns: Whole
    sent_ns: Whole
    first_ns: Whole
    last_ns: Whole
    end_ns: Whole
    input_tokens: Whole
    output_tokens: Whole
    fate: Whole
    queued: Truth
    warm_up: Truth
    chunk_us: NDArray[np.uint32]
    chunk_tokens: NDArray[np.uint16]
    offsets: Whole

    def __len__(self) -> int:
        return len(self.intended_ns)

    @property
    def ok(self) -> Truth:
        """Whether each was answered as it should be."""
        found: Truth = self.fate == Fate.ANSWERED
        return found

    @property
    def was_sent(self) -> Truth:
        """Whether each was sent at all."""
        found: Truth = self.sent_ns != NEVER
        return found

    @cached_property
    def done_ns(self) -> Whole:
        """When each had its answer: the last content, or its end where there is none."""
        return np.where(self.last_ns == NEVER, self.end_ns, self.last_ns)

    @cached_property
    def chunks(self) -> Whole:
        """How many chunks with content each has."""
        return np.diff(self.offsets)

    @cached_property
    def counted_tokens(self) -> Whole:
        """The tokens of each one's chunks, added up."""
        sums = np.concatenate(([0], np.cumsum(self.chunk_tokens, dtype=np.int64)))
        found: Whole = sums[self.offsets[1:]] - sums[self.offsets[:-1]]
        return found

    @cached_property
    def answer_tokens(self) -> Whole:
        """Output tokens as counted by whom the record names; those of its chunks where nobody did."""
        return np.where(self.output_tokens == NEVER, self.counted_tokens, self.output_tokens)

    @cached_property
    def later_chunks(self) -> Whole:
        """The places of all chunks that have one before them in the same answer."""
        follows = np.ones(len(self.chunk_us), dtype=bool)
        starts = self.offsets[:-1]
        follows[starts[self.chunks > 0]] = False
        return np.flatnonzero(follows)

    @cached_property
    def gaps_ns(self) -> Whole:
        """The time before each of the later chunks."""
        at = self.later_chunks
        return (self.chunk_us[at].astype(np.int64) - self.chunk_us[at - 1]) * 1000

    @cached_property
    def gap_tokens(self) -> Whole:
        """By how many tokens each of the gaps is divided, at least 1."""
        return np.maximum(self.chunk_tokens[self.later_chunks].astype(np.int64), 1)

    @cached_property
    def gap_owner(self) -> Whole:
        """The request that each of the gaps is of."""
        return np.repeat(np.arange(len(self)), np.maximum(self.chunks - 1, 0))

    @property
    def itl_ns(self) -> Whole:
        """The gaps per token, rounded down to whole nanoseconds."""
        return self.gaps_ns // self.gap_tokens

    def where(self, rows: Truth) -> Requests:
        """Those of them that are true in `rows`."""
        if rows.all():
            return self
        chunks = np.repeat(rows, self.chunks)
        kept = {name: getattr(self, name)[rows] for name in _PLAIN}
        offsets = np.concatenate(([0], np.cumsum(self.chunks[rows])))
        return Requests(**kept, offsets=offsets, chunk_us=self.chunk_us[chunks], chunk_tokens=self.chunk_tokens[chunks])

    def since(self, moment_ns: Whole, *, intended: bool) -> Whole:
        """From the send, or the intended time, to a moment; meaningless where either is NEVER."""
        return moment_ns - (self.intended_ns if intended else self.sent_ns)

    @property
    def has_first(self) -> Truth:
        """Answered, and with content."""
        found: Truth = self.ok & (self.first_ns != NEVER)
        return found

    @property
    def has_tpot(self) -> Truth:
        """Answered, with two tokens or more."""
        return self.has_first & (self.answer_tokens > 1) & (self.last_ns >= self.first_ns)

    @property
    def tpot_ns(self) -> Whole:
        """Time per output token after the first, rounded down; meaningless where `has_tpot` is false."""
        return (self.last_ns - self.first_ns) // np.maximum(self.answer_tokens - 1, 1)


_CHUNKED: Final = ("chunk_us", "chunk_tokens", "offsets")
_PLAIN: Final = tuple(name for name in Requests.__dataclass_fields__ if name not in _CHUNKED)
