"""`airectl check`: the gate of a deploy. Specs first, then error budgets, in one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.budgets import (
    NOT_EVALUATED,
    UNDECIDED,
    budget_findings,
    budget_table,
    moment,
    not_supported,
    sentences,
    slo_data,
    spoken,
    status,
)
from airectl.commands.specs import (
    Checked,
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
from airectl.commands.validate import file_gates
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.judge import State
from airectl.core.report import Block, Gate, Lines, Next, Outcome, Report, Status, Verdict, decide, fails
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.evaluate.evaluation import Evaluation
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
Only = Annotated[
    list[str] | None,
    typer.Option("--slo", metavar="SERVICE/NAME[/OBJECTIVE]", help="Evaluate only this one; repeatable."),
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
    built = _chosen(build(checked.specs, run.config.sources, checked.context.catalogue), slo)
    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    sound = [each for each in built.slos if not _paths_of(each) & invalid]
    evaluations = _objectives(evaluate(sound, now, _setting(run), offline=offline), slo)
    least = failing_from(run, fail_on)
    whole = _Whole(
        checked=checked,
        evaluations=evaluations,
        left_out=[*_unsound(built, invalid), *(each for each in built.left_out if each.at.path not in invalid)],
        now=now,
    )
    return _report(run, whole, least=least, min_severity=min_severity, on_unknown=on_unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """Everything of a run: what was checked, what was evaluated, what could not be."""

    checked: Checked
    evaluations: Sequence[Evaluation]
    left_out: Sequence[LeftOut]
    now: datetime


def read_time(text: str) -> datetime:
    """RFC 3339, or a date; without a zone it is UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--at cannot be `{text}`", help="write a time such as 2026-11-20T12:00:00Z") from None


def _setting(run: Run) -> Setting:
    from airectl.sources.protocol import Setting

    base = (run.env.cwd / run.config.file).parent
    roots = tuple(str(base / root) for root in run.config.get("event_roots"))
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


def _chosen(built: Built, names: Sequence[str] | None) -> Built:
    """Only the SLOs that --slo names. Raises UsageError for a name that none has."""
    if not names:
        return built
    known = [*(each.id for each in built.slos), *(each.id for each in built.left_out)]
    wanted = {_slo_id(name) for name in names}
    for name in sorted(wanted.difference(known)):
        near = get_close_matches(name, known, 1)
        help = f"did you mean `{near[0]}`?" if near else "`airectl validate -o json` lists the SLOs"
        raise UsageError(f"no SLO is called `{name}`", help=help)
    return replace(
        built,
        slos=tuple(each for each in built.slos if each.id in wanted),
        left_out=tuple(each for each in built.left_out if each.id in wanted),
    )


def _slo_id(name: str) -> str:
    return "/".join(name.split("/", 2)[:2])


def _objectives(evaluations: Sequence[Evaluation], names: Sequence[str] | None) -> Sequence[Evaluation]:
    """Only the objectives that --slo names, where it names one. Raises UsageError for one that is not there."""
    for name in names or ():
        if name.count("/") > 1 and not any(_is_named(each, name) for each in evaluations):
            raise UsageError(f"no objective is called `{name}`", help="write its displayName, or its index from 0")
    return [each for each in evaluations if not names or any(_is_named(each, name) for name in names)]


def _is_named(each: Evaluation, name: str) -> bool:
    return name in (each.slo.id, f"{each.slo.id}/{each.objective.name}")


def _report(
    run: Run, whole: _Whole, *, least: Severity | None, min_severity: str | None, on_unknown: str | None
) -> Report:
    gates = tuple(_gates(whole, least))
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


def _graver(whole: _Whole) -> Iterator[Finding]:
    """The findings of validation; a broken name is an error where an SLO cannot be evaluated for it."""
    needed = {item.at for item in whole.left_out if item.broken}
    for finding in whole.checked.findings:
        yield finding.with_severity(Severity.ERROR) if finding.code == "AIR024" and finding.at in needed else finding


def _gates(whole: _Whole, least: Severity | None) -> Iterator[Gate]:
    """One a spec file, one an objective; what was not evaluated is skipped, never passed."""
    yield from file_gates(whole.checked, least)
    for each in whole.evaluations:
        outcome, message = _outcome(each, least)
        yield Gate(name=each.id, group=each.slo.service, outcome=outcome, message=message, at=each.objective.at)
    for item in whole.left_out:
        outcome = Outcome.FAILED if item.broken and least else Outcome.SKIPPED
        yield Gate(name=item.id, group=item.service, outcome=outcome, message=item.reason, at=item.at)


def _outcome(each: Evaluation, least: Severity | None) -> tuple[Outcome, str]:
    """A finding as bad as --fail-on fails; what could not be decided is undecided."""
    findings = list(budget_findings(each))
    message = findings[-1].message if findings else ""
    if each.skipped:
        return Outcome.SKIPPED, message
    if each.failure:
        failed = each.failure.invalid and fails(each.failure.finding, least)
        return Outcome.FAILED if failed else Outcome.UNDECIDED, message
    if each.budget and each.budget.state in (State.INCONCLUSIVE, State.UNKNOWN):
        return Outcome.UNDECIDED, message
    failing = [f for f in findings if fails(f, least)]
    return (Outcome.FAILED, failing[0].message) if failing else (Outcome.PASSED, "")


def _blocks(whole: _Whole, verdict: Status, visible: Sequence[Finding]) -> Iterator[Block]:
    yield Verdict(word=verdict.value.upper(), text=_verdict(whole), aside=_aside(whole))
    if whole.evaluations:
        yield budget_table(whole.evaluations)
    yield from sentences(whole.evaluations)
    for item in whole.left_out:
        yield Lines(title=item.id.replace("/", " / ", 1), lines=[f"it was not evaluated: {item.reason}"])
    commands = list(_next(whole, visible))
    if commands:
        yield Next(commands=commands)


_ORDER: Final = ("exhausted", "warning", "inconclusive", "unknown", "met")


def _verdict(whole: _Whole) -> str:
    """`1 of 5 objectives exhausted, 1 inconclusive`: the worst first; all of them met is said in one."""
    counts = Counter(status(each) for each in whole.evaluations)
    counts[NOT_EVALUATED] += len(whole.left_out)
    total = sum(counts.values())
    parts = [f"{counts[word]} {word}" for word in (*_ORDER, NOT_EVALUATED) if counts[word]]
    if parts:
        first, _, word = parts[0].partition(" ")
        parts[0] = f"{first} of {total} {'objective' if total == 1 else 'objectives'} {word}"
    invalid = {f.at.path for f in whole.checked.findings if f.at and f.severity is Severity.ERROR}
    if invalid:
        parts.insert(0, f"{len(invalid)} invalid {'file' if len(invalid) == 1 else 'files'}")
    return ", ".join(parts) if parts else "no SLO to evaluate"


def _aside(whole: _Whole) -> str:
    """The window that all objectives share, or just the time."""
    windows = {(str(e.slo.window.duration), e.window.rolling, e.window.end_s) for e in whole.evaluations}
    if len(windows) == 1:
        duration, rolling, end_s = windows.pop()
        return f"{duration} to {spoken(moment(end_s))}" if rolling else f"{duration} at {spoken(moment(end_s))}"
    return f"at {spoken(whole.now)}"


def _next(whole: _Whole, visible: Sequence[Finding]) -> Iterator[str]:
    """What to run next: a time that the log covers, the page of the worst code, the burn rates of the worst SLO."""
    judged = [each for each in whole.evaluations if each.budget]
    unknown = [each for each in judged if status(each) == State.UNKNOWN and each.last_s is not None]
    for each in unknown[:1] if unknown == judged else ():
        yield f"airectl check {each.slo.at.path} --at {_after(each.last_s or 0)}"
    if visible:
        yield f"airectl explain {max(visible, key=lambda f: f.severity.rank).code}"
    worst = min(judged, key=lambda each: _ORDER.index(status(each)), default=None)
    if worst and status(worst) not in (State.MET, State.UNKNOWN):
        yield f"airectl check {worst.slo.at.path} --slo {worst.slo.id} --at {whole.now:%Y-%m-%dT%H:%M:%SZ} -o json"


def _after(epoch_s: float) -> str:
    """The first whole minute after a time."""
    return f"{moment((int(epoch_s) // 60 + 1) * 60):%Y-%m-%dT%H:%M:%SZ}"
