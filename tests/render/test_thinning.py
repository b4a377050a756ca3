"""Thinned lines keep their extremes and their gaps."""

from hypothesis import given
from hypothesis import strategies as st

from airectl.render.thinning import thinned

VALUES = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=300)


@given(VALUES, st.integers(2, 20))
def test_no_extreme_is_lost(values: list[float | None], columns: int) -> None:
    points = thinned(range(len(values)), values, columns)
    known = [value for value in values if value is not None]
    kept = [value for _, value in points if value is not None]
    assert len(points) <= max(2 * columns, 3 * columns)
    assert not known or (min(kept), max(kept)) == (min(known), max(known))
    assert [at for at, _ in points] == sorted({at for at, _ in points})
    assert all(values[int(at)] == value for at, value in points)
    assert (None in values) == (None in [value for _, value in points])


def test_what_is_no_number_is_a_gap() -> None:
    assert thinned([1, 2], [float("nan"), float("inf")], 9) == [(1, None), (2, None)]
