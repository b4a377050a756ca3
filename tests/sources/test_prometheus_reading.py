"""What is asked of a server: each question once, only what is new, and one failure stays its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from airectl.core.findings import Location
from airectl.core.slices import KNOWN
from airectl.core.slo import Query, RatioIndicator, ThresholdIndicator
from airectl.env import Stop
from airectl.sources.prometheus import Prometheus
from airectl.sources.prometheus.reading import LATE_S, PARALLEL
from airectl.sources.prometheus.server.client import Limits
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Stopped, Unsupported
from prometheus_faults import Asked, Faulty, Reply, faulty, healthy, refusal

END_S: Final = 1_795_176_000
DAY_S: Final = 86_400
# A counter of the server gains an event a second.
PER_SLICE: Final = 60


def query(text: str, url: str) -> Query:
    at = Location(path="slo.yaml")
    return Query(type="prometheus", ref="prod", spec={"query": text}, at=at, connection={"url": url})


def ask(url: str, part: str = "good_total", *, start_s: int = END_S - DAY_S, end_s: int = END_S) -> Ask:
    indicator = RatioIndicator(total=query("sum(all_total)", url), good=query(part, url), counter=True)
    return Ask(indicator=indicator, start_s=start_s, end_s=end_s, step_s=60)


def setting(cache: Path | None = None, now_s: int = END_S, **more: Any) -> Setting:
    return Setting(cwd=Path(), now=datetime.fromtimestamp(now_s, UTC), cache=cache, **more)


def read(asks: Iterable[Ask], setting_: Setting) -> list[Result]:
    return list(Prometheus(setting_).read(list(asks)))


def answers(asks: Iterable[Ask], setting_: Setting) -> list[Answer]:
    found = read(asks, setting_)
    assert all(isinstance(each, Answer) for each in found), found
    return [each for each in found if isinstance(each, Answer)]


def ranges(server: Faulty, name: str) -> list[tuple[int, int]]:
    """The times that were asked for of the values of one metric."""
    asked = (each.form for each in server.asked if "last_over_time(" + name in each.form.get("query", ""))
    return sorted((int(float(form["start"])), int(float(form["end"]))) for form in asked if "step" in form)


def test_what_several_want_is_asked_once() -> None:
    with faulty(healthy) as server:
        found = answers([ask(server.url), ask(server.url), ask(server.url, "other_total")], setting())
    assert [sum(each.slices.valid) for each in found] == [DAY_S] * 3
    # How often each counter is scraped, its values, and whether it was set back between them.
    assert len(set(server.queries)) == len(server.queries) == 3 * 3


def test_what_reaches_back_further_is_asked_for_by_all() -> None:
    with faulty(healthy) as server:
        found = answers([ask(server.url), ask(server.url, start_s=END_S - 20 * DAY_S)], setting())
    assert [sum(each.slices.good) for each in found] == [DAY_S, 20 * DAY_S]
    spans = ranges(server, "good_total")
    assert spans[0][0] <= END_S - 20 * DAY_S
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert all((end - start) // 60 <= 10_080 for start, end in spans)


def test_the_past_is_asked_for_once(tmp_path: Path) -> None:
    past = setting(tmp_path, END_S + DAY_S)
    with faulty(healthy) as server:
        first = answers([ask(server.url)], past)
        asked = len(server.asked)
        again = answers([ask(server.url)], past)
        assert len(server.asked) == asked > 0
    assert again == first


def test_only_what_is_new_is_asked_for(tmp_path: Path) -> None:
    hour = 3600
    with faulty(healthy) as server:
        answers([ask(server.url)], setting(tmp_path))
        asked = len(server.asked)
        later = ask(server.url, start_s=END_S + hour - DAY_S, end_s=END_S + hour)
        (found,) = answers([later], setting(tmp_path, END_S + hour))
        new = [each.form for each in server.asked[asked:]]
    assert sum(found.slices.valid) == DAY_S
    assert set(found.slices.states) == {KNOWN}
    values = [form for form in new if "last_over_time" in form["query"]]
    assert len(values) == 2
    # From the last slice that was closed then, with a lookback of a minute, to the present.
    assert {int(float(form["start"])) for form in values} == {END_S - LATE_S - 60}
    assert not any("count_over_time" in form["query"] for form in new)


def test_what_is_not_closed_is_not_kept(tmp_path: Path) -> None:
    late = [300]

    def answering(asked: Asked) -> Reply:
        """Nothing of the last minutes has come in yet."""
        reply = healthy(asked)
        for series in reply.body["data"]["result"]:
            if "values" in series:
                series["values"] = [point for point in series["values"] if point[0] <= END_S - late[0]]
        return reply

    with faulty(answering) as server:
        (before,) = answers([ask(server.url)], setting(tmp_path))
        late[0] = 0
        (after,) = answers([ask(server.url)], setting(tmp_path))
    assert (before.slices.missing, sum(before.slices.valid)) == (5, DAY_S - 300)
    assert (after.slices.missing, sum(after.slices.valid)) == (0, DAY_S)


def test_an_earlier_run_leaves_what_is_kept(tmp_path: Path) -> None:
    now = setting(tmp_path, END_S + DAY_S)
    with faulty(healthy) as server:
        whole = answers([ask(server.url)], now)
        asked = len(server.asked)
        (earlier,) = answers([ask(server.url, end_s=END_S - 7200)], now)
        assert answers([ask(server.url)], now) == whole
        assert len(server.asked) == asked
    assert sum(earlier.slices.valid) == DAY_S - 7200


def test_what_there_was_before_is_asked_once_and_kept(tmp_path: Path) -> None:
    def young(asked: Asked) -> Reply:
        """The counter begins two hours before the end."""
        reply = healthy(asked)
        result = reply.body["data"]["result"]
        if "step" not in asked.form:
            return Reply(body={**reply.body, "data": {"resultType": "vector", "result": []}})
        for series in result:
            series["values"] = [point for point in series["values"] if point[0] >= END_S - 7200]
        result[:] = [series for series in result if series["values"]]
        return reply

    now = setting(tmp_path, END_S + DAY_S)
    with faulty(young) as server:
        longer = ask(server.url, start_s=END_S - 20 * DAY_S)
        whole = answers([longer], now)
        # Its first span is one in the middle of what was asked for before.
        (shorter,) = answers([ask(server.url, end_s=END_S - 3600)], now)
        asked = len(server.asked)
        assert answers([longer], now) == whole
        assert answers([ask(server.url, end_s=END_S - 3600)], now) == [shorter]
        assert len(server.asked) == asked
    assert whole[0].slices.before == 20 * 1440 - 120
    assert sum(shorter.slices.valid) == 3600


def test_tenants_do_not_share_what_is_kept(tmp_path: Path) -> None:
    with faulty(healthy) as server:
        table = {"type": "prometheus", "url": server.url, "headers": {"X-Scope-OrgID": {"env": "TENANT"}}}
        counts = []
        for tenant in ("one", "other", "one"):
            known = {"environ": {"TENANT": tenant}, "configured": {"prod": table}}
            answers([ask(server.url)], setting(tmp_path, END_S + DAY_S, **known))
            counts.append(len(server.asked))
    assert counts[0] < counts[1] == counts[2]


def test_without_a_cache_everything_is_asked_for_again(tmp_path: Path) -> None:
    past = END_S + DAY_S
    with faulty(healthy) as server:
        answers([ask(server.url)], setting(tmp_path, past))
        asked = len(server.asked)
        answers([ask(server.url)], setting(None, past))
        assert len(server.asked) == 2 * asked
        # What is kept was counted with another interval between scrapes.
        answers([ask(server.url)], setting(tmp_path, past, scrape_interval_s=120))
        assert ranges(server, "good_total")[2:]
    assert any("[5m]" in each for each in server.queries)


def test_a_failure_stays_that_of_its_query() -> None:
    def refusing(asked: Asked) -> Reply:
        if "bad_total" in asked.form.get("query", ""):
            return Reply(status=422, body=refusal("execution", "the storage is broken"))
        return healthy(asked)

    with faulty(refusing) as server:
        found = read([ask(server.url, "bad_total"), ask(server.url)], setting())
    assert [type(each) for each in found] == [Failure, Answer]
    failure = found[0]
    assert isinstance(failure, Failure)
    assert failure.finding.code == "AIR214"


def test_a_question_that_is_too_large_is_asked_in_halves() -> None:
    def small(asked: Asked) -> Reply:
        form = asked.form
        if "step" in form and float(form["end"]) - float(form["start"]) > 3 * 3600 and "last" in form["query"]:
            text = "query processing would load too many samples into memory in query execution"
            return Reply(status=422, body=refusal("execution", text))
        return healthy(asked)

    with faulty(small) as server:
        (found,) = answers([ask(server.url)], setting())
    assert sum(found.slices.good) == DAY_S
    assert set(found.slices.good) == {PER_SLICE}


def test_an_answer_that_is_too_large_is_asked_for_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # A day of minutes is several times as much.
    limits = partial(Limits, answer_bytes=10_000)
    monkeypatch.setattr("airectl.sources.prometheus.server.client.Limits", limits)
    with faulty(healthy) as server:
        (found,) = answers([ask(server.url)], setting())
    assert sum(found.slices.good) == DAY_S
    assert set(found.slices.good) == {PER_SLICE}


def test_several_are_asked_at_a_time_and_no_more_than_a_few() -> None:
    together, most, lock = 0, 0, threading.Lock()
    full, more = threading.Event(), threading.Event()

    def answering(asked: Asked) -> Reply:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
            if together >= PARALLEL:
                full.set()
            if together > PARALLEL:
                more.set()
        full.wait(5)
        more.wait(0.05)
        with lock:
            together -= 1
        return healthy(asked)

    with faulty(answering) as server:
        answers([ask(server.url, f"part_{number}_total") for number in range(6)], setting())
    assert most == PARALLEL


def test_a_signal_ends_it() -> None:
    stop = Stop()
    asked = threading.Event()

    def stalling(_asked: Asked) -> Reply:
        asked.set()
        return Reply(stall=True)

    def signalled() -> None:
        asked.wait(20)
        stop.request(signal.SIGTERM)

    with faulty(stalling) as server, stop.watched():
        thread = threading.Thread(target=signalled)
        thread.start()
        found = read([ask(server.url), ask(server.url, "other_total")], setting(stop=stop))
        thread.join()
    assert [type(each) for each in found] == [Stopped, Stopped]


def test_what_names_no_server_is_not_asked() -> None:
    indicator = ThresholdIndicator(metric=Query(type="Mimir", spec={"query": "up"}, at=Location(path="slo.yaml")))
    (found,) = read([Ask(indicator=indicator, start_s=0, end_s=60, step_s=60, op="lt")], setting())
    assert isinstance(found, Unsupported)
    assert found.reason == "nothing says where `Mimir` is: name a source with `--source`"


def test_queries_of_different_kinds_of_source_are_not_asked() -> None:
    other = Query(type="Events", spec={}, at=Location(path="slo.yaml"))
    indicator = RatioIndicator(total=query("all_total", "http://127.0.0.1:9"), good=other, counter=True)
    (found,) = read([Ask(indicator=indicator, start_s=0, end_s=60, step_s=60)], setting())
    assert isinstance(found, Unsupported)


def test_queries_of_two_servers_make_one_ratio() -> None:
    with faulty(healthy) as one, faulty(healthy) as other:
        indicator = RatioIndicator(total=query("all_total", one.url), good=query("good_total", other.url), counter=True)
        (found,) = answers([Ask(indicator=indicator, start_s=END_S - 3600, end_s=END_S, step_s=60)], setting())
        assert one.asked
        assert other.asked
    assert (sum(found.slices.good), sum(found.slices.valid)) == (3600, 3600)


@pytest.mark.parametrize("text", ["sum(all_total @ 1700000000)", "sum("])
def test_a_query_that_says_nothing_of_slices_is_invalid(text: str) -> None:
    url = "http://127.0.0.1:9"
    indicator = RatioIndicator(total=query(text, url), good=query("good_total", url), counter=True)
    (found,) = read([Ask(indicator=indicator, start_s=0, end_s=60, step_s=60)], setting())
    assert isinstance(found, Failure)
    assert (found.finding.code, found.invalid) == ("AIR223", True)


PROBE: Final = """
import sys
from airectl.cli import main
code = main(sys.argv[1:])
print(code, *sorted(sys.modules), file=sys.stderr)
"""
SLO: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: answers}
spec:
  service: chat
  indicator:
    metadata: {name: share}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: good_total}}}
        total: {metricSource: {type: Prometheus, spec: {query: all_total}}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""


def test_what_is_kept_brings_no_library_of_requests(tmp_path: Path) -> None:
    (tmp_path / "slo.yaml").write_text(SLO)
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    loaded = []
    with faulty(healthy) as server:
        args = ["budget", "slo.yaml", "--source", server.url, "--at", "2026-01-02T00:00:00Z", "-o", "json"]
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", PROBE, *args],
                cwd=tmp_path, env=environ, capture_output=True, text=True, check=True, timeout=60,
            )  # fmt: skip
            code, *modules = done.stderr.splitlines()[-1].split()
            assert code == "0", done.stderr
            assert json.loads(done.stdout)["data"]["slos"][0]["valid_events"] == DAY_S
            loaded.append({"requests", "prometheus_api_client", "httpx", "numpy", "duckdb"} & set(modules))
    assert "requests" in loaded[0]
    assert loaded[1] == set()
