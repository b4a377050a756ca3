"""Packing: every number comes back as it was, and nothing comes back from bytes that are not whole."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.sources.packing import Packed, pack, unpack

_INT64 = st.integers(-(2**63), 2**63 - 1)
_FLOATS = st.floats(allow_nan=False)
COLUMNS = st.one_of(
    st.lists(_INT64),
    st.lists(st.integers(0, 300)),
    st.lists(_FLOATS),
    st.lists(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))),
)


@given(
    st.lists(COLUMNS, max_size=4),
    st.binary(max_size=50),
    st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.none(), st.lists(st.integers()))),
)
def test_what_is_packed_comes_back(columns: list[list[Any]], states: bytes, facts: dict[str, Any]) -> None:
    found = unpack(pack(Packed(columns=tuple(columns), states=states, facts=facts)))
    assert found is not None
    assert [list(column) for column in found.columns] == columns
    kinds = [set(map(type, column)) for column in columns]
    assert [set(map(type, column)) for column in found.columns] == kinds
    assert (found.states, found.facts) == (states, facts)


@pytest.mark.parametrize("typecode", ["q", "d"])
def test_arrays_go_in_and_come_out_as_arrays(typecode: str) -> None:
    column: array[Any] = array(typecode, [1, 0, 256, 70_000, 3])
    found = unpack(pack(Packed(columns=(column,))))
    assert found is not None
    assert found.columns[0] == column
    assert isinstance(found.columns[0], array)


def test_floats_keep_their_signs_and_what_is_no_number() -> None:
    found = unpack(pack(Packed(columns=([-0.0, float("inf"), float("nan")],))))
    assert found is not None
    assert str(list(found.columns[0])) == "[-0.0, inf, nan]"


@given(st.data())
def test_not_one_bit_may_be_another(data: st.DataObject) -> None:
    packed = pack(Packed(columns=([1, 2, 3], [0.5]), states=b"\3\3\1", facts={"births": 2}))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    damaged = bytearray(packed)
    damaged[bit // 8] ^= 1 << bit % 8
    assert unpack(bytes(damaged)) is None


@given(st.integers(0, 100))
def test_nothing_comes_from_half_a_span(length: int) -> None:
    packed = pack(Packed(columns=([1, 2, 3, 2**40],), states=b"\3\3\3\3", facts={"resets": 1}))
    assert unpack(packed[: min(length, len(packed) - 1)]) is None
    assert unpack(packed + b"\0") is None


@given(st.binary(max_size=200))
def test_any_bytes_are_either_a_span_or_nothing(data: bytes) -> None:
    assert unpack(data) is None


def test_counts_take_a_byte_or_two() -> None:
    counts = [1000 + index * 7919 % 500 for index in range(10_000)]
    zeros = [0] * 10_000
    assert len(pack(Packed(columns=(counts,)))) < 20_000
    assert len(pack(Packed(columns=(zeros,)))) < 200
