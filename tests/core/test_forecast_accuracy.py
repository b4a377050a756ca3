"""docs/forecast-accuracy.md says what is measured, and what is measured is good enough."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from forecast_accuracy import Row, fleet_rows, losses, made_rows, table
from golden_text import UPDATE

PAGE = Path(__file__).parents[2] / "docs" / "forecast-accuracy.md"
_NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest) -> list[Row]:
    folder = os.environ.get("AIRECTL_CONFORMANCE_DATA", "")
    if not folder:
        pytest.skip("AIRECTL_CONFORMANCE_DATA is not set")
    return fleet_rows(Path(folder) / "fleet")


def same_as_page(part: str, rows: Sequence[Row]) -> None:
    """The words must be those of the page; a number may differ by 2 % or 0.02, as machines round otherwise."""
    actual = f"<!-- {part} -->\n{table(rows)}\n{losses(rows)}<!-- /{part} -->"
    page = PAGE.read_text("utf-8")
    marks = re.compile(rf"<!-- {part} -->.*<!-- /{part} -->", re.DOTALL)
    if os.environ.get(UPDATE) == "1":
        PAGE.write_text(marks.sub(actual, page), "utf-8")
        return
    found = marks.search(page)
    assert found
    assert _NUMBER.sub("#", found[0]) == _NUMBER.sub("#", actual)
    assert [float(each) for each in _NUMBER.findall(found[0])] == [
        pytest.approx(float(each), rel=0.02, abs=0.02) for each in _NUMBER.findall(actual)
    ]


def test_the_page_tells_the_fleet_series(conformance: Path, fleet: list[Row]) -> None:
    assert len(fleet) == 10
    same_as_page("fleet", fleet)


def test_the_page_tells_the_made_series() -> None:
    same_as_page("made", made_rows())


def test_the_pool_beats_seasonal_naive_on_the_fleet(conformance: Path, fleet: list[Row]) -> None:
    assert sum(row.to_seasonal < 1 for row in fleet) >= 8
    assert sum(row.to_seasonal for row in fleet) / len(fleet) < 1


def test_the_pool_is_near_the_better_of_both(conformance: Path, fleet: list[Row]) -> None:
    assert sum(row.to_better for row in fleet) / len(fleet) <= 1.1


def test_the_interval_covers(conformance: Path, fleet: list[Row]) -> None:
    assert sum(row.coverage for row in fleet) / len(fleet) >= 0.85


def test_the_pool_is_sane_on_made_series() -> None:
    rows = made_rows()
    assert [row.name for row in rows if row.to_seasonal >= 1 or row.to_better > 1.25] == []
    assert [row.name for row in rows if row.coverage < 0.85] == []
