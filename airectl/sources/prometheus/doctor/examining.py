"""One server with all that SLOs ask of it: looked at as a doctor does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from airectl.core.catalogue import Catalogue
from airectl.core.findings import Finding, Location, Severity
from airectl.errors import SourceError
from airectl.promql.selectors import Selector
from airectl.sources.prometheus.doctor.diagnosis import Traced, of_query, of_server
from airectl.sources.prometheus.doctor.products import Server, look
from airectl.sources.prometheus.doctor.traces import Span, Trace, traced
from airectl.sources.prometheus.questions import Part
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.protocol import Setting
from airectl.sources.queries import place

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.client import Client

_QUESTION_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One query of an SLO: what it asks, in slices of `step_s`, over a window of `window_s`."""

    slo: str
    part: Part
    step_s: int
    window_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A server, or why it could not be asked (`server` is None then), and what it has of each query."""

    server: Server | None = None
    traces: tuple[Traced, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A server to look at: what it is called, where that is written, and what is asked of it.

    `catalogue` may know the right name of a metric that is not there.
    """

    name: str
    connection: Connection
    at: Location | None = None
    wishes: Sequence[Wish] = ()
    catalogue: Catalogue = field(default_factory=Catalogue)

    @property
    def place(self) -> Location | None:
        """Where what is wrong with the server as such is told: where its address is written, or it is first asked."""
        return self.at or (self.wishes[0].part.query.at if self.wishes else None)


def examine(patient: Patient, setting: Setting, *, compare_clocks: bool) -> Examined:
    """Ask one server about itself and about the series of its SLOs. Raises StoppedError.

    `compare_clocks`: this machine's clock is a real one.
    """
    from airectl.sources.prometheus.server.client import Client, Limits

    limits = Limits(stop=setting.stop, question_s=_QUESTION_S, log=setting.log)

    def opened() -> Client:
        return Client(patient.connection, limits)

    at = patient.place
    said = tuple(patient.connection.said(at)) if at else ()
    try:
        server = look(opened, time.time, compare=compare_clocks)
    except SourceError as error:
        return Examined(findings=(*said, _failed(error, at)))
    now_s = int(setting.now.timestamp() if setting.now else time.time())
    traces, failures = _traces(patient, opened, now_s)
    findings = (
        *said,
        *of_server(server, patient.name, at),
        *(finding for each in traces for finding in of_query(each, server, now_s)),
        *failures,
    )
    return Examined(server=server, traces=tuple(traces), findings=tuple(dict.fromkeys(findings)))


_Wanted = dict[tuple[Selector, int], Span]


def _traces(patient: Patient, opened: Callable[[], Client], now_s: int) -> tuple[list[Traced], list[Finding]]:
    """What it has of each query's selectors, and what it could not be asked."""
    spans: _Wanted = {
        (selector, wish.window_s): Span(start_s=now_s - wish.window_s, end_s=now_s)
        for wish, selector in _selectors(patient.wishes)
    }
    found = _asked(spans, patient, opened)
    traces: list[Traced] = []
    failures: list[Finding] = []
    for wish, selector in _selectors(patient.wishes):
        trace = found[selector, wish.window_s]
        if isinstance(trace, SourceError):
            failures.append(_failed(trace, place(wish.part.query, "query")))
        else:
            traces.append(
                Traced(
                    slo=wish.slo,
                    role=wish.part.role,
                    query=wish.part.query,
                    step_s=wish.step_s,
                    window_s=wish.window_s,
                    trace=trace,
                )
            )
    return traces, failures


def _asked(
    spans: _Wanted, patient: Patient, opened: Callable[[], Client]
) -> dict[tuple[Selector, int], Trace | SourceError]:
    """Each selector looked for once, several at a time."""
    with closing(opened()) as client, ThreadPoolExecutor(client.limits.parallel) as pool:

        def ask(selector: Selector, span: Span) -> Trace | SourceError:
            try:
                return traced(client, selector, span, patient.catalogue)
            except SourceError as error:
                return error

        found = pool.map(ask, (selector for selector, _ in spans), spans.values())
        return dict(zip(spans, found, strict=True))


def _selectors(wishes: Iterable[Wish]) -> Iterator[tuple[Wish, Selector]]:
    for wish in wishes:
        for selector in dict.fromkeys(wish.part.binding.selectors):
            yield wish, replace(selector, around=(), range_s=None)


def _failed(error: SourceError, at: Location | None) -> Finding:
    return Finding(code=error.code, severity=Severity.ERROR, message=error.message, at=at, help=error.help)
