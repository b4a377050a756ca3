"""Histories for unit tests: shares of bad per step, and what alerts say of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest

from airectl.core.budget import Goal
from airectl.core.slo import Method
from airectl.rules.promtool import counter, gauge, number
from airectl.rules.timeline import Means, Pair, Phase, Timeline, Watch

MINUTES: Final = Means(goal=Goal(target=Decimal("0.99")), step_s=60, slice_s=60, mixes=True)
SLICES: Final = Means(
    goal=Goal(target=Decimal("0.9"), method=Method.TIMESLICES, slice_target=Decimal(1)),
    step_s=60,
    slice_s=300,
    mixes=False,
)
PAIR: Final = Pair(long_s=3600, short_s=300, threshold=Decimal("0.1"))


def burning(minutes: int, share: str = "1", before: int = 60, after: int = 60) -> Timeline:
    parts = (Phase(steps=before, volume=100), Phase(steps=minutes, share=Fraction(share), volume=100),
             Phase(steps=after, volume=100))  # fmt: skip
    return Timeline(MINUTES, parts)


def test_slices_are_those_of_the_engine() -> None:
    line = Timeline(MINUTES, [Phase(steps=2, share=Fraction(1, 4), volume=100), Phase(steps=1, volume=None)])
    assert list(line.slices.good) == [75, 75, 0]
    assert list(line.slices.valid) == [100, 100, 0]
    assert line.slices.missing == 1
    assert line.tally(120).sli == Fraction(3, 4)


def test_whole_slices_are_bad_as_often_as_asked() -> None:
    line = Timeline(SLICES, [Phase(steps=100, share=Fraction(3, 10))])
    bad = [share for share, _ in line.steps]
    assert sum(bad) == 30
    assert all(len(set(bad[i : i + 5])) == 1 for i in range(0, 100, 5))


def test_both_windows_must_be_above() -> None:
    line = burning(10)
    assert line.above(3600, PAIR) is False
    assert line.above(3600 + 120, PAIR) is False  # 2 of 60 minutes
    assert line.above(3600 + 480, PAIR) is True  # 8 of 60 minutes
    assert line.above(3600 + 600 + 360, PAIR) is False  # the last 5 minutes are well


def test_what_is_too_near_to_the_threshold_is_not_said() -> None:
    assert burning(6).above(3600 + 360, PAIR) is None  # 6 of 60 minutes are just 0.1


@pytest.mark.parametrize(("at", "wanted"), [(67, False), (68, False), (76, None), (80, True)])
def test_an_alert_waits_for_as_long_as_it_must(at: int, wanted: bool | None) -> None:
    watch = Watch(pairs=(PAIR,), for_s=600)
    assert burning(30).fires(at * 60, watch, 60) is wanted


def test_an_alert_that_is_kept_is_not_said_to_have_ended_before() -> None:
    line, kept = burning(30), Watch(pairs=(PAIR,), keep_s=600)
    assert line.fires((90 + 6) * 60, Watch(pairs=(PAIR,)), 60) is False
    assert line.fires((90 + 6) * 60, kept, 60) is None
    assert line.fires((90 + 20) * 60, kept, 60) is False


def test_the_value_of_an_alert_is_told_where_its_window_is_steady() -> None:
    line, watch = burning(30, "1/2"), Watch(pairs=(PAIR,))
    assert line.value((60 + 20) * 60, watch) == Fraction(1, 2)
    assert line.value((60 + 15) * 60, watch) == Fraction(1, 2)
    assert line.value((90 + 2) * 60, watch) is None


def test_a_rate_that_follows_late_leaves_more_unsaid() -> None:
    late = Means(goal=MINUTES.goal, step_s=60, slice_s=60, mixes=False, blur_s=300)
    phases = (Phase(steps=60), Phase(steps=8, share=Fraction(1)), Phase(steps=60))
    assert Timeline(late, phases).above(68 * 60, PAIR) is None
    longer = (Phase(steps=60), Phase(steps=40, share=Fraction(1)), Phase(steps=60))
    assert Timeline(late, longer).above(100 * 60, PAIR) is True


def test_samples_in_promtools_notation() -> None:
    assert counter([(100.0, 3), (0.0, 2), (None, 2), (50.0, 1)]) == "0+100x3 300+0x1 _x2 350"
    assert gauge([(0.5, 3), (None, 2), (90.0, 1)]) == "_ 0.5+0x2 _x2 90"


@pytest.mark.parametrize(("value", "text"), [(1e-9, "0.000000001"), (1e22, "1" + "0" * 22), (0.1, "0.1"), (-2.0, "-2")])
def test_numbers_have_no_exponent(value: float, text: str) -> None:
    assert number(value) == text
