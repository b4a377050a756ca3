"""Which server answers at an address: its product, version and clock, and how long it keeps samples.

Prometheus and what speaks its API tell of themselves in different ways, and some not at all: whatever is
not told is left open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airectl.errors import SourceError
from airectl.sources.prometheus.retention import RUNTIME, parsed

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.client import Client

QUERY: Final = "/api/v1/query"
_BUILD: Final = "/api/v1/status/buildinfo"
_STORES: Final = "/api/v1/stores"
# Only MetricsQL has `default`. Source: https://docs.victoriametrics.com/metricsql/
_METRICSQL: Final = {"query": "1 default 2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says of itself. Empty, or None: it does not.

    It answered a question within `answered_s`. Its clock is `ahead_s` seconds ahead of this machine's, give or
    take `within_s`; None: not compared.
    """

    product: str
    version: str
    answered_s: float
    ahead_s: float | None = None
    within_s: float = 0
    retention_s: int | None = None

    @property
    def off_s(self) -> float | None:
        """How far off its clock is, as far as that can be told: 0 where it may as well be right."""
        return 0 if self.ahead_s is not None and abs(self.ahead_s) <= self.within_s else self.ahead_s

    @property
    def release(self) -> tuple[int, int] | None:
        """Major and minor version."""
        found = re.match(r"v?([0-9]+)\.([0-9]+)", self.version)
        return (int(found[1]), int(found[2])) if found else None


def look(opened: Callable[[], Client], clock: Callable[[], float], *, compare: bool) -> Server:
    """The server that `opened` clients ask. `clock` is this machine's; `compare` it with the server's.

    Raises SourceError where it does not answer at all, and StoppedError.
    """
    with closing(opened()) as client:
        client.get(QUERY, {"query": "time()"})  # the first one opens the connection, which takes longer
        start_s = clock()
        answer = client.get(QUERY, {"query": "time()"})
        end_s = clock()
    build = _mapping(_told(opened, _BUILD))
    runtime = _mapping(_told(opened, RUNTIME))
    told_s = _time(answer) if compare else None
    return Server(
        product=_product(opened, build, runtime),
        version=str(build.get("version") or ""),
        answered_s=max(end_s - start_s, 0),
        ahead_s=None if told_s is None else told_s - (start_s + end_s) / 2,
        # Some tell whole seconds only.
        within_s=(end_s - start_s) / 2 + 1,
        retention_s=parsed(str(runtime.get("storageRetention") or "")),
    )


def _product(opened: Callable[[], Client], build: Mapping[str, Any], runtime: Mapping[str, Any]) -> str:
    if application := build.get("application"):
        return str(application)
    if runtime.get("storageRetention"):
        return "Prometheus"
    if _told(opened, QUERY, _METRICSQL):
        return "VictoriaMetrics"
    if _told(opened, _STORES):
        return "Thanos"
    return "Prometheus" if build.get("goVersion") else ""


def _told(opened: Callable[[], Client], path: str, params: Mapping[str, str] | None = None) -> Any:
    """What a server says there, None where it has nothing there: each time a new client, which that cannot upset."""
    try:
        with closing(opened()) as client:
            return client.get(path, params)
    except SourceError:
        return None


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _time(data: Any) -> float | None:
    """The time at which a server evaluated `time()`, which is its own."""
    result = _mapping(data).get("result")
    if isinstance(result, list) and result and isinstance(result[0], Mapping):
        result = result[0].get("value")
    try:
        return float(result[0]) if isinstance(result, list) else None
    except (TypeError, ValueError, IndexError):
        return None
