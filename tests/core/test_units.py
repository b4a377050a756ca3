"""Durations, times and percentages as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core import units


@pytest.mark.parametrize(
    ("text", "seconds", "spoken"),
    [("1m", 60, "1 minute"), ("12h", 43_200, "12 hours"), ("4w", 2_419_200, "4 weeks"), ("1M", 2_592_000, "1 month"),
     ("1Q", 7_776_000, "1 quarter"), ("1Y", 31_536_000, "1 year")],
)  # fmt: skip
def test_the_shorthand_of_openslo(text: str, seconds: int, spoken: str) -> None:
    duration = units.parse_duration(text)
    assert (duration.nominal_s, duration.spoken, str(duration)) == (seconds, spoken, text)


@pytest.mark.parametrize("text", ["", "m", "0d", "-1d", "1.5h", "30s", "1h30m", "1 d", "1D", "9999999999d"])
def test_nothing_else_is_a_shorthand(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        units.parse_duration(text)


@given(st.integers(1, 999_999_999), st.sampled_from(units.UNITS))
def test_a_shorthand_survives_being_written(count: int, unit: str) -> None:
    assert units.parse_duration(str(units.Duration(count, unit))) == units.Duration(count, unit)


@pytest.mark.parametrize(
    ("text", "seconds"), [("200ms", "0.2"), ("0.5s", "0.5"), ("5m", "300"), ("28d", "2419200"), ("1.5h", "5400")]
)
def test_times_are_exact(text: str, seconds: str) -> None:
    assert units.parse_seconds(text) == Decimal(seconds)


@pytest.mark.parametrize("text", ["200", "ms", "-1s", "1e3s", "1y", "inf s"])
def test_a_time_needs_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        units.parse_seconds(text)


def test_percentages_are_exact() -> None:
    assert units.parse_percent("99.9%") == Decimal("0.999")
    assert units.parse_percent("100 %") == 1


@pytest.mark.parametrize("text", ["99.9", "101%", "-1%", "nan%", "%"])
def test_no_percentage(text: str) -> None:
    with pytest.raises(ValueError, match="not "):
        units.parse_percent(text)


@pytest.mark.parametrize(
    ("number", "text"), [("0.999", "0.999"), ("3E+2", "300"), ("0.50", "0.5"), ("1E-5", "0.00001")]
)
def test_numbers_are_written_plainly(number: str, text: str) -> None:
    assert units.plain(Decimal(number)) == text
