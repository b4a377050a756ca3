"""What PagerDuty keeps: log entries, or incidents with their acknowledgements. Names of people are left out.

Sources: https://developer.pagerduty.com/api-reference/ (`GET /log_entries`, `GET /incidents`)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, kind, part, text

_LISTS: Final = ("log_entries", "incidents")
_SINGLE: Final = ("log_entry", "incident")
_ENDING: Final = "_log_entry"
_KINDS: Final = {
    "trigger": (What.PAGE, "page"),
    "notify": (What.PAGE, "on-call notified"),
    "acknowledge": (What.ACK, "acknowledged"),
    "resolve": (What.RESOLVED, "resolved"),
    "unacknowledge": (What.OTHER, "no longer acknowledged"),
    "escalate": (What.OTHER, "escalated"),
    "assign": (What.OTHER, "assigned"),
    "annotate": (What.TALK, "note"),
    "snooze": (What.OTHER, "snoozed"),
    "status_update": (What.STATUS, "status update"),
    "priority_change": (What.OTHER, "priority changed"),
    "urgency_change": (What.OTHER, "urgency changed"),
}


def read(payload: Any, origin: str) -> Imported:
    """The rows of log entries and of incidents, as the API gives them or as a list."""
    reader = Reader(origin)
    found = False
    if isinstance(payload, list):
        _all(reader, payload, "$")
        return reader.imported()
    if isinstance(payload, Mapping):
        for key in _LISTS:
            if key in payload:
                _all(reader, payload[key], f"$.{key}")
                found = True
        reader.more(payload.get("more") is True, "$.more")
        for key in _SINGLE:
            if isinstance(payload.get(key), Mapping):
                _one(reader, payload[key], f"$.{key}")
                found = True
    if not found:
        reader.note("$", f"neither `log_entries` nor `incidents` are in {kind(payload)}")
    return reader.imported()


def _all(reader: Reader, value: Any, path: str) -> None:
    for here, each in reader.maps(value, path):
        _one(reader, each, here)


def _one(reader: Reader, each: Mapping[str, Any], path: str) -> None:
    if text(each, "type").endswith(_ENDING):
        _entry(reader, each, path)
    elif "created_at" in each and ("incident_number" in each or "status" in each):
        _incident(reader, each, path)
    else:
        reader.note(path, "neither a log entry (`type`) nor an incident (`incident_number`)")


def _entry(reader: Reader, entry: Mapping[str, Any], path: str) -> None:
    at = reader.time(entry, "created_at", path)
    if at is None:
        return
    named = text(entry, "type").removesuffix(_ENDING)
    what, word = _KINDS.get(named, (What.OTHER, named.replace("_", " ")))
    about = _about(entry)
    note = text(part(entry, "channel"), "summary") if what is What.TALK else ""
    said = f"{word}: {'; '.join(filter(None, (about, note)))}" if about or note else word
    reader.row(at, Event(text=said, what=what, link=_link(entry)), path)


def _about(entry: Mapping[str, Any]) -> str:
    """What the entry is about: the summary of its incident; that of the entry itself may name people."""
    incident = part(entry, "incident")
    title = text(incident, "summary") or text(incident, "title")
    if not title and text(entry, "type") == f"trigger{_ENDING}":
        title = text(part(entry, "channel"), "summary")
    return title


def _link(each: Mapping[str, Any]) -> str:
    return text(each, "html_url") or text(part(each, "incident"), "html_url")


def _incident(reader: Reader, incident: Mapping[str, Any], path: str) -> None:
    title = text(incident, "title") or text(incident, "summary") or text(incident, "description")
    link = text(incident, "html_url")
    start = reader.time(incident, "created_at", path)
    if start:
        urgency = text(incident, "urgency")
        said = f"page{f' ({urgency} urgency)' if urgency else ''}: {title}"
        reader.row(start, Event(text=said, what=What.PAGE, link=link), path)
    if isinstance(incident.get("acknowledgements"), list):
        for here, each in reader.maps(incident["acknowledgements"], f"{path}.acknowledgements"):
            at = reader.time(each, "at", here)
            if at:
                reader.row(at, Event(text=f"acknowledged: {title}", what=What.ACK, link=link), here)
    key = _ended(incident)
    if key:
        end = reader.time(incident, key, path)
        if end:
            reader.row(end, Event(text=f"resolved: {title}", what=What.RESOLVED, link=link), path)


def _ended(incident: Mapping[str, Any]) -> str:
    """Under which key an incident says when it was resolved; empty where it is not."""
    if incident.get("resolved_at") is not None:
        return "resolved_at"
    if incident.get("status") != "resolved":
        return ""
    return "last_status_change_at" if incident.get("last_status_change_at") is not None else "resolved_at"
