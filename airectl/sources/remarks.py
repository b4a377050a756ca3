"""What is to be said of a log that was read: what was left out, and what was taken for something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.sources import times
from airectl.sources.broken import Broken
from airectl.sources.counting import Reader
from airectl.sources.queries import place
from airectl.sources.slicing import Counts


def of_log(query: Query, reader: Reader) -> Iterator[Finding]:
    """What is true of the whole log, at the query's `path` or `timestamp`."""
    extent, broken, name = reader.extent, reader.broken, reader.timestamp
    at = place(query, "path")
    unreadable = extent.unreadable - len(broken.torn)
    if unreadable > 0:
        notes = [f"{extent.rows:,} could: they are complete, and their `{name}` is a time"]
        if broken.line:
            notes.insert(0, f"the first is line {broken.line:,} of {broken.file}")
        lines, were = (f"{unreadable:,} lines", "were") if unreadable > 1 else ("1 line", "was")
        message = f"{lines} of the log could not be read and {were} left out"
        yield _left_out(message, at, "look at what writes it", *notes)
    if broken.torn:
        yield _torn(broken, at)
    if extent.future:
        rows, were = (f"{extent.future:,} rows lie", "were") if extent.future > 1 else ("1 row lies", "was")
        message = f"{rows} in the future and {were} left out"
        yield _left_out(message, at, f"look at the clock and the unit that `{name}` is written with")
    yield from _of_times(query, name, reader.forms)


def _left_out(message: str, at: Location, help: str, *notes: str) -> Finding:
    return Finding(code="AIR202", severity=Severity.WARNING, message=message, at=at, notes=notes, help=help)


def _torn(broken: Broken, at: Location) -> Finding:
    files = broken.torn
    whose = files[0] if len(files) == 1 else f"{len(files):,} files"
    return Finding(
        code="AIR202",
        severity=Severity.INFO,
        message=f"the last line of {whose} is half written and was left out",
        at=at,
        help="nothing, if the log is still being written; otherwise look at why it was cut off",
    )


def _of_times(query: Query, name: str, forms: Mapping[str, int]) -> Iterator[Finding]:
    """Each row's time is read for what it looks like: say so where they do not look alike, or have no zone."""
    known = {form: count for form, count in forms.items() if form != times.UNREADABLE}
    at = place(query, "timestamp" if query.spec.get("timestamp") else "path")
    if len(known) > 1:
        yield Finding(
            code="AIR211",
            severity=Severity.WARNING,
            message=f"the times in `{name}` are written in different ways",
            at=at,
            notes=(f"of the first rows: {', '.join(f'{count:,} {form}' for form, count in known.items())}",),
            help="write all of them in one way, best as RFC 3339 with a zone: 2026-11-20T12:00:00Z",
        )
    elif times.LOCAL in known:
        yield Finding(
            code="AIR211",
            severity=Severity.INFO,
            message=f"the times in `{name}` have no zone and are taken as UTC",
            at=at,
            help="write them with a zone: 2026-11-20T12:00:00Z",
        )


def of_weights(query: Query, counts: Counts) -> Iterator[Finding]:
    """That rows which count have no usable weight."""
    if counts.unweighable:
        rows, were = (f"{counts.unweighable:,} rows have", "were") if counts.unweighable > 1 else ("1 row has", "was")
        message = f"{rows} no weight, or a negative one, and {were} left out"
        yield _left_out(message, place(query, "weight"), "give a weight from 0 on every row that `where` takes")


def of_clipping(query: Query, kind: str, clipped: int) -> Iterator[Finding]:
    """That more good (or bad) than valid events were counted in `clipped` slices."""
    if clipped:
        yield Finding(
            code="AIR204",
            severity=Severity.WARNING,
            message=f"more {kind} than valid events in {clipped:,} slices; {kind} was taken to be all that is valid",
            at=place(query, "where"),
            help=f"let `total` count every row that `{kind}` counts",
        )
