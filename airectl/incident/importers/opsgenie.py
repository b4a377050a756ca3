"""What Opsgenie keeps: alerts with their report, and the log of one. Names of people are left out.

Source: https://docs.opsgenie.com/docs/alert-api
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, kind, later, part, text

# Milliseconds after the alert was created, and what they are the time of.
_REPORT: Final = (("ackTime", What.ACK, "acknowledged"), ("closeTime", What.RESOLVED, "closed"))


def read(payload: Any, origin: str) -> Imported:
    """The rows of alerts, as the API gives them (`data`) or as a list, and of the log of one (`data.logs`)."""
    reader = Reader(origin)
    value, path = (payload["data"], "$.data") if isinstance(payload, Mapping) and "data" in payload else (payload, "$")
    if isinstance(value, Mapping) and isinstance(value.get("logs"), list):
        for here, each in reader.maps(value["logs"], f"{path}.logs"):
            _log(reader, each, here)
    elif isinstance(value, Mapping):
        _alert(reader, value, path)
    elif isinstance(value, list):
        for here, each in reader.maps(value, path):
            _alert(reader, each, here)
    else:
        reader.note(path, f"an alert or a list of them was expected, not {kind(value)}")
    if isinstance(payload, Mapping):
        reader.more(bool(text(part(payload, "paging"), "next")), "$.paging.next")
    return reader.imported()


def _alert(reader: Reader, alert: Mapping[str, Any], path: str) -> None:
    message = text(alert, "message")
    if not message:
        reader.note(f"{path}.message", "it is missing")
        return
    start = reader.time(alert, "createdAt", path)
    if start is None:
        return
    priority = text(alert, "priority")
    said = f"alert{f' ({priority})' if priority else ''}: {message}"
    reader.row(start, Event(text=said, what=What.PAGE), path)
    report = part(alert, "report")
    for key, what, word in _REPORT:
        if key in report:
            _after(reader, start, report[key], Event(text=f"{word}: {message}", what=what), f"{path}.report.{key}")
    if alert.get("acknowledged") is True and "ackTime" not in report:
        reader.note(f"{path}.acknowledged", "it was acknowledged, and nothing says when")
    if text(alert, "status") == "closed" and "closeTime" not in report:
        reader.note(f"{path}.status", "it is closed, and nothing says since when")


def _after(reader: Reader, start: datetime, milliseconds: Any, event: Event, path: str) -> None:
    at = later(start, milliseconds)
    if at is None:
        reader.note(path, "no number of milliseconds")
    else:
        reader.row(at, event, path)


def _log(reader: Reader, entry: Mapping[str, Any], path: str) -> None:
    at = reader.time(entry, "createdAt", path)
    said = text(entry, "log")
    if at is None:
        return
    if not said:
        reader.note(f"{path}.log", "it is missing")
        return
    reader.row(at, Event(text=f"log: {said}", what=What.OTHER), path)
