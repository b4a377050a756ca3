"""What a check comes to: its gates, its verdict in a sentence, what to run next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any, Final

from airectl.commands.budget_words import budget_findings
from airectl.commands.budgets import NOT_ASKED, NOT_EVALUATED, moment, spoken, status
from airectl.commands.run_source import JudgedBy
from airectl.commands.specs import Checked
from airectl.commands.validate import file_gates
from airectl.core.findings import Finding, Severity
from airectl.core.judge import State
from airectl.core.report import Gate, Lines, Outcome, Status, decide, fails
from airectl.evaluate.evaluation import Evaluation
from airectl.spec.build import LeftOut

# Why the SLOs of a file with errors are left out; the errors fail the gate.
INVALID: Final = "its spec is invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Everything of a run: what was checked, what was evaluated, what could not be.

    `ignored` findings were silenced by comments; `partial`: the user asked to end before all was done. `judged_by`
    is the load test of --run.
    """

    checked: Checked
    evaluations: Sequence[Evaluation]
    left_out: Sequence[LeftOut]
    now: datetime
    ignored: frozenset[Finding] = frozenset()
    partial: bool = False
    judged_by: JudgedBy | None = None


def gates_of(whole: Whole, least: Severity | None) -> Iterator[Gate]:
    """One a spec file, one an objective."""
    yield from file_gates(whole.checked, least)
    yield from objective_gates(whole, least)


def objective_gates(whole: Whole, least: Severity | None) -> Iterator[Gate]:
    """One an objective; what was not evaluated never passes, and is skipped only where that was asked for."""
    for each in whole.evaluations:
        outcome, message = _outcome(each, least, whole.ignored)
        yield Gate(name=each.id, group=each.slo.service, outcome=outcome, message=message, at=each.objective.at)
    for item in whole.left_out:
        outcome = Outcome.SKIPPED if item.reason == INVALID else Outcome.UNDECIDED
        outcome = Outcome.FAILED if item.broken and least else outcome
        yield Gate(name=item.id, group=item.service, outcome=outcome, message=item.reason, at=item.at)


def _outcome(each: Evaluation, least: Severity | None, ignored: frozenset[Finding]) -> tuple[Outcome, str]:
    """A finding as bad as --fail-on fails, if no comment silences it; what could not be decided is undecided."""
    findings = list(budget_findings(each))
    message = findings[-1].message if findings else ""
    if each.skipped:
        return Outcome.SKIPPED if each.offline else Outcome.UNDECIDED, message
    if each.failure:
        found = each.failure.finding
        failed = each.failure.invalid and found not in ignored and fails(found, least)
        return Outcome.FAILED if failed else Outcome.UNDECIDED, message
    if each.budget and each.budget.state in (State.INCONCLUSIVE, State.UNKNOWN):
        return Outcome.UNDECIDED, message
    failing = [f for f in findings if f not in ignored and fails(f, least)]
    return (Outcome.FAILED, failing[0].message) if failing else (Outcome.PASSED, "")


def verdict(whole: Whole, gates: Sequence[Gate], on_unknown: str) -> Status:
    """The verdict over the gates; unreadable where there was nothing to look at."""
    decided = decide(gates, on_unknown=on_unknown)
    return Status.UNREADABLE if decided is Status.FAILED and not whole.checked.files else decided


_WORST_FIRST: Final = ("exhausted", "warning", "inconclusive", "unknown", "met")
# What fails, what is undecided, what passes, and what nobody asked for.
_TOLD: Final = ("exhausted", "inconclusive", "unknown", NOT_EVALUATED, "warning", "met", NOT_ASKED)


def verdict_text(whole: Whole) -> str:
    """`1 of 5 objectives exhausted, 1 inconclusive`: what decides comes first; all of them met is said in one."""
    counts = Counter(status(each) for each in whole.evaluations)
    counts[NOT_EVALUATED] += len(whole.left_out)
    total = sum(counts.values())
    parts = [f"{counts[word]} {word}" for word in _TOLD if counts[word]]
    if parts:
        first, _, word = parts[0].partition(" ")
        parts[0] = f"{first} of {total} {'objective' if total == 1 else 'objectives'} {word}"
    invalid = {f.at.path for f in whole.checked.findings if f.at and f.severity is Severity.ERROR}
    if invalid:
        parts.insert(0, f"{len(invalid)} invalid {'file' if len(invalid) == 1 else 'files'}")
    if ignored := len(whole.ignored):
        parts.append(f"{ignored} {'finding' if ignored == 1 else 'findings'} ignored")
    return ", ".join(parts) if parts else "no SLO to evaluate"


def aside(whole: Whole) -> str:
    """The window that all objectives share, or just the time."""
    windows = {(str(e.slo.window.duration), e.window.rolling, e.window.end_s) for e in whole.evaluations}
    if len(windows) == 1:
        duration, rolling, end_s = windows.pop()
        return f"{duration} to {spoken(moment(end_s))}" if rolling else f"{duration} at {spoken(moment(end_s))}"
    return f"at {spoken(whole.now)}"


def run_data(whole: Whole) -> dict[str, Any] | None:
    """The load test of --run for machines; null without it."""
    return whole.judged_by.data if whole.judged_by else None


def not_evaluated(whole: Whole) -> Iterator[Lines]:
    """What was left out, by reason, with names."""
    names: dict[str, list[str]] = {}
    for each in whole.evaluations:
        if each.skipped:
            names.setdefault(each.skipped, []).append(each.id)
    for item in whole.left_out:
        names.setdefault(item.reason, []).append(item.id)
    if names:
        yield Lines(title=NOT_EVALUATED, lines=[f"{reason}: {', '.join(ids)}" for reason, ids in names.items()])


def next_commands(whole: Whole, visible: Sequence[Finding], command: str) -> Iterator[str]:
    """What to run next: a time that the log covers, the page of the worst code, the arithmetic of the worst SLO."""
    judged = [each for each in whole.evaluations if each.budget]
    unknown = (
        []
        if whole.judged_by
        else [each for each in judged if status(each) == State.UNKNOWN and each.last_s is not None]
    )
    for each in unknown[:1] if unknown == judged else ():
        yield f"airectl {command} {quote(each.slo.at.path)} --at {_after(each.last_s or 0)}"
    if visible:
        yield f"airectl explain {max(visible, key=lambda f: f.severity.rank).code}"
    worst = min(judged, key=lambda each: _WORST_FIRST.index(status(each)), default=None)
    if worst and status(worst) not in (State.MET, State.UNKNOWN):
        named = f"{quote(worst.slo.at.path)} --slo {quote(worst.id)}"
        when = f"--run {quote(whole.judged_by.folder)}" if whole.judged_by else f"--at {whole.now:%Y-%m-%dT%H:%M:%SZ}"
        yield f"airectl budget {named} {when} --explain"


def _after(epoch_s: float) -> str:
    """The first whole minute after a time."""
    return f"{moment((int(epoch_s) // 60 + 1) * 60):%Y-%m-%dT%H:%M:%SZ}"
