"""`airectl postmortem new`: a postmortem, filled from data as far as that goes, with a blank for all else."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Final

import typer

from airectl.commands import postmortem_asked as asked_
from airectl.commands.evaluated import NoCache, Offline, Source
from airectl.commands.postmortem_asked import Asked
from airectl.commands.postmortem_inputs import Named
from airectl.commands.postmortem_written import written
from airectl.commands.run_source import judged_by
from airectl.commands.selection import Only
from airectl.core.report import Report
from airectl.errors import UsageError
from airectl.run import Run

_FILE: Final = "FILE"

From = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="When it began, or a little before; default: that of --run."),
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="When it was over; default: now.")]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help="What happened, in one line.")]
SpecPaths = Annotated[
    list[str] | None,
    typer.Option("--specs", metavar="PATHS", help="Specs whose budgets are looked at; default: ./slo-specs."),
]
Class = Annotated[str, typer.Option("--class", metavar="NAME", help="Kind of incident: `airectl postmortem classes`.")]
Template = Annotated[
    str, typer.Option("--template", metavar="NAME|FILE", help="A template; default: that of the class, else full.")
]
Outage = Annotated[
    str | None,
    typer.Option("--outage", metavar="SHARE", help="Share of requests that failed, where nothing is measured: total."),
]
Target = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="TARGET/WINDOW", help="Estimate for 99.9%/30d, without specs; repeatable."),
]
Marks = Annotated[
    list[str] | None,
    typer.Option("--mark", metavar="NAME=TIME", help="A marker that is known, such as detected; repeatable."),
]
Lead = Annotated[str, typer.Option("--lead", metavar="TIME", help="How long before it the timeline begins.")]
Alerts = Annotated[
    list[str] | None,
    typer.Option("--alerts", metavar="FILE|SOURCE", help="Alertmanager's JSON, or ALERTS of Prometheus; repeatable."),
]
PagerDuty = Annotated[list[str] | None, typer.Option("--pagerduty", metavar=_FILE, help="Log entries or incidents.")]
Opsgenie = Annotated[list[str] | None, typer.Option("--opsgenie", metavar=_FILE, help="Alerts, or the log of one.")]
Statuspage = Annotated[
    list[str] | None, typer.Option("--statuspage", metavar=_FILE, help="Incidents of a status page.")
]
Slack = Annotated[list[str] | None, typer.Option("--slack", metavar="FILE|DIR", help="Messages, or an export of them.")]
Git = Annotated[list[str] | None, typer.Option("--git", metavar="DIR", help="Commits and tags of a checkout.")]
Runs = Annotated[
    list[str] | None,
    typer.Option("--run", metavar="DIR", help="A load test; without --from the postmortem is of it alone."),
]
Out = Annotated[
    str,
    typer.Option("--out", metavar="FILE|DIR|-", help="Where it goes; default: folder postmortems; - is stdout."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the files if they are there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]


def new(
    run: Run,
    *,
    start: From = None,
    end: To = None,
    title: Title = "",
    specs: SpecPaths = None,
    slo: Only = None,
    class_name: Class = "",
    template: Template = "",
    alerts: Alerts = None,
    pagerduty: PagerDuty = None,
    opsgenie: Opsgenie = None,
    statuspage: Statuspage = None,
    slack: Slack = None,
    git: Git = None,
    runs: Runs = None,
    outage: Outage = None,
    target: Target = None,
    mark: Marks = None,
    lead: Lead = "6h",
    source: Source = None,
    offline: Offline = False,
    no_cache: NoCache = False,
    out: Out = "",
    force: Force = False,
    dry_run: DryRun = False,
) -> Report:
    """Write a postmortem: Markdown with the budgets burned, the timeline and charts; blanks where a person must think.

    What is read: SLOs from their sources, and whatever alerts, pages, chats, commits and load tests are named. With
    --run and no --from it is of a load test: its time, and SLOs by its requests. Moments that data propose are marked
    as proposed. Names of people and credentials are left out.

    Examples:
      airectl postmortem new --from 2026-11-04 --slo demo-chat/ttft --git .
      airectl postmortem new --from 2026-11-04T06:00Z --class drift --dry-run
      airectl postmortem new --from 2026-11-04 --outage 9% --target 99.9%/30d
    """
    by = judged_by(run, runs[0]) if start is None and end is None and runs and len(runs) == 1 else None
    first, last = asked_.interval(start, end, run.env.now()) if by is None else asked_.length_of(by)
    named = Named(
        alerts=alerts or (), pagerduty=pagerduty or (), opsgenie=opsgenie or (), statuspage=statuspage or (),
        slack=slack or (), git=git or (), runs=runs or (),
    )  # fmt: skip
    asked = Asked(
        start=first,
        end=last,
        lead=asked_.lead(lead),
        title=" ".join(title.split()),
        class_name=class_name,
        template=template,
        specs=specs or (),
        slo=slo or (),
        source=source,
        offline=offline,
        no_cache=no_cache,
        failed=_failed(outage, target),
        goals=asked_.goals(target or ()),
        marks=asked_.marks(mark or ()),
        named=named,
        by=by,
        out=out,
        force=force,
        dry_run=dry_run,
    )
    return written(run, asked)


def _failed(outage: str | None, target: Sequence[str] | None) -> Fraction | None:
    found = asked_.share(outage)
    if target and found is None:
        raise UsageError("--target needs --outage", help="say which share of requests failed: `--outage total`")
    return found
