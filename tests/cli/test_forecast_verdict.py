"""The first line of a forecast: what is enough, how sure that is, and figures that can be read."""

from __future__ import annotations

import pytest

from demand_series import growing_demand
from runner import Runner


def verdict(airectl: Runner, more: str, factor: float = 1.0) -> tuple[str, str]:
    """The first line, and the row of the series."""
    head, *rows = growing_demand().decode().splitlines()
    pairs = [row.split(",") for row in rows]
    lines = [head, *(f"{time},{float(value) * factor!r}" for time, value in pairs)]
    (airectl.cwd / "demand.csv").write_text("\n".join(lines) + "\n")
    text = airectl.call(f"forecast demand.csv {more}".split())[0].decode().splitlines()
    return text[0], text[3]


def test_what_carries_the_demand_but_not_its_reserve_is_no_plain_enough(airectl: Runner) -> None:
    line, _ = verdict(airectl, "--capacity 12 --replicas 6 --horizon 14d")
    assert line.startswith(
        "SHORT OF RESERVE  demand stays below 72 requests/s for 2 weeks; with what is kept in reserve"
    )
    assert "more than run" in line
    line, _ = verdict(airectl, "--capacity 12 --replicas 9 --horizon 14d")
    assert line.startswith("ENOUGH  demand stays below 108 requests/s for 2 weeks; ")
    assert "more than run" not in line


def test_an_upper_bound_above_the_capacity_does_not_stay_below_it(airectl: Runner) -> None:
    line, row = verdict(airectl, "--capacity 12 --replicas 6 --horizon 32d")
    assert float(row.split()[3]) > 72
    assert "less than 10% of the futures pass 72 requests/s within 32 days" in line


@pytest.mark.parametrize(("factor", "capacity", "unread"), [(1e-9, "1.2e-8", "<"), (1e12, "1.2e13", ".")])
def test_figures_of_any_size_are_readable(factor: float, capacity: str, unread: str, airectl: Runner) -> None:
    plain, _ = verdict(airectl, "--capacity 12 --replicas 6 --horizon 60d")
    line, row = verdict(airectl, f"--capacity {capacity} --replicas 6 --horizon 60d", factor)
    assert line.partition(" on ")[2] == plain.partition(" on ")[2]
    assert not [each for each in row.split()[1:5] if unread in each]
