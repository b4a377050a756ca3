"""How long a server keeps samples, where a window goes further back than they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.findings import Finding, Severity
from airectl.core.slices import Slices
from airectl.core.slo import Query
from airectl.errors import SourceError
from airectl.sources.queries import place

RUNTIME: Final = "/api/v1/status/runtimeinfo"
_DAY_S: Final = 86_400
_UNITS_S: Final = {"y": 365 * _DAY_S, "w": 7 * _DAY_S, "d": _DAY_S, "h": 3600, "m": 60, "s": 1}
_TIME: Final = re.compile(r"(?:\d+(?:ms|[ywdhms]))+")
_PART: Final = re.compile(r"(\d+)(ms|[ywdhms])")
# Samples go in blocks: what is kept is seldom as long as was agreed.
_NEARLY: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """So many `seconds`, known from `origin`: a setting, or the server itself."""

    seconds: int
    origin: str


def of_server(get: Callable[[str], Any]) -> int | None:
    """Seconds, from what the server says of itself; None where it does not, or keeps by size only.

    Source: https://prometheus.io/docs/prometheus/latest/querying/api/#runtime-information
    """
    try:
        said = get(RUNTIME)
    except SourceError:
        return None
    text = said.get("storageRetention") if isinstance(said, dict) else None
    return parsed(text) if isinstance(text, str) else None


def parsed(text: str) -> int | None:
    """`15d`, `2w3d`, `15d or 10GiB`: the time in it, in seconds; None where there is none."""
    for word in text.split():
        if _TIME.fullmatch(word):
            return sum(int(number) * _UNITS_S.get(unit, 0) for number, unit in _PART.findall(word)) or None
    return None


def remarks(query: Query, window: Slices, retention: Retention | None) -> Iterator[Finding]:
    """That the server forgot the beginning of the window."""
    length_s, gone_s = len(window) * window.step_s, window.before * window.step_s
    if retention is None or retention.seconds >= length_s or length_s - gone_s < retention.seconds * _NEARLY:
        return
    yield Finding(
        code="AIR218",
        severity=Severity.WARNING,
        message=f"`{query.ref or query.type}` keeps samples for {_spoken(retention.seconds)}, "
        f"the window is {_spoken(length_s)} long",
        at=place(query, "query"),
        notes=(f"its samples cover {(length_s - gone_s) / length_s:.0%} of it; so says {retention.origin}",),
        help="keep samples for longer than the window, or shorten it",
    )


def _spoken(seconds: int) -> str:
    return f"{seconds // _DAY_S}d" if seconds % _DAY_S == 0 else f"{seconds / 3600:.3g}h"
