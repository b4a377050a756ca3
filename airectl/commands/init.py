"""`airectl init`: the first SLOs of a service, for the server that it runs on."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Final

import typer

from airectl.commands import init_words
from airectl.commands.init_asked import Asked
from airectl.commands.init_plan import STDOUT, Plan, Said, check_free, planned
from airectl.commands.specs import DEFAULT, with_excerpts
from airectl.core.report import Report, Status, Verdict
from airectl.core.units import parse_duration
from airectl.errors import UsageError
from airectl.run import Run

Telemetry = Annotated[
    str, typer.Option("--telemetry", metavar="SYSTEM", help="The server, such as vllm; default: asked for.")
]
Service = Annotated[str, typer.Option("--service", metavar="NAME", help="What the SLOs are of, such as chat.")]
From = Annotated[
    str, typer.Option("--from", metavar="URL|FILE", help="Read the server's metrics page: system, models, edges.")
]
Out = Annotated[str, typer.Option("--out", metavar="DIR|FILE|-", help="Where the spec goes; - is stdout.")]
Slo = Annotated[
    list[str] | None,
    typer.Option("--slo", metavar="PRESET=VALUE", help="Any preset, as in saturation=0.8@95%; repeatable."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Count rejected and failed requests as well.")]
Model = Annotated[list[str] | None, typer.Option("--model", metavar="NAME", help="Count only this model; repeatable.")]
ByModel = Annotated[bool, typer.Option("--by-model", help="A budget for each model.")]
Selector = Annotated[
    list[str] | None,
    typer.Option("--selector", metavar="MATCHERS", help="Count only such series: 'job=\"chat\"'; repeatable."),
]
Window = Annotated[str, typer.Option("--window", metavar="TIME", help="How far back the SLOs look.")]
Owner = Annotated[str, typer.Option("--owner", metavar="TEAM", help="Who answers for the SLOs.")]
Runbook = Annotated[str, typer.Option("--runbook", metavar="URL", help="What to do when a budget burns.")]
Source = Annotated[str, typer.Option("--source", metavar="NAME", help="A source of airectl.toml to ask.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]

# What is assumed says so: nobody has named an owner and a runbook yet.
_TOLD: Final = frozenset(("AIR032", "AIR033"))
_SHARE: Final = "SHARE"
_TIME: Final = "TIME[@SHARE]"
Availability = Annotated[str, typer.Option("--availability", metavar=_SHARE, help="Requests answered, such as 99.9%.")]
Ttft = Annotated[str, typer.Option("--ttft", metavar=_TIME, help="Time to first token: 500ms, or 500ms@99%.")]
Itl = Annotated[str, typer.Option("--itl", metavar=_TIME, help="Time between tokens.")]
Tpot = Annotated[str, typer.Option("--tpot", metavar=_TIME, help="Mean time per output token.")]
EndToEnd = Annotated[str, typer.Option("--e2e", metavar=_TIME, help="Time until the answer is complete.")]
QueueTime = Annotated[str, typer.Option("--queue-time", metavar=_TIME, help="Time until its turn.")]
Completeness = Annotated[str, typer.Option("--completeness", metavar=_SHARE, help="Answers that were not cut off.")]
Rejections = Annotated[str, typer.Option("--rejections", metavar=_SHARE, help="Requests that were not turned away.")]
Quality = Annotated[str, typer.Option("--quality", metavar=_SHARE, help="Answers that are right.")]
Saturation = Annotated[str, typer.Option("--saturation", metavar=_SHARE, help="Slices of 5 minutes with room left.")]


def init(
    run: Run,
    *,
    telemetry: Telemetry = "",
    service: Service = "",
    page: From = "",
    availability: Availability = "",
    ttft: Ttft = "",
    itl: Itl = "",
    tpot: Tpot = "",
    e2e: EndToEnd = "",
    queue_time: QueueTime = "",
    completeness: Completeness = "",
    rejections: Rejections = "",
    quality: Quality = "",
    saturation: Saturation = "",
    slo: Slo = None,
    strict: Strict = False,
    model: Model = None,
    by_model: ByModel = False,
    selector: Selector = None,
    window: Window = "28d",
    owner: Owner = "",
    runbook: Runbook = "",
    source: Source = "",
    out: Out = DEFAULT,
    force: Force = False,
    dry_run: DryRun = False,
) -> Report:
    """Write the first SLOs of a service, as commented OpenSLO for the server that it runs on.

    On a terminal it asks for what is missing. With neither targets nor thresholds it writes a starting point.

    Examples:
      airectl init --telemetry vllm --service support --ttft 500ms
      airectl init --telemetry sglang --service search --ttft 600ms@99% --out -
      airectl init --telemetry triton --service ranking --strict --dry-run
    """
    promises = {
        "availability": availability, "ttft": ttft, "itl": itl, "tpot": tpot, "e2e": e2e, "queue-time": queue_time,
        "completeness": completeness, "rejections": rejections, "quality": quality, "saturation": saturation,
    }  # fmt: skip
    asked = Asked(
        telemetry=telemetry,
        service=service,
        page=page,
        promises={name: value for name, value in promises.items() if value},
        slo=slo or (),
        strict=strict,
        models=model or (),
        by_model=by_model,
        selectors=selector or (),
    )
    said = Said(
        window=_window(window), owner=owner.strip(), runbook=runbook.strip(), source=_source(run, source), out=out
    )
    plan = planned(run, asked, said)
    if out != STDOUT:
        check_free(run, plan, force=force)
    return _report(plan, out, dry_run=dry_run)


def _window(text: str) -> str:
    """A rolling window. Raises UsageError."""
    try:
        duration = parse_duration(text)
    except ValueError:
        duration = None
    if duration is None or duration.months or duration.unit == "m":
        raise UsageError(f"--window cannot be `{text}`", help="write hours, days or weeks, such as 28d")
    return str(duration)


def _source(run: Run, name: str) -> str:
    """The name of a source in airectl.toml. Raises UsageError for another one."""
    known = run.config.sources
    if not name or name in known:
        return name
    near = get_close_matches(name, known, 1, 0.5)
    help = f"did you mean `{near[0]}`?" if near else "add a table `[sources.NAME]`; see `airectl help sources`"
    raise UsageError(f"no source is called `{name}` in airectl.toml", help=help)


def _report(plan: Plan, out: str, *, dry_run: bool) -> Report:
    path = plan.frame.path
    findings = tuple(with_excerpts(plan.findings, {path: plan.text}))
    if plan.broken:
        return Report(
            status=Status.FAILED,
            data=init_words.data(plan, []),
            blocks=[Verdict(word="FAILED", text="nothing was written: the spec would have errors")],
            findings=findings,
            artefact="" if out == STDOUT else None,
        )
    where = "" if out == STDOUT else f"{' would be' if dry_run else ''} written to {path}"
    verdict = Verdict(word="DONE", text=f"{_many(len(plan.drafts), 'SLO')} of {plan.frame.service}{where}")
    files = {} if dry_run or out == STDOUT else {path: plan.text}
    return Report(
        status=Status.DONE,
        data=init_words.data(plan, list(files)),
        blocks=init_words.blocks(plan, verdict),
        findings=findings,
        told=_TOLD,
        files=files,
        artefact=plan.text if out == STDOUT else None,
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
