"""`airectl runbook generate`: a runbook for every alert that the rules of SLOs have."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from airectl.commands.rule_output import differing
from airectl.commands.ruled import Ruled
from airectl.commands.runbooked import alerts_of
from airectl.commands.selection import Only
from airectl.commands.specs import Paths
from airectl.core.findings import sort_key
from airectl.core.incident.alerts import Alert
from airectl.core.naming import runbook_file
from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Report, Status, Table, Verdict
from airectl.errors import UsageError
from airectl.run import Run

_COLUMNS: Final = (
    Column(title="SERVICE"),
    Column(title="ALERT"),
    Column(title="SEVERITY"),
    Column(title="SLOS", kind=Kind.COUNT),
    Column(title="FILE"),
)

Out = Annotated[
    str | None,
    typer.Option("--out", metavar="DIR", help="Write them into DIR; default: `path` of `[runbooks]` in airectl.toml."),
]
Force = Annotated[bool, typer.Option("--force", help="Write sections anew that a person has edited.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which files would be written, and write none.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; fail where the files in DIR are not these.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Path to content of every runbook, and the sections that stay as a person left them, by path."""

    files: Mapping[str, str]
    kept: Mapping[str, tuple[str, ...]]


def generate(
    run: Run,
    paths: Paths = None,
    *,
    out: Out = None,
    slo: Only = None,
    force: Force = False,
    dry_run: DryRun = False,
    check: Check = False,
) -> Report:
    """Write a runbook for every alert of SLOs: meaning, impact, diagnosis, mitigation, with commands filled in.

    What airectl wrote is renewed; what a person added or edited is kept.

    Examples:
      airectl runbook generate slo-specs --out runbooks
      airectl runbook generate slo-specs --out runbooks --check
    """
    folder = folder_of(run, out, "--out DIR")
    made, alerts = alerts_of(run, paths, slo)
    if made.invalid or not made.checked.files:
        return _unwritten(made)
    plan = _planned(run, folder, alerts, force=force)
    again = shlex.join(["airectl", "runbook", "generate", *made.paths, "--out", folder])
    if check:
        return _compared(run, made, (alerts, plan), again)
    blocks: list[Block] = [Verdict(word="DONE", text=_counted(alerts, folder)), _table(alerts), *_kept(plan)]
    if dry_run:
        blocks.append(Lines(title="nothing was written; it would be", lines=list(plan.files)))
    specs = [word for path in made.paths for word in ("--specs", path)]
    after = again if dry_run else shlex.join(["airectl", "runbook", "check", folder, *specs])
    return Report(
        status=Status.DONE,
        data=_data(folder, alerts, plan),
        blocks=[*blocks, Next(commands=[after])],
        findings=sorted(made.findings, key=sort_key),
        files={} if dry_run else plan.files,
    )


def folder_of(run: Run, given: str | None, how: str) -> str:
    """The folder of runbooks. Raises UsageError where nobody names one."""
    found = [given] if given else run.config.beside("runbooks.path", run.env.cwd)
    if not found:
        raise UsageError("nobody says where the runbooks are", help=f"add {how}, or set `path` in `[runbooks]`")
    return found[0]


def _planned(run: Run, folder: str, alerts: Sequence[Alert], *, force: bool) -> Planned:
    from airectl.incident.runbooks.managed import fresh, merged
    from airectl.incident.runbooks.writing import sections

    files: dict[str, str] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for alert in alerts:
        path = str(Path(folder, runbook_file(alert.service, alert.name)))
        there = _text(run.env.cwd / path)
        if there is None:
            files[path] = fresh(alert.name, sections(alert))
            continue
        after = merged(alert.name, there, sections(alert), force=force)
        files[path] = after.text
        if after.kept:
            kept[path] = after.kept
    return Planned(files=files, kept=kept)


def _text(path: Path) -> str | None:
    """What is there; None for nothing. Raises UsageError for what is no text, which is not to be overwritten."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
        raise UsageError(f"cannot read {path.name}: {reason}", help="move it away, or save it as UTF-8") from None


def _unwritten(made: Ruled) -> Report:
    status, why = Status.FAILED, "there are errors"
    if not made.checked.files:
        status, why = Status.UNREADABLE, "nothing could be read"
    return Report(
        status=status,
        data={"out": None, "runbooks": []},
        blocks=[Verdict(word=status.value.upper(), text=f"nothing was written: {why}")],
        findings=sorted(made.findings, key=sort_key),
    )


def _compared(run: Run, made: Ruled, planned: tuple[Sequence[Alert], Planned], again: str) -> Report:
    alerts, plan = planned
    wrong = list(differing(run, plan.files))
    status = Status.FAILED if wrong else Status.PASSED
    known = _many(len(plan.files), "runbook")
    text = f"{len(wrong)} of {known} not as the specs say" if wrong else f"{known} as the specs say"
    blocks: list[Block] = [Verdict(word=status.value.upper(), text=text), *_kept(plan)]
    if wrong:
        blocks += [Lines(lines=wrong), Next(commands=[again])]
    return Report(
        status=status,
        data={**_data("", alerts, plan), "differing": wrong},
        blocks=blocks,
        findings=sorted(made.findings, key=sort_key),
    )


def _counted(alerts: Sequence[Alert], folder: str) -> str:
    services = len({alert.service for alert in alerts})
    return f"{_many(len(alerts), 'runbook')} of {_many(services, 'service')} in {folder}"


def _table(alerts: Sequence[Alert]) -> Table:
    rows: list[list[Cell]] = [
        [each.service, each.name, ", ".join(each.severities), len(each.watched), runbook_file(each.service, each.name)]
        for each in alerts
    ]
    return Table(columns=_COLUMNS, rows=rows)


def _kept(plan: Planned) -> Iterator[Lines]:
    if plan.kept:
        lines = [f"{path}: {', '.join(names)}" for path, names in plan.kept.items()]
        yield Lines(title="kept as people left it", lines=lines)


def _data(folder: str, alerts: Sequence[Alert], plan: Planned) -> dict[str, Any]:
    return {
        "out": folder or None,
        "runbooks": [
            {
                "service": each.service,
                "alert": each.name,
                "severities": list(each.severities),
                "slos": [watched.slo.id for watched in each.watched],
                "file": runbook_file(each.service, each.name),
                "links": list(each.links),
            }
            for each in alerts
        ],
        "kept": {path: list(names) for path, names in plan.kept.items()},
    }


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
