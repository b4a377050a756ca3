"""`airectl check`: the gate of a deploy. Specs first, then error budgets, in one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from airectl.commands.beside import Beside, beside
from airectl.commands.budget_chart import courses
from airectl.commands.budget_words import sentences
from airectl.commands.budgets import budget_table, slo_data
from airectl.commands.evaluated import Asked, At, NoCache, Offline, OnUnknown, Recorded, Source, evaluated, findings_of
from airectl.commands.gates import Whole, aside, gates_of, next_commands, not_evaluated, run_data, verdict, verdict_text
from airectl.commands.ruled import errors
from airectl.commands.run_source import RunFolder
from airectl.commands.selection import Only
from airectl.commands.specs import FailOn, MinSeverity, Paths, StrictRefs, failing_from, on_unknown_of, shown
from airectl.core.findings import Finding, sort_key
from airectl.core.report import Block, Next, Report, Status, Verdict
from airectl.run import Run

# What the text report says in its own lines, by reason.
_TOLD: Final = ("AIR209",)


def check(
    run: Run,
    paths: Paths = None,
    *,
    at: At = None,
    offline: Offline = False,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    no_cache: NoCache = False,
    on_unknown: OnUnknown = None,
    recorded: Recorded = False,
    run_folder: RunFolder = None,
    strict_refs: StrictRefs = None,
    slo: Only = None,
    source: Source = None,
) -> Report:
    """Gate a deploy: validate SLO specs, then evaluate their error budgets, in one report.

    Postmortems and runbooks are checked as well where airectl.toml names their folders.

    Exit code 0: every objective is met; 1: a spec is invalid or a budget exhausted; 3: it could not be
    decided.

    Examples:
      airectl check slo-specs/demo-chat.yaml --at 2026-11-16
      airectl check slo-specs --slo demo-chat/ttft --at 2026-11-09 -o markdown
      airectl check --offline --on-unknown warn -o junit=slo.xml
    """
    asked = Asked(
        paths=paths,
        at=at,
        offline=offline,
        strict_refs=strict_refs,
        slo=slo,
        source=source,
        no_cache=no_cache,
        recorded=recorded,
        run=run_folder,
    )
    whole = _with_rules(evaluated(run, asked))
    least = failing_from(run, fail_on)
    # Who asks for some of the SLOs asks for nothing else.
    documents = Beside() if slo else beside(run, paths, least)
    gates = (*gates_of(whole, least), *documents.gates)
    unknown = on_unknown_of(run, on_unknown)
    status = verdict(whole, gates, unknown)
    found = sorted((*whole.checked.findings, *findings_of(whole, unknown), *documents.findings), key=sort_key)
    visible = shown(run, found, min_severity)
    return Report(
        status=status,
        data={"at": whole.now, "run": run_data(whole), "slos": [slo_data(each) for each in whole.evaluations]},
        blocks=tuple(_blocks(whole, documents, status, visible)),
        findings=visible,
        told=_TOLD,
        gates=gates,
        partial=whole.partial,
    )


def _with_rules(whole: Whole) -> Whole:
    """The same, knowing what is wrong with the rules of its SLOs: a spec that has none is as good as invalid."""
    slos = list({id(each.slo): each.slo for each in whole.evaluations}.values())
    wrong = errors(slos, whole.checked)
    checked = replace(whole.checked, findings=(*whole.checked.findings, *wrong))
    return replace(whole, checked=checked) if wrong else whole


def _blocks(whole: Whole, documents: Beside, status: Status, visible: Sequence[Finding]) -> Iterator[Block]:
    text = ", ".join((*documents.failed, verdict_text(whole)))
    yield Verdict(word=status.value.upper(), text=text, aside=aside(whole))
    if whole.evaluations:
        yield budget_table(whole.evaluations)
    if whole.judged_by:
        yield whole.judged_by.lines
    yield from sentences(whole.evaluations)
    yield from courses(whole.evaluations, whole.judged_by)
    yield from not_evaluated(whole)
    yield from documents.told()
    commands = list(next_commands(whole, visible, "check"))
    if commands:
        yield Next(commands=commands)
