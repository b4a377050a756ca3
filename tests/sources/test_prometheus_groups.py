"""Which groups there are in a window, asked of the real server."""

from collections.abc import Iterator

import pytest

import servers
from airectl.core.groups import in_order
from airectl.net.urls import endpoint
from airectl.promql.parse import parse
from airectl.sources.prometheus.groups import SPAN_S, groups
from airectl.sources.prometheus.server.client import Client, Limits
from airectl.sources.prometheus.server.connection import Connection

START_S = 1_760_000_400
HOUR_S = 3600
END_S = START_S + 3 * SPAN_S + HOUR_S
# Who has one sample, and when: on the window's ends, in its first hour, and right before a boundary.
SEEN = {
    'c{model="before",region="eu"}': START_S,
    'c{model="first",region="eu"}': START_S + 1,
    'c{model="first",region="us"}': START_S + HOUR_S,
    'c{model="middle"}': START_S + HOUR_S + SPAN_S + 1,
    'd{model="other",region="eu"}': END_S - 1,
    'c{model="last",region="eu"}': END_S,
    'c{model="after",region="eu"}': END_S + 1,
    'e{model="another metric"}': END_S - 1,
}


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    start = servers.prometheus if request.param == "prometheus" else servers.victoria
    history = "\n".join([*(f"{series} 1 {at_s}" for series, at_s in SEEN.items()), "# EOF", ""])
    with start(tmp_path_factory.mktemp("groups") / "run", history) as url:
        client = Client(Connection(name="it", endpoint=endpoint(url)), Limits())
        yield client
        client.close()


def found(client: Client, query: str, *by: str, start_s: int = START_S) -> list[dict[str, str]]:
    return [dict(each) for each in in_order(groups(client, parse(query).selectors, by, (start_s, END_S)), by)]


def test_a_group_is_there_with_one_sample_in_the_window(client: Client) -> None:
    assert found(client, "sum(c) + sum(rate(d[5m]))", "model") == [
        {"model": "first"},
        {"model": "last"},
        {"model": "middle"},
        {"model": "other"},
    ]


def test_by_several_labels_and_what_lacks_one_has_it_empty(client: Client) -> None:
    assert found(client, "c", "region", "model") == [
        {"region": "", "model": "middle"},
        {"region": "eu", "model": "first"},
        {"region": "eu", "model": "last"},
        {"region": "us", "model": "first"},
    ]


def test_a_short_window_is_asked_for_at_once(client: Client) -> None:
    assert found(client, "c", "model", start_s=END_S - 600) == [{"model": "last"}]


def test_a_window_of_whole_spans(client: Client) -> None:
    assert found(client, "c", "model", start_s=START_S + HOUR_S) == [{"model": "last"}, {"model": "middle"}]


def test_an_offset_looks_at_other_samples(client: Client) -> None:
    assert found(client, "c offset -1s", "model", start_s=END_S - 600) == [{"model": "after"}, {"model": "last"}]
