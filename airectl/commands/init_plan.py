"""The spec that `airectl init` is about to write, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airectl.commands.init_asked import Asked, narrowing_of, wishes_of
from airectl.commands.init_questions import completed
from airectl.commands.specs import spec_context
from airectl.core.findings import Finding, Severity
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.spec.documents import SpecSet
    from airectl.telemetry.documents import Frame
    from airectl.telemetry.drafts import Draft, Narrowing
    from airectl.telemetry.server import Server

STDOUT: Final = "-"
_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What all SLOs are given alike: their window, and who is told."""

    window: str
    owner: str = ""
    runbook: str = ""
    source: str = ""
    out: str = STDOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to be written, and what it is made from. `findings` are those of `airectl validate` on it."""

    server: Server
    drafts: Sequence[Draft]
    narrowing: Narrowing
    frame: Frame
    text: str
    findings: Sequence[Finding] = field(default=())

    @property
    def broken(self) -> bool:
        """Whether the spec would have errors."""
        return any(each.severity is Severity.ERROR for each in self.findings)


def planned(run: Run, asked: Asked, said: Said) -> Plan:
    """Everything that is to be written. Raises UsageError for what cannot be."""
    from airectl.telemetry.commented import text
    from airectl.telemetry.documents import Frame
    from airectl.telemetry.drafts import drafts

    begin = not asked.says_what
    asked, server = completed(run, asked)
    narrowing = narrowing_of(asked)
    made = drafts(wishes_of(asked, server), server, asked.service, narrowing)
    frame = Frame(
        service=asked.service,
        window=said.window,
        path=_path(run, said.out, asked.service),
        owner=said.owner,
        runbook=said.runbook,
        source=said.source,
        narrowed=bool(narrowing.matchers),
        by_model=narrowing.by_model,
        start=begin and not asked.says_what,
        read=run.env.now().date() if server.page else None,
    )
    written = text(made, server, frame)
    return Plan(
        server=server,
        drafts=made,
        narrowing=narrowing,
        frame=frame,
        text=written,
        findings=(*server.remarks, *_findings(run, frame.path, written)),
    )


def _path(run: Run, out: str, service: str) -> str:
    """Where the file is going to be: a file of its own in a folder, unless a file is named."""
    if out == STDOUT:
        return f"{service}.yaml"
    if out.endswith(_SUFFIXES) and not (run.env.cwd / out).is_dir():
        return out
    return str(Path(out, f"{service}.yaml"))


def _findings(run: Run, path: str, written: str) -> tuple[Finding, ...]:
    from airectl.spec.check import check
    from airectl.spec.source import SourceText

    return check([SourceText(path=path, text=written)], spec_context(run)).findings


def check_free(run: Run, plan: Plan, *, force: bool) -> None:
    """Raises UsageError where the file is there, or another one beside it has the same objects."""
    path = plan.frame.path
    if (run.env.cwd / path).exists() and not force:
        help = "`--force` replaces it, `--out -` prints what would be written, another --out puts it elsewhere"
        raise UsageError(f"{path} is there already, and nothing was changed", help=help)
    ours = {(each.kind, each.name) for each in _objects(run, {path: plan.text}).documents}
    for other in _objects(run, _others(run, path)).documents:
        if (other.kind, other.name) in ours:
            help = "choose another --service, remove it there, or put the new spec elsewhere with --out"
            raise UsageError(f"{other.at}: there is a {other.kind} `{other.name}` already", help=help)


def _others(run: Run, path: str) -> dict[str, str]:
    """The other specs of the folder; what cannot be read has no names that could be taken."""
    from airectl.spec.source import read

    folder = str(Path(path).parent)
    if not (run.env.cwd / folder).is_dir():
        return {}
    texts = read([folder], run.env).texts
    own = (run.env.cwd / path).resolve()
    return {each.path: each.text for each in texts if (run.env.cwd / each.path).resolve() != own}


def _objects(run: Run, texts: dict[str, str]) -> SpecSet:
    from airectl.spec.load import load
    from airectl.spec.source import SourceText

    sources = [SourceText(path=path, text=text) for path, text in texts.items()]
    return load(sources, spec_context(run)).specs
