"""Sums of many series, worked out by the server, against each series read by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

import servers
from airectl.core.findings import Location
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.prometheus import Prometheus
from airectl.sources.protocol import Answer, Ask, Setting

END_S: Final = 1_795_176_000
HOURS: Final = 8


def history() -> str:
    """Three counters that gain 1, 2 and 3 a minute; for a while the first one's value is no number."""
    rows = ["# TYPE requests counter"]
    for series in (1, 2, 3):
        for minute in range(HOURS * 60):
            value = "NaN" if series == 1 and minute in range(300, 310) else str(series * minute)
            rows.append(f'requests_total{{pod="{series}"}} {value} {END_S - HOURS * 3600 + minute * 60 + 7}')
    return "\n".join([*rows, "# EOF"]) + "\n"


def valid(url: str) -> list[float]:
    total = Query(
        type="Prometheus",
        ref=url,
        spec={"query": "sum(requests_total)"},
        at=Location(path="s"),
        connection={"url": url},
    )
    indicator = RatioIndicator(total=total, good=total, counter=True)
    ask = Ask(indicator=indicator, start_s=END_S - (HOURS - 1) * 3600, end_s=END_S, step_s=60)
    (answer,) = Prometheus(Setting(cwd=Path(), now=datetime.fromtimestamp(END_S, UTC))).read([ask])
    assert isinstance(answer, Answer)
    return list(answer.slices.valid)


def test_a_value_that_is_no_number_is_that_of_its_series_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.prometheus(tmp_path, history()) as url:
        one_by_one = valid(url)
        monkeypatch.setattr("airectl.sources.prometheus.slices.wide.WIDE", 2)
        assert valid(url) == one_by_one
    assert one_by_one[0] == 6
    assert min(one_by_one) == 5  # the first one's increments are not known
