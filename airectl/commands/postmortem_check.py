"""`airectl postmortem check`: whether postmortems are complete, agree with themselves, and blame nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from airectl import codes
from airectl.commands.specs import FailOn, MinSeverity, failing_from, shown, with_excerpts
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import (
    Block,
    Cell,
    Column,
    Gate,
    Kind,
    Lines,
    Next,
    Outcome,
    Report,
    Status,
    Table,
    Verdict,
    decide,
    fails,
)
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.incident.document import Document
    from airectl.incident.regulators import Clock

SUFFIXES: Final = (".md", ".markdown")
DEFAULT: Final = "postmortems"
# What folders have beside postmortems.
_NOT_POSTMORTEMS: Final = frozenset(("readme.md", "index.md", "contributing.md", "template.md"))
_CLOCKS: Final = (
    Column(title="POSTMORTEM"),
    Column(title="RULE"),
    Column(title="GROUND"),
    Column(title="COUNTED FROM", kind=Kind.TIME),
    Column(title="UNTIL", kind=Kind.TIME),
    Column(title="STATE"),
)

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATHS]...", help="Files, folders, globs, or -; default: `path` of `[postmortems]`."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Postmortems that were read, what is wrong with them, and how many findings comments silenced."""

    documents: Sequence[Document]
    findings: tuple[Finding, ...]
    ignored: int = 0

    def gates(self, least: Severity | None) -> Iterator[Gate]:
        """One a file, those that could not be read among them."""
        paths = dict.fromkeys([*(each.path for each in self.documents), *(f.at.path for f in self.findings if f.at)])
        for path in sorted(paths):
            failing = [f for f in self.findings if f.at and f.at.path == path and fails(f, least)]
            outcome = Outcome.FAILED if failing else Outcome.PASSED
            message = failing[0].message if failing else ""
            at = failing[0].at if failing else None
            yield Gate(name=path, group="postmortems", outcome=outcome, message=message, at=at)


def check(run: Run, paths: Paths = None, *, fail_on: FailOn = None, min_severity: MinSeverity = None) -> Report:
    """Check postmortems: complete, in agreement with themselves, with action items that can be done, without blame.

    Clocks of regulators are told where the front matter names them; that is no legal advice.

    Examples:
      airectl postmortem check postmortems
      airectl postmortem check postmortems -o sarif=postmortems.sarif
    """
    looked = look(run, paths_of(run, paths))
    gates = tuple(looked.gates(failing_from(run, fail_on)))
    status = decide(gates)
    status = Status.UNREADABLE if status is Status.FAILED and not looked.documents else status
    visible = shown(run, sorted(looked.findings, key=sort_key), min_severity)
    return Report(
        status=status,
        data=_data(run, looked),
        blocks=list(_blocks(run, looked, status, visible)),
        findings=visible,
        gates=gates,
    )


def paths_of(run: Run, given: Sequence[str] | None) -> Sequence[str]:
    """The paths of a command: its arguments, else the settings', else ./postmortems. Raises UsageError for none."""
    found = given or run.config.beside("postmortems.path", run.env.cwd)
    if "" in found:
        raise UsageError("a path is empty", help="name a file or a folder; is a variable of your script not set?")
    if found:
        return found
    if (run.env.cwd / DEFAULT).is_dir():
        return [DEFAULT]
    help = "name files or folders, or set `path` in `[postmortems]` of airectl.toml"
    raise UsageError("no postmortems to read: none were named and there is no folder postmortems", help=help)


def documents_of(run: Run, paths: Sequence[str]) -> tuple[list[Document], list[Finding]]:
    """The postmortems at paths, and what could not be read."""
    from airectl.incident.document import read as document_of
    from airectl.spec.source import read

    inputs = read(paths, run.env, SUFFIXES)
    texts = [each for each in inputs.texts if each.named or _name(each.path) not in _NOT_POSTMORTEMS]
    return [document_of(each.path, each.text) for each in texts], list(inputs.findings)


def look(run: Run, paths: Sequence[str]) -> Looked:
    """Read the postmortems at paths, and find what is wrong with them."""
    from airectl.incident import ignores, lint

    documents, unreadable = documents_of(run, paths)
    now = run.env.now()
    found = [*unreadable, *lint.run(documents, now)]
    texts = {each.path: each.text for each in documents}
    silenced = ignores.apply(found, texts, frozenset(codes.known()), now.date())
    return Looked(
        documents=documents,
        findings=tuple(with_excerpts(list(dict.fromkeys(silenced.findings)), texts)),
        ignored=silenced.count,
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2].lower()


def clocks(run: Run, documents: Sequence[Document]) -> Iterator[tuple[Document, Clock]]:
    """The clocks of regulators that documents name, as far as these can be told."""
    from airectl.incident.regulators import NoClockError, clock

    for document in documents:
        for notice in document.incident.notices:
            try:
                yield document, clock(notice, document.incident, run.env.now())
            except NoClockError:
                continue


def _data(run: Run, looked: Looked) -> dict[str, Any]:
    return {
        "files": len(looked.documents),
        "ignored": looked.ignored,
        "clocks": [
            {
                "id": document.id,
                "rule": each.rule.name,
                "ground": each.ground.name,
                "counted_from": each.began,
                "deadline": each.deadline,
                "state": each.state.value,
            }
            for document, each in clocks(run, looked.documents)
        ],
    }


def _blocks(run: Run, looked: Looked, status: Status, visible: Sequence[Finding]) -> Iterator[Block]:
    count = len(looked.documents)
    text = f"{count} {'postmortem' if count == 1 else 'postmortems'}"
    if looked.ignored:
        text += f", {looked.ignored} {'finding' if looked.ignored == 1 else 'findings'} ignored by comments"
    yield Verdict(word=status.value.upper(), text=text)
    found = list(clocks(run, looked.documents))
    if found:
        yield from _clock_blocks(found)
    if visible:
        yield Next(commands=[f"airectl explain {max(visible, key=lambda f: f.severity.rank).code}"])


def _clock_blocks(found: Sequence[tuple[Document, Clock]]) -> Iterator[Block]:
    from airectl.incident.regulators import NO_ADVICE

    rows: list[list[Cell]] = [
        [document.id, each.rule.name, each.ground.name, each.began, each.deadline, each.state.value]
        for document, each in found
    ]
    yield Table(columns=_CLOCKS, rows=rows)
    yield Lines(lines=[f"clocks of regulators: not legal advice; {NO_ADVICE}"])
