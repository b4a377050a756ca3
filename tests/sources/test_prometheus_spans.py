"""Spans: below the server's limit of points, and the same in every run."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from airectl.sources.prometheus.slices.spans import Stretch, length, spans

DAY_S = 86_400
STEPS = st.sampled_from([1, 7, 15, 60, 300, 3600, DAY_S, 40 * DAY_S])


@given(STEPS, st.integers(0, 2**31), st.integers(1, 50_000))
def test_they_hold_what_was_asked_for_without_holes(step_s: int, start_s: int, slices: int) -> None:
    end_s = start_s + slices * step_s
    found = list(spans(start_s, end_s, step_s))
    assert found[0].start_s <= start_s < found[0].end_s
    assert found[-1].end_s == end_s
    assert all(before.end_s == after.start_s for before, after in pairwise(found))
    assert all(each.slices == length(step_s) for each in found[:-1])
    assert all(0 < each.slices <= 10_999 for each in found)


@given(STEPS, st.integers(0, 2**31), st.integers(0, 3000), st.integers(1, 3000))
def test_the_same_slices_lie_in_the_same_span_in_every_run(step_s: int, start_s: int, later: int, slices: int) -> None:
    end_s = start_s + 3000 * step_s
    first = {each.start_s for each in spans(start_s, end_s, step_s)}
    moved = [each.start_s for each in spans(start_s + later * step_s, end_s + slices * step_s, step_s)]
    assert moved[0] in first
    assert all(each in first or each > max(first) for each in moved)


def test_a_week_of_minutes_is_a_span() -> None:
    found = list(spans(1_795_176_000 - 56 * DAY_S, 1_795_176_000, 60))
    assert [each.slices for each in found[:-1]] == [10_080] * (len(found) - 1)
    assert len(found) in (8, 9)
    assert found[0].start_s % (7 * DAY_S) == 0


def test_slices_from_one_on() -> None:
    rest = Stretch(start_s=600, step_s=60, slices=10).from_slice(4)
    assert (rest.start_s, rest.slices, rest.end_s) == (840, 6, 1200)
