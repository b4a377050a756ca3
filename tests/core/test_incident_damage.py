"""What slices say of an incident: the stretch that was worse, what it burned, requests with their bounds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal
from airectl.core.incident.burned import Basis, Unit
from airectl.core.incident.damage import (
    Measured,
    burn_rates,
    burned,
    matters,
    requests_of,
    touched,
    worst_stretch,
)
from airectl.core.judge import assess
from airectl.core.policy import Policy
from airectl.core.slices import BEFORE, KNOWN, MISSING, Slices
from airectl.core.slo import Method
from airectl.core.units import parse_duration
from airectl.core.windows import Window

START = 1_795_176_000
GOAL = Goal(target=Decimal("0.99"))


def slices(bad: list[int], *, valid: int = 100, states: bytes | None = None) -> Slices:
    known = states or bytes([KNOWN]) * len(bad)
    counted = [valid if state == KNOWN else 0 for state in known]
    good = [count - (each if count else 0) for count, each in zip(counted, bad, strict=True)]
    return Slices(start_s=START, step_s=60, good=good, valid=counted, states=known)


def measured(found: Slices, goal: Goal = GOAL, policy: Policy | None = None) -> Measured:
    policy = policy or Policy()
    end_s = START + 60 * len(found)
    window = Window(start_s=START, end_s=end_s, until_s=end_s, step_s=60, rolling=True)
    budget = assess(found, goal, window, policy)
    return Measured(slo="chat/ttft", window=parse_duration("28d"), slices=found, budget=budget, policy=policy)


def minutes(found: Slices, goal: Goal = GOAL) -> tuple[int, int] | None:
    """First and last minute, the last exclusive."""
    stretch = worst_stretch(found, goal)
    return None if stretch is None else ((stretch.start_s - START) // 60, (stretch.end_s - START) // 60)


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [
        ([0] * 10, None),
        ([1] * 10, None),
        ([2] * 10, (0, 10)),
        ([0, 0, 50, 60, 0, 0], (2, 4)),
        ([0, 0, 50, 0, 60, 0], (2, 5)),
        # A blip long before is no part of it, the mild end is.
        ([3] + [0] * 60 + [100] * 5 + [8] * 5 + [0] * 20, (61, 71)),
        # What is always bad now and then is no part of something much worse.
        ([5, 0, 0] * 4 + [60] * 5, (12, 17)),
        # Of two, the one that burned more, where much good lies between.
        ([20] * 3 + [0] * 300 + [100] * 3, (303, 306)),
    ],
)
def test_the_stretch_that_was_worse(bad: list[int], wanted: tuple[int, int] | None) -> None:
    assert minutes(slices(bad)) == wanted


def test_the_stretch_of_slices_that_count_as_wholes() -> None:
    bad = slices([0] * 20 + [5, 5, 0, 5] + [0] * 20)
    goal = Goal(target=Decimal("0.9"), method=Method.TIMESLICES, slice_target=Decimal("0.97"))
    assert minutes(bad, goal) == (20, 24)
    assert minutes(bad, replace(goal, method=Method.RATIO_TIMESLICES, target=Decimal("0.97"))) == (20, 22)
    assert minutes(bad, replace(goal, method=Method.RATIO_TIMESLICES, target=Decimal("0.98"))) == (20, 24)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=60))
def test_it_begins_and_ends_with_a_slice_that_is_worse_than_the_target(bad: list[int]) -> None:
    found = minutes(slices(bad))
    if found is None:
        assert max(bad) <= 1
    else:
        assert bad[found[0]] > 1
        assert bad[found[1] - 1] > 1


def test_what_was_burned_by_hand() -> None:
    # 300 bad of 10,000 in the window, of which 290 in the incident; the budget allows 100.
    found = measured(slices([1] * 10 + [0] * 85 + [58] * 5))
    part = burned(found, START + 95 * 60, START + 100 * 60)
    assert [part.bad, part.counted] == [290, 10_000]
    assert (part.unit, part.basis) == (Unit.EVENTS, Basis.MEASURED)
    assert part.consumed == Fraction(29, 10)
    assert part.left == -2
    assert part.overdraft == 2
    assert (part.low, part.high) == (part.consumed, part.consumed)
    # Of 28 days 1 % may fail: 403.2 min; 2.9 times that is what failing for this long would take.
    assert float(part.minutes or 0) == pytest.approx(2.9 * 403.2)


def test_slices_that_an_interval_touches_count_as_a_whole() -> None:
    found = slices([0, 10, 20, 30])
    assert list(touched(found, START + 61, START + 121).bad) == [10, 20]
    assert list(touched(found, START + 60, START + 120).bad) == [10]
    assert list(touched(found, START - 500, START + 10**6).bad) == [0, 10, 20, 30]


def test_bad_slices_are_counted_where_the_method_counts_slices() -> None:
    goal = Goal(target=Decimal("0.9"), method=Method.TIMESLICES, slice_target=Decimal("0.99"))
    found = measured(slices([0] * 90 + [50] * 5 + [0] * 5), goal)
    part = burned(found, START, START + 6000)
    assert [part.bad, part.counted] == [5, 100]
    assert part.unit is Unit.SLICES
    assert part.consumed == Fraction(1, 2)


def test_missing_slices_bound_what_was_bad() -> None:
    states = bytes([KNOWN] * 8 + [MISSING] * 2)
    found = measured(slices([0] * 6 + [10] * 2 + [0] * 2, states=states))
    part = burned(found, START + 360, START + 600)
    assert [part.bad, part.low_bad, part.high_bad] == [20, None, 220]
    requests = requests_of(found.slices, touched(found.slices, START + 360, START + 600), found.policy)
    assert (requests.bad, requests.valid, requests.low, requests.high, requests.missing) == (20, 200, 20, 220, 2)


def test_a_sample_has_an_interval() -> None:
    found = measured(slices([10] * 2, valid=50), policy=Policy(sampled=True))
    part = burned(found, START, START + 120)
    assert part.bad == 20
    assert part.low is not None
    assert part.high is not None
    assert part.consumed is not None
    assert 0 < part.low < part.consumed < part.high
    # Wilson's one-sided bounds at 95 % of 20 in 100 are 0.142 and 0.273.
    assert [round(float(each or 0)) for each in (part.low_bad, part.high_bad)] == [14, 27]


def test_noise_does_not_matter() -> None:
    one = measured(slices([0] * 50 + [2] + [0] * 949))
    stretch = worst_stretch(one.slices, GOAL)
    assert stretch is not None
    assert not matters(one, one.slices, stretch)
    # In an interval that is burned faster than allowed it does, and so does a fiftieth of the budget.
    assert matters(one, touched(one.slices, START + 3000, START + 3060), stretch)
    more = measured(slices([0] * 50 + [20] + [0] * 949))
    stretch = worst_stretch(more.slices, GOAL)
    assert stretch is not None
    assert matters(more, more.slices, stretch)


def test_burn_rates_of_buckets() -> None:
    found = slices([0, 0, 1, 3, 0, 0], states=bytes([KNOWN] * 5 + [BEFORE]))
    assert burn_rates(found, GOAL) == [0, 0, 1, 3, 0, None]
    assert burn_rates(found, GOAL, 2) == [0, 2, 0]
