from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from report_examples import finding

from airectl.core.findings import Severity
from airectl.core.report import Column, Kind
from airectl.render.cells import bar, header, shown, tally


def cell(value: Any, kind: Kind, digits: int | None = None) -> str:
    return shown(value, Column(title="", kind=kind, digits=digits))


@pytest.mark.parametrize(
    ("ratio", "digits", "text"),
    [
        ("0.999", None, "99.9 %"),
        ("0.95", None, "95 %"),
        ("0.99995", None, "99.995 %"),
        ("0.9995", 1, ">99.9 %"),
        ("0.9996", 2, "99.96 %"),
        ("0.99999999", 2, ">99.99 %"),
        ("0.999999999999999999999999999999999999999", 2, ">99.99 %"),
        ("0.999", 0, ">99 %"),
        ("0.00001", 2, "<0.01 %"),
        ("-0.00001", 2, ">-0.01 %"),
        ("1.0000001", 2, ">100 %"),
        ("1", 2, "100 %"),
        ("0", 2, "0 %"),
        ("0.9120034", 2, "91.20 %"),
        ("-0.76", 0, "-76 %"),
        ("12.5", 0, "1,250 %"),
    ],
)
def test_ratio(ratio: str, digits: int | None, text: str) -> None:
    assert cell(Decimal(ratio), Kind.RATIO, digits) == text


def test_a_measured_ratio_shows_two_decimals_and_more_next_to_the_ends() -> None:
    assert cell(0.9994031, Kind.RATIO) == "99.94 %"
    assert cell(0.99999712, Kind.RATIO) == "99.9997 %"
    assert cell(0.0000031, Kind.RATIO) == "0.0003 %"


@given(st.decimals(0, 1, places=12) | st.floats(0, 1), st.none() | st.integers(0, 6))
@example(0.9999999999999999, None)
@example(5e-324, None)
def test_a_ratio_never_looks_like_all_or_nothing_when_it_is_not(ratio: Decimal | float, digits: int | None) -> None:
    text = cell(ratio, Kind.RATIO, digits)
    number = Decimal(text.lstrip("<>").removesuffix(" %"))
    if 0 < ratio < 1:
        assert 0 < number < 100
    if digits is not None:
        assert len(text.removesuffix(" %").partition(".")[2]) <= digits


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("0", "0 s"),
        ("0.2", "200 ms"),
        ("0.0004", "0.4 ms"),
        ("0.0000001", "<0.01 ms"),
        ("0.9999", "1.00 s"),
        ("12.5", "12.5 s"),
        ("59.996", "1 min"),
        ("302.4", "5 min 2.4 s"),
        ("2592", "43 min 12 s"),
        ("3599.99", "1 h"),
        ("60480", "16 h 48 min"),
        ("86399", "1 d"),
        ("183600", "2 d 3 h"),
        ("-300", "-5 min"),
    ],
)
def test_duration(seconds: str, text: str) -> None:
    assert cell(Decimal(seconds), Kind.DURATION) == text


def test_a_duration_keeps_to_its_digits() -> None:
    assert cell(Decimal("302.4"), Kind.DURATION, 0) == "5 min 2 s"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (4800, Kind.COUNT, "4,800"),
        (1234.56, Kind.COUNT, "1,235"),
        (0.4, Kind.COUNT, "<1"),
        (Decimal("1234567.5"), Kind.MONEY, "1,234,567.50"),
        (0.004, Kind.MONEY, "<0.01"),
        (0, Kind.MONEY, "0.00"),
        (14.4, Kind.NUMBER, "14.4"),
        (2.14159265, Kind.NUMBER, "2.142"),
        (12345.678901, Kind.NUMBER, "12,346"),
        (8000, Kind.TEXT, "8000"),
        (10**40, Kind.COUNT, "1.000e+40"),
        (1e-40, Kind.NUMBER, "1.000e-40"),
        (True, Kind.TEXT, "yes"),
        ("over", Kind.RATIO, "over"),
        (None, Kind.NUMBER, "?"),
        (float("nan"), Kind.RATIO, "?"),
        (Decimal("Infinity"), Kind.DURATION, "?"),
        (None, Kind.TEXT, ""),
    ],
)
def test_other_kinds(value: Any, kind: Kind, text: str) -> None:
    assert cell(value, kind) == text


def test_a_time_is_absolute_and_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert cell(datetime(2026, 11, 20, 13, 0, tzinfo=berlin), Kind.TIME) == "2026-11-20 12:00Z"
    assert cell(datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC), Kind.TIME) == "2026-11-20 12:00:07Z"
    assert cell(datetime(1, 1, 1, tzinfo=berlin), Kind.TIME) == "0001-01-01 00:00Z"


@given(
    st.integers() | st.floats() | st.decimals() | st.none() | st.booleans(),
    st.sampled_from(Kind),
    st.none() | st.integers(0, 8),
)
def test_any_number_can_be_shown(value: Any, kind: Kind, digits: int | None) -> None:
    assert isinstance(cell(value, kind, digits), str)


@pytest.mark.parametrize(
    ("ratio", "drawn"),
    [
        ("0", ".........."),
        ("0.001", "#........."),
        ("0.4", "####......"),
        ("0.9999", "#########."),
        ("1", "##########"),
        ("7", "##########"),
        ("-0.1", "over"),
    ],
)
def test_bar(ratio: str, drawn: str) -> None:
    assert bar(Decimal(ratio), 10) == drawn


def test_units_stand_in_the_header_or_in_the_cell() -> None:
    assert header(Column(title="cost", kind=Kind.MONEY, unit="USD")) == "cost (USD)"
    assert header(Column(title="SLI", kind=Kind.RATIO, unit="ratio")) == "SLI"


def test_tally_names_each_severity_once_worst_first() -> None:
    info = finding(severity=Severity.INFO)
    assert [text for _, text in tally([info, finding(), finding(), info])] == ["2 errors", "2 info"]
    assert tally([]) == []
