"""Static numbers: spread evenly, event by event, and exactly all of them in the window."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.findings import Location
from airectl.core.slo import Query, RatioIndicator, RawIndicator
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported
from airectl.sources.static import Static

AT = Location(path="f.yaml", line=1, col=1)
DAY = 86_400


def query(value: Any) -> Query:
    return Query(type="Static", spec={} if value is None else {"value": value}, at=AT)


def ask(total: Any, *, good: Any = None, bad: Any = None, window_s: int = DAY) -> Ask:
    indicator = RatioIndicator(
        total=query(total),
        good=None if good is None else query(good),
        bad=None if bad is None else query(bad),
    )
    return Ask(indicator=indicator, start_s=0, end_s=3 * DAY, step_s=60, window_s=window_s)


def result(one: Ask) -> Result:
    (answer,) = Static(Setting(cwd=Path("/"))).read([one])
    return answer


def answered(one: Ask) -> Answer:
    answer = result(one)
    assert isinstance(answer, Answer)
    return answer


@given(st.integers(0, 100_000), st.data())
def test_the_window_holds_exactly_the_numbers(valid: int, data: st.DataObject) -> None:
    bad = data.draw(st.integers(0, valid))
    slices = answered(ask(valid, bad=bad)).slices.cut(2 * DAY, 3 * DAY)
    assert (sum(slices.valid), sum(slices.good)) == (valid, valid - bad)
    assert all(0 <= good <= whole for good, whole in zip(slices.good, slices.valid, strict=True))
    assert slices.whole


def test_they_come_evenly_and_at_the_same_rate_before_the_window() -> None:
    slices = answered(ask(1440, good=1438)).slices
    assert set(slices.valid) == {1}
    assert sum(slices.cut(0, 2 * DAY).good) == 2 * 1438
    assert [index for index, good in enumerate(slices.good) if not good] == [359 + i * 720 for i in range(6)]


def test_weights_are_no_counts() -> None:
    slices = answered(ask(Decimal("10.5"), good=10)).slices
    assert not slices.whole
    assert sum(slices.cut(2 * DAY, 3 * DAY).good) == pytest.approx(10)
    assert sum(slices.cut(2 * DAY, 3 * DAY).valid) == pytest.approx(10.5)
    assert answered(ask(Decimal("10.0"), good=10)).slices.whole


def test_a_window_that_has_not_begun_holds_nothing() -> None:
    assert set(answered(ask(5, good=5, window_s=0)).slices.valid) == {0}


def test_more_good_than_valid_is_told_and_clipped() -> None:
    answer = answered(ask(10, good=11))
    assert [finding.code for finding in answer.findings] == ["AIR204"]
    assert answer.slices.good == answer.slices.valid


@pytest.mark.parametrize("value", [None, "10", -1, True])
def test_what_is_no_number_fails_by_itself(value: Any) -> None:
    failed = result(ask(value, good=1))
    assert isinstance(failed, Failure)
    assert (failed.finding.code, failed.invalid) == ("AIR012", True)


def test_only_ratios_of_two_static_numbers() -> None:
    raw = Ask(indicator=RawIndicator(raw=query(1), success=True), start_s=0, end_s=60, step_s=60)
    mixed = RatioIndicator(total=query(1), good=Query(type="Events", at=AT))
    for indicator in (raw.indicator, mixed):
        assert isinstance(result(Ask(indicator=indicator, start_s=0, end_s=60, step_s=60)), Unsupported)
