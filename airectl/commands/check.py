"""`airectl check`: the gate of a deploy. Specs first, then error budgets, in one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.budget_words import UNDECIDED, budget_findings, not_supported, sentences
from airectl.commands.budgets import budget_table, slo_data
from airectl.commands.gates import Whole, aside, gates_of, next_commands, verdict_text
from airectl.commands.selection import Only, chosen, objectives
from airectl.commands.specs import (
    FailOn,
    MinSeverity,
    Paths,
    StrictRefs,
    failing_from,
    load_specs,
    one_of,
    shown,
    with_excerpts,
)
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Block, Lines, Next, Report, Status, Verdict, decide
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.sources.protocol import Setting
    from airectl.spec.build import Built, LeftOut

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Evaluate at this time (RFC 3339, UTC without a zone); default: now."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask nothing over the network; say what was left out.")]
OnUnknown = Annotated[
    str | None, typer.Option("--on-unknown", metavar="WHAT", help="What an undecided gate does: fail, warn or pass.")
]
_INVALID: Final = "its spec is invalid"


def check(
    run: Run,
    paths: Paths = None,
    *,
    at: At = None,
    offline: Offline = False,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
    strict_refs: StrictRefs = None,
    slo: Only = None,
) -> Report:
    """Gate a deploy: validate SLO specs, then evaluate their error budgets, in one report.

    Exit code 0: every objective is met; 1: a spec is invalid or a budget exhausted; 3: it could not be
    decided.

    Examples:
      airectl check slo-specs/demo-chat.yaml --at 2026-11-16
      airectl check slo-specs --slo demo-chat/ttft --at 2026-11-09 -o markdown
      airectl check --offline --on-unknown warn -o junit=slo.xml
    """
    from airectl.evaluate.evaluation import evaluate
    from airectl.spec.build import build

    now = read_time(at) if at else run.env.now()
    checked = load_specs(run, paths, strict_refs=strict_refs)
    built = chosen(build(checked.specs, run.config.sources, checked.context.catalogue), slo)
    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    sound = [each for each in built.slos if not _paths_of(each) & invalid]
    evaluations = objectives(evaluate(sound, now, _setting(run), offline=offline), slo)
    least = failing_from(run, fail_on)
    whole = Whole(
        checked=checked,
        evaluations=evaluations,
        left_out=[*_unsound(built, invalid), *(each for each in built.left_out if each.at.path not in invalid)],
        now=now,
    )
    return _report(run, whole, least=least, min_severity=min_severity, on_unknown=on_unknown)


def read_time(text: str) -> datetime:
    """RFC 3339, or a date; without a zone it is UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--at cannot be `{text}`", help="write a time such as 2026-11-20T12:00:00Z") from None


def _setting(run: Run) -> Setting:
    from airectl.sources.protocol import Setting

    roots = tuple(run.config.beside("event_roots", run.env.cwd))
    return Setting(cwd=run.env.cwd, configured=run.config.sources, event_roots=roots)


def _paths_of(slo: Slo) -> set[str]:
    """The files that an SLO is written in: its own and that of its indicator."""
    from airectl.evaluate.evaluation import main_query

    return {slo.at.path, main_query(slo).at.path}


def _unsound(built: Built, invalid: set[str]) -> Iterator[LeftOut]:
    """The SLOs of invalid files: the finding there fails the gate, they themselves are skipped."""
    from airectl.spec.build import LeftOut

    for slo in built.slos:
        if _paths_of(slo) & invalid:
            yield LeftOut(service=slo.service, name=slo.name, reason=_INVALID, at=slo.at, broken=False)
    for item in built.left_out:
        if item.at.path in invalid:
            yield replace(item, reason=_INVALID, broken=False)


def _report(
    run: Run, whole: Whole, *, least: Severity | None, min_severity: str | None, on_unknown: str | None
) -> Report:
    gates = tuple(gates_of(whole, least))
    unknown = one_of("--on-unknown", run.pick("on_unknown", on_unknown), ("fail", "warn", "pass"))
    verdict = decide(gates, on_unknown=unknown)
    if verdict is Status.FAILED and not whole.checked.files:
        verdict = Status.UNREADABLE
    found = [f for each in whole.evaluations for f in budget_findings(each)]
    found += [not_supported(item) for item in whole.left_out if not item.broken and item.reason != _INVALID]
    if unknown == "pass":
        found = [f for f in found if f.code not in UNDECIDED]
    findings = with_excerpts(list(dict.fromkeys(found)), whole.checked.specs.texts)
    visible = shown(run, sorted((*_graver(whole), *findings), key=sort_key), min_severity)
    return Report(
        status=verdict,
        data={"at": whole.now, "slos": [slo_data(each) for each in whole.evaluations]},
        blocks=tuple(_blocks(whole, verdict, visible)),
        findings=visible,
        gates=gates,
    )


def _graver(whole: Whole) -> Iterator[Finding]:
    """The findings of validation; a broken name is an error where an SLO cannot be evaluated for it."""
    needed = {item.at for item in whole.left_out if item.broken}
    for finding in whole.checked.findings:
        yield finding.with_severity(Severity.ERROR) if finding.code == "AIR024" and finding.at in needed else finding


def _blocks(whole: Whole, verdict: Status, visible: Sequence[Finding]) -> Iterator[Block]:
    yield Verdict(word=verdict.value.upper(), text=verdict_text(whole), aside=aside(whole))
    if whole.evaluations:
        yield budget_table(whole.evaluations)
    yield from sentences(whole.evaluations)
    for item in whole.left_out:
        yield Lines(title=item.id.replace("/", " / ", 1), lines=[f"it was not evaluated: {item.reason}"])
    commands = list(next_commands(whole, visible))
    if commands:
        yield Next(commands=commands)
