"""How often series are scraped, and how long a server keeps them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.errors import Unreachable
from airectl.sources.prometheus import retention
from airectl.sources.prometheus.slices.intervals import lookback_s, usual

DAY_S = 86_400


@pytest.mark.parametrize(
    ("measured", "said"),
    [(14.9, 15), (15.4, 15), (62.07, 60), (59.0, 60), (300, 300), (37.2, 38), (7, 7), (0.2, 1), (5000, 5000)],
)
def test_an_interval_is_one_that_people_write(measured: float, said: int) -> None:
    assert usual(measured) == said


@given(st.floats(0.1, 4000))
def test_an_interval_is_never_much_shorter_than_measured(measured: float) -> None:
    assert usual(measured) >= measured * 0.89


@pytest.mark.parametrize(("step_s", "interval_s", "said"), [(60, 15, 60), (60, 60, 150), (60, 25, 63), (300, 60, 300)])
def test_a_late_scrape_is_no_hole(step_s: int, interval_s: int, said: int) -> None:
    assert lookback_s(step_s, interval_s) == said


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15d", 15 * DAY_S),
        ("2w3d", 17 * DAY_S),
        ("1y", 365 * DAY_S),
        ("15d or 10GiB", 15 * DAY_S),
        ("36h", 36 * 3600),
        ("1y2w", (365 + 14) * DAY_S),
        ("2h30m", 9000),
        ("15 days", None),
        ("10GiB", None),
        ("0s", None),
        ("", None),
    ],
)
def test_a_retention_is_read(text: str, seconds: int | None) -> None:
    assert retention.parsed(text) == seconds
    assert retention.of_server(lambda _path: {"storageRetention": text}) == seconds


@pytest.mark.parametrize("said", [None, {}, [], {"storageRetention": 5}])
def test_a_server_that_does_not_say_is_no_error(said: object) -> None:
    assert retention.of_server(lambda _path: said) is None


def test_a_server_without_that_part_is_no_error() -> None:
    def get(_path: str) -> object:
        raise Unreachable("gone")

    assert retention.of_server(get) is None
