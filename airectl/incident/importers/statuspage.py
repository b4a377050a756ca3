"""What people outside were told: incidents of Atlassian Statuspage with their updates.

`backfilled` incidents, and updates that are shown at an earlier time than they were written at, say nothing
about when something was known.
Sources: https://developer.statuspage.io/ and the public /api/v2/incidents.json of a page
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, kind, text, time_of

# An update is shown at the moment it is written, or at a time that somebody chose.
_CHOSEN: Final = timedelta(minutes=5)


def read(payload: Any, origin: str) -> Imported:
    """The rows of one incident, or of a list of them."""
    reader = Reader(origin)
    if isinstance(payload, list):
        _all(reader, payload, "$")
    elif isinstance(payload, Mapping) and "incidents" in payload:
        _all(reader, payload["incidents"], "$.incidents")
    elif isinstance(payload, Mapping) and isinstance(payload.get("incident"), Mapping):
        _incident(reader, payload["incident"], "$.incident")
    elif isinstance(payload, Mapping) and "name" in payload:
        _incident(reader, payload, "$")
    else:
        reader.note("$", f"`incidents` are not in {kind(payload)}")
    return reader.imported()


def _all(reader: Reader, value: Any, path: str) -> None:
    for here, each in reader.maps(value, path):
        _incident(reader, each, here)


def _incident(reader: Reader, incident: Mapping[str, Any], path: str) -> None:
    name, impact = text(incident, "name"), text(incident, "impact")
    link = text(incident, "shortlink")
    backfilled = incident.get("backfilled") is True
    said = f"{name}{f' (impact {impact})' if impact and impact != 'none' else ''}"
    updates = incident.get("incident_updates")
    if not isinstance(updates, list) or not updates:
        created = reader.time(incident, "created_at", path)
        if created:
            event = Event(text=f"status page: {said}", what=What.STATUS, link=link, backfilled=backfilled)
            reader.row(created, event, path)
        return
    for here, each in reader.maps(updates, f"{path}.incident_updates"):
        _update(reader, each, here, Event(text=said, what=What.STATUS, link=link, backfilled=backfilled))


def _update(reader: Reader, update: Mapping[str, Any], path: str, about: Event) -> None:
    shown_at, written = _times(reader, update, path)
    if shown_at is None:
        return
    status, body = text(update, "status"), text(update, "body")
    said = f"status page{f' ({status})' if status else ''}: {about.text}{f': {body}' if body else ''}"
    late = about.backfilled or (written is not None and written - shown_at > _CHOSEN)
    noted = " [written later]" if late else ""
    reader.row(shown_at, Event(text=f"{said}{noted}", what=What.STATUS, link=about.link, backfilled=late), path)


def _times(reader: Reader, update: Mapping[str, Any], path: str) -> tuple[datetime | None, datetime | None]:
    """When an update is shown to have been, and when it was written."""
    written = time_of(update.get("created_at"))
    if update.get("display_at") is not None:
        return reader.time(update, "display_at", path), written
    return reader.time(update, "created_at", path), written
