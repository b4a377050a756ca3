"""The client and real servers: the same answers, at the times that were asked for, and the same failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

import servers
from airectl.errors import SourceError
from airectl.net.urls import endpoint
from airectl.sources.prometheus.server.client import Client, Limits
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import NoAnswer, Refused

START = 1_700_000_000
HISTORY = (
    "# TYPE c counter\n"
    + "".join(f'c_total{{a="{a}"}} {i} {START + 15 * i}\n' for a in "xy" for i in range(1000))
    + "# EOF\n"
)


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("real") / request.param
    with ExitStack() as running:
        url = running.enter_context(getattr(servers, request.param)(folder, HISTORY))
        yield Client(Connection(name="prod", endpoint=endpoint(f"{url}/")), Limits())


def test_times_are_those_that_were_asked_for(client: Client) -> None:
    """VictoriaMetrics takes rounder ones for more than 50 points, if it is let."""
    found = client.range("last_over_time(c_total[20s])", START + 7, START + 7 + 45 * 100, 45)
    assert [sorted(each.labels.items()) for each in found] in (
        [[("__name__", "c_total"), ("a", each)] for each in "xy"],
        [[("a", each)] for each in "xy"],
    )
    for each in found:
        assert list(each.times) == list(range(START + 7, START + 8 + 45 * 100, 45))
        assert list(each.values) == [float(3 * i) for i in range(101)]


def test_a_moment(client: Client) -> None:
    (found,) = client.instant("sum(c_total)", START + 150)
    assert list(found.values) == [20.0]
    assert len(client.instant("nothing_total", START)) == 0


@pytest.mark.parametrize("query", ["sum(c_total", "nosuch(c_total)", "c_total + on () group_left c_total"])
def test_a_wrong_query_is_the_spec_s_fault(query: str, client: Client) -> None:
    with pytest.raises(Refused) as caught:
        client.instant(query, START + 150)
    assert (caught.value.code, caught.value.invalid, caught.value.too_large) == ("AIR214", True, False)


def test_a_question_that_is_too_large_is_not(client: Client) -> None:
    with pytest.raises(Refused) as caught:
        client.range("c_total", START, START + 60 * 40_000, 60)
    assert (caught.value.invalid, caught.value.too_large) == (False, True)


def test_a_path_without_an_api(client: Client) -> None:
    connection = Connection(name="prod", endpoint=endpoint(f"{client.connection.endpoint}/grafana"))
    with pytest.raises(SourceError) as caught:
        Client(connection, Limits()).instant("up", START)
    assert isinstance(caught.value, NoAnswer)
