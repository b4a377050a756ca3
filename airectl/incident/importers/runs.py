"""What was tried: load tests by their run folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers.payload import Event, Reader, epoch, later, text


def read(manifest: Mapping[str, Any], end: Mapping[str, Any] | None, origin: str) -> Imported:
    """The rows of a run: when it began and when it ended. `end` is None where it was cut off."""
    reader = Reader(origin)
    started_ns = manifest.get("started_unix_ns")
    start = epoch(started_ns // 10**9) if isinstance(started_ns, int) else None
    if start is None:
        reader.note("run.json started_unix_ns", "no time")
        return reader.imported()
    name, target = text(manifest, "name"), text(manifest, "target")
    said = f"load test {name} begins{f' against {target}' if target else ''}"
    reader.row(start, Event(text=said, what=What.RUN), "run.json")
    if end is None:
        reader.note("end.json", "it is missing: the run was cut off, and nothing says when")
        return reader.imported()
    seconds = end.get("ended_s")
    at = later(start, seconds * 1000 if isinstance(seconds, int | float) else None)
    if at is None:
        reader.note("end.json ended_s", "no number of seconds")
    else:
        reader.row(at, Event(text=f"load test {name} ends ({text(end, 'how')})", what=What.RUN), "end.json")
    return reader.imported()
