"""What a server has of the series that a query selects: since when, until when, how often, and why none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from airectl.core.catalogue import Catalogue
from airectl.errors import SourceError
from airectl.promql.matchers import NAME
from airectl.promql.selectors import Selector
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.server.failures import Refused
from airectl.sources.prometheus.slices.intervals import usual

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.client import Client

_HOUR_S: Final = 3600
# A window is looked at in so many parts.
_PARTS: Final = 56
_NEAR: Final = 0.7
_LISTED: Final = 5
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a selector selects. `series` of them had samples at the end, between `first_s` and `last_s` (epoch).

    Both are known to `within_s` seconds only. `interval_s` is how often they are scraped. Without any, `why` says
    what is missing, `near` what may be meant, `system` what exposes a metric of that name, all as far as is known.
    """

    selector: Selector
    series: int = 0
    first_s: int | None = None
    last_s: int | None = None
    within_s: int = 0
    interval_s: int | None = None
    why: str = ""
    near: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start_s` to `end_s`, epoch seconds."""

    start_s: int
    end_s: int

    @property
    def part_s(self) -> int:
        """The length of the parts that it is looked at in."""
        return max((self.end_s - self.start_s) // _PARTS, _HOUR_S)


def traced(client: Client, selector: Selector, span: Span, catalogue: Catalogue) -> Trace:
    """What the server has of a selector in a span of time; `catalogue` may know a near name.

    Raises SourceError and StoppedError.
    """
    part_s = span.part_s
    # Ranges hold the samples at both of their ends until Prometheus 3.
    query = f"count(present_over_time({spelled(selector, range_ms=part_s * 1000 - 1)}))"
    first_s = span.end_s - (span.end_s - span.start_s - part_s) // part_s * part_s
    found = client.range(query, first_s, span.end_s, part_s)
    times = [int(time) for each in found for time in each.times]
    if not times:
        return _missing(client, selector, span, catalogue)
    return Trace(
        selector=selector,
        series=int(found[0].values[-1]),
        first_s=max(times[0] - part_s, span.start_s),
        last_s=times[-1],
        within_s=part_s,
        interval_s=_interval_s(client, selector, times[-1], part_s),
    )


def _interval_s(client: Client, selector: Selector, last_s: int, part_s: int) -> int | None:
    """How often the busiest of the last part's series is scraped; None where it cannot be told."""
    range_s = min(part_s, 6 * _HOUR_S)
    counted = f"count_over_time({spelled(selector, range_ms=range_s * 1000 - 1)})"
    spread = f"max({counted} > 1)"
    try:
        counts = [each.values[0] for each in client.instant(spread, last_s)]
    except Refused:
        return None  # several metrics in one selector: they cannot be told apart there
    return usual(range_s / counts[0]) if counts else None


def _missing(client: Client, selector: Selector, span: Span, catalogue: Catalogue) -> Trace:
    """Why there are none: the metric, a label, a value of one, or all of them together."""
    empty = Trace(selector=selector, within_s=span.part_s)
    if len(selector.names) != 1:
        return replace(empty, why="no series has these labels")
    name = selector.names[0]
    names = _values(client, NAME, span)
    if name not in names:
        empty = replace(empty, why=f"it has no metric `{name}`")
        if known := catalogue.find(name):
            return replace(empty, system=known.system.title)
        near = get_close_matches(name, (*names, *_of_system(catalogue, name)), 1, _NEAR)
        return replace(empty, near=near[0] if near else "")
    for matcher in selector.labels:
        values = _values(client, matcher.name, span, match=name)
        if matcher.negative or any(matcher.selects(value) is not False for value in values):
            continue
        if not values:
            return replace(empty, why=f"`{name}` has no label `{matcher.name}`")
        listed = ", ".join(f"`{value}`" for value in values[:_LISTED]) + (", ..." if len(values) > _LISTED else "")
        near = get_close_matches(matcher.value, values, 1, _NEAR)
        why = f"no series of `{name}` has {matcher}; its `{matcher.name}` is {listed}"
        return replace(empty, why=why, near=near[0] if near else "")
    return replace(empty, why=f"no series of `{name}` has all of these labels together")


def _of_system(catalogue: Catalogue, name: str) -> list[str]:
    """The names of what the same system exposes, as far as the catalogue knows it."""
    system = catalogue.system_of(name)
    return [series for family in system.families.values() for series in family.series()] if system else []


def _values(client: Client, label: str, span: Span, match: str = "") -> list[str]:
    """The values of a label; none where the server does not tell, or the name is none that a path can hold."""
    if not _LABEL.fullmatch(label):
        return []
    params = {"start": str(span.start_s), "end": str(span.end_s)}
    if match:
        params["match[]"] = f'{{{NAME}="{match}"}}'
    try:
        found = client.get(f"/api/v1/label/{label}/values", params)
    except SourceError:
        return []
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []
