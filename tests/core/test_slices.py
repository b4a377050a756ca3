"""Slices: cutting, excluding, clipping."""

from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.columns import Number, clip
from airectl.core.slices import KNOWN, SCALE, Slices
from airectl.core.slo import Method
from series import series


def test_states_are_counted() -> None:
    slices = series([(0, 0), (0, 0), (0, 0), (0, 0), (4, 5)], states="bmxkk")
    assert (slices.before, slices.missing, slices.excluded, slices.known, slices.quiet) == (1, 1, 1, 2, 1)


def test_cut_takes_the_slices_that_lie_wholly_inside() -> None:
    slices = series([(i, i) for i in range(10)], start_s=600, unlabelled=range(10))
    inner = slices.cut(630, 900)
    assert (inner.start_s, list(inner.good), list(inner.unlabelled)) == (660, [1, 2, 3, 4], [1, 2, 3, 4])
    assert len(slices.cut(900, 630)) == 0
    assert len(slices.cut(0, 10**9)) == 10
    assert len(slices.cut(5_000, 6_000)) == 0


def test_an_excluded_slice_leaves_numerator_and_denominator() -> None:
    slices = series([(1, 2)] * 5, unlabelled=[1] * 5).excluding([(70, 130), (10_000, 20_000)])
    assert list(slices.good) == [1, 0, 0, 1, 1]
    assert list(slices.valid) == [2, 0, 0, 2, 2]
    assert list(slices.unlabelled) == [1, 0, 0, 1, 1]
    assert (slices.excluded, slices.quiet) == (2, 0)


def test_good_beyond_valid_and_below_zero_is_clipped_and_counted() -> None:
    assert clip([5, -1, 2], [4, 4, 4]) == ([4, 0, 2], 2)


@given(st.lists(st.tuples(st.integers(-5, 20), st.integers(0, 10)), max_size=30))
def test_what_is_clipped_is_a_share(pairs: list[tuple[int, int]]) -> None:
    good, changed = clip([g for g, _ in pairs], [v for _, v in pairs])
    assert all(0 <= part <= whole for part, (_, whole) in zip(good, pairs, strict=True))
    assert changed == sum(part != g for part, (g, _) in zip(good, pairs, strict=True))


@pytest.mark.parametrize(("step_s", "slices"), [(60, 43_200), (300, 8_640)])
def test_an_hour_of_maintenance_in_thirty_days_changes_the_denominator_by_a_seventh_of_a_percent(
    step_s: int, slices: int
) -> None:
    # 60 minutes of 43,200 are 0.14 %. In slices of five minutes they are 12 of 8,640, not 60 of them.
    # Source of the example, which has the two mixed up: https://docs.datadoghq.com/service_level_objectives/
    month = series([(1, 1)] * slices, step_s=step_s)
    hour = month.excluding([(10 * 86_400, 10 * 86_400 + 3600)])
    method = Goal(target=Decimal("0.99"), method=Method.TIMESLICES, slice_target=Decimal(1))
    before, after = (tally(each, method).counted for each in (month, hour))
    assert (before - after) / before == Fraction(60, 43_200)
    assert round(float((before - after) / before) * 100, 2) == 0.14


FORMS: dict[str, Callable[[list[int]], Sequence[Number]]] = {
    "list": list,
    "floats": lambda numbers: list(map(float, numbers)),
    "q": lambda numbers: array("q", numbers),
    "d": lambda numbers: array("d", numbers),
    "range-like": tuple,
}


@pytest.mark.parametrize("form", FORMS)
@given(
    pairs=st.lists(
        st.one_of(
            st.just((2**40, 2**40)),
            st.integers(0, 9).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))),
        ),
        max_size=300,
    ),
    clean=st.integers(0, 200),
)
def test_what_is_kept_is_what_a_walk_would_find(form: str, pairs: list[tuple[int, int]], clean: int) -> None:
    pairs = [*pairs, *[(7, 7)] * clean, *pairs[:70]]
    good, valid = FORMS[form]([good for good, _ in pairs]), FORMS[form]([valid for _, valid in pairs])
    slices = Slices(start_s=0, step_s=60, good=good, valid=valid, states=bytes([KNOWN]) * len(pairs))
    assert list(slices.counts) == [valid for _, valid in pairs]
    assert list(slices.bad) == [valid - good for good, valid in pairs]
    assert {type(number) for number in (*slices.counts, *slices.bad, *slices.events)} <= {int}
    assert list(slices.hits) == [index for index, (good, valid) in enumerate(pairs) if good != valid]
    assert slices.counted == sum(valid != 0 for _, valid in pairs)
    assert slices.quiet == sum(valid == 0 for _, valid in pairs)
    assert slices.events == (sum(valid for _, valid in pairs), sum(valid - good for good, valid in pairs))
    assert list(slices.missed) == [(valid - good) * SCALE // valid for good, valid in pairs if good != valid]


@given(
    length=st.integers(0, 20),
    spans=st.lists(
        st.tuples(st.integers(-900, 2400), st.integers(1, 900)).map(lambda span: (span[0], sum(span))),
        min_size=1,
        max_size=4,
    ),
)
def test_a_slice_is_excluded_when_a_span_touches_it(length: int, spans: list[tuple[int, int]]) -> None:
    slices = series([(1, 2)] * length, start_s=300).excluding(spans)
    touched = [any(a < start + 60 and b > start for a, b in spans) for start in range(300, 300 + 60 * length, 60)]
    assert [state != KNOWN for state in slices.states] == touched
    assert list(slices.good) == [int(not each) for each in touched]
    assert len(slices.states) == len(slices.valid) == length
