"""`airectl runbook check`: whether alerts and runbooks belong together, and runbooks say what they must."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.ruled import Ruled
from airectl.commands.runbook import folder_of
from airectl.commands.runbooked import alerts_of
from airectl.commands.specs import FailOn, MinSeverity, failing_from, shown, with_excerpts
from airectl.core.command_tree import mistake
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.incident.alerts import Alert
from airectl.core.naming import runbook_file
from airectl.core.report import Block, Gate, Next, Outcome, Report, Status, Verdict, decide, fails
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.incident.runbooks.checks import Book

SUFFIXES: Final = (".md",)
# What folders have beside runbooks.
_NOT_RUNBOOKS: Final = frozenset(("readme.md", "index.md", "_index.md"))

Folder = Annotated[
    str | None,
    typer.Argument(metavar="[DIR]", help="The folder of runbooks; default: `path` of `[runbooks]` in airectl.toml."),
]
Specs = Annotated[
    list[str] | None,
    typer.Option("--specs", metavar="PATHS", help="Specs whose alerts they are of; repeatable; default: ./slo-specs."),
]
Online = Annotated[bool, typer.Option("--online", help="Ask every link whether it is there.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Runbooks that were looked at: their findings, and the gates, one a file and one an alert without a file."""

    made: Ruled
    folder: str
    alerts: Sequence[Alert]
    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    ignored: int = 0

    def gates(self, least: Severity | None) -> Iterator[Gate]:
        """One a file that is there or should be."""
        wanted = {str(PurePath(self.folder, runbook_file(each.service, each.name))): each for each in self.alerts}
        for path in sorted({*self.files, *wanted}):
            found = [each for each in self.findings if each.at and each.at.path == path and fails(each, least)]
            missing = path not in self.files and least is not None
            message = found[0].message if found else "there is no such file" if missing else ""
            outcome = Outcome.FAILED if found or missing else Outcome.PASSED
            yield Gate(name=path, group="runbooks", outcome=outcome, message=message)


def check(
    run: Run,
    folder: Folder = None,
    *,
    specs: Specs = None,
    online: Online = False,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
) -> Report:
    """Look whether every alert has a runbook and every runbook an alert, and whether they say what they must.

    Four headings, nothing left to be written, commands and queries that can be read. Nothing is ever run.

    Examples:
      airectl runbook check runbooks --specs slo-specs
      airectl runbook check runbooks --online -o junit=runbooks.xml
    """
    looked = look(run, folder_of(run, folder, "DIR"), specs, online=online)
    least = failing_from(run, fail_on)
    gates = tuple(looked.gates(least))
    wrong = [each for each in looked.made.findings if each.severity is Severity.ERROR]
    status = Status.FAILED if wrong else decide(gates)
    visible = shown(run, sorted((*wrong, *looked.findings), key=sort_key), min_severity)
    return Report(
        status=status,
        data={
            "folder": looked.folder,
            "runbooks": len(looked.files),
            "alerts": len(looked.alerts),
            "ignored": looked.ignored,
        },
        blocks=list(_blocks(looked, status, gates, visible)),
        findings=visible,
        gates=gates,
    )


def look(run: Run, folder: str, specs: Sequence[str] | None, *, online: bool = False) -> Looked:
    """Read the runbooks of a folder and the alerts of specs, and find what is wrong with either."""
    from airectl.incident import ignores
    from airectl.incident.markdown import read as page_of
    from airectl.incident.runbooks.checks import Book, Shelf
    from airectl.incident.runbooks.checks import check as checked

    made, alerts = alerts_of(run, specs)
    texts, unreadable = _texts(run, folder)
    books = {key: Book(key=key, page=page_of(path, texts[path])) for path, key in _keys(folder, texts)}
    shelf = Shelf(folder=folder, books=books, alerts=alerts, misread=_misread(run))
    found = [*unreadable, *checked(shelf), *(_dead_links(run, books) if online else ())]
    context = made.checked.context
    silenced = ignores.apply(found, texts, context.codes, context.now.date())
    texts |= made.checked.specs.texts
    return Looked(
        made=made,
        folder=folder,
        alerts=alerts,
        files=tuple(book.page.path for book in books.values()),
        findings=tuple(with_excerpts(silenced.findings, texts)),
        ignored=silenced.count,
    )


def _misread(run: Run) -> Callable[[Sequence[str]], str]:
    """What is wrong with a command line of airectl. To know all commands takes a while, so only once one is met."""
    tree = cache(run.commands)
    return lambda words: mistake(tree(), shlex.join(["airectl", *words]))


def _texts(run: Run, folder: str) -> tuple[dict[str, str], tuple[Finding, ...]]:
    from airectl.spec.source import read

    if not (run.env.cwd / folder).is_dir():
        return {}, ()
    inputs = read([folder], run.env, SUFFIXES)
    texts = {each.path: each.text for each in inputs.texts if Path(each.path).name.lower() not in _NOT_RUNBOOKS}
    # A folder without any runbook is told alert by alert.
    return texts, tuple(each for each in inputs.findings if each.at and each.at.path != folder)


def _keys(folder: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path in texts:
        yield path, PurePath(path).relative_to(PurePath(folder)).as_posix()


def _dead_links(run: Run, books: Mapping[str, Book]) -> Iterator[Finding]:
    from airectl.incident.links import dead

    yield from dead([book.page for book in books.values()], run.env.stop)


def _blocks(looked: Looked, status: Status, gates: Sequence[Gate], visible: Sequence[Finding]) -> Iterator[Block]:
    failed = sum(1 for each in gates if each.outcome is Outcome.FAILED)
    text = f"{len(looked.alerts)} alerts, {len(looked.files)} runbooks in {looked.folder}"
    yield Verdict(word=status.value.upper(), text=f"{failed} not as they must be: {text}" if failed else text)
    if any(finding.code == "AIR660" for finding in visible):
        yield Next(
            commands=[shlex.join(["airectl", "runbook", "generate", *looked.made.paths, "--out", looked.folder])]
        )
    elif visible:
        yield Next(commands=[f"airectl explain {max(visible, key=lambda f: f.severity.rank).code}"])
