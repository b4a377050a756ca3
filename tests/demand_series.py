"""Series of demand for tests: seeded, so that the same bytes come each time. The clock of tests is 2026-11-20 12:00."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import pi, sin
from random import Random
from typing import Final

# Where the histories end: midnight before the tests' clock.
END: Final = datetime(2026, 11, 20, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
Row = tuple[datetime, float]


def hourly(weeks: int, *, base: float = 20, growth: float = 0.008, seed: int = 1) -> list[Row]:
    """Traffic with a day and a week, which grows by `growth` an hour."""
    rng, count = Random(seed), weeks * 168  # noqa: S311  # it makes up data
    start = END - count * _HOUR
    rows = []
    for at in range(count):
        day = 1 + 0.4 * sin(2 * pi * (at % 24 - 8) / 24)
        week = 0.8 if (start + at * _HOUR).weekday() >= 5 else 1.0
        rows.append((start + at * _HOUR, (base + growth * at) * day * week * (1 + rng.gauss(0, 0.05))))
    return rows


def csv(rows: Iterable[Row], value: str = "requests_per_s", zone: str = "Z") -> bytes:
    """As a file with two columns."""
    lines = [f"{time:%Y-%m-%dT%H:%M:%S}{zone},{number:.2f}" for time, number in rows]
    return "\n".join([f"time,{value}", *lines, ""]).encode()


def growing_demand() -> bytes:
    """Sixteen weeks of hours, from 20 to 41 requests a second on average."""
    return csv(hourly(16))


def steady_demand() -> bytes:
    """Eight weeks of hours without growth."""
    return csv(hourly(8, growth=0))


def demand_of_models() -> bytes:
    """Two models in one file: one grows, one does not."""
    one, other = hourly(8, growth=0.02), hourly(8, base=5, growth=0, seed=2)
    lines = [f"{time:%Y-%m-%dT%H:%M:%SZ},chat,{number:.2f}" for time, number in one]
    lines += [f"{time:%Y-%m-%dT%H:%M:%SZ},code,{number:.2f}" for time, number in other]
    return "\n".join(["time,model,requests_per_s", *lines, ""]).encode()


def three_points() -> bytes:
    """Too little."""
    return csv(hourly(1)[-3:])


def constant_demand() -> bytes:
    """A limit, or a gauge that nobody updates."""
    return csv([(time, 7.0) for time, _ in hourly(4)])


def zero_demand() -> bytes:
    """Nothing ever happens."""
    return csv([(time, 0.0) for time, _ in hourly(4)])


def broken_demand() -> bytes:
    """Numbers that are none, an infinite one, a row too long, a time that is none, and values below 0."""
    lines = csv(hourly(4)).decode().splitlines()
    lines[10] = lines[10].split(",")[0] + ",12 rps"
    lines[20] = lines[20].split(",")[0] + ",inf"
    lines[30] += ",7"
    lines[40] = "monday,12"
    lines[50] = lines[50].split(",")[0] + ",-3"
    return ("\n".join(lines) + "\n").encode()


def shuffled_demand() -> bytes:
    """Rows in any order, some of them twice."""
    rows = hourly(4)
    Random(5).shuffle(rows)  # noqa: S311  # see above
    return csv([*rows, *rows[:20]])


def wall_clock_demand() -> bytes:
    """Times of Berlin without a zone: on 25 October an hour comes twice."""
    summer = datetime(2026, 10, 25, 1, tzinfo=UTC)
    return csv([(time + _HOUR * (2 if time < summer else 1), number) for time, number in hourly(6)], zone="")


def mixed_steps() -> bytes:
    """Every five minutes at first, then every hour."""
    rows = hourly(6)
    fine = [(time + timedelta(minutes=5 * at), number) for time, number in rows[:200] for at in range(12)]
    return csv([*fine, *rows[200:]])


def gap_of_ten_years() -> bytes:
    """A month of 2016, and six weeks of now."""
    old = [(time - timedelta(days=3653), number) for time, number in hourly(4)]
    return csv([*old, *hourly(6)])


def future_rows() -> bytes:
    """Two days of next year behind a history."""
    return csv([*hourly(4), *((time + timedelta(days=60), number) for time, number in hourly(1)[:48])])


def two_units() -> bytes:
    """Requests a second, and from one day on a thousand times as many: a minute's of another tool."""
    rows = hourly(6, growth=0)
    return csv([(time, number * (1000 if at >= 600 else 1)) for at, (time, number) in enumerate(rows)])
