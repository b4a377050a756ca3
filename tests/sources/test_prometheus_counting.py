"""Counting increments: fast, and the same as a count that is slow and plain."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.sources.prometheus.slices import joining
from airectl.sources.prometheus.slices.counting import (
    Beginning,
    Counted,
    Line,
    count,
    identity,
    resets_in,
    within,
)
from airectl.sources.prometheus.slices.spans import Stretch

STEP_S = 60
START_S = 600_000
# The value of each series at each boundary; None where it has none.
History = list[list[float | None]]


@dataclass
class Plain:
    """What the reference finds, by slice."""

    increments: list[float]
    known: list[bool]
    beginnings: list[tuple[int, int, float]] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    gaps: int = 0


def plainly(history: History, slices: int) -> Plain:
    """The rules, boundary by boundary."""
    found = Plain(increments=[0.0] * slices, known=[False] * slices)
    for id, values in enumerate(history):
        there = [value if value is not None and isfinite(value) else None for value in values]
        for i in range(slices):
            before, after = there[i], there[i + 1]
            if after is None:
                continue
            if before is not None:
                found.known[i] = True
                found.increments[i] += after - before if after >= before else after
                if after < before:
                    found.resets.append(i)
            elif any(value is not None for value in there[:i]):
                found.gaps += 1
            else:
                found.beginnings.append((i, id, after))
    found.beginnings.sort()
    found.resets.sort()
    return found


def stretch(slices: int, first: int = 0) -> Stretch:
    return Stretch(start_s=START_S + first * STEP_S, step_s=STEP_S, slices=slices)


def lines(history: History, first: int = 0, last: int | None = None) -> list[Line]:
    """The series as a server gives them between two boundaries, both inclusive."""
    found = []
    for id, values in enumerate(history):
        points = [(START_S + i * STEP_S, value) for i, value in enumerate(values) if value is not None]
        end = len(values) - 1 if last is None else last
        inside = [(time, value) for time, value in points if first <= (time - START_S) // STEP_S <= end]
        if inside:
            times, numbers = zip(*inside, strict=True)
            found.append(Line(id=id, times=times, values=numbers))
    return found


VALUES = st.one_of(st.none(), st.integers(0, 9).map(float), st.sampled_from([nan, inf, -inf]))


@st.composite
def histories(draw: st.DrawFn) -> History:
    slices = draw(st.integers(1, 12))
    row = st.lists(VALUES, min_size=slices + 1, max_size=slices + 1)
    steady = st.lists(st.integers(0, 5), min_size=slices + 1, max_size=slices + 1).map(
        lambda steps: [float(sum(steps[: i + 1])) for i in range(len(steps))]
    )
    return draw(st.lists(st.one_of(row, steady), min_size=1, max_size=4))


def comparable(counted: Counted) -> Plain:
    return Plain(
        increments=list(counted.increments),
        known=[bool(each) for each in counted.known],
        beginnings=[(each.index, each.id, each.value) for each in counted.beginnings],
        resets=[each.index for each in counted.resets],
        gaps=counted.gaps,
    )


@given(histories())
def test_it_is_the_plain_count(history: History) -> None:
    slices = len(history[0]) - 1
    assert comparable(count(lines(history), stretch(slices))) == plainly(history, slices)


@given(histories(), st.data())
def test_two_halves_are_the_whole(history: History, data: st.DataObject) -> None:
    slices = len(history[0]) - 1
    cut = data.draw(st.integers(0, slices))
    halves = (
        count(lines(history, 0, cut), stretch(cut)),
        count(lines(history, cut, slices), stretch(slices - cut, cut)),
    )
    joined, whole = joining.counted(halves), count(lines(history), stretch(slices))
    assert comparable(joined) == comparable(whole)
    assert (joined.seen, joined.first, joined.last) == (whole.seen, whole.first, whole.last)


@given(histories())
def test_first_and_last_are_the_ends_of_what_is_there(history: History) -> None:
    there = [i for i in range(len(history[0])) if any(row[i] is not None and isfinite(row[i] or 0) for row in history)]
    counted = count(lines(history), stretch(len(history[0]) - 1))
    assert (counted.first, counted.last) == ((there[0], there[-1]) if there else (-1, -1))


def one(values: list[float | None], **more: object) -> Counted:
    (line,) = lines([values])
    return count([Line(id=line.id, times=line.times, values=line.values, **more)], stretch(len(values) - 1))  # type: ignore[arg-type]  # whatever a test says of it


def test_a_reset_counts_from_zero_and_names_what_it_may_have_lost() -> None:
    counted = one([10, 14, 3, 5])
    assert list(counted.increments) == [4, 3, 2]
    assert [(each.index, each.busiest) for each in counted.resets] == [(1, 4)]


def test_what_is_known_better_than_by_the_boundaries_is_taken() -> None:
    # 14, 20 (scraped within the slice), set back, 3: the slice gained 6 + 3.
    counted = one([10, 14, 3, 5], exact={1: 9.0})
    assert list(counted.increments) == [4, 9, 2]
    assert [each.index for each in counted.resets] == [1]


def test_a_reset_that_the_boundaries_do_not_show_is_one() -> None:
    counted = one([10, 14, 15], exact={1: 15.0})
    assert list(counted.increments) == [4, 15]
    assert [each.index for each in counted.resets] == [1]


def test_what_a_series_gained_in_a_gap_belongs_to_no_slice() -> None:
    counted = one([1, 2, None, 50, 51])
    assert list(counted.increments) == [1, 0, 0, 1]
    assert list(counted.known) == [1, 0, 0, 1]
    assert counted.gaps == 1


def test_a_series_that_was_seen_before_comes_back() -> None:
    counted = one([None, 50, 51])
    assert counted.beginnings == (Beginning(index=0, id=0, value=50),)
    back = joining.resolved(replace(counted, before=frozenset({0})))
    assert (back.beginnings, back.gaps, list(back.increments)) == ((), 1, [0, 1])
    assert joining.resolved(replace(counted, before=frozenset({1}))).beginnings == counted.beginnings
    assert joining.resolved(counted).beginnings == counted.beginnings


def test_one_series_in_a_gap_leaves_the_others_known() -> None:
    counted = count(lines([[1, 2, None, 4], [5, 5, 6, 9]]), stretch(3))
    assert list(counted.known) == [1, 1, 1]
    assert list(counted.increments) == [1, 1, 3]


def test_slices_with_a_fall_are_named() -> None:
    (line,) = lines([[5, 3, None, 9, 1, 2]])
    assert resets_in(line, stretch(5)) == [0, 3]


@pytest.mark.parametrize("labels", [{"a": "b"}, {"a": "bb"}, {"b": "a"}, {"a": "b", "b": "a"}, {}])
def test_a_series_is_its_labels_in_any_order(labels: dict[str, str]) -> None:
    assert identity(labels) == identity(dict(reversed(labels.items())))
    assert 0 <= identity(labels) < 2**63
    assert identity(labels) != identity({**labels, "c": "d"})


@given(histories(), st.data())
def test_a_part_of_the_points_is_counted_as_if_it_had_been_asked_for_alone(
    history: History, data: st.DataObject
) -> None:
    slices = len(history[0]) - 1
    first = data.draw(st.integers(0, slices))
    part = stretch(data.draw(st.integers(0, slices - first)), first)
    inside = [within(line, stretch(slices), part) for line in lines(history)]
    assert count(inside, part) == count(lines(history, first, first + part.slices), part)


def test_what_is_known_better_goes_with_its_slice() -> None:
    (line,) = lines([[1, 2, 3, 4]])
    line = replace(line, exact={0: 7.0, 2: 8.0})
    assert within(line, stretch(3), stretch(2, 1)).exact == {1: 8.0}
