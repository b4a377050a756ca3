"""What was read of a span, as it is kept in the cache."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from airectl.sources.packing import Packed, pack, unpack
from airectl.sources.prometheus.slices.counting import Beginning, Counted, Reset, exactly
from airectl.sources.prometheus.slices.sampling import Sampled


def to_bytes(read: Counted | Sampled, lookback_s: int) -> bytes:
    """What was read, looking back so far for a sample at each boundary."""
    if isinstance(read, Sampled):
        facts = {
            "kind": "values",
            "series": read.series,
            "labels": list(read.labels),
            "before": read.before,
            "lookback_s": lookback_s,
        }
        return pack(Packed(columns=(read.numbers,), states=read.states, facts=facts))
    facts = {
        "kind": "increments",
        "first": read.first,
        "last": read.last,
        "gaps": read.gaps,
        "asked": read.before is not None,
        "lookback_s": lookback_s,
    }
    columns = (
        read.increments,
        _ints(each.index for each in read.beginnings),
        _ints(each.id for each in read.beginnings),
        array("d", [each.value for each in read.beginnings]),
        _ints(each.index for each in read.resets),
        array("d", [each.busiest for each in read.resets]),
        _ints(sorted(read.seen)),
        _ints(sorted(read.before or ())),
    )
    return pack(Packed(columns=columns, states=read.known, facts=facts))


def from_bytes(data: bytes) -> tuple[Counted | Sampled, int] | None:
    """What was read and how far it looked back; None where it is damaged or of another kind."""
    packed = unpack(data)
    if packed is None:
        return None
    try:
        kind, lookback_s = packed.facts["kind"], int(packed.facts["lookback_s"])
        return (_sampled(packed) if kind == "values" else _counted(packed)), lookback_s
    except (KeyError, TypeError, ValueError):
        return None


def _sampled(packed: Packed) -> Sampled:
    (numbers,) = packed.columns
    facts = packed.facts
    return Sampled(
        numbers=_array(numbers),
        states=packed.states,
        series=facts["series"],
        labels=tuple(facts["labels"]),
        before=facts["before"],
    )


def _counted(packed: Packed) -> Counted:
    increments, indexes, ids, values, resets, busiest, seen, before = packed.columns
    facts = packed.facts
    return Counted(
        increments=_array(increments),
        known=packed.states,
        beginnings=tuple(
            Beginning(index=int(index), id=int(id), value=value)
            for index, id, value in zip(indexes, ids, values, strict=True)
        ),
        resets=tuple(Reset(index=int(i), busiest=each) for i, each in zip(resets, busiest, strict=True)),
        seen=frozenset(map(int, seen)),
        first=facts["first"],
        last=facts["last"],
        gaps=facts["gaps"],
        before=frozenset(map(int, before)) if facts["asked"] else None,
    )


def _ints(numbers: Iterable[int]) -> array[Any]:
    return array("q", numbers)


def _array(numbers: Sequence[float]) -> array[Any]:
    return numbers if isinstance(numbers, array) else exactly(list(map(float, numbers)))
