"""Searches among moments: what a walk over each of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from airectl.core.search import first, last

HEIGHTS = st.lists(st.integers(-20, 20), min_size=1, max_size=60)


@given(heights=HEIGHTS, limit=st.integers(-20, 20), slack=st.integers(0, 20), data=st.data())
def test_the_first_and_the_last_that_a_walk_would_find(
    heights: list[int], limit: int, slack: int, data: st.DataObject
) -> None:
    low = data.draw(st.integers(0, len(heights)))
    high = data.draw(st.integers(low - 1, len(heights) - 1))

    def ruled_out(start: int, end: int) -> bool:
        # The bound of a run may be loose, that of a single number is not.
        return max(heights[start : end + 1]) + (slack if end > start else 0) <= limit

    above = [index for index in range(low, high + 1) if heights[index] > limit]
    assert first(low, high, ruled_out) == min(above, default=None)
    assert last(low, high, ruled_out) == max(above, default=None)


def test_few_are_looked_at_where_bounds_are_good() -> None:
    asked = []

    def ruled_out(start: int, end: int) -> bool:
        asked.append((start, end))
        return not start <= 77_777 <= end

    assert first(0, 100_000, ruled_out) == 77_777
    assert last(0, 100_000, ruled_out) == 77_777
    assert len(asked) < 100
