"""What doctor saw, as tables and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.budgets import moment
from airectl.core.report import Block, Cell, Column, Gate, Kind, Lines, Next, Outcome, Status, Table, Verdict

if TYPE_CHECKING:
    from airectl.evaluate.examination import Rounds, Visit
    from airectl.sources.event_logs import Log
    from airectl.sources.prometheus.doctor.diagnosis import Traced

_EVENTS: Final = "events"
_WORDS: Final = {
    Outcome.PASSED: "well",
    Outcome.FAILED: "ill",
    Outcome.UNDECIDED: "without an answer",
    Outcome.SKIPPED: "left out",
}
_SERVERS: Final = (
    Column(title="SOURCE"),
    Column(title="SERVER"),
    Column(title="ANSWERS IN", kind=Kind.DURATION, digits=0),
    Column(title="CLOCK OFF BY", kind=Kind.DURATION, digits=1),
    Column(title="KEEPS", kind=Kind.DURATION),
    Column(title="QUERIES", kind=Kind.TEXT),
    Column(title="STATUS"),
)
_QUERIES: Final = (
    Column(title="SLO"),
    Column(title="QUERY"),
    Column(title="SERIES", kind=Kind.COUNT),
    Column(title="SINCE", kind=Kind.TIME),
    Column(title="SCRAPED EVERY", kind=Kind.DURATION),
    Column(title="SLICE", kind=Kind.DURATION),
)
_LOGS: Final = (
    Column(title="LOG"),
    Column(title="FILES", kind=Kind.COUNT),
    Column(title="ROWS", kind=Kind.COUNT),
    Column(title="FIRST", kind=Kind.TIME),
    Column(title="LAST", kind=Kind.TIME),
    Column(title="STATUS"),
)


def blocks(rounds: Rounds, gates: Sequence[Gate], status: Status) -> Iterator[Block]:
    """The verdict, a table of servers, one of their queries, one of logs, what was left out, what to run next."""
    pairs = list(zip(rounds.visits, gates, strict=False))
    said = [_text([gate for _, gate in pairs])] + ([f"{len(rounds.left_out)} not looked at"] if rounds.left_out else [])
    yield Verdict(word=status.value.upper(), text=", ".join(said))
    servers = [_server_row(visit, gate) for visit, gate in pairs if visit.type.casefold() != _EVENTS]
    if servers:
        yield Table(columns=_SERVERS, rows=servers)
    queries = [row for visit in rounds.visits for row in _query_rows(visit)]
    if queries:
        yield Table(columns=_QUERIES, rows=queries)
    logs = [_log_row(visit, gate) for visit, gate in pairs if visit.type.casefold() == _EVENTS]
    if logs:
        yield Table(columns=_LOGS, rows=logs)
    if rounds.left_out:
        names: dict[str, list[str]] = {}
        for name, reason in rounds.left_out.items():
            names.setdefault(reason, []).append(name)
        yield Lines(title="not looked at", lines=[f"{why}: {', '.join(each)}" for why, each in names.items()])
    found = sorted({f.code for each in rounds.visits for f in each.findings})
    if found:
        yield Next(commands=[f"airectl explain {code}" for code in found[:2]])


def _text(gates: Sequence[Gate]) -> str:
    """`1 of 3 sources ill, 1 without an answer, 1 well`."""
    counts = {each: sum(gate.outcome is each for gate in gates) for each in Outcome}
    if not gates:
        return "no source to look at"
    noun = "source" if len(gates) == 1 else "sources"
    said = [
        f"{counts[each]} {_WORDS[each]}" for each in (Outcome.FAILED, Outcome.UNDECIDED, Outcome.PASSED) if counts[each]
    ]
    first, _, rest = said[0].partition(" ")
    return ", ".join([f"{first} of {len(gates)} {noun} {rest}", *said[1:]])


def _server_row(visit: Visit, gate: Gate) -> tuple[Cell, ...]:
    server = visit.examined.server if visit.examined else None
    traces = visit.examined.traces if visit.examined else ()
    name = visit.name if visit.url in ("", visit.name) else f"{visit.name} ({visit.url})"
    if server is None:
        return (name, None, None, None, None, None, _WORDS[gate.outcome])
    found = sum(each.trace.series > 0 for each in traces)
    return (
        name,
        f"{server.product} {server.version}".strip() or None,
        server.answered_s,
        server.off_s,
        server.retention_s,
        f"{found} of {len(traces)} found" if traces else "none",
        _WORDS[gate.outcome],
    )


def _query_rows(visit: Visit) -> Iterator[tuple[Cell, ...]]:
    for each in visit.examined.traces if visit.examined else ():
        trace = each.trace
        since = None if trace.first_s is None else moment(trace.first_s)
        yield (each.slo, each.role, trace.series, since, trace.interval_s, each.step_s)


def _log_row(visit: Visit, gate: Gate) -> tuple[Cell, ...]:
    log, status = visit.log, _WORDS[gate.outcome]
    if log is None:
        return (visit.name, None, None, None, None, status)
    first, last = (None if each is None else moment(int(each)) for each in (log.extent.first_s, log.extent.last_s))
    return (visit.name, log.files, log.extent.rows, first, last, status)


def visit_data(visit: Visit) -> dict[str, Any]:
    """One source for machines. Every key is there; null is what is not known."""
    server = visit.examined.server if visit.examined else None
    return {
        "name": visit.name,
        "type": visit.type or None,
        "url": visit.url or None,
        "product": server.product or None if server else None,
        "version": server.version or None if server else None,
        "answered_s": server.answered_s if server else None,
        "clock_ahead_s": server.ahead_s if server else None,
        "clock_within_s": server.within_s if server and server.ahead_s is not None else None,
        "retention_s": server.retention_s if server else None,
        "queries": [_query_data(each) for each in visit.examined.traces] if visit.examined else None,
        "log": _log_data(visit.log) if visit.log else None,
    }


def _query_data(traced: Traced) -> dict[str, Any]:
    trace = traced.trace
    return {
        "slo": traced.slo,
        "role": traced.role,
        "series": trace.series,
        "first": None if trace.first_s is None else moment(trace.first_s),
        "last": None if trace.last_s is None else moment(trace.last_s),
        "scrape_interval_s": trace.interval_s,
        "slice_s": traced.step_s,
        "window_s": traced.window_s,
        "near": trace.near or None,
    }


def _log_data(log: Log) -> dict[str, Any]:
    extent = log.extent
    return {
        "files": log.files,
        "rows": extent.rows,
        "unreadable_rows": extent.unreadable,
        "first": None if extent.first_s is None else moment(extent.first_s),
        "last": None if extent.last_s is None else moment(extent.last_s),
    }
