"""Alerts that a Prometheus remembers: the series `ALERTS` over a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from airectl.core.slo import Query
from airectl.errors import SourceError
from airectl.sources.prometheus.server.connection import connection_of
from airectl.sources.protocol import Setting
from airectl.sources.watch import StoppedError

_QUERY: Final = 'ALERTS{alertstate="firing"}'
# Up to here the samples themselves are asked for, so that no short alert is missed; over longer times so many points.
_LONGEST_S: Final = 2 * 86_400
_MOST_POINTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """One series: its labels, the times of its samples in epoch seconds, and a page of the server that shows it."""

    labels: Mapping[str, str]
    times: Sequence[float]
    page: str


def fired(query: Query, setting: Setting, start_s: int, end_s: int) -> list[Fired]:
    """Every alert that fired between two times. `query` says which server. Raises SourceError."""
    from airectl.sources.prometheus.server.client import Client, Limits

    connection = connection_of(query, setting)
    if connection is None:
        raise SourceError(f"the source `{query.ref}` has no `url`", help="name it in airectl.toml", code="AIR212")
    limits = Limits(stop=setting.stop, log=setting.log)
    try:
        with closing(Client(connection, limits)) as client:
            if end_s - start_s <= _LONGEST_S:
                found = client.instant(f"{_QUERY}[{max(end_s - start_s, 1)}s]", end_s)
            else:
                found = client.range(_QUERY, start_s, end_s, -(-(end_s - start_s) // _MOST_POINTS))
    except StoppedError:
        return []
    base = str(connection.endpoint)
    return [Fired(labels=each.labels, times=list(each.times), page=_page(base, each.labels, end_s)) for each in found]


def _page(base: str, labels: Mapping[str, str], end_s: int) -> str:
    name = labels.get("alertname", "").replace("\\", "\\\\").replace('"', '\\"')
    words = {
        "g0.expr": f'ALERTS{{alertname="{name}"}}',
        "g0.range_input": "6h",
        "g0.end_input": str(end_s),
        "g0.tab": "0",
    }
    return f"{base}/graph?{urlencode(words)}"
