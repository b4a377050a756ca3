"""The sources of a run, each with what its SLOs want of it, looked at one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from airectl.core.annotations import PREFIX
from airectl.core.catalogue import Catalogue
from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query, RatioIndicator, Slo
from airectl.errors import SourceError
from airectl.evaluate.cases import Case, Moment, cases_of, main_query
from airectl.sources import event_logs
from airectl.sources.event_logs import Log
from airectl.sources.paths import BadPathError
from airectl.sources.prometheus.doctor.examining import Examined, Patient, Wish, examine
from airectl.sources.prometheus.questions import LostError, NotAskedError, UnboundError, plan
from airectl.sources.prometheus.server.connection import Connection, connection_of
from airectl.sources.protocol import Failure
from airectl.sources.watch import StoppedError
from airectl.spec.queries import is_promql

_EVENTS = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A source that is to be looked at whether or not an SLO asks it; `at` is where its address is written."""

    query: Query
    at: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One source and what was seen there: `examined` of a server, `log` of files; neither: it cannot be had."""

    name: str
    type: str
    url: str = ""
    examined: Examined | None = None
    log: Log | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Whether nothing is known of it."""
        return self.log is None and (self.examined is None or self.examined.server is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What was visited, what was left out and why, and whether the user ended it early.

    `left_out` maps what an SLO or a source is called to the reason.
    """

    visits: tuple[Visit, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What to look at: the sources that are `named`, and those that `slos` ask; `alone`: only the named ones.

    `catalogue` may know the right name of a metric that is not there. `compare_clocks`: this machine's is a real one.
    """

    slos: Sequence[Slo] = ()
    named: Sequence[Named] = ()
    alone: bool = False
    catalogue: Catalogue = field(default_factory=Catalogue)
    compare_clocks: bool = True


@dataclass(slots=True, kw_only=True)
class _Ward:
    """What is to be visited; `closed`: nothing that is not here already."""

    patients: list[Patient] = field(default_factory=list)
    logs: dict[str, Query] = field(default_factory=dict)
    lost: dict[str, Visit] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    closed: bool = False

    def add(self, name: str, connection: Connection, at: Location | None, wishes: Sequence[Wish] = ()) -> None:
        """A server once, with the wishes of all."""
        for index, patient in enumerate(self.patients):
            if patient.connection == connection:
                self.patients[index] = replace(patient, wishes=(*patient.wishes, *wishes), at=patient.at or at)
                return
        if not self.closed:
            self.patients.append(Patient(name=name, connection=connection, at=at, wishes=tuple(wishes)))

    def add_log(self, owner: str, query: Query) -> None:
        """A log once."""
        try:
            name = event_logs.name_of(query)
        except BadPathError as error:
            self.leave_out(owner, str(error))
            return
        if not self.closed:
            self.logs.setdefault(name, query)

    def lose(self, query: Query, error: SourceError, at: Location) -> None:
        """A source that cannot be asked."""
        name = query.ref or query.type
        finding = Finding(code=error.code, severity=Severity.ERROR, message=error.message, at=at, help=error.help)
        if not self.closed:
            self.lost.setdefault(name, Visit(name=name, type=query.type, findings=(finding,)))

    def leave_out(self, name: str, reason: str) -> None:
        """What is not looked at, and why."""
        if not self.closed:
            self.left_out[name] = reason


def visit(errand: Errand, moment: Moment) -> Rounds:
    """Look at every source once."""
    ward = _Ward()
    for each in errand.named:
        _admit(ward, each, moment)
    ward.closed = errand.alone
    for slo in errand.slos:
        plain = replace(slo, annotations={k: v for k, v in slo.annotations.items() if k != f"{PREFIX}group-by"})
        for case in cases_of(plain, moment):
            _want(ward, case, moment)
    visits = list(ward.lost.values())
    partial = False
    try:
        for patient in ward.patients:
            known = replace(patient, catalogue=errand.catalogue)
            visits.append(_visit(patient, examine(known, moment.setting, compare_clocks=errand.compare_clocks)))
        visits += [_read(name, query, moment) for name, query in ward.logs.items()]
    except StoppedError:
        partial = True
    return Rounds(visits=tuple(visits), left_out=ward.left_out, partial=partial)


def _admit(ward: _Ward, named: Named, moment: Moment) -> None:
    query = named.query
    if is_promql(query.type):
        try:
            connection = connection_of(query, moment.setting)
        except SourceError as error:
            ward.lose(query, error, named.at or query.at)
            return
        if connection:
            ward.add(connection.name, connection, named.at)
    elif query.type.casefold() == _EVENTS:
        ward.add_log(query.ref, query)
    else:
        ward.leave_out(query.ref, f"sources of type `{query.type}` are not looked at")


def _want(ward: _Ward, case: Case, moment: Moment) -> None:
    main = main_query(case.indicator)
    if main.type.casefold() == _EVENTS:
        parts = (case.indicator.good, case.indicator.bad) if isinstance(case.indicator, RatioIndicator) else ()
        for query in (main, *(part for part in parts if part)):
            ward.add_log(case.slo.id, query)
    if not is_promql(main.type):
        return
    try:
        planned = plan(case.ask, moment.setting)
    except (NotAskedError, UnboundError) as error:
        ward.leave_out(case.slo.id, str(error))
        return
    except LostError as error:
        ward.lose(error.query, error.error, error.query.at)
        return
    window_s = case.window.until_s - case.window.start_s
    for part in planned.parts:
        wish = Wish(slo=case.slo.id, part=part, step_s=case.ask.step_s, window_s=window_s)
        ward.add(part.connection.name, part.connection, None, (wish,))


def _visit(patient: Patient, examined: Examined) -> Visit:
    return Visit(
        name=patient.name,
        type=(examined.server and examined.server.product) or "Prometheus",
        url=str(patient.connection.endpoint),
        examined=examined,
        findings=examined.findings,
    )


def _read(name: str, query: Query, moment: Moment) -> Visit:
    seen = event_logs.look(query, moment.setting)
    if isinstance(seen, Failure):
        return Visit(name=name, type=query.type, findings=(seen.finding,))
    return Visit(name=name, type=query.type, log=seen)
