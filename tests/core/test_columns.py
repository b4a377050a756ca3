"""Columns: what working on each number gives."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.columns import Number, clip, differing, has_negative, kept, minus

Form = Callable[[Sequence[Number]], Sequence[Number]]
FORMS: dict[str, Form] = {
    "list": list,
    "q": lambda numbers: array("q", map(int, numbers)),
    "d": lambda numbers: array("d", map(float, numbers)),
}
# Long stretches that are alike, with something here and there.
PAIRS = st.lists(
    st.tuples(
        st.integers(0, 150), st.integers(0, 9).flatmap(lambda valid: st.tuples(st.integers(-2, 12), st.just(valid)))
    ),
    max_size=6,
).map(lambda runs: [pair for length, odd in runs for pair in (*[(7, 7)] * length, odd)])
STATES = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3)), max_size=8).map(
    lambda runs: b"".join(bytes([state]) * length for length, state in runs)
)


@pytest.mark.parametrize("form", FORMS)
@given(pairs=PAIRS)
def test_runs_that_differ_hold_every_difference(form: str, pairs: list[tuple[int, int]]) -> None:
    one, other = (FORMS[form](column) for column in ([a for a, _ in pairs], [b for _, b in pairs]))
    runs = differing(one, other)
    inside = {index for run in runs for index in range(*run.indices(len(pairs)))}
    assert inside >= {index for index, (a, b) in enumerate(pairs) if a != b}
    assert all(early.stop < late.start for early, late in pairwise(runs))
    parts = [slice(at, at + 64) for run in runs for at in range(run.start, run.stop, 64)]
    assert all(one[part] != other[part] for part in parts)


@pytest.mark.parametrize("form", FORMS)
@given(pairs=PAIRS)
def test_what_is_left_without_a_part(form: str, pairs: list[tuple[int, int]]) -> None:
    part = FORMS[form]([7 - a for a, _ in pairs])
    whole = FORMS[form]([b for _, b in pairs])
    assert list(minus(whole, part)) == [b - 7 + a for a, b in pairs]
    assert list(whole) == [b for _, b in pairs]


def test_what_is_left_of_different_kinds() -> None:
    assert list(minus(array("q", [3, 2]), array("d", [0.5, 0.0]))) == [2.5, 2]


@pytest.mark.parametrize("form", FORMS)
@given(states=STATES, state=st.integers(0, 3))
def test_numbers_are_kept_where_the_state_says_so(form: str, states: bytes, state: int) -> None:
    column = FORMS[form](range(1, len(states) + 1))
    found = kept(column, states, state)
    assert list(found) == [index + 1 if each == state else 0 for index, each in enumerate(states)]
    assert type(found) is type(column)
    assert list(column) == list(range(1, len(states) + 1))


@pytest.mark.parametrize("form", FORMS)
@given(numbers=st.lists(st.integers(-(2**40), 2**40)))
def test_a_negative_number_is_seen(form: str, numbers: list[int]) -> None:
    assert has_negative(FORMS[form](numbers)) == any(number < 0 for number in numbers)


def test_a_negative_zero_is_no_negative_number() -> None:
    assert not has_negative(array("d", [-0.0, 1.0]))
    assert has_negative(array("d", [-5e-324]))


@pytest.mark.parametrize("form", FORMS)
@given(pairs=PAIRS)
def test_clipping_is_that_of_each_number(form: str, pairs: list[tuple[int, int]]) -> None:
    good, valid = (FORMS[form](column) for column in ([a for a, _ in pairs], [b for _, b in pairs]))
    clipped, changed = clip(good, valid)
    assert list(clipped) == [min(max(a, 0), b) for a, b in pairs]
    assert changed == sum(not 0 <= a <= b for a, b in pairs)
