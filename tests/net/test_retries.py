"""Whether to ask again, and when."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.net.retries import LONGEST_WAIT_S, Retries, passing, retry_after_s

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_waits_double_and_end() -> None:
    retries = Retries(attempts=4, first_s=0.25)
    waits = [retries.wait_s(attempt, asked_s=None, left_s=60) for attempt in (1, 2, 3, 4)]
    assert waits == [0.25, 0.5, 1.0, None]


def test_waits_of_our_own_are_bounded() -> None:
    assert Retries(attempts=99, longest_s=5).wait_s(50, asked_s=None, left_s=60) == 5


def test_the_server_s_wait_is_kept_to() -> None:
    assert Retries().wait_s(1, asked_s=7, left_s=60) == 7
    assert Retries().wait_s(1, asked_s=0, left_s=60) == 0


def test_a_wait_that_is_too_long_is_not_cut_short_but_left() -> None:
    assert Retries().wait_s(1, asked_s=LONGEST_WAIT_S + 1, left_s=600) is None
    assert Retries().wait_s(1, asked_s=7, left_s=6) is None
    assert Retries().wait_s(1, asked_s=None, left_s=0.1) is None


@given(attempt=st.integers(1, 20), asked=st.none() | st.floats(0, 1e6), left=st.floats(0, 1e6), spread=st.floats(0, 1))
def test_no_wait_goes_beyond_the_deadline_or_the_cap(
    attempt: int, asked: float | None, left: float, spread: float
) -> None:
    wait = Retries(attempts=10).wait_s(attempt, asked_s=asked, left_s=left, spread=spread)
    assert wait is None or (0 <= wait < left and wait <= LONGEST_WAIT_S * 1.5 and attempt < 10)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing(status: int) -> None:
    assert passing(status)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 409, 422, 431, 501])
def test_not_passing(status: int) -> None:
    assert not passing(status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 3 ", 3),
        ("Fri, 20 Nov 2026 12:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Friday, 20-Nov-26 12:00:30 GMT", 30),
        ("", None),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 99 Nov 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_in_both_forms(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_is_whatever_a_server_writes(text: str) -> None:
    seconds = retry_after_s(text, NOW)
    assert seconds is None or seconds >= 0
