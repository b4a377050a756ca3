"""Alerts as Prometheus keeps them: the series `ALERTS` over a range, from a server or as its answer was saved.

A series has a sample for every evaluation at which the alert was pending or firing, and none otherwise.
Source: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from airectl.core.incident.markers import Granularity
from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, epoch, kind, labels, part, text

QUERY: Final = "ALERTS"
# Labels that say nothing of what an alert is about.
_OWN: Final = ("__name__", "alertname", "alertstate")
# A gap of so many steps ends an alert.
_GAP: Final = 2.5
_MINUTE_S: Final = 60


def matches(payload: Any) -> bool:
    """Whether it looks like the answer to a range query."""
    data = payload.get("data") if isinstance(payload, Mapping) else None
    return isinstance(data, Mapping) and "result" in data


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One series of `ALERTS` with the times of its samples, in epoch seconds and in order.

    `until_s` is where the range that was asked for ends, None where nobody knows; `link` shows the series.
    """

    labels: Mapping[str, Any]
    times: Sequence[float]
    until_s: float | None = None
    link: str = ""


def read(payload: Any, origin: str) -> Imported:
    """The rows of an answer of /api/v1/query_range to `ALERTS`."""
    reader = Reader(origin)
    if not matches(payload):
        reader.note("$", "no answer of Prometheus to a range query: it has no `data.result`")
        return reader.imported()
    for path, each in reader.maps(part(payload, "data")["result"], "$.data.result"):
        times = _times(reader, each, path)
        if times:
            add(reader, Alert(labels=part(each, "metric"), times=times), path)
    return reader.imported()


def add(reader: Reader, alert: Alert, path: str) -> None:
    """The rows of one series: where it begins to fire or to be pending, and where it ends to fire."""
    name, state = text(alert.labels, "alertname"), text(alert.labels, "alertstate")
    if not name or state not in ("firing", "pending"):
        reader.note(path, "no alert: it needs `alertname`, and `alertstate` firing or pending")
        return
    said, firing = f"{name}{labels(alert.labels, _OWN)}", state == "firing"
    step_s = min((b - a for a, b in pairwise(alert.times)), default=0.0)
    exact = Granularity.MINUTE if step_s >= _MINUTE_S else Granularity.SECOND
    for first, last in _episodes(alert.times, step_s):
        begin = Event(
            text=f"{said} {'fires' if firing else 'is pending'}",
            what=What.ALERT if firing else What.OTHER,
            link=alert.link,
        )
        rows = [(first, begin), *(_ends(alert, said, last, step_s) if firing else ())]
        for seconds, event in rows:
            at = epoch(seconds)
            if at:
                reader.row(at, replace(event, granularity=exact), path)


def _ends(alert: Alert, said: str, last: float, step_s: float) -> Iterator[tuple[float, Event]]:
    """The end of a stretch; none where the range ends with it, for then nothing is known of an end."""
    if last == alert.times[-1] and alert.until_s is None:
        yield last, Event(text=f"{said} was last seen to fire", what=What.RESOLVED, link=alert.link)
    elif last + _GAP * step_s <= (alert.until_s or alert.times[-1]):
        yield last + step_s, Event(text=f"{said} no longer fires", what=What.RESOLVED, link=alert.link)


def _episodes(times: Sequence[float], step_s: float) -> Iterator[tuple[float, float]]:
    """First and last sample of each stretch without a gap."""
    first = before = times[0]
    for time in times[1:]:
        if step_s and time - before > _GAP * step_s:
            yield first, before
            first = time
        before = time
    yield first, before


def _times(reader: Reader, each: Mapping[str, Any], path: str) -> list[float]:
    values = each.get("values")
    if not isinstance(values, list) or not values:
        reader.note(f"{path}.values", f"a list of samples was expected, not {kind(values)}")
        return []
    times = [point[0] for point in values if isinstance(point, list) and point and epoch(point[0])]
    if len(times) < len(values):
        reader.note(f"{path}.values", f"{len(values) - len(times)} samples have no time")
    return sorted(times)
