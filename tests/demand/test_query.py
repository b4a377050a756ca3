"""Series from a real Prometheus: one, several, none, in pieces; and from servers that fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import servers
from airectl.demand.query import Errand, read
from airectl.errors import SourceError, UsageError
from airectl.sources.protocol import Setting
from airectl.spec.connections import Connections
from prometheus_faults import Reply, faulty, refusal

END: int = 1_795_132_800
HOUR: int = 3600


def history() -> str:
    """Four days of two models, every five minutes; a gap of six hours on the third day."""
    lines = ["# TYPE demand gauge"]
    for model, scale in (("chat", 10), ("code", 1)):
        for at in range(4 * 288):
            if not 2 * 288 < at < 2 * 288 + 72:
                lines.append(f'demand{{model="{model}"}} {scale * (1 + at % 12)} {END - (4 * 288 - at) * 300}')
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.prometheus(tmp_path_factory.mktemp("prometheus"), history()) as found:
        yield found


def asked(query: str, **more: Any) -> Errand:
    return Errand(query=query, start_s=END - 4 * 24 * HOUR, end_s=END, step_s=HOUR, **more)


def setting() -> Setting:
    return Setting(cwd=Path())


def test_one_series_is_called_as_the_query(url: str) -> None:
    reading = read(asked("sum(demand)"), Connections(chosen=url), setting())
    (series,) = reading.series
    assert series.name == "sum(demand)"
    assert not reading.is_file
    assert np.diff(series.times_s).min() == 300
    assert np.diff(series.times_s).max() >= 6 * HOUR - 600  # a gap stays one, but for what Prometheus looks back
    assert series.values.max() == 12 * 11


def test_several_series_are_called_by_what_tells_them_apart(url: str) -> None:
    reading = read(asked("demand"), Connections(chosen=url), setting())
    assert [each.name for each in reading.series] == ["model=chat", "model=code"]
    assert all(each.metric == "demand" for each in reading.series)


def test_a_long_history_is_asked_for_in_pieces(url: str) -> None:
    far = Errand(query="sum(demand)", start_s=END - 90 * 24 * HOUR, end_s=END, step_s=HOUR)
    whole, short = (
        read(far, Connections(chosen=url), setting()),
        read(asked("sum(demand)"), Connections(chosen=url), setting()),
    )
    assert whole.series[0].values.tolist() == short.series[0].values.tolist()


def test_a_query_without_series(url: str) -> None:
    reading = read(asked("sum(nothing_there)"), Connections(chosen=url), setting())
    assert [f.code for f in reading.findings] == ["AIR501"]


def test_what_is_no_query_is_not_asked() -> None:
    with pytest.raises(UsageError, match="no PromQL"):
        read(asked("sum(demand"), Connections(chosen="http://127.0.0.1:9"), setting())


def test_without_a_source_nothing_is_asked() -> None:
    with pytest.raises(UsageError, match="which Prometheus"):
        read(asked("demand"), Connections(), setting())


def test_a_server_that_refuses() -> None:
    with (
        faulty(lambda _: Reply(status=422, body=refusal("execution", "it is not to be"))) as server,
        pytest.raises(SourceError),
    ):
        read(asked("demand"), Connections(chosen=server.url), setting())
