"""What a span comes to: read from the cache as far as it was closed, and from the server beyond."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airectl.promql.bind import Kind
from airectl.sources.prometheus.slices import joining, sampling, wide
from airectl.sources.prometheus.slices.counting import Counted, count, within
from airectl.sources.prometheus.slices.sampling import Sampled
from airectl.sources.prometheus.slices.spans import Stretch

if TYPE_CHECKING:
    from airectl.sources.prometheus.slices.asking import Reader

Read = Counted | Sampled
# Below this a question is not made smaller any more.
_SMALLEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A span, and what was kept of it: the first slices, or nothing. `lookback_s` is how it was read.

    The cache may have `more` of the span than is asked for.
    """

    span: Stretch
    kept: Read | None = None
    lookback_s: int = 0
    more: Read | None = None

    @classmethod
    def of(cls, span: Stretch, found: tuple[Read, int] | None) -> Piece:
        """With what was found in the cache."""
        if found is None:
            return cls(span=span)
        read, lookback_s = found
        if size(read) <= span.slices:
            return cls(span=span, kept=read, lookback_s=lookback_s)
        return cls(span=span, kept=_start(read, span.slices), lookback_s=lookback_s, more=read)

    @property
    def known(self) -> int:
        """How many of its slices were kept."""
        return size(self.kept) if self.kept is not None else 0

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask for."""
        return self.known >= self.span.slices


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A span that was read: its slices that cannot change any more, then the others."""

    closed: Read
    open: Read
    lookback_s: int

    @classmethod
    def kept(cls, piece: Piece, kind: Kind) -> Done:
        """A span that was complete."""
        return cls(closed=piece.kept or nothing(kind), open=nothing(kind), lookback_s=piece.lookback_s)

    @property
    def slices(self) -> int:
        """How many slices are closed."""
        return size(self.closed)


def size(read: Read) -> int:
    """How many slices it is of."""
    return len(read.known if isinstance(read, Counted) else read.states)


def nothing(kind: Kind) -> Read:
    """No slices at all."""
    return (
        Counted(increments=array("q"), known=b"")
        if kind is Kind.INCREMENTS
        else Sampled(numbers=array("q"), states=b"")
    )


def joined(reads: Iterable[Read], kind: Kind) -> Read:
    """Stretches that follow each other as one."""
    some = [each for each in reads if size(each)]
    if not some:
        return nothing(kind)
    if kind is Kind.VALUES:
        return joining.sampled([each for each in some if isinstance(each, Sampled)])
    return joining.counted([each for each in some if isinstance(each, Counted)])


def _start(read: Read, slices: int) -> Read:
    """Its first slices."""
    return read.cut(0, slices) if isinstance(read, Sampled) else read.start(slices)


def unsettled(read: Read) -> bool:
    """Whether it matters what there was before the stretch, and that is not known."""
    if isinstance(read, Counted):
        return read.before is None and bool(read.beginnings)
    return read.before is None and read.states[:1] == bytes([sampling.ABSENT]) and any(read.states)


def completed(piece: Piece, reader: Reader, closed: int) -> Done:
    """The whole span; its first `closed` slices cannot change any more."""
    first = piece.known
    rest = piece.span.from_slice(first)
    early, late = _read(reader, rest, min(max(closed - first, 0), rest.slices))
    if piece.kept is not None:
        early = joined((piece.kept, early), reader.binding.kind) if size(early) else piece.kept
    return Done(closed=early, open=late, lookback_s=reader.lookback_s)


def _read(reader: Reader, stretch: Stretch, closed: int) -> tuple[Read, Read]:
    """As `completed`, from the server; in halves where the question is too large for it."""
    from airectl.sources.prometheus.server.failures import Refused, TooMuch

    try:
        return _once(reader, stretch, closed)
    except (Refused, TooMuch) as error:
        too_large = isinstance(error, TooMuch) or error.too_large
        if not too_large or stretch.slices < 2 * _SMALLEST:
            raise
    half = stretch.slices // 2
    left = Stretch(start_s=stretch.start_s, step_s=stretch.step_s, slices=half)
    halves = [_read(reader, left, min(closed, half)), _read(reader, stretch.from_slice(half), max(closed - half, 0))]
    kind = reader.binding.kind
    return joined([early for early, _ in halves], kind), joined([late for _, late in halves], kind)


def _once(reader: Reader, stretch: Stretch, closed: int) -> tuple[Read, Read]:
    head = Stretch(start_s=stretch.start_s, step_s=stretch.step_s, slices=closed)
    tail = stretch.from_slice(closed)
    if reader.binding.kind is Kind.VALUES:
        whole = reader.samples(stretch)
        return whole.cut(0, closed), whole.cut(closed, stretch.slices)
    if reader.wide:
        halves = [wide.read(reader, part) if part.slices else nothing(Kind.INCREMENTS) for part in (head, tail)]
        return halves[0], halves[1]
    lines = reader.lines(stretch)
    early, late = (
        count((within(line, stretch, part) for line in lines), part) if part.slices else nothing(Kind.INCREMENTS)
        for part in (head, tail)
    )
    return early, late
