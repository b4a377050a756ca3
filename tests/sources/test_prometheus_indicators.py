"""From what queries say of slices to good and valid events, and what is known of each slice."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from decimal import Decimal

import pytest

from airectl.core.slices import BEFORE, KNOWN, MISSING
from airectl.sources.prometheus.indicators import Course, Told, beginning, born, ratio, raw, threshold
from airectl.sources.prometheus.slices.counting import Counted, Line, count, exactly
from airectl.sources.prometheus.slices.sampling import Sampled, sample, where_present
from airectl.sources.prometheus.slices.spans import Stretch

STEP_S = 60
NAN = float("nan")
LETTERS = {BEFORE: "b", MISSING: "m", KNOWN: "k"}


def stretch(slices: int, first: int = 0) -> Stretch:
    return Stretch(start_s=6000 + first * STEP_S, step_s=STEP_S, slices=slices)


def line(values: Sequence[float | None], id: int = 1) -> Line:
    """A series by its values at the boundaries."""
    points = [(6000 + i * STEP_S, value) for i, value in enumerate(values) if value is not None]
    return Line(id=id, times=[time for time, _ in points], values=array("d", [value for _, value in points]))


def counter(*rows: Sequence[float | None], before: frozenset[int] | None = frozenset(), lookback_s: int = 0) -> Course:
    whole = stretch(len(rows[0]) - 1)
    counted = count([line(row, id) for id, row in enumerate(rows)], whole)
    read = Counted(**{name: getattr(counted, name) for name in counted.__slots__} | {"before": before})
    return Course(stretch=whole, read=read, lookback_s=lookback_s)


def values(*numbers: float | None, before: bool = False, differences: bool = False, lookback_s: int = 0) -> Course:
    """A query by its value at the end of each slice."""
    whole = stretch(len(numbers))
    sampled = sample([line([None, *numbers])], whole)
    read = Sampled(numbers=sampled.numbers, states=sampled.states, before=before)
    return Course(stretch=whole, read=read, differences=differences, lookback_s=lookback_s)


def shown(told: Told) -> tuple[list[float], list[float], str]:
    slices = told.slices
    return list(slices.good), list(slices.valid), "".join(LETTERS[state] for state in slices.states)


def test_good_and_total_counters() -> None:
    told = ratio(counter([0, 5, 9]), counter([0, 4, 8]), stretch(2), bad=False, whole=True)
    assert shown(told) == ([4, 4], [5, 4], "kk")
    assert told.slices.whole


def test_bad_is_taken_from_total() -> None:
    told = ratio(counter([0, 5, 9]), counter([0, 4, 8]), stretch(2), bad=True, whole=True)
    assert shown(told) == ([1, 0], [5, 4], "kk")


def test_a_part_of_the_slices() -> None:
    told = ratio(counter([0, 5, 9, 9]), counter([0, 4, 8, 8]), stretch(2, 1), bad=False, whole=True)
    assert shown(told) == ([4, 0], [4, 0], "kk")
    assert told.slices.start_s == 6060


def test_a_part_without_series_counts_nothing() -> None:
    told = ratio(counter([0, 5, 9]), counter([None, None, None]), stretch(2), bad=False, whole=True)
    assert shown(told) == ([0, 0], [5, 4], "kk")


def test_where_differences_begin_they_say_only_where_counters_stood() -> None:
    all_ = values(None, 9000, 900, 10, 10, differences=True, lookback_s=STEP_S)
    bad = values(None, None, None, None, 1, differences=True, lookback_s=STEP_S)
    told = ratio(all_, bad, stretch(5), bad=True, whole=False)
    assert shown(told) == ([0, 0, 0, 10, 9], [0, 0, 0, 10, 10], "bbbkk")
    assert shown(raw(values(None, 2, 0.5, 0.5, 0.5, differences=True), stretch(5), success=True)) == (
        [0, 0, 0.5, 0.5, 0.5],
        [0, 0, 1, 1, 1],
        "bbkkk",
    )


def test_differences_go_on_where_there_were_samples_before() -> None:
    all_ = values(None, 10, 10, before=True, differences=True)
    assert shown(ratio(all_, all_, stretch(3), bad=False, whole=False)) == ([0, 10, 10], [0, 10, 10], "mkk")


def test_a_dead_target_is_missing_and_not_healthy() -> None:
    told = ratio(counter([0, 5, None, None]), counter([0, 5, None, None]), stretch(3), bad=False, whole=True)
    assert shown(told) == ([5, 0, 0], [5, 0, 0], "kmm")


def test_the_observation_begins_with_the_first_sample_of_either_query() -> None:
    all_, some = counter([None, 100, 109, 110]), counter([None, None, 2, 3])
    told = ratio(all_, some, stretch(3), bad=True, whole=True)
    # The hundred were there before anyone looked; the first errors are the first.
    assert shown(told) == ([0, 7, 0], [0, 9, 1], "bkk")


def test_what_begins_together_within_a_late_scrape_begins_the_observation() -> None:
    rows = [None, 100, 109, 110], [None, None, 500, 501]
    late = counter(*rows, lookback_s=150)
    assert shown(ratio(late, late, stretch(3), bad=False, whole=True))[1] == [0, 9, 2]
    prompt = counter(*rows, lookback_s=30)
    assert shown(ratio(prompt, prompt, stretch(3), bad=False, whole=True))[1] == [0, 509, 2]


def test_a_series_with_samples_before_the_stretch_is_not_born_in_it() -> None:
    course = counter([1, 2, 3, 4], [None, None, 50, 51], before=frozenset({1}))
    assert shown(ratio(course, course, stretch(3), bad=False, whole=True))[1] == [1, 1, 2]
    assert born(course, -1, 6000) == (0, 0)


def test_a_birth_counts_where_the_window_holds_it() -> None:
    course = counter([1, 2, 3, 4], [None, 7, 7, 7], [None, None, None, 2])
    assert shown(ratio(course, course, stretch(3), bad=False, whole=True))[1] == [8, 1, 3]
    assert born(course, -1, 6000) == (2, 9)
    assert born(course, -1, 6120) == (1, 2)


def test_samples_before_the_stretch_make_what_is_not_there_missing() -> None:
    gone = counter([None, None, 50, 51], before=frozenset({0}))
    assert shown(ratio(gone, gone, stretch(3), bad=False, whole=True))[2] == "mmk"
    assert beginning([gone]) == -1


def test_nothing_at_all_is_missing() -> None:
    none = counter([None, None, None])
    assert shown(ratio(none, none, stretch(2), bad=False, whole=True)) == ([0, 0], [0, 0], "mm")


def test_more_good_than_valid_is_clipped() -> None:
    told = ratio(counter([0, 5, 9]), counter([0, 6, 9]), stretch(2), bad=False, whole=True)
    assert shown(told)[0] == [5, 3]
    assert told.clipped == 1


def test_zero_through_zero_is_a_quiet_slice() -> None:
    told = ratio(values(4, NAN, 2), values(4, NAN, 1), stretch(3), bad=False, whole=False)
    assert shown(told) == ([4, 0, 1], [4, 0, 2], "kkk")
    assert not told.slices.whole


def test_a_share_that_is_no_number_is_not_known() -> None:
    told = ratio(values(4, 3, 2), values(4, NAN, None), stretch(3), bad=False, whole=False)
    assert shown(told) == ([4, 0, 0], [4, 0, 2], "kmk")


def test_weights_below_zero_are_none() -> None:
    told = ratio(values(4, -3), values(4, -3), stretch(2), bad=False, whole=False)
    assert shown(told)[:2] == ([4, 0], [4, 0])


def test_counts_beside_weights_are_weights() -> None:
    course = values(1.5, 2)
    assert not ratio(counter([0, 2, 4]), course, stretch(2), bad=False, whole=True).slices.whole


@pytest.mark.parametrize(("success", "good"), [(True, [0.75, 0, 0]), (False, [0.25, 0, 0])])
def test_a_raw_ratio_weighs_every_slice_alike(success: bool, good: list[float]) -> None:
    told = raw(values(0.75, NAN, None), stretch(3), success=success)
    assert shown(told) == (good, [1, 0, 0], "kkm")
    assert not told.slices.whole


def test_a_raw_ratio_above_one_is_clipped() -> None:
    told = raw(values(1.5, 0.5), stretch(2), success=True)
    assert (list(told.slices.good), told.clipped) == ([1, 0.5], 1)


@pytest.mark.parametrize(("op", "good"), [("lte", [1, 1, 0]), ("lt", [1, 0, 0]), ("gte", [0, 1, 1]), ("gt", [0, 0, 1])])
def test_a_sample_is_one_event_by_its_value(op: str, good: list[int]) -> None:
    told = threshold(values(0.1, 0.2, 0.3), stretch(3), op, Decimal("0.2"))
    assert shown(told) == (good, [1, 1, 1], "kkk")
    assert told.slices.whole


def test_what_is_no_number_is_no_sample() -> None:
    told = threshold(values(0.1, NAN, None), stretch(3), "lt", Decimal(1))
    assert shown(told) == ([1, 0, 0], [1, 0, 0], "kmm")


def test_values_before_the_first_one_are_before_it() -> None:
    assert shown(threshold(values(None, None, 1), stretch(3), "lt", Decimal(2)))[2] == "bbk"
    assert shown(threshold(values(None, None, 1, before=True), stretch(3), "lt", Decimal(2)))[2] == "mmk"


def test_values_out_of_nothing_are_none() -> None:
    present = sample([line([None, 1, None])], stretch(2))
    told = where_present(sample([line([None, 5, 0])], stretch(2)), present)
    assert (list(told.numbers), told.states) == ([5, 0], b"\1\0")


def test_several_series_at_once_are_counted() -> None:
    both = [line([None, 1, None, 3]), line([None, None, 2, 4])]
    assert sample(both, stretch(3)).series == 2
    assert sample([line([None, 1, None]), line([None, None, 2])], stretch(2)).series == 1


def test_when_there_is_something() -> None:
    assert counter([None, 1, 2, None]).ends_s == (6060, 6120)
    assert values(None, 1, None).ends_s == (6120, 6120)
    assert values(None).ends_s is None
    assert counter([None, None]).ends_s is None


def test_sums_are_whole_numbers_where_they_can_be() -> None:
    assert exactly([1.0, 2.0]).typecode == "q"
    assert exactly([1.0, 2.5]).typecode == "d"
    assert exactly([1e300]).typecode == "d"
