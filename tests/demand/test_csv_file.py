"""CSV files: columns that are found or named, rows that cannot be used, times with and without a zone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.findings import Finding
from airectl.demand.csv_file import read
from airectl.demand.series import Reading, Wanted
from airectl.errors import UsageError

HOUR = 3600


def told(text: str, wanted: Wanted | None = None) -> Reading:
    return read("demand.csv", text, wanted or Wanted())


def places(findings: Sequence[Finding]) -> list[tuple[str, int, int]]:
    return [(f.code, f.at.line, f.at.col) for f in findings if f.at]


def test_the_only_time_and_the_only_value() -> None:
    (series,) = told("time,requests\n2026-11-19T00:00:00Z,3\n2026-11-19T01:00:00Z,5.5\n").series
    assert series.name == "requests"
    assert series.values.tolist() == [3.0, 5.5]
    assert np.diff(series.times_s).tolist() == [HOUR]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    text = "time,value\n2026-11-19,3\n2026-11-20,4\n".replace(",", delimiter)
    assert told(text).series[0].values.tolist() == [3.0, 4.0]


def test_comments_blank_lines_and_a_byte_order_mark() -> None:
    text = "\ufeff# from billing\n\ntime,value\n2026-11-19,3\n# a remark\n2026-11-20,4\n"
    assert told(text).series[0].values.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("time,in,out\n2026-11-19,3,4\n", Wanted(), "2 columns could be the value: `in`, `out`"),
        ("time,in\n2026-11-19,3\n", Wanted(value="inn"), "there is no column `inn`"),
        ("a,b\n1,2\n", Wanted(), "no column looks like the time"),
        ("time,value\n2026-11-19,many\n", Wanted(), "no column looks like the value"),
        ("time,x,X\n2026-11-19,3,4\n", Wanted(value="x "), "there is no column `x `"),
        ("time,value,model\n2026-11-19,3,a\n", Wanted(group_by="models"), "there is no column `models`"),
    ],
)
def test_columns_that_are_not_known(text: str, wanted: Wanted, message: str) -> None:
    reading = told(text, wanted)
    assert [f.message for f in reading.findings] == [message]
    assert [f.code for f in reading.findings] == ["AIR502"]
    assert not reading.series


def test_the_help_names_the_near_column_and_the_place_is_its_own() -> None:
    (finding,) = told("time,running_gpu_num,x\n2026-11-19,3,4\n", Wanted(value="runing_gpu_num")).findings
    assert finding.help == "did you mean `--value running_gpu_num`?"
    (finding,) = told("time,in,out\n2026-11-19,3,4\n").findings
    assert finding.at is not None
    assert (finding.at.line, finding.at.col) == (1, 6)


@pytest.mark.parametrize("scale", [1, 1000, 1_000_000, 1_000_000_000], ids=["s", "ms", "us", "ns"])
def test_epochs_are_told_by_their_size(scale: int) -> None:
    text = f"ts,value\n{1_795_046_400 * scale},1\n{1_795_050_000 * scale},2\n"
    assert told(text).series[0].times_s.tolist() == pytest.approx([1_795_046_400, 1_795_050_000])


def test_rows_that_cannot_be_used_are_told_with_their_places() -> None:
    rows = (
        "2026-11-15,1",
        "2026-11-16,1 rps",
        "2026-11-17,inf",
        "soon,4",
        "2026-11-18,5,6",
        "2026-11-19,",
        "2026-11-20,7",
    )
    text = "\n".join(("time,value", *rows, ""))
    reading = told(text, Wanted(time="time", value="value"))
    assert places(reading.findings) == [("AIR503", 6, 1), ("AIR503", 5, 1), ("AIR503", 3, 12), ("AIR503", 4, 12)]
    (series,) = reading.series
    assert [value for value in series.values.tolist() if value == value] == [1.0, 7.0]  # noqa: PLR0124  # without NaN
    assert len(series.values) == 5


def test_quoted_cells_may_hold_the_delimiter() -> None:
    reading = told('time,value,note\n2026-11-19,3,"a, b"\n2026-11-20,oops,"c, d"\n', Wanted(value="value"))
    assert places(reading.findings) == [("AIR503", 3, 1)]


def test_times_that_come_twice_are_averaged() -> None:
    reading = told("time,value\n2026-11-19,3\n2026-11-20,4\n2026-11-20,8\n")
    assert reading.series[0].values.tolist() == [3.0, 6.0]
    assert places(reading.findings) == [("AIR504", 4, 1)]


def test_rows_in_any_order_are_sorted() -> None:
    reading = told("time,value\n2026-11-20,4\n2026-11-19,3\n")
    assert reading.series[0].values.tolist() == [3.0, 4.0]
    assert [(f.code, f.severity.value) for f in reading.findings] == [("AIR504", "info")]


def test_groups_are_series_of_their_own() -> None:
    text = "time,model,value\n2026-11-19,b,1\n2026-11-19,a,2\n2026-11-20,b,3\n2026-11-20,,4\n"
    reading = told(text, Wanted(group_by="model"))
    assert {each.name: each.values.tolist() for each in reading.series} == {
        "(empty)": [4.0],
        "a": [2.0],
        "b": [1.0, 3.0],
    }
    assert not reading.findings


def test_the_future_is_left_out() -> None:
    text = "time,value\n2026-11-19,3\n2026-12-20,4\n"
    reading = told(text, Wanted(until_s=1_795_176_000))
    assert reading.series[0].values.tolist() == [3.0]
    assert places(reading.findings) == [("AIR506", 3, 1)]
    assert not told(text, Wanted(until_s=1_795_176_000, told=False)).findings
    later = told(text, Wanted(until_s=0.0))
    assert not later.series
    assert [f.severity.value for f in later.findings] == ["error"]


def berlin(hours: Sequence[str]) -> Reading:
    rows = "".join(f"2026-{hour},1\n" for hour in hours)
    return told(f"time,value\n{rows}", Wanted(zone="Europe/Berlin"))


def test_the_hour_that_comes_twice_is_told_by_the_order_of_rows() -> None:
    reading = berlin(["10-25 01:00", "10-25 02:00", "10-25 02:00", "10-25 03:00"])
    assert np.diff(reading.series[0].times_s).tolist() == [HOUR] * 3
    assert [f.code for f in reading.findings] == ["AIR505"]


def test_the_hour_that_does_not_exist_is_told() -> None:
    reading = berlin(["03-29 01:00", "03-29 02:30", "03-29 04:00"])
    assert [f.code for f in reading.findings] == ["AIR505"]


def test_without_a_zone_a_repeated_hour_of_a_sunday_night_is_recognised() -> None:
    text = "time,value\n2026-10-25 01:00,1\n2026-10-25 02:00,1\n2026-10-25 02:00,1\n2026-10-25 03:00,1\n"
    reading = told(text)
    assert "--zone" in reading.findings[0].help
    assert reading.assumptions == ("times without a zone are in UTC",)


def test_a_zone_that_is_none() -> None:
    with pytest.raises(UsageError, match="Mars"):
        told("time,value\n2026-11-19,1\n", Wanted(zone="Mars/Olympus"))


@pytest.mark.parametrize("text", ["", "\n\n", "time,value\n", "# nothing\n", "time\n2026-11-19\n"])
def test_files_without_a_series(text: str) -> None:
    reading = told(text)
    assert not reading.series
    assert reading.findings


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    reading = told(text)
    assert reading.series or reading.findings
