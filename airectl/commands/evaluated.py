"""What check and budget do alike: read specs, send them to their sources, evaluate every objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands import run_source, what_if
from airectl.commands.budget_words import UNDECIDED, budget_findings
from airectl.commands.gates import INVALID, Whole
from airectl.commands.selection import chosen, objectives
from airectl.commands.specs import load_specs, with_excerpts
from airectl.core.findings import Finding, Severity
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.sources.protocol import Setting
    from airectl.spec.build import Built, LeftOut
    from airectl.spec.connections import Connections

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Evaluate at this time (RFC 3339, UTC without a zone); default: now."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask nothing over the network; say what was left out.")]
OnUnknown = Annotated[
    str | None, typer.Option("--on-unknown", metavar="WHAT", help="What an undecided gate does: fail, warn or pass.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor keep slices that were measured before.")]
Recorded = Annotated[
    bool, typer.Option("--recorded", help="Take what rules recorded for an SLO, where they did; say where it differs.")
]
Source = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME_OR_URL", help="Ask this source, where it understands the query."),
]
# Findings of a spec that mean no more than a warning until something is to be measured by it.
_GRAVER: Final = frozenset({"AIR037"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line wants evaluated.

    `static` are numbers, `run` the folder of a load test to judge by instead of any source.
    """

    paths: Sequence[str] | None = None
    at: str | None = None
    offline: bool = False
    strict_refs: bool | None = None
    slo: Sequence[str] | None = None
    source: str | None = None
    static: str | None = None
    no_cache: bool = False
    recorded: bool = False
    run: str | None = None


def evaluated(run: Run, asked: Asked) -> Whole:
    """Every objective that was asked for, at the time that was asked for. Raises UsageError."""
    from airectl.evaluate.evaluation import evaluate
    from airectl.spec.build import build

    by = _judged_by(run, asked)
    now = _time(asked.at) if asked.at is not None else run.env.now()
    checked = load_specs(run, asked.paths, strict_refs=asked.strict_refs)
    built = chosen(build(checked.specs, connections_of(run, asked.source), checked.context.catalogue), asked.slo)
    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    sound = [each for each in built.slos if not _paths_of(each) & invalid]
    if asked.static is not None:
        sound = what_if.replaced(sound, asked.static)
    if by:
        now, sound = by.until(sound), run_source.replaced(sound, by)
    with run.env.stop.watched():
        setting = replace(setting_of(run, now, no_cache=asked.no_cache), recorded=asked.recorded)
        found = evaluate(sound, now, setting, offline=asked.offline, agreed=run.config.agreed)
    if by:
        found = [run_source.over(each) for each in found]
    left_out = [*_unsound(built, invalid), *(each for each in built.left_out if each.at.path not in invalid)]
    whole = Whole(
        checked=replace(checked, findings=tuple(graver(checked.findings, left_out))),
        evaluations=objectives(found, asked.slo),
        left_out=left_out,
        now=now,
        partial=bool(run.env.stop),
        judged_by=by,
    )
    narrowed = asked.slo or asked.offline or asked.static or asked.run or left_out
    return _without_ignored(whole, everything=not narrowed)


def _judged_by(run: Run, asked: Asked) -> run_source.JudgedBy | None:
    """The load test of --run. Raises UsageError beside what asks for something else, and RunError."""
    if asked.run is None:
        return None
    others = {"--at": asked.at, "--static": asked.static, "--source": asked.source, "--recorded": asked.recorded}
    beside = next((option for option, given in others.items() if given), None)
    if beside:
        raise UsageError(
            f"--run does not go with {beside}", help=f"leave {beside} out: a run says itself what and when"
        )
    return run_source.judged_by(run, asked.run)


def _without_ignored(whole: Whole, *, everything: bool) -> Whole:
    """The same, knowing what comments silence.

    Only where `everything` was evaluated can a comment be said to have nothing to silence.
    """
    from airectl.spec import ignores

    checked, found = whole.checked, list(dict.fromkeys(_measured(whole)))
    context, texts = checked.context, checked.specs.texts
    silenced = ignores.apply_later(found, texts, context.codes, context.now.date(), family=ignores.MEASURED)
    unused = set(silenced.findings).difference(found) if everything and not whole.partial else ()
    findings = (*checked.findings, *with_excerpts(list(unused), texts))
    return replace(
        whole,
        checked=replace(checked, findings=findings, ignored=checked.ignored + silenced.count),
        ignored=frozenset(found).difference(silenced.findings),
    )


def _measured(whole: Whole) -> Iterator[Finding]:
    for each in whole.evaluations:
        yield from budget_findings(each)


def findings_of(whole: Whole, on_unknown: str) -> list[Finding]:
    """What there is to say of the objectives, each at its place; nothing of what is unknown, where that passes."""
    found = [f for f in _measured(whole) if f not in whole.ignored]
    if on_unknown == "pass":
        found = [f for f in found if f.code not in UNDECIDED or f.severity is Severity.INFO]
    return list(with_excerpts(list(dict.fromkeys(found)), whole.checked.specs.texts))


def _time(text: str) -> datetime:
    """RFC 3339, or a date; without a zone it is UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--at cannot be `{text}`", help="write a time such as 2026-11-20T12:00:00Z") from None


def setting_of(run: Run, now: datetime, *, no_cache: bool = False) -> Setting:
    """What sources may know of this run."""
    from airectl.sources.cache_file import cache_folder
    from airectl.sources.protocol import Setting

    return Setting(
        cwd=run.env.cwd,
        configured=run.config.sources,
        event_roots=tuple(run.config.beside("event_roots", run.env.cwd)),
        now=max(now, run.env.now()),
        stop=run.env.stop,
        environ=run.env.environ,
        config_file=run.config.file,
        log=run.log,
        cache=None if no_cache else cache_folder(run.env.environ),
        scrape_interval_s=run.config.get("scrape_interval"),
        retention_s=run.config.get("retention"),
    )


def connections_of(run: Run, source: str | None) -> Connections:
    """The sources of this run; `source` is the one that is preferred. Raises UsageError for an empty one."""
    from airectl.spec.connections import Connections

    if source == "":
        raise UsageError("--source is empty", help="name a source, or leave --source out")
    return Connections(
        configured=run.config.sources,
        file=run.config.file,
        chosen=source or "",
        default=run.config.get("source"),
    )


def _paths_of(slo: Slo) -> set[str]:
    """The files that an SLO is written in: its own and those of its indicators."""
    from airectl.evaluate.cases import main_query

    return {slo.at.path, *(main_query(slo.indicator_of(each)).at.path for each in slo.objectives)}


def _unsound(built: Built, invalid: set[str]) -> Iterator[LeftOut]:
    """The SLOs of invalid files: the finding there fails the gate, they themselves are skipped."""
    from airectl.spec.build import LeftOut

    for slo in built.slos:
        if _paths_of(slo) & invalid:
            yield LeftOut(service=slo.service, name=slo.name, reason=INVALID, at=slo.at, broken=False)
    for item in built.left_out:
        if item.at.path in invalid:
            yield replace(item, reason=INVALID, broken=False)


def graver(findings: Sequence[Finding], left_out: Sequence[LeftOut]) -> Iterator[Finding]:
    """The findings of validation; what keeps an SLO from being used is an error where it is to be used."""
    needed = {item.at for item in left_out if item.broken}
    for finding in findings:
        broken = finding.code == "AIR024" and finding.at in needed
        yield finding.with_severity(Severity.ERROR) if broken or finding.code in _GRAVER else finding
