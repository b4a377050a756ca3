"""Where `airectl forecast` reads a demand: a file, a trace of requests, or a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from airectl.core.findings import Finding, Severity
from airectl.demand import texts
from airectl.errors import SourceError, UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.demand.series import Reading
    from airectl.demand.service import Timing

_HISTORY: Final = "8w"
_PLANS: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAsked:
    """Where the demand is read, as the command line says it."""

    series: str
    kind: str = ""
    time: str | None = None
    value: str | None = None
    group_by: str | None = None
    zone: str | None = None
    unit: str | None = None
    source: str | None = None
    history: str | None = None
    at: str | None = None


def is_plan(asked: InputAsked) -> bool:
    """Whether SERIES is a plan of services."""
    return asked.series.endswith(_PLANS) and not asked.kind


def reading_of(run: Run, asked: InputAsked, timing: Timing, at: datetime | None) -> Reading:
    """The series that SERIES stands for. Raises UsageError."""
    from airectl.demand.series import Reading
    from airectl.sources.watch import StoppedError

    try:
        return _read(run, asked, timing, at)
    except StoppedError:
        return Reading(source=asked.series, is_file=False)  # what the user did not wait for


def _read(run: Run, asked: InputAsked, timing: Timing, at: datetime | None) -> Reading:
    from airectl.demand import files, trace, units
    from airectl.demand.series import Wanted

    if not asked.series:
        raise UsageError("SERIES is empty", help="name a file or a query; is a variable of your script not set?")
    now = run.env.now()
    is_file = asked.series == "-" or (run.env.cwd / asked.series).exists()
    kind = asked.kind or ("file" if is_file or _looks_like_a_file(asked.series) else "query")
    if kind == "query":
        return _queried(run, asked, timing, at or now)
    if kind == "trace" or (not asked.value and asked.series != "-" and trace.is_trace(asked.series, run.env)):
        unit = units.unit_of(asked.unit) if asked.unit else units.REQUESTS
        return trace.read(asked.series, unit, at or now, run.env)
    wanted = Wanted(
        time=asked.time or "",
        value=asked.value or "",
        group_by=asked.group_by or "",
        zone=asked.zone or "",
        until_s=at.timestamp() if at else (now + timedelta(days=1)).timestamp(),
        told=at is None,
    )
    return files.read(asked.series, wanted, run.env)


def _looks_like_a_file(text: str) -> bool:
    """A name with the ending of a file that is not there: to say so helps more than to ask a Prometheus for it."""
    return text.endswith((".csv", ".parquet", ".jsonl", ".json", ".tsv", ".gz", ".zst"))


def _queried(run: Run, asked: InputAsked, timing: Timing, until: datetime) -> Reading:
    from airectl.commands.evaluated import connections_of, setting_of
    from airectl.demand import query
    from airectl.demand.series import Reading

    step_s = timing.step_s or 3600
    end_s = int(until.timestamp()) // step_s * step_s
    errand = query.Errand(
        query=asked.series,
        start_s=end_s - texts.span_s("--history", asked.history or _HISTORY),
        end_s=end_s,
        step_s=step_s,
    )
    try:
        return query.read(errand, connections_of(run, asked.source), setting_of(run, run.env.now()))
    except SourceError as error:
        finding = Finding(code=error.code, severity=Severity.ERROR, message=error.message, help=error.help)
        return Reading(source=asked.source or "", findings=(finding,))


def unanswered(findings: Sequence[Finding]) -> bool:
    """Whether a source gave no answer: then nothing is decided, and nothing is wrong with what was asked."""
    return any(each.code.startswith("AIR2") and each.severity is Severity.ERROR for each in findings)
