"""What is wrong with a server or its series for the SLOs that are measured by it, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.core.units import spoken_seconds
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.doctor.products import Server
from airectl.sources.prometheus.doctor.traces import Trace
from airectl.sources.queries import place

# What the rules and counts are tested with.
OLDEST: Final = (2, 42)
# Clocks that are kept by NTP are within a fraction of a second.
_OFF_S: Final = 5
_FAR_OFF_S: Final = 60
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One selector of one query of the SLO `slo`, and what the server has of it."""

    slo: str
    role: str
    query: Query
    step_s: int
    window_s: int
    trace: Trace

    @property
    def rare(self) -> bool:
        """Whether it may rightly have no series: what has not failed yet has no counter of failures."""
        return self.role == "bad"


def of_server(server: Server, name: str, at: Location | None) -> Iterator[Finding]:
    """Its version and its clock."""
    if server.product == "Prometheus" and server.release and server.release < OLDEST:
        yield Finding(
            code="AIR227",
            severity=Severity.WARNING,
            message=f"`{name}` is Prometheus {server.version}; 2.42 is the oldest that is supported",
            at=at,
            help="update it: queries or rules may not work as they should",
        )
    ahead_s = server.ahead_s
    if ahead_s is not None and abs(ahead_s) > _OFF_S + server.within_s:
        yield Finding(
            code="AIR227",
            severity=Severity.ERROR if abs(ahead_s) > _FAR_OFF_S else Severity.WARNING,
            message=f"the clock of `{name}` is {_length(abs(ahead_s))} {'ahead of' if ahead_s > 0 else 'behind'} "
            "that of this machine",
            at=at,
            help="keep both by NTP: windows end at this machine's time, samples have the time of the server",
        )


def of_query(traced: Traced, server: Server, now_s: int) -> Iterator[Finding]:
    """What is missing for one query."""
    trace = traced.trace
    if trace.last_s is None:
        yield _none(traced)
        return
    if trace.last_s < now_s - trace.within_s and not traced.rare:
        yield Finding(
            code="AIR229",
            severity=Severity.ERROR,
            message=f"`{traced.slo}`: `{traced.role}` has had no samples since {_time(trace.last_s)}",
            at=place(traced.query, "query"),
            notes=(_selected(trace),),
            help="look whether its targets are still scraped: `up`, and the page of targets of the server",
        )
    yield from _of_scrapes(traced)
    yield from _of_retention(traced, server, now_s)


def _none(traced: Traced) -> Finding:
    trace = traced.trace
    help = "look at the names in the web page of the server"
    if trace.near:
        help = f"did you mean `{trace.near}`?"
    elif trace.system:
        help = f"{trace.system} exposes it: look whether it is scraped"
    if traced.rare:
        help = "nothing, if there were no failures yet; else " + help
    return Finding(
        code="AIR229",
        severity=Severity.INFO if traced.rare else Severity.ERROR,
        message=f"`{traced.slo}`: `{traced.role}` finds no series" + (f": {trace.why}" if trace.why else ""),
        at=place(traced.query, "query"),
        notes=(_selected(trace),),
        help=help,
    )


def _of_scrapes(traced: Traced) -> Iterator[Finding]:
    interval_s = traced.trace.interval_s
    if interval_s is None or interval_s <= traced.step_s:
        return
    yield Finding(
        code="AIR228",
        severity=Severity.ERROR,
        message=f"`{traced.slo}`: `{traced.role}` is scraped every {_length(interval_s)}, and its slices are "
        f"{_length(traced.step_s)} long",
        at=place(traced.query, "query"),
        notes=("slices between two scrapes hold nothing, and the next one all of it", _selected(traced.trace)),
        help=f"scrape at least every {_length(traced.step_s)}, or make the slices longer with `timeSliceWindow`",
    )


def _of_retention(traced: Traced, server: Server, now_s: int) -> Iterator[Finding]:
    trace, window = traced.trace, _length(traced.window_s)
    if server.retention_s is not None and server.retention_s < traced.window_s:
        yield Finding(
            code="AIR228",
            severity=Severity.ERROR,
            message=f"`{traced.slo}` has a window of {window}, and samples are kept for {_length(server.retention_s)}",
            at=place(traced.query, "query"),
            help="keep them longer with `--storage.tsdb.retention.time`, or make the window shorter",
        )
    elif trace.first_s is not None and trace.first_s > now_s - traced.window_s + trace.within_s and not traced.rare:
        yield Finding(
            code="AIR228",
            severity=Severity.INFO,
            message=f"`{traced.slo}`: the series of `{traced.role}` begin at about {_time(trace.first_s)}, "
            f"later than its window of {window}",
            at=place(traced.query, "query"),
            help="nothing, if it is new; else look how long the server keeps samples",
        )


def _selected(trace: Trace) -> str:
    return f"selected: {spelled(trace.selector)}"


def _length(seconds: float) -> str:
    """`15 d`, `90 s`: for a sentence."""
    if seconds >= _DAY_S and not seconds % _DAY_S:
        return f"{seconds / _DAY_S:,.0f} d"
    return spoken_seconds(Decimal(round(seconds)))


def _time(epoch_s: int) -> str:
    return f"{datetime.fromtimestamp(epoch_s, UTC):%Y-%m-%d %H:%M}Z"
