"""`airectl loadtest compare`: whether runs of a new version are worse than those of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from airectl.commands.evaluated import OnUnknown
from airectl.commands.loadtest_compared import Compared, Wanted, compared, errors_of
from airectl.commands.specs import FailOn, MinSeverity, failing_from, on_unknown_of, shown
from airectl.core.findings import Finding, Severity
from airectl.core.report import (
    Block,
    Cell,
    Column,
    Gate,
    Kind,
    Lines,
    Next,
    Outcome,
    Report,
    Status,
    Table,
    Verdict,
    decide,
)
from airectl.core.units import parse_percent
from airectl.errors import UsageError
from airectl.render.cells import shown as cell
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.comparison import Change

First = Annotated[str, typer.Argument(metavar="A[,A2...]", help="Run folders of what there was before.")]
Second = Annotated[str, typer.Argument(metavar="B[,B2...]", help="Run folders of what is new.")]
Effect = Annotated[
    str, typer.Option("--min-effect", metavar="PERCENT", help="What is less than this is no regression.")
]
Anyway = Annotated[bool, typer.Option("--anyway", help="Compare runs of different tests too, and say what differs.")]
Calibration = Annotated[
    str | None,
    typer.Option("--calibration", metavar="FILE", help="This host's own error: a JSON report of `loadtest calibrate`."),
]
_GROUP: Final = "load test"
_DURATION: Final = Column(title="", kind=Kind.DURATION)
_RATIO: Final = Column(title="", kind=Kind.RATIO, digits=1)
_NUMBER: Final = Column(title="", kind=Kind.NUMBER, digits=1)
_TABLE: Final = tuple(
    Column(title=title) for title in ("FIGURE", "A", "B", "WORSE BY", "FROM", "TO", "LIMIT", "STATUS")
)
# What the table and the lines below it say.
_TOLD: Final = ("AIR430", "AIR426")


def compare(
    run: Run,
    first: First,
    second: Second,
    *,
    min_effect: Effect = "10%",
    anyway: Anyway = False,
    calibration: Calibration = None,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
) -> Report:
    """Say whether runs B are worse than runs A. Three runs a side, of the same seeds, tell most.

    Exit code 0: nothing is worse; 1: something is worse by more than --min-effect, for sure; 2: the runs are not of
    the same test; 3: it cannot be said.

    Examples:
      airectl loadtest compare airectl-runs/chat airectl-runs/chat-new
      airectl loadtest compare airectl-runs/chat airectl-runs/chat-new -o json
    """
    wanted = Wanted(
        first=_folders(first),
        second=_folders(second),
        effect_ratio=_effect(min_effect),
        anyway=anyway,
        error_s=_errors(run, calibration),
    )
    done = compared(run, wanted)
    gates = tuple(_gates(done, failing_from(run, fail_on)))
    status = decide(gates, on_unknown=on_unknown_of(run, on_unknown))
    return Report(
        status=status,
        data=_data(done),
        blocks=tuple(_blocks(done, status)),
        findings=shown(run, _findings(done), min_severity),
        told=_TOLD,
        gates=gates,
    )


def _folders(text: str) -> list[str]:
    """Raises UsageError for none."""
    found = [each for each in text.split(",") if each]
    if not found:
        raise UsageError("a side has no run", help="name run folders, several of one side with commas between")
    return found


def _effect(text: str) -> float:
    try:
        return float(parse_percent(text))
    except ValueError:
        raise UsageError(f"--min-effect cannot be `{text}`", help="write a share such as 10%") from None


def _errors(run: Run, path: str | None) -> Mapping[str, float]:
    """How far the host is off by metric, from a report of calibrate. Raises UsageError."""
    if path is None:
        return {}
    try:
        return errors_of((run.env.cwd / path).read_text("utf-8"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UsageError(f"--calibration: cannot read {path}: {why}", help="name a JSON report") from None
    except ValueError as error:
        help = "write one with `airectl loadtest calibrate -o json=FILE`"
        raise UsageError(f"--calibration: {path} is no report of calibrate: {error}", help=help) from None


def _gates(done: Compared, least: Severity | None) -> Iterator[Gate]:
    failed = Outcome.FAILED if least else Outcome.PASSED
    for folder, why in done.invalid.items():
        yield Gate(name=folder, group=_GROUP, outcome=Outcome.UNDECIDED, message=f"the run is {why}")
    outcomes = {"worse": failed, "inconclusive": Outcome.UNDECIDED}
    for each in done.changes:
        outcome = outcomes.get(each.state.value, Outcome.PASSED)
        message = "" if outcome is Outcome.PASSED else _said(each)
        if done.invalid:
            outcome, message = Outcome.UNDECIDED, "not all runs are valid"
        yield Gate(name=each.name, group=_GROUP, outcome=outcome, message=message)


def _said(each: Change) -> str:
    if each.worse is None:
        return f"{each.name}: too few requests to compare"
    interval = f"{_percent(each.low)} to {_percent(each.high)}"
    if each.state.value == "inconclusive":
        return f"{each.name} is worse by {interval}, and {_percent(each.limit)} is allowed"
    return f"{each.name} went from {_value(each, each.first)} to {_value(each, each.second)}, worse by {interval}"


def _findings(done: Compared) -> list[Finding]:
    found = []
    for folder, why in done.invalid.items():
        message, help = f"`{folder}` is {why}", "what is not valid cannot be compared: run it again"
        found.append(Finding(code="AIR426", severity=Severity.WARNING, message=message, help=help))
    for each in () if done.invalid else done.worse:
        help = "repeat both with the same seeds to be sure; `--min-effect` says how much is accepted"
        found.append(Finding(code="AIR430", severity=Severity.ERROR, message=_said(each), help=help))
    if done.differences:
        message = f"the runs are not of the same test: {'; '.join(done.differences)}"
        help = "what differs may be the reason for any change"
        found.append(Finding(code="AIR431", severity=Severity.WARNING, message=message, help=help))
    return found


def _blocks(done: Compared, status: Status) -> Iterator[Block]:
    yield Verdict(word=status.value.upper(), text=_verdict(done), aside=_aside(done))
    yield Table(columns=_TABLE, rows=[_row(each, decided=not done.invalid) for each in done.changes])
    yield Lines(lines=list(_lines(done)))
    yield Next(commands=list(_next(done, status)))


def _verdict(done: Compared) -> str:
    if done.invalid:
        return f"{len(done.invalid)} of {sum(map(len, done.results))} runs not valid"
    total = len(done.changes)
    parts = [f"{len(done.worse)} of {total} figures worse"] if done.worse else []
    if done.undecided:
        parts.append(f"{len(done.undecided)}{'' if parts else f' of {total} figures'} inconclusive")
    return ", ".join(parts) or f"none of {total} figures is worse by more than {_percent(done.wanted.effect_ratio)}"


def _aside(done: Compared) -> str:
    first, second = map(len, done.results)
    return f"{first} and {second} runs{', same seeds' if done.paired else ''}"


def _row(each: Change, *, decided: bool) -> list[Cell]:
    change = ["?"] * 3 if each.worse is None else [_percent(value) for value in (each.worse, each.low, each.high)]
    return [
        each.name.replace("_s.", " "),
        _value(each, each.first),
        _value(each, each.second),
        *change,
        _percent(each.limit),
        each.state.value if decided else "undecided",
    ]


def _value(each: Change, value: float | None) -> str:
    if each.name == "failed_ratio":
        return cell(value, _RATIO)
    return cell(value, _NUMBER if each.name == "output_tokens_per_s" else _DURATION)


def _percent(value: float | None) -> str:
    return cell(None if value is None else round(value, 4), _RATIO)


def _lines(done: Compared) -> Iterator[str]:
    for folder, why in done.invalid.items():
        yield f"{folder} is {why}"
    yield (
        "FROM and TO hold it in 99 of 100 draws of blocks of time; worse: FROM is above the limit, no worse: TO is not"
    )
    if any(each.limit > done.wanted.effect_ratio for each in done.changes):
        yield "where this host was late by more than that, LIMIT is what it was late by: less is not the server's doing"
    if min(map(len, done.results)) == 1:
        yield "one run a side does not show what differs from run to run, so no p99 is called worse; three a side do"
    if not done.paired:
        yield "the runs have different seeds, so they were sent different requests: give both sides the same `--seed`"


def _next(done: Compared, status: Status) -> Iterator[str]:
    import shlex

    if done.worse and status is Status.FAILED:
        yield "airectl explain AIR430"
    for folder in (next(iter(done.invalid), done.wanted.second[0]),):
        yield f"airectl loadtest report {shlex.quote(folder)}"


def _data(done: Compared) -> dict[str, Any]:
    return {
        "first": _side(done.wanted.first, done, 0),
        "second": _side(done.wanted.second, done, 1),
        "paired": done.paired,
        "differences": list(done.differences),
        "min_effect_ratio": done.wanted.effect_ratio,
        "figures": [
            {
                "name": each.name,
                "first": each.first,
                "second": each.second,
                "worse": each.worse,
                "low": each.low,
                "high": each.high,
                "limit": each.limit,
                "status": each.state.value,
            }
            for each in done.changes
        ],
    }


def _side(folders: Sequence[str], done: Compared, place: int) -> list[dict[str, Any]]:
    return [
        {
            "run": folder,
            "seed": results.manifest.seed,
            "validity": results.judgement.validity.value,
            "requests": results.counts.measured,
        }
        for folder, results in zip(folders, done.results[place], strict=True)
    ]
