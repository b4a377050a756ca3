"""What doctor makes of a server's words: lengths, versions, clocks, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from airectl.core.catalogue import Catalogue
from airectl.core.findings import Location, Severity
from airectl.core.slo import Query
from airectl.promql.matchers import Matcher, Op
from airectl.promql.selectors import Selector
from airectl.sources.prometheus.doctor.diagnosis import of_server
from airectl.sources.prometheus.doctor.products import Server, look
from airectl.sources.prometheus.doctor.traces import Span, traced
from airectl.sources.prometheus.server.client import Client, Limits
from airectl.sources.prometheus.server.connection import Connection, connection_of
from airectl.sources.protocol import Setting
from prometheus_faults import Asked, Reply, faulty, healthy

AT = Location(path="s.yaml", line=3, col=1)


def connection(url: str) -> Connection:
    query = Query(type="Prometheus", ref=url, at=AT, connection={"url": url})
    found = connection_of(query, Setting(cwd=Path.cwd()))
    assert found is not None
    return found


@pytest.mark.parametrize("shape", ["scalar", "vector"])
@pytest.mark.parametrize("ahead_s", [0.0, 90.0, -7.5])
def test_clocks_are_compared_at_the_middle_of_the_question(shape: str, ahead_s: float) -> None:
    def answering(asked: Asked) -> Reply:
        if asked.form.get("query") != "time()":
            return healthy(asked)
        value = [1000.5 + ahead_s, str(1000.5 + ahead_s)]
        result = value if shape == "scalar" else [{"metric": {}, "value": value}]
        return Reply(body={"status": "success", "data": {"resultType": shape, "result": result}})

    times = iter([1000.0, 1001.0])
    with faulty(answering) as server:
        here = connection(server.url)
        seen = look(lambda: Client(here, Limits()), lambda: next(times), compare=True)
    assert seen.ahead_s == pytest.approx(ahead_s)
    assert (seen.answered_s, seen.within_s) == (1.0, 1.5)
    assert seen.off_s == (0 if not ahead_s else pytest.approx(ahead_s))


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (None, []),
        (0.2, []),
        (-5.9, []),
        (7, [("warning", "the clock of `prod` is 7 s ahead of that of this machine")]),
        (-3600, [("error", "the clock of `prod` is 3600 s behind that of this machine")]),
    ],
)
def test_a_clock_that_is_off(ahead_s: float | None, said: Sequence[tuple[str, str]]) -> None:
    server = Server(product="Prometheus", version="2.53.0", answered_s=0.01, ahead_s=ahead_s, within_s=1.0)
    assert [(f.severity.value, f.message) for f in of_server(server, "prod", AT)] == said


@pytest.mark.parametrize(
    ("product", "version", "old"),
    [
        ("Prometheus", "2.41.9", True),
        ("Prometheus", "2.42.0+ds", False),
        ("Prometheus", "3.0.1", False),
        ("Prometheus", "v2.9.0", True),
        ("Prometheus", "", False),
        ("Thanos", "0.31.0", False),
    ],
)
def test_a_version_that_is_too_old(product: str, version: str, old: bool) -> None:
    found = list(of_server(Server(product=product, version=version, answered_s=0), "prod", AT))
    assert [each.severity for each in found] == [Severity.WARNING] * old


def test_the_name_of_a_label_leads_to_no_other_path() -> None:
    def answering(asked: Asked) -> Reply:
        if asked.path.endswith("/__name__/values"):
            return Reply(body={"status": "success", "data": ["c"]})
        return Reply(body={"status": "success", "data": {"resultType": "matrix", "result": []}})

    wanted = Selector(name="c", matchers=(Matcher(name="../../../admin?x", op=Op.EQUAL, value="a"),))
    with faulty(answering) as server:
        trace = traced(Client(connection(server.url), Limits()), wanted, Span(start_s=0, end_s=86_400), Catalogue())
    assert trace.why == "`c` has no label `../../../admin?x`"
    assert not [each.path for each in server.asked if "admin" in each.path]
