"""Alerts as Alertmanager tells of them: the body of a webhook (version 4), or its API v2.

It keeps no history: an alert that is over is only in what was saved while it was there.
Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, labels, part, text, time_of

# What an alert that still fires has for its end.
_STILL: Final = "0001-01-01T00:00:00"
_OWN: Final = ("alertname",)


def matches(payload: Any) -> bool:
    """Whether it looks like one or the other."""
    if isinstance(payload, Mapping):
        return isinstance(payload.get("alerts"), list)
    return isinstance(payload, list) and any(isinstance(each, Mapping) and "startsAt" in each for each in payload)


def read(payload: Any, origin: str) -> Imported:
    """The rows of a webhook's body, of a list of them, or of an answer of /api/v2/alerts."""
    reader = Reader(origin)
    if isinstance(payload, Mapping):
        _webhook(reader, payload, "$")
        return reader.imported()
    for path, each in reader.maps(payload, "$"):
        if isinstance(each.get("alerts"), list):
            _webhook(reader, each, path)
        else:
            _alert(reader, each, path)
    return reader.imported()


def _webhook(reader: Reader, payload: Mapping[str, Any], path: str) -> None:
    truncated = payload.get("truncatedAlerts")
    if isinstance(truncated, int) and truncated > 0:
        reader.note(f"{path}.truncatedAlerts", f"{truncated:,} alerts were left out by Alertmanager (`max_alerts`)")
    for here, each in reader.maps(payload.get("alerts"), f"{path}.alerts"):
        _alert(reader, each, here)


def _alert(reader: Reader, alert: Mapping[str, Any], path: str) -> None:
    name = text(part(alert, "labels"), "alertname")
    if not name:
        reader.note(f"{path}.labels.alertname", "it is missing")
        return
    start = reader.time(alert, "startsAt", path)
    if start is None:
        return
    said, silenced = f"{name}{labels(part(alert, 'labels'), _OWN)}", _silenced(alert)
    summary = text(part(alert, "annotations"), "summary")
    told = f"{said} fires{' (silenced)' if silenced else ''}{f': {summary}' if summary else ''}"
    link = text(alert, "generatorURL")
    # What is silenced tells nobody, so nothing was detected by it.
    reader.row(start, Event(text=told, what=What.OTHER if silenced else What.ALERT, link=link), path)
    end = _end(reader, alert, path)
    if end:
        reader.row(end, Event(text=f"{said} no longer fires", what=What.RESOLVED, link=link), path)


def _silenced(alert: Mapping[str, Any]) -> bool:
    return bool(part(alert, "status").get("silencedBy"))


def _end(reader: Reader, alert: Mapping[str, Any], path: str) -> datetime | None:
    """When it ended; None where it still fires. Of one that does, the API gives the time at which it would time out."""
    status, written = alert.get("status"), alert.get("endsAt")
    if status == "firing" or written is None or (isinstance(written, str) and written.startswith(_STILL)):
        return None
    end = reader.time(alert, "endsAt", path)
    seen = time_of(alert.get("updatedAt"))
    if end and isinstance(status, Mapping) and seen and end > seen:
        return None
    return end
