"""A trace from a file, whatever its format, with all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.env import Env
from airectl.load.traces import opening
from airectl.load.traces.csv_formats import CsvReader, csv_reader
from airectl.load.traces.faults import Faults, Noticed
from airectl.load.traces.jsonl_formats import JsonlReader, jsonl_reader
from airectl.load.traces.opening import UnusableError
from airectl.load.traces.rows import Columns, RowError, Trace, Window

NO_TRACE: Final = "AIR412"
_BAD_ROW: Final = "AIR411"
_HEADERS: Final = (
    "CSV begins with `TIMESTAMP,ContextTokens,GeneratedTokens`, with BurstGPT's names, or with "
    "`at_s,input_tokens,output_tokens`; JSONL has Mooncake's names, or `at_s`, `input_tokens`, `output_tokens`"
)
_ROWS: Final = "mend the row, or write `skip_faulty: true` to go on without such rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to read of a file. `skip_faulty`: rows that cannot be used are left out, with a warning."""

    path: str
    window: Window = field(default_factory=Window)
    skip_faulty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A trace; None where one of the findings is an error."""

    trace: Trace | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Reading:
    """A file while it is read."""

    path: str
    faults: Faults
    columns: Columns
    unordered: Noticed = field(default_factory=Noticed)
    unanswered: Noticed = field(default_factory=Noticed)


def read(wanted: Wanted, env: Env) -> Read:
    """The trace of a file, or of stdin as `-`."""
    shown = "<stdin>" if wanted.path == opening.STDIN else wanted.path
    severity = Severity.WARNING if wanted.skip_faulty else Severity.ERROR
    state = _Reading(path=shown, faults=Faults(shown, _BAD_ROW, _ROWS, severity), columns=Columns(window=wanted.window))
    try:
        reader = _rows(wanted.path, env, state)
    except UnusableError as error:
        return Read(findings=(*state.faults.told(), error.finding))
    findings = [*state.faults.told(), *_noticed(state)]
    if not len(state.columns.times) and not any(each.severity is Severity.ERROR for each in findings):
        findings.append(_finding(shown, NO_TRACE, "no row of the trace can be sent", "name another, or other parts"))
    if any(each.severity is Severity.ERROR for each in findings):
        return Read(findings=tuple(findings))
    return Read(trace=state.columns.trace(reader.format), findings=tuple(findings))


def _rows(path: str, env: Env, state: _Reading) -> CsvReader | JsonlReader:
    """Read every row into the columns. Raises UnusableError."""
    reader: CsvReader | JsonlReader | None = None
    for number, line in opening.lines(path, env, NO_TRACE):
        if not line.strip():
            continue
        if reader is None:
            reader = _reader(state, line, number)
            if isinstance(reader, CsvReader):
                continue
        if state.columns.full:
            break
        _take(reader, line, number, state)
    if reader is None:
        raise UnusableError(_finding(state.path, NO_TRACE, "the file holds no trace", _HEADERS))
    return reader


def _reader(state: _Reading, line: bytes, number: int) -> CsvReader | JsonlReader:
    reader = jsonl_reader(line) if line.lstrip().startswith(b"{") else csv_reader(line)
    if reader is None:
        message = "the first line is of no trace that is known here"
        raise UnusableError(_finding(state.path, NO_TRACE, message, _HEADERS, number))
    state.columns.block_tokens = reader.block_tokens
    return reader


def _take(reader: CsvReader | JsonlReader, line: bytes, number: int, state: _Reading) -> None:
    try:
        row = reader.row(line)
        if row.output == 0:
            state.unanswered.add(number)
        elif not state.columns.add(row):
            state.unordered.add(number)
    except RowError as error:
        state.faults.add(number, str(error))


def _noticed(state: _Reading) -> list[Finding]:
    """What may be so, and yet changes what is sent."""
    found = []
    if state.unordered.count:
        message = f"{_rows_are(state.unordered.count)} earlier than the row before"
        help = "rows are sent in the order of their times; sort the file to be rid of this"
        found.append(_finding(state.path, "AIR413", message, help, state.unordered.line))
    if state.unanswered.count:
        message = f"{_rows_are(state.unanswered.count)} left out: no token was answered"
        help = "these failed when they were recorded; remove them to be rid of this"
        found.append(_finding(state.path, "AIR414", message, help, state.unanswered.line))
    return [each.with_severity(Severity.WARNING) for each in found]


def _rows_are(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _finding(path: str, code: str, message: str, help: str, line: int = 0) -> Finding:
    at = Location(path=path, line=line, col=1 if line else 0)
    return Finding(code=code, severity=Severity.ERROR, message=message, at=at, help=help)
