"""Budgets from a real Prometheus and a real VictoriaMetrics, to the event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import servers
from airectl.core.findings import Location
from airectl.core.slices import KNOWN, Slices
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.prometheus import Prometheus
from airectl.sources.prometheus.slices.asking import Reader
from airectl.sources.prometheus.slices.counting import Line
from airectl.sources.prometheus.slices.spans import Stretch
from airectl.sources.protocol import Answer, Ask, Setting
from runner import Runner
from scraped_histories import Scenario, Slicing, Track, events, openmetrics, per_slice, shown

DAY_S: Final = 86_400
# 2026-11-20T12:00:00Z; a whole number of slices of a minute and of five.
END_S: Final = 1_795_176_000
NOW: Final = datetime.fromtimestamp(END_S, UTC)
GOOD: Final = 'sum(requests_total{code!~"5.."})'
BAD: Final = 'sum(requests_total{code=~"5.."})'
TOTAL: Final = "sum(requests_total)"
SERVERS: Final = ("prometheus", "victoria")


@dataclass(frozen=True)
class Held:
    """A scenario, and the URL of a server that holds its samples."""

    scenario: Scenario
    tracks: dict[str, Track]
    url: str


def start(kind: str, folder: Path, history: str) -> AbstractContextManager[str]:
    return servers.prometheus(folder, history) if kind == "prometheus" else servers.victoria(folder, history)


@pytest.fixture(scope="module", params=[(kind, interval_s) for kind in SERVERS for interval_s in (15, 60)], ids=str)
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    kind, interval_s = request.param
    scenario = Scenario(interval_s=interval_s, end_s=END_S, days=9)
    tracks = scenario.tracks()
    with start(kind, tmp_path_factory.mktemp(kind), openmetrics(tracks.values())) as url:
        yield Held(scenario, tracks, url)


def query(text: str, url: str) -> Query:
    return Query(type="Prometheus", ref=url, spec={"query": text}, at=Location(path="s.yaml"), connection={"url": url})


def ratio(url: str, part: str = GOOD, total: str = TOTAL, *, bad: bool = False) -> RatioIndicator:
    one, all_ = query(part, url), query(total, url)
    return RatioIndicator(total=all_, good=None if bad else one, bad=one if bad else None, counter=True)


def answer(ask: Ask, **setting: Any) -> Answer:
    (result,) = Prometheus(Setting(cwd=Path(), now=NOW, **setting)).read([ask])
    assert isinstance(result, Answer), result
    return result


def week(indicator: RatioIndicator, step_s: int = 60, days: int = 8) -> Ask:
    return Ask(indicator=indicator, start_s=END_S - days * DAY_S, end_s=END_S, step_s=step_s)


def lookback_s(interval_s: int, step_s: int) -> int:
    return max(step_s, -(-interval_s * 5 // 2))


def truth(held: Held, ask: Ask) -> tuple[list[float], list[float]]:
    """Good and valid events of each slice."""
    slicing = Slicing(ask.start_s, ask.end_s, ask.step_s, lookback_s(held.scenario.interval_s, ask.step_s))
    good = per_slice(shown(held.tracks, slicing, ["good"]), slicing)
    return good, per_slice(shown(held.tracks, slicing, ["good", "bad"]), slicing)


def figures(slices: Slices) -> tuple[list[float], list[float]]:
    return list(slices.good), list(slices.valid)


@pytest.mark.parametrize("step_s", [60, 300])
def test_slices_are_exact(held: Held, step_s: int) -> None:
    ask = week(ratio(held.url), step_s)
    found = answer(ask).slices
    assert figures(found) == truth(held, ask)
    assert found.whole
    assert set(found.states) == {KNOWN}


def test_bad_events_leave_the_good_ones(held: Held) -> None:
    ask = week(ratio(held.url, BAD, bad=True))
    assert figures(answer(ask).slices) == truth(held, ask)


SLO: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: answers}}
spec:
  service: chat
  indicator: {{metadata: {{name: share}}, spec: {{ratioMetric: {{counter: true, good: {good}, total: {total}}}}}}}
  timeWindow: [{{duration: 4d, isRolling: true}}]
  budgetingMethod: {method}
  objectives: [{{displayName: all, target: 0.997, {slices}}}]
"""
METHODS: Final = {
    "Occurrences": "",
    "Timeslices": "timeSliceTarget: 0.9, timeSliceWindow: 1m",
    "RatioTimeslices": "timeSliceWindow: 5m",
}


def spec(method: str, good: str, total: str) -> str:
    return SLO.format(method=method, good=good, total=total, slices=METHODS[method])


def prometheus_query(text: str) -> str:
    return "{metricSource: {type: Prometheus, spec: {query: '" + text + "'}}}"


def events_query(where: str) -> str:
    return "{metricSource: {type: Events, spec: {path: log.jsonl" + where + "}}}"


@pytest.fixture
def online(airectl: Runner) -> Runner:
    """Runs airectl with servers on this machine in reach."""
    return Runner(cwd=airectl.cwd, home=airectl.home, loopback=True)


def budget(runner: Runner, text: str, *args: str) -> dict[str, Any]:
    (runner.cwd / "slo.yaml").write_text(text)
    stdout, stderr, _ = runner.call(["budget", "slo.yaml", "--at", "2026-11-20T12:00:00Z", "-o", "json", *args])
    assert stderr == b"", stderr.decode()
    (slo,) = json.loads(stdout)["data"]["slos"]
    return {key: value for key, value in slo.items() if key not in ("source", "query_case")}


@pytest.mark.parametrize("method", METHODS)
def test_a_budget_is_that_of_the_events(held: Held, online: Runner, method: str) -> None:
    slicing = Slicing(
        END_S - 9 * DAY_S, END_S, 300 if "5m" in METHODS[method] else 60, lookback_s(held.scenario.interval_s, 60)
    )
    good, bad = (shown(held.tracks, slicing, [kind]) for kind in ("good", "bad"))
    (online.cwd / "log.jsonl").write_text(events(good, bad))
    asked = budget(online, spec(method, prometheus_query(GOOD), prometheus_query(TOTAL)), "--source", held.url)
    logged = budget(online, spec(method, events_query(", where: status < 500"), events_query("")))
    assert asked == logged
    assert asked["status"] == "exhausted"
    assert asked["spenders"]
    assert asked["valid_events"] > 50_000 / held.scenario.interval_s


def test_the_total_is_within_a_thousandth_of_what_increase_says(held: Held) -> None:
    # increase() extrapolates to both ends of the window, sees what was gained in the gap, and not what a series
    # begins with.
    found = answer(week(ratio(held.url)))
    whole = "sum(increase(requests_total[8d]))"
    asked = httpx.get(f"{held.url}/api/v1/query", params={"query": whole, "time": END_S}, trust_env=False)
    ((_, value),) = [each["value"] for each in asked.json()["data"]["result"]]
    assert sum(found.slices.valid) == pytest.approx(float(value), rel=0.001)


def test_an_offset_moves_everything(held: Held) -> None:
    now = week(ratio(held.url), days=7)
    earlier = Ask(indicator=now.indicator, start_s=now.start_s - 3600, end_s=now.end_s - 3600, step_s=60)
    offset = ratio(held.url, f"{GOOD[:-1]} offset 1h)", f"{TOTAL[:-1]} offset 1h)")
    moved = Ask(indicator=offset, start_s=now.start_s, end_s=now.end_s, step_s=60)
    assert figures(answer(moved).slices) == figures(answer(earlier).slices)


def test_many_series_are_added_up_by_the_server_to_the_event(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    lines = Reader.lines

    def counting(self: Reader, stretch: Stretch) -> list[Line]:
        asked.append(stretch.slices)
        return lines(self, stretch)

    monkeypatch.setattr("airectl.sources.prometheus.slices.wide.WIDE", 2)
    monkeypatch.setattr(Reader, "lines", counting)
    ask = week(ratio(held.url))
    found = answer(ask).slices
    assert figures(found) == truth(held, ask)
    assert set(found.states) == {KNOWN}
    # One by one only where something changed: in each query the first samples, restarts, a gap and its end.
    assert 0 < sum(asked) < 2 * ask.slices / 4
