"""Windows on the time line: rolling ones, and calendar periods through DST and short months."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.slo import TimeWindow
from airectl.core.units import parse_duration
from airectl.core.windows import locate, period, resolution_s

HOUR = 3600


def rolling(text: str) -> TimeWindow:
    return TimeWindow(duration=parse_duration(text), rolling=True)


def calendar(text: str, start: str, zone: str = "UTC") -> TimeWindow:
    first = datetime.fromisoformat(start)
    return TimeWindow(duration=parse_duration(text), rolling=False, start=first, time_zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def hours(window: TimeWindow, now: str) -> float:
    start, end = period(window, at(now))
    return (end - start) / timedelta(hours=1)


def starts(window: TimeWindow, now: str, count: int) -> list[str]:
    """Local starts of `count` periods, the first being that of `now`."""
    found, moment = [], at(now)
    for _ in range(count):
        start, moment = period(window, moment)
        found.append(start.astimezone(ZoneInfo(window.time_zone)).strftime("%Y-%m-%d %H:%M"))
    return found


def test_a_rolling_window_ends_at_now_floored_to_the_slice() -> None:
    window = locate(rolling("4w"), at("2026-11-20T12:00:59Z"), 60)
    assert datetime.fromtimestamp(window.end_s, UTC) == at("2026-11-20T12:00:00Z")
    assert datetime.fromtimestamp(window.start_s, UTC) == at("2026-10-23T12:00:00Z")
    assert window.slices == window.period_slices == 40_320


def test_rolling_slices_align_to_the_epoch() -> None:
    window = locate(rolling("1d"), at("2026-11-20T12:07:00Z"), 300)
    assert window.start_s % 300 == window.end_s % 300 == 0
    assert window.slices == 288


def test_a_rolling_window_that_is_no_whole_number_of_slices_holds_those_that_fit() -> None:
    assert locate(rolling("1h"), at("2026-11-20T12:00:00Z"), 7 * 60).slices == 8


def test_a_rolling_month_is_thirty_days_whatever_the_month() -> None:
    lengths = {locate(rolling("1M"), at(f"2026-{month:02}-28T00:00:00Z"), 60).slices for month in range(1, 13)}
    assert lengths == {30 * 1440}


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Sydney", "2026-04-05", 25),
        ("Australia/Sydney", "2026-10-04", 23),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Santiago", "2026-04-05", 24),
        ("Asia/Kathmandu", "2026-03-29", 24),
    ],
)
def test_a_day_is_as_long_as_the_clock_says(zone: str, day: str, length: float) -> None:
    noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=ZoneInfo(zone))
    window = calendar("1d", "2026-01-01 00:00:00", zone)
    assert hours(window, noon.isoformat()) == length


def test_a_week_with_a_change_of_clocks() -> None:
    assert hours(calendar("1w", "2026-01-05 00:00:00", "Europe/Berlin"), "2026-03-27T12:00Z") == 7 * 24 - 1
    assert hours(calendar("2w", "2026-01-05 00:00:00", "Europe/Berlin"), "2026-10-24T12:00Z") == 14 * 24 + 1


@pytest.mark.parametrize(
    ("duration", "start", "zone", "now", "length_h"),
    [
        # Clocks go forward in the northern spring and the southern one: an hour less.
        ("1w", "2026-01-04 00:00:00", "America/New_York", "2026-03-10T00:00Z", 7 * 24 - 1),
        ("1w", "2026-01-05 00:00:00", "Australia/Sydney", "2026-10-03T00:00Z", 7 * 24 - 1),
        ("1M", "2026-01-01 00:00:00", "Europe/Berlin", "2026-03-10T00:00Z", 31 * 24 - 1),
        ("1M", "2026-01-01 00:00:00", "Pacific/Auckland", "2026-09-10T00:00Z", 30 * 24 - 1),
        # They go back: an hour more.
        ("1w", "2026-01-04 00:00:00", "America/New_York", "2026-11-03T00:00Z", 7 * 24 + 1),
        ("1w", "2026-01-05 00:00:00", "Australia/Sydney", "2026-04-04T00:00Z", 7 * 24 + 1),
        ("1M", "2026-01-01 00:00:00", "Europe/Berlin", "2026-10-10T00:00Z", 31 * 24 + 1),
        ("1M", "2026-01-01 00:00:00", "America/Santiago", "2026-04-10T12:00Z", 30 * 24 + 1),
        # Half an hour, and not at all.
        ("1M", "2026-01-01 00:00:00", "Australia/Lord_Howe", "2026-04-10T00:00Z", 30 * 24 + 0.5),
        ("1M", "2026-01-01 00:00:00", "Asia/Tokyo", "2026-03-10T00:00Z", 31 * 24),
        # A quarter has one change of clocks, or none; a year has both.
        ("1Q", "2026-01-01 00:00:00", "Europe/Berlin", "2026-02-10T00:00Z", 90 * 24 - 1),
        ("1Q", "2026-01-01 00:00:00", "Europe/Berlin", "2026-08-10T00:00Z", 92 * 24),
        ("1Q", "2026-01-01 00:00:00", "Australia/Sydney", "2026-05-10T00:00Z", 91 * 24 + 1),
        ("1Q", "2026-01-01 00:00:00", "Australia/Sydney", "2026-11-10T00:00Z", 92 * 24 - 1),
        ("1Y", "2026-01-01 00:00:00", "America/New_York", "2026-06-10T00:00Z", 365 * 24),
        ("1Y", "2024-01-01 00:00:00", "Australia/Sydney", "2024-06-10T00:00Z", 366 * 24),
        # From July on a year of the south ends as it began, and so does one of the north.
        ("1Y", "2026-07-01 00:00:00", "Pacific/Auckland", "2026-12-10T00:00Z", 365 * 24),
    ],
)
def test_a_period_is_as_long_as_its_clocks_say(duration: str, start: str, zone: str, now: str, length_h: float) -> None:
    assert hours(calendar(duration, start, zone), now) == length_h


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Sydney", "UTC"])
@pytest.mark.parametrize("duration", ["1d", "1w", "1M", "1Q", "1Y"])
@pytest.mark.parametrize("day", [29, 30, 31])
def test_every_period_from_the_end_of_a_month_starts_on_its_day_or_the_last_one(
    zone: str, duration: str, day: int
) -> None:
    window = calendar(duration, f"2024-01-{day} 06:30:00", zone)
    count = {"1d": 800, "1w": 120, "1M": 60, "1Q": 20, "1Y": 9}[duration]
    found = [datetime.fromisoformat(start) for start in starts(window, "2024-01-31T20:00Z", count)]
    assert all((start.hour, start.minute) == (6, 30) for start in found)
    if window.duration.months:
        assert all(start.day == min(day, monthrange(start.year, start.month)[1]) for start in found)
        months = [start.year * 12 + start.month for start in found]
        assert {later - earlier for earlier, later in pairwise(months)} == {window.duration.months}
    else:
        days = {later.date() - earlier.date() for earlier, later in pairwise(found)}
        assert days == {timedelta(days=7 if duration == "1w" else 1)}


def test_quarters_from_the_end_of_november() -> None:
    assert starts(calendar("1Q", "2025-11-30 00:00:00"), "2026-01-01T00:00Z", 4) == [
        "2025-11-30 00:00", "2026-02-28 00:00", "2026-05-30 00:00", "2026-08-30 00:00",
    ]  # fmt: skip


def test_months_quarters_and_years_start_on_the_wall_clock() -> None:
    zone = "America/New_York"
    assert starts(calendar("1M", "2022-01-01 12:00:00", zone), "2026-02-10T00:00Z", 3) == [
        "2026-02-01 12:00", "2026-03-01 12:00", "2026-04-01 12:00",
    ]  # fmt: skip
    assert starts(calendar("1Q", "2026-01-01 00:00:00", zone), "2026-05-01T00:00Z", 3) == [
        "2026-04-01 00:00", "2026-07-01 00:00", "2026-10-01 00:00",
    ]  # fmt: skip
    assert starts(calendar("1Y", "2020-07-01 00:00:00", zone), "2026-06-01T00:00Z", 2) == [
        "2025-07-01 00:00", "2026-07-01 00:00",
    ]  # fmt: skip


def test_a_month_that_starts_on_the_31st_starts_on_the_last_day_of_a_shorter_one_and_comes_back() -> None:
    window = calendar("1M", "2026-01-31 00:00:00")
    assert starts(window, "2026-02-01T00:00Z", 5) == [
        "2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00", "2026-04-30 00:00", "2026-05-31 00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "february"), [(29, "2028-02-29"), (30, "2028-02-29"), (31, "2028-02-29")])
def test_a_leap_year_has_its_29th(day: int, february: str) -> None:
    window = calendar("1M", f"2026-01-{day} 00:00:00")
    assert starts(window, "2028-03-01T00:00Z", 1) == [f"{february} 00:00"]


def test_a_year_from_the_29th_of_february() -> None:
    assert starts(calendar("1Y", "2024-02-29 00:00:00"), "2026-06-01T00:00Z", 3) == [
        "2026-02-28 00:00", "2027-02-28 00:00", "2028-02-29 00:00",
    ]  # fmt: skip


def test_a_start_that_the_clock_skips_is_moved_forward_and_one_that_comes_twice_is_the_first() -> None:
    window = calendar("1d", "2026-01-01 02:30:00", "Europe/Berlin")
    assert period(window, at("2026-03-29T12:00Z"))[0] == at("2026-03-29T01:30Z")
    assert period(window, at("2026-10-25T12:00Z"))[0] == at("2026-10-25T00:30Z")


def test_hours_are_elapsed_time() -> None:
    window = calendar("12h", "2026-03-28 00:00:00", "Europe/Berlin")
    assert hours(window, "2026-03-29T00:30Z") == 12


def test_periods_reach_back_before_their_first_start() -> None:
    start, end = period(calendar("1M", "2026-06-15 00:00:00"), at("2026-01-01T00:00Z"))
    assert (start, end) == (at("2025-12-15T00:00Z"), at("2026-01-15T00:00Z"))


def test_calendar_slices_align_to_the_start_and_leave_the_current_one_out() -> None:
    window = locate(calendar("1d", "2026-01-01 00:00:30"), at("2026-01-02T00:03:29Z"), 60)
    assert window.start_s % 60 == 30
    assert window.slices == 2
    assert window.period_slices == 1440


def test_a_day_of_25_hours_has_the_slices_of_25_hours() -> None:
    day = calendar("1d", "2026-01-01 00:00:00", "Europe/Berlin")
    window = locate(day, at("2026-10-25T22:59:59Z"), HOUR)
    assert (window.slices, window.period_slices) == (24, 25)


def test_a_rolling_window_has_no_period() -> None:
    with pytest.raises(ValueError, match="needs a start"):
        period(rolling("1d"), at("2026-01-01T00:00Z"))


def test_slices_are_a_minute_and_five_for_windows_beyond_45_days() -> None:
    assert resolution_s(rolling("28d")) == 60
    assert resolution_s(rolling("1M")) == 60
    assert resolution_s(rolling("1Q")) == 300


ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago", "Africa/Cairo"]
)
DURATIONS = st.sampled_from(["1h", "5h", "1d", "3d", "1w", "1M", "2M", "1Q", "1Y"])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001  # wall clock


@given(ZONES, DURATIONS, MOMENTS, MOMENTS)
def test_periods_follow_each_other_without_a_gap(zone: str, duration: str, first: datetime, now: datetime) -> None:
    window = TimeWindow(
        duration=parse_duration(duration), rolling=False, start=first.replace(microsecond=0), time_zone=zone
    )
    moment = now.replace(tzinfo=UTC)
    start, end = period(window, moment)
    assert start <= moment < end
    assert period(window, end)[0] == end
    assert period(window, end - timedelta(seconds=1)) == (start, end)
