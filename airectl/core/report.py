"""What a command returns. Renderers read it and never compute; commands fill it and never format."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from airectl.core.chart import Chart
from airectl.core.findings import Finding, Location, Severity
from airectl.exits import Exit


class Outcome(StrEnum):
    """How one gate ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One thing that can fail a CI job. `group` is the JUnit suite: a file or a service."""

    name: str
    outcome: Outcome
    group: str = ""
    message: str = ""
    at: Location | None = None


class Status(StrEnum):
    """The verdict over all gates; the first word of the text report, in capitals."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    DONE = "done"
    UNREADABLE = "unreadable"


class Kind(StrEnum):
    """What a column holds, so that the renderer can format and align it."""

    TEXT = "text"
    RATIO = "ratio"
    DURATION = "duration"
    COUNT = "count"
    MONEY = "money"
    TIME = "time"
    NUMBER = "number"
    BAR = "bar"


Cell = str | int | float | Decimal | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table. `digits` bounds the decimals shown; the value itself is never rounded."""

    title: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns. A None cell means unknown and prints as `?` or stays empty."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The first line: the word is the status in capitals, `text` is why, `aside` is scope or time."""

    word: str
    text: str
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Plain sentences, one per line; `title` introduces them. An empty one parts paragraphs."""

    lines: Sequence[str]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Text to be shown as it is: a spec, a query, a shell session."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Commands that dig deeper, ready to be pasted."""

    commands: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks of their own under a title, such as one report among several. `aside` is scope or time."""

    title: str
    blocks: "Sequence[Block]"
    aside: str = ""


Block = Verdict | Table | Chart | Lines | Code | Next | Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one command. `files` maps a path to its content; the boundary writes all or none.

    `charts` maps a path, which ends in .svg or .png, to what is drawn there. `kept` is a path where the report is
    kept too, as `-o json` prints it; empty: nowhere.

    `artefact` is a text that the user asked for on stdout, such as a converted spec; the report itself then
    goes to stderr. Empty: there is none to write, and the report goes to stderr all the same.
    """

    status: Status
    data: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    findings: Sequence[Finding] = ()
    told: Collection[str] = ()
    gates: Sequence[Gate] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    charts: Mapping[str, Chart] = field(default_factory=dict)
    kept: str = ""
    artefact: str | None = None
    partial: bool = False


def decide(gates: Iterable[Gate], *, on_unknown: str = "fail") -> Status:
    """The verdict over gates: failed, else undecided, else passed. No gate at all is passed.

    `on_unknown` is fail, warn or pass: only `fail` lets an undecided gate hold the run back.
    """
    outcomes = {gate.outcome for gate in gates}
    if Outcome.FAILED in outcomes:
        return Status.FAILED
    if Outcome.UNDECIDED in outcomes and on_unknown == "fail":
        return Status.UNDECIDED
    return Status.PASSED


def untold(report: Report) -> list[Finding]:
    """The findings that no block tells."""
    return [finding for finding in report.findings if finding.code not in report.told]


_EXITS = {Status.FAILED: Exit.FAILED, Status.UNDECIDED: Exit.UNDECIDED, Status.UNREADABLE: Exit.USAGE}


def exit_of(report: Report) -> Exit:
    """The exit code of a finished report."""
    return _EXITS.get(report.status, Exit.OK)


def fails(finding: Finding, fail_on: Severity | None) -> bool:
    """Whether a finding fails its gate. `fail_on` None means that no finding does."""
    return fail_on is not None and finding.severity.rank >= fail_on.rank
