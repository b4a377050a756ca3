"""`airectl report`: several reports as one, for a page to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from airectl.commands.saved_reports import Saved, read
from airectl.core.report import Block, Column, Gate, Kind, Lines, Next, Report, Section, Status, Table, Verdict
from airectl.run import Run

Paths = Annotated[
    list[str], typer.Argument(metavar="REPORT...", help="Files of `-o saved` or `-o json`, or folders of load tests.")
]
Title = Annotated[str, typer.Option("--title", metavar="TEXT", help="What stands above them all.")]


def report(run: Run, reports: Paths, title: Title = "") -> Report:
    """Join reports into one, such as the steps of a release or of a day on call.

    Each command keeps what it showed with `-o saved=FILE`; of `-o json=FILE` the verdict, the gates and the findings
    are shown. Joining judges nothing: it ends with 0 whatever the reports say.

    Examples:
      airectl report check.json -o html=report.html
      airectl report check.json budget.json -o html=page.html --title 'release 42'
    """
    saved = [read(run.env.cwd, path) for path in reports]
    return Report(
        status=Status.DONE,
        data={"title": title, "reports": [_data(each) for each in saved]},
        blocks=[Verdict(word="done", text=_text(saved, title)), _overview(saved), *_sections(saved)],
        gates=[gate for each in saved for gate in _gates(each)],
        partial=False,
    )


def _text(saved: Sequence[Saved], title: str) -> str:
    failed = sum(each.failed for each in saved)
    undecided = sum(each.undecided for each in saved)
    parts = [f"{len(saved)} report{'s' * (len(saved) != 1)}"]
    parts += [f"{failed} failed"] * bool(failed) + [f"{undecided} undecided"] * bool(undecided)
    return f"{title}: {', '.join(parts)}" if title else ", ".join(parts)


def _overview(saved: Sequence[Saved]) -> Table:
    columns = [
        Column(title="REPORT"),
        Column(title="VERDICT"),
        Column(title="EXIT", kind=Kind.COUNT),
        Column(title="AT", kind=Kind.TIME),
        Column(title="FILE"),
    ]
    rows = [(each.title, each.verdict, each.exit_code, each.at, each.path) for each in saved]
    return Table(columns=columns, rows=rows)


def _sections(saved: Sequence[Saved]) -> Iterator[Section]:
    for each in saved:
        blocks: list[Block] = [block for block in each.blocks if not isinstance(block, Next)]
        blocks = blocks or [Verdict(word=each.verdict, text="")]
        if each.findings:
            blocks.append(_findings(each.findings))
        if each.partial:
            blocks.append(Lines(lines=["partial: the run ended before it was complete"]))
        blocks += [block for block in each.blocks if isinstance(block, Next)]
        yield Section(title=each.title, blocks=blocks, aside=each.path)


def _findings(findings: Sequence[Mapping[str, Any]]) -> Table:
    columns = [Column(title=title) for title in ("SEVERITY", "CODE", "PLACE", "MESSAGE", "HELP")]
    rows = [(each["severity"], each["code"], _place(each), each["message"], each["help"]) for each in findings]
    return Table(columns=columns, rows=rows, title="findings")


def _place(finding: Mapping[str, Any]) -> str:
    at = finding["location"]
    if at is None:
        return ""
    return f"{at['path']}:{at['line']}:{at['col']}" if at["line"] else str(at["path"])


def _gates(saved: Saved) -> Iterator[Gate]:
    for gate in saved.gates:
        yield Gate(name=gate.name, outcome=gate.outcome, group=f"{saved.title}: {gate.group}", message=gate.message)


def _data(saved: Saved) -> Mapping[str, Any]:
    return {
        "file": saved.path,
        "command": saved.command,
        "status": saved.status,
        "exit_code": saved.exit_code,
        "generated_at": saved.at,
        "data": saved.data,
    }
