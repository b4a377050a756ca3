"""Each case of what a query means, asked of the real servers about a history that is known to the event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import pytest

import servers
from airectl.promql.bind import Kind, Use, bind
from airectl.promql.narrow import narrowed
from query_history import COUNTERS, ON_THE_MINUTE, SCRAPES_S, START_S, Row, history

COUNTER, SAMPLES, RAW, THRESHOLD = Use.COUNTER, Use.SAMPLES, Use.RAW, Use.THRESHOLD


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("server")
    start = servers.prometheus if request.param == "prometheus" else servers.victoria
    with start(folder / "run", history()) as url:
        yield url


def asked(url: str, query: str, slices: Sequence[int]) -> list[dict[tuple[tuple[str, str], ...], float]]:
    """The values at the end of each slice, by the labels of the series."""
    ends = [START_S + 60 * slice_ for slice_ in slices]
    answer = httpx.post(
        f"{url}/api/v1/query_range",
        data={"query": query, "start": ends[0], "end": ends[-1], "step": 60},
        trust_env=False,
    ).json()
    assert answer["status"] == "success", answer
    found: dict[float, dict[tuple[tuple[str, str], ...], float]] = {end_s: {} for end_s in ends}
    for series in answer["data"]["result"]:
        labels = tuple(sorted(series["metric"].items()))
        for at_s, value in series["values"]:
            found[at_s][labels] = float(value)
    return [found[end_s] for end_s in ends]


def single(values: Mapping[tuple[tuple[str, str], ...], float]) -> float | None:
    assert len(values) <= 1
    return next(iter(values.values()), None)


def near(values: Row) -> list[object]:
    """To the last bits of a float; a value that is absent is absent."""
    return [None if value is None else pytest.approx(value, rel=1e-12) for value in values]


@pytest.mark.parametrize(
    ("query", "use"),
    [
        ("c", COUNTER),
        ("sum(c)", COUNTER),
        ("sum without (pod) (c)", COUNTER),
        ("sum(sum by (pod) ((c)))", COUNTER),
        ("sum(rate(c[5m]))", SAMPLES),
        ("irate(c[$__rate_interval])", SAMPLES),
        ("sum(increase(c[{{.window}}]))", COUNTER),
        ("delta(c[$window])", COUNTER),
    ],
)
def test_counters_are_read_at_the_boundaries_series_by_series(server: str, query: str, use: Use) -> None:
    binding = bind(query, use, 60)
    assert binding.kind is Kind.INCREMENTS
    for pod in "abc":
        values = asked(server, narrowed(binding.over("last_over_time", 60_000), {"pod": pod}), range(6))
        assert [single(each) for each in values] == list(COUNTERS[f'c{{pod="{pod}"}}'])


# Increments by hand: pod a 3 0 5 2 0, pod b 1 1 4 0 6 (4 after its restart), pod c 7 1 from slice 4 on.
_OF_ALL: Final = (4, 1, 9, 9, 7)


@pytest.mark.parametrize(
    ("query", "use", "expected"),
    [
        ("sum(c) or vector(0)", COUNTER, _OF_ALL),
        ("sum(rate(c[5m])) or vector(0)", SAMPLES, _OF_ALL),
        ("sum(irate(c[{{.window}}])) * 1", SAMPLES, _OF_ALL),
        ("sum(c) * 2", COUNTER, (8, 2, 18, 18, 14)),
        ("-sum(c)", COUNTER, (-4, -1, -9, -9, -7)),
        ("max(c)", COUNTER, (3, 1, 5, 7, 6)),
        ("count(c > 3)", COUNTER, (None, None, 2, 1, 1)),
        ("sum(c) - sum(bad)", COUNTER, (3, 1, 6, 9, 7)),
        ("sum(c) - sum(increase(bad[1h]))", COUNTER, (3, 1, 6, 9, 7)),
        # Before there is nothing at all, so all of the counter is new there; the source leaves that out.
        ('sum(c{pod="a"} offset 3m) or vector(0)', COUNTER, (100, 0, 0, 3, 0)),
        # Before their first event there were none of a kind, whether or not the query says so.
        ("sum(c) - sum(rare)", COUNTER, (4, 1, 7, 9, 7)),
        ("sum(nowhere) + sum(c)", COUNTER, (4, 1, 9, 9, 7)),
        ("sum(c) - (sum(rare) or vector(0))", COUNTER, (4, 1, 7, 9, 7)),
        # Two metrics with the same labels: 3 + 1, 0 + 0, 5 + 3, 2 + 0, 0.
        ('sum({__name__=~"c|bad",pod="a"} * 1)', COUNTER, (4, 0, 8, 2, 0)),
        ("1 - sum(rate(bad[5m])) / sum(rate(c[5m]))", RAW, (3 / 4, 1, 2 / 3, 1, 1)),
        ("sum(rate(c[5m]))", RAW, (4 / 60, 1 / 60, 9 / 60, 9 / 60, 7 / 60)),
        ("sum(rate(c[$__range])) * $__range_s", RAW, _OF_ALL),
        ("sum(increase(c[5m]))", RAW, _OF_ALL),
        # A subquery is what it says: the most that the counters said in the last two minutes.
        ('max_over_time(sum(c{pod="a"})[2m:1m])', RAW, (103, 103, 108, 110, 110)),
        ('max_over_time(c{pod="a"}[{{.window}}])', COUNTER, (103, 103, 108, 110, 110)),
        ('c{pod="a"}', THRESHOLD, (103, 103, 108, 110, 110)),
        ("vector(1)", RAW, (1, 1, 1, 1, 1)),
    ],
)
def test_expressions_of_counters(server: str, query: str, use: Use, expected: Row) -> None:
    binding = bind(query, use, 60)
    assert binding.kind is Kind.VALUES
    values = [single(each) for each in asked(server, binding.query, range(1, 6))]
    assert values == near(expected)


def test_what_a_counter_counted_while_it_was_gone_is_in_no_slice(server: str) -> None:
    """Five minutes are what Prometheus bridges; the slice in which it comes back is not known."""
    values = [single(each) for each in asked(server, bind("gone * 1", COUNTER, 60).query, range(1, 12))]
    assert values == [2, 0, 0, 0, 0, None, None, None, None, 3, 0]


@pytest.mark.parametrize(
    ("query", "use", "expected"),
    [
        ("sum(x)", SAMPLES, (11, 6, 1)),
        ("sum(x) or vector(0)", SAMPLES, (11, 6, 1)),
        ('sum_over_time(x{pod="a"}[{{.window}}])', SAMPLES, (10, 5, 0)),
        ("sum(count_over_time(x[5m]))", COUNTER, (8, 8, 8)),
        ("r", RAW, (0.75, 1, 0)),
        ("1 - r", RAW, (0.25, 0, 1)),
        ("sum(r) / 2", RAW, (0.375, 0.5, 0)),
        ("r / 2 + r / 2 > bool 0.5", RAW, (1, 1, 0)),
        ("1 - slo:sli_error:ratio_rate5m", RAW, (0.5, 1, 0)),
        ("slo:sli_error:ratio_rate5m", SAMPLES, (0.5, 0, 1)),
        ('delta(x{pod="a"}[5m])', SAMPLES, (None, -4, 0)),
        ("max(x)", THRESHOLD, (4, 0, 0)),
        ("max(max_over_time(x[$__interval]))", THRESHOLD, (4, 5, 1)),
        ("quantile(0.5, x)", THRESHOLD, (2, 0, 0)),
        # A sample on the boundary is in the slice that ends there, and in no other.
        ("minute", SAMPLES, ON_THE_MINUTE),
        ("minute", RAW, ON_THE_MINUTE),
        ("minute", THRESHOLD, ON_THE_MINUTE),
    ],
)
def test_samples(server: str, query: str, use: Use, expected: Row) -> None:
    binding = bind(query, use, 60)
    assert binding.kind is Kind.VALUES
    assert [single(each) for each in asked(server, binding.query, range(1, 4))] == near(expected)


def test_a_ratio_holds_until_its_next_sample_and_five_minutes_at_most(server: str) -> None:
    values = [single(each) for each in asked(server, bind("1 - seldom", RAW, 60).query, range(1, 12))]
    assert values[:6] == [0.5, 0.5, 0.5, 0, 0, 0]
    # The last one is of 3:30, so it holds until 8:30; VictoriaMetrics may give it up sooner.
    assert set(values[6:8]) <= {0, None}
    assert values[8:] == [None, None, None]


def test_where_nothing_is_measured_nothing_is_present(server: str) -> None:
    """`or vector(0)` has a value there."""
    binding = bind("sum(gone) or vector(0)", COUNTER, 60)
    assert [single(each) for each in asked(server, binding.query, (7, 8))] == [0, 0]
    present = asked(server, binding.presence(60_000), range(1, 12))
    assert [single(each) for each in present] == [1, *[None] * 7, 1, 1, 1]
    both = asked(server, bind("gone + rare", COUNTER, 60).presence(60_000), range(1, 12))
    assert [single(each) for each in both] == [1, None, *[1] * 9]


def test_several_series_stay_several(server: str) -> None:
    """The source says so; here they are told apart by their labels."""
    binding = bind("c / 2", COUNTER, 60)
    values = asked(server, binding.query, (4,))[0]
    assert {dict(labels)["pod"]: value for labels, value in values.items()} == {"a": 1, "b": 0, "c": 3.5}


def test_what_others_make_of_the_same_counters(tmp_path: Path) -> None:
    """Why `airectl help queries` warns of `increase` at every slice: growth between two windows is in neither."""
    between = "\n".join(f"late {value} {START_S + at_s}" for value, at_s in zip((5, 5, 6, 6), SCRAPES_S, strict=True))
    with servers.prometheus(tmp_path, history().replace("# EOF", f"{between}\n# EOF")) as url:
        lost = asked(url, 'increase(c{pod="a"}[1m])', range(1, 6))
        assert [single(each) for each in lost] == [0, 0, 0, 0, 0]
        assert single(asked(url, "increase(late[1m])", (1,))[0]) == pytest.approx(60 / 45)
