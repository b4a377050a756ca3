"""What is kept of a span comes back as it was; whatever else is in its place is nothing."""

from __future__ import annotations

from array import array
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from airectl.sources.packing import Packed, pack
from airectl.sources.prometheus.slices.counting import Beginning, Counted, Reset
from airectl.sources.prometheus.slices.sampling import Sampled
from airectl.sources.prometheus.slices.stored import from_bytes, to_bytes

IDS = st.integers(0, 2**63 - 1)
INDEXES = st.integers(0, 10_080)
FLOATS = st.floats(0, 1e12)
NUMBERS = st.one_of(
    st.lists(st.integers(0, 2**40)).map(lambda numbers: array("q", numbers)),
    st.lists(FLOATS).map(lambda numbers: array("d", numbers)),
)
COUNTED = st.builds(
    Counted,
    increments=NUMBERS,
    known=st.binary(),
    beginnings=st.lists(st.builds(Beginning, index=INDEXES, id=IDS, value=FLOATS)).map(tuple),
    resets=st.lists(st.builds(Reset, index=INDEXES, busiest=FLOATS)).map(tuple),
    seen=st.frozensets(IDS),
    first=st.integers(-1, 10_080),
    last=st.integers(-1, 10_080),
    gaps=st.integers(0, 100),
    before=st.one_of(st.none(), st.frozensets(IDS)),
)
SAMPLED = st.builds(
    Sampled,
    numbers=NUMBERS,
    states=st.binary(),
    series=st.integers(0, 9),
    labels=st.lists(st.text(max_size=5)).map(tuple),
    before=st.one_of(st.none(), st.booleans()),
)


@given(st.one_of(COUNTED, SAMPLED), st.integers(1, 10**6))
def test_it_comes_back(read: Counted | Sampled, lookback_s: int) -> None:
    assert from_bytes(to_bytes(read, lookback_s)) == (read, lookback_s)


@given(st.binary(max_size=100))
def test_anything_else_is_nothing(data: bytes) -> None:
    assert from_bytes(data) is None


def test_what_others_kept_is_nothing() -> None:
    assert from_bytes(pack(Packed(facts={"seconds": 5}))) is None
    assert from_bytes(pack(Packed(facts={"kind": "increments", "lookback_s": 60}))) is None
    whole = Sampled(numbers=array("q", [1]), states=b"\1")
    assert from_bytes(to_bytes(replace(whole, before=True), 60)) == (replace(whole, before=True), 60)
