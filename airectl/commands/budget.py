"""`airectl budget`: how much of each error budget is left, what spent it, and the arithmetic behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import typer

from airectl.commands.arithmetic import Steps, steps_of, steps_table
from airectl.commands.budget_chart import courses
from airectl.commands.budget_words import sentences
from airectl.commands.budgets import budget_table, slo_data
from airectl.commands.evaluated import Asked, At, NoCache, Offline, OnUnknown, Recorded, Source, evaluated, findings_of
from airectl.commands.gates import (
    Whole,
    aside,
    next_commands,
    not_evaluated,
    objective_gates,
    run_data,
    verdict,
    verdict_text,
)
from airectl.commands.run_source import RunFolder
from airectl.commands.selection import Only
from airectl.commands.specs import FailOn, MinSeverity, Paths, failing_from, on_unknown_of, shown
from airectl.commands.validate import file_gates
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Block, Gate, Next, Outcome, Report, Status, Verdict
from airectl.run import Run

Explain = Annotated[bool, typer.Option("--explain", help="Print the arithmetic with the numbers in it.")]
Static = Annotated[
    str | None,
    typer.Option("--static", metavar="NUMBERS", help="What if: judge by good=999,valid=1000 (or bad=1,valid=1000)."),
]
# What the table and the lines below it say; the help of a finding without data is said nowhere else.
_TOLD: Final = ("AIR205", "AIR207", "AIR208", "AIR209")


def budget(
    run: Run,
    paths: Paths = None,
    *,
    at: At = None,
    explain: Explain = False,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    no_cache: NoCache = False,
    offline: Offline = False,
    on_unknown: OnUnknown = None,
    recorded: Recorded = False,
    run_folder: RunFolder = None,
    slo: Only = None,
    source: Source = None,
    static: Static = None,
) -> Report:
    """Say how much of each error budget is left, what spent it, and when it comes back.

    Warnings of specs are left to `validate`. Exit code 0: no budget is exhausted; 1: one is, or a spec is
    invalid; 3: one could not be computed or decided.

    Examples:
      airectl budget slo-specs/demo-chat.yaml --at 2026-11-09
      airectl budget slo-specs --slo demo-chat/ttft --at 2026-11-09 --explain
      airectl budget slo-specs/chat-vllm.yaml --static bad=12,valid=10000
    """
    asked = Asked(
        paths=paths,
        at=at,
        offline=offline,
        slo=slo,
        source=source,
        static=static,
        no_cache=no_cache,
        recorded=recorded,
        run=run_folder,
    )
    whole = evaluated(run, asked)
    gates = tuple(_gates(whole, failing_from(run, fail_on)))
    unknown = on_unknown_of(run, on_unknown)
    status = verdict(whole, gates, unknown)
    invalid = [f for f in whole.checked.findings if f.severity is Severity.ERROR]
    visible = shown(run, sorted((*invalid, *findings_of(whole, unknown)), key=sort_key), min_severity)
    steps = [steps_of(each) for each in whole.evaluations] if explain else []
    data: dict[str, Any] = {
        "at": whole.now,
        "run": run_data(whole),
        "slos": [slo_data(each) for each in whole.evaluations],
    }
    if explain:
        data["explained"] = [
            {"slo": each.id, "steps": [{"step": name, "numbers": text} for name, text in each.steps]} for each in steps
        ]
    return Report(
        status=status,
        data=data,
        blocks=tuple(_blocks(whole, status, visible, steps)),
        findings=visible,
        told=_TOLD,
        gates=gates,
        partial=whole.partial,
    )


def _gates(whole: Whole, least: Severity | None) -> Iterator[Gate]:
    """Objectives gate, and files whose errors keep theirs from being evaluated; warnings of specs do not."""
    files = file_gates(whole.checked, least and Severity.ERROR)
    yield from (gate for gate in files if gate.outcome is Outcome.FAILED)
    yield from objective_gates(whole, least)


def _blocks(whole: Whole, status: Status, visible: Sequence[Finding], steps: Sequence[Steps]) -> Iterator[Block]:
    yield Verdict(word=status.value.upper(), text=verdict_text(whole), aside=aside(whole))
    if whole.evaluations:
        yield budget_table(whole.evaluations)
    if whole.judged_by:
        yield whole.judged_by.lines
    yield from sentences(whole.evaluations)
    yield from courses(whole.evaluations, whole.judged_by)
    yield from not_evaluated(whole)
    yield from (steps_table(each) for each in steps if each.steps)
    commands = [c for c in next_commands(whole, visible, "budget") if not (steps and c.endswith("--explain"))]
    if commands:
        yield Next(commands=commands)
