"""Stretches that follow each other as one, and what that says of the series that begin in them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from airectl.sources.prometheus.slices.counting import Beginning, Counted, Numbers, Reset
from airectl.sources.prometheus.slices.sampling import Sampled


def counted(parts: Sequence[Counted]) -> Counted:
    """Increments of stretches, each of which begins where the one before it ends.

    What begins in one and was seen in an earlier one has come back: it is no beginning.
    """
    beginnings: list[Beginning] = []
    resets: list[Reset] = []
    seen: set[int] = set()
    ends: list[int] = []
    offset = back = 0
    for part in parts:
        born = [each for each in part.beginnings if each.id not in seen]
        back += len(part.beginnings) - len(born)
        beginnings += (Beginning(index=each.index + offset, id=each.id, value=each.value) for each in born)
        resets += (Reset(index=each.index + offset, busiest=each.busiest) for each in part.resets)
        seen |= part.seen
        ends += (each + offset for each in (part.first, part.last) if each >= 0)
        offset += len(part.known)
    return Counted(
        increments=numbers(part.increments for part in parts),
        known=b"".join(part.known for part in parts),
        beginnings=tuple(beginnings),
        resets=tuple(resets),
        seen=frozenset(seen),
        first=min(ends, default=-1),
        last=max(ends, default=-1),
        gaps=back + sum(part.gaps for part in parts),
        before=parts[0].before,
    )


def sampled(parts: Sequence[Sampled]) -> Sampled:
    """Values of stretches, each of which begins where the one before it ends."""
    return Sampled(
        numbers=numbers(part.numbers for part in parts),
        states=b"".join(part.states for part in parts),
        series=max(part.series for part in parts),
        labels=next((part.labels for part in parts if part.series > 1), ()),
        before=parts[0].before,
    )


def resolved(one: Counted) -> Counted:
    """The same where the series that had samples before the stretch are not born in it: they come back."""
    if not one.beginnings or not one.before:
        return one
    born = tuple(each for each in one.beginnings if each.id not in one.before)
    return replace(one, beginnings=born, gaps=one.gaps + len(one.beginnings) - len(born))


def numbers(parts: Iterable[Numbers]) -> Numbers:
    """One after the other: whole numbers where all of them are."""
    all_ = list(parts)
    if len({part.typecode for part in all_}) > 1:
        return array("d", chain.from_iterable(all_))
    joined = array(all_[0].typecode if all_ else "q")
    joined.frombytes(b"".join(part.tobytes() for part in all_))
    return joined
