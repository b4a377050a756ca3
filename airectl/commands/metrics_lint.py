"""`airectl metrics lint`: live pages, and the queries of specs, rules and dashboards judged by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.metrics_pages import Reading, readings
from airectl.commands.metrics_words import judged_by, many, page_blocks, page_data
from airectl.commands.metrics_work import Work
from airectl.commands.specs import FailOn, MinSeverity, failing_from, shown, spec_context, with_excerpts
from airectl.core.findings import Finding
from airectl.core.report import Block, Gate, Lines, Next, Outcome, Report, Status, Verdict, decide
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.spec.source import Inputs

Pages = Annotated[list[str] | None, typer.Argument(metavar="[URL|FILE]...", help="Pages of metrics, or - for stdin.")]
Specs = Annotated[list[str] | None, typer.Option("--specs", metavar="PATHS", help="Specs to judge; repeatable.")]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar="PATHS", help="Rule files and PrometheusRules to judge; repeatable."),
]
Dashboards = Annotated[
    list[str] | None,
    typer.Option("--dashboards", metavar="PATHS", help="Grafana dashboards in JSON to judge; repeatable."),
]
_YAML: Final = (".yaml", ".yml")
_JSON: Final = (".json",)


def lint(
    run: Run,
    pages: Pages = None,
    *,
    specs: Specs = None,
    rules: Rules = None,
    dashboards: Dashboards = None,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
) -> Report:
    """Say what a page of metrics has, and what is wrong in specs, rules and dashboards that use it.

    A live page decides: its names, types, labels and edges. Where there is none, or it is of another
    system, the telemetry catalogue does. Exit code 3: no page could be had.

    Examples:
      airectl metrics lint --specs slo-specs
      airectl metrics lint http://127.0.0.1:8000/metrics
      airectl metrics lint http://127.0.0.1:8000/metrics --specs slo-specs
    """
    from airectl.core.observed import observed

    if not (pages or specs or rules or dashboards):
        help = "name a page, or files with --specs, --rules or --dashboards"
        raise UsageError("there is nothing to look at", help=help)
    context = spec_context(run)
    read = readings(run, pages or (), context.catalogue)
    work = Work()
    work.take_rules(_inputs(run, rules, _YAML))
    work.take_dashboards(_inputs(run, dashboards, _JSON))
    seen = [each.seen.seen for each in read if each.seen]
    known = replace(context, catalogue=observed(context.catalogue, seen, work.recorded()))
    work.judge(known)
    work.judge_specs(_inputs(run, specs, _YAML), known)
    least = failing_from(run, fail_on)
    gates = (*(each.gate(least) for each in read), *work.gates(least))
    found = [*(finding for each in read for finding in each.findings), *work.in_order()]
    visible = shown(run, with_excerpts(found, work.texts), min_severity)
    return _report(read, work, gates, visible)


def _inputs(run: Run, paths: Sequence[str] | None, suffixes: tuple[str, ...]) -> Inputs:
    from airectl.spec.source import Inputs
    from airectl.spec.source import read as read_files

    if "" in (paths or ()):
        raise UsageError("a path is empty", help="name a file or a folder; is a variable of your script not set?")
    return read_files(paths, run.env, suffixes) if paths else Inputs(texts=())


def _report(read: Sequence[Reading], work: Work, gates: Sequence[Gate], visible: Sequence[Finding]) -> Report:
    said = [each.seen for each in read if each.seen]
    status = _status(read, work, gates)
    return Report(
        status=status,
        data={
            "pages": [page_data(each) for each in said],
            "files": len(work.texts),
            "slos": work.slos,
            "queries": work.judged.count,
            "unread_queries": work.judged.unread,
            "judged_by": {title: sorted(by) for title, by in sorted(work.judged.judged_by.items())},
            "ignored": work.ignored,
        },
        blocks=[
            Verdict(word=status.value.upper(), text=_sentence(read, work)),
            *(block for each in said for block in page_blocks(each, alone=not work.texts)),
            *_asides(work, live=bool(said)),
            *_next(visible, [system.detected.system.name for each in said for system in each.systems]),
        ],
        findings=visible,
        gates=gates,
    )


def _status(read: Sequence[Reading], work: Work, gates: Sequence[Gate]) -> Status:
    """Unreadable where there was nothing at all to look at, and the network is not to blame."""
    status = decide(gates)
    nothing = not work.texts and not any(each.seen for each in read)
    undecided = any(gate.outcome is Outcome.UNDECIDED for gate in gates)
    if nothing:
        return Status.UNDECIDED if undecided else Status.UNREADABLE
    return status


def _sentence(read: Sequence[Reading], work: Work) -> str:
    parts = []
    if read:
        metrics = sum(each.seen.families for each in read if each.seen)
        parts.append(f"{many(metrics, 'metric')} on {many(len(read), 'page')}")
    if work.queries:
        parts.append(f"{many(work.judged.count, 'query')} in {many(len(work.queries), 'file')}")
    if work.slos:
        parts.append(many(work.slos, "SLO"))
    return ", ".join(parts) or "nothing could be read"


def _asides(work: Work, *, live: bool) -> Iterator[Block]:
    if work.judged.judged_by:
        yield Lines(title="judged by", lines=list(judged_by(work.judged.judged_by, live=live)))
    if work.judged.unread:
        unread = many(work.judged.unread, "query")
        yield Lines(lines=[f"{unread} cannot be read without the values of the dashboard's variables"])
    if work.ignored:
        yield Lines(lines=[f"{many(work.ignored, 'finding')} ignored by comments"])


def _next(visible: Sequence[Finding], systems: Sequence[str]) -> Iterator[Block]:
    if visible:
        worst = max(visible, key=lambda each: each.severity.rank)
        yield Next(commands=[f"airectl explain {worst.code}"])
    elif systems:
        yield Next(commands=[f"airectl explain metric {systems[0]}"])
