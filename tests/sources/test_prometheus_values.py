"""Queries that are no counters, on real servers: samples, ratios, thresholds, expressions, and what is no number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import servers
from airectl.core.findings import Location, Severity
from airectl.core.slices import BEFORE, KNOWN, MISSING
from airectl.core.slo import Indicator, Query, RatioIndicator, RawIndicator, ThresholdIndicator
from airectl.sources.prometheus import Prometheus
from airectl.sources.protocol import Answer, Ask, Failure, Setting

END_S: Final = 1_795_176_000
START_S: Final = END_S - 3600


def samples(metric: str, values: list[str | None]) -> str:
    """A gauge sampled seven seconds into each slice; None is no sample."""
    lines = [f"{metric} {value} {START_S + i * 60 + 7}" for i, value in enumerate(values) if value is not None]
    return f"# TYPE {metric} gauge\n" + "\n".join(lines) + "\n"


HISTORY: Final = "".join((
    samples("jobs_done", ["3", "0", None, "2", "5"] * 12),
    samples("jobs_failed", ["1", "0", None, "0", "5"] * 12),
    samples("success_ratio", ["1", "0.5", "0.25", None, "0.75"] * 8),
    samples("ttft_seconds", ["0.1", "0.2", "NaN", None, "0.3"] * 12),
    '# TYPE requests counter\n',
    "".join(f"requests_total {1000 + i * 10} {START_S + i * 60 + 7}\n" for i in range(30)),
    "# TYPE batches counter\n",
    "".join(f"batches_total {i} {START_S + i * 300 + 7}\n" for i in range(12)),
    "# EOF\n",
))  # fmt: skip


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    start = servers.prometheus if request.param == "prometheus" else servers.victoria
    with start(tmp_path_factory.mktemp(request.param), HISTORY) as running:
        yield running


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus: VictoriaMetrics keeps no NaN."""
    with servers.prometheus(tmp_path_factory.mktemp("real"), HISTORY) as running:
        yield running


def query(text: str, url: str) -> Query:
    return Query(
        type="Prometheus", ref="prod", spec={"query": text}, at=Location(path="s.yaml"), connection={"url": url}
    )


def ratio(url: str, bad: str, total: str, *, counter: bool = False) -> Indicator:
    return RatioIndicator(total=query(total, url), bad=query(bad, url), counter=counter)


def result(indicator: Indicator, **more: Any) -> Answer | Failure:
    ask = Ask(indicator=indicator, start_s=START_S, end_s=END_S, step_s=60, **more)
    (found,) = Prometheus(Setting(cwd=Path(), now=datetime.fromtimestamp(END_S, UTC))).read([ask])
    assert isinstance(found, Answer | Failure), found
    return found


def answer(indicator: Indicator, **more: Any) -> Answer:
    found = result(indicator, **more)
    assert isinstance(found, Answer), found
    return found


def first(answer: Answer, count: int = 5) -> list[tuple[float, float, int]]:
    slices = answer.slices
    return list(zip(slices.good, slices.valid, slices.states, strict=True))[:count]


def test_each_sample_is_so_many_events(url: str) -> None:
    found = answer(ratio(url, "jobs_failed", "sum(jobs_done)"))
    assert first(found) == [(2, 3, KNOWN), (0, 0, KNOWN), (0, 0, MISSING), (2, 2, KNOWN), (0, 5, KNOWN)]
    assert found.slices.whole
    assert found.case == "the sum of the samples in each slice"


@pytest.mark.parametrize(("success", "good"), [(True, [1, 0.5, 0.25]), (False, [0, 0.5, 0.75])])
def test_a_ratio_weighs_each_slice(url: str, success: bool, good: list[float]) -> None:
    found = answer(RawIndicator(raw=query("success_ratio", url), success=success))
    assert first(found, 3) == [(each, 1, KNOWN) for each in good]
    assert set(found.slices.states[46:]) == {MISSING}
    assert not found.slices.whole


def test_a_ratio_stays_until_the_next_sample(real: str) -> None:
    # VictoriaMetrics takes a series to be gone as soon as one sample is late.
    found = answer(RawIndicator(raw=query("success_ratio", real), success=True))
    assert first(found)[3:] == [(0.25, 1, KNOWN), (0.75, 1, KNOWN)]


def test_each_sample_is_one_event_by_its_value(url: str) -> None:
    found = answer(ThresholdIndicator(metric=query("ttft_seconds", url)), op="lte", value=Decimal("0.2"))
    assert first(found, 2) == [(1, 1, KNOWN), (1, 1, KNOWN)]
    assert first(found)[4] == (0, 1, KNOWN)
    assert found.slices.whole


def test_what_is_no_number_is_no_sample(real: str) -> None:
    found = answer(ThresholdIndicator(metric=query("ttft_seconds", real)), op="lte", value=Decimal("0.2"))
    assert first(found)[2] == (0, 0, MISSING)


def test_zero_through_zero_is_quiet(real: str) -> None:
    quiet = "jobs_failed / jobs_done"
    found = answer(RawIndicator(raw=query(quiet, real), success=False))
    assert first(found, 2) == [(pytest.approx(2 / 3), 1, KNOWN), (0, 0, KNOWN)]


@pytest.mark.parametrize("share", ["jobs_failed / jobs_done", "jobs_failed / (jobs_done > 0)"])
def test_a_share_of_nothing_is_quiet_where_the_answer_leaves_it_out(url: str, share: str) -> None:
    found = answer(RawIndicator(raw=query(share, url), success=False))
    assert first(found, 2) == [(pytest.approx(2 / 3), 1, KNOWN), (0, 0, KNOWN)]
    assert set(found.slices.states) == {KNOWN}


def test_a_share_of_what_is_not_measured_is_missing(url: str) -> None:
    found = answer(RawIndicator(raw=query("errors / jobs_done", url), success=False))
    assert set(found.slices.states) == {MISSING}


def test_nothing_measured_is_missing_though_the_query_says_zero(url: str) -> None:
    found = answer(ratio(url, "sum(errors_total) or vector(0)", "sum(requests_total) or vector(0)", counter=True))
    valid, states = list(found.slices.valid), found.slices.states
    # What the counter had come to before its first sample is counted nowhere.
    assert valid[:30] == [0] * 3 + [10] * 27
    assert set(states[:3]) == {BEFORE}
    assert set(states[3:30]) == {KNOWN}
    assert set(states[36:]) == {MISSING}  # five minutes after the last sample
    assert sum(found.slices.good) == sum(valid)
    assert not found.slices.whole
    assert [(each.code, each.severity) for each in found.findings] == [("AIR226", Severity.INFO)]


def test_what_is_scraped_seldom_is_no_hole_in_every_other_slice(url: str) -> None:
    found = answer(ratio(url, "sum(errors_total) or vector(0)", "sum(batches_total) or vector(0)", counter=True))
    assert MISSING not in found.slices.states
    # Two and a half times five minutes: the first batches may have been there before their first sample.
    assert sum(found.slices.valid) == 9


def test_several_series_at_once_are_an_error(url: str) -> None:
    found = result(RawIndicator(raw=query('{__name__=~"success_ratio|ttft_seconds"}', url), success=True))
    assert isinstance(found, Failure)
    assert found.finding.code == "AIR224" or "same labelset" in found.finding.message
