"""`airectl rules diff`: what a change of specs or rules means for the people who are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.rule_change_words import data_of, detections, sentences
from airectl.commands.rule_words import many
from airectl.commands.ruled import built_of, tables_of
from airectl.commands.rules import Windows
from airectl.commands.specs import spec_context, spec_paths, with_excerpts
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Block, Gate, Lines, Outcome, Report, Status, Verdict
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.rules.diff import SloChange
    from airectl.rules.watch import Watch
    from airectl.rules.windows import Table
    from airectl.spec.source import Inputs, SourceText
    from airectl.spec.tree import Map

_USAGE: Final = "write `airectl rules diff OLD NEW`, or `airectl rules diff --since REF` for specs in git"

Sides = Annotated[
    list[str] | None,
    typer.Argument(metavar="OLD NEW", help="Specs or rule files, each a file or a folder; with --since: spec paths."),
]
Since = Annotated[str | None, typer.Option(metavar="REF", help="Compare the specs with those at this git commit.")]
FailOnWeaker = Annotated[bool, typer.Option("--fail-on-weaker", help="Exit code 1 if anyone is told later or less.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What one side watches, and what is wrong with its files."""

    watches: Sequence[Watch]
    findings: Sequence[Finding]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]


def diff(
    run: Run,
    sides: Sides = None,
    *,
    since: Since = None,
    windows: Windows = None,
    fail_on_weaker: FailOnWeaker = False,
) -> Report:
    """Say what a change of alerts means: thresholds, windows, how soon someone is told, alerts that come and go.

    Each side is specs, or rule files of airectl or Sloth. Detection times are for errors at an even ratio
    that begin after none; how often rules are evaluated comes on top.

    Examples:
      airectl rules diff --since HEAD slo-specs -o markdown
      airectl rules diff --since HEAD~0 slo-specs/chat-vllm.yaml --fail-on-weaker
      airectl rules diff sloth.yml slo-specs/chat-vllm.yaml
    """
    from airectl.rules.diff import diff as compared

    tables, wrong = tables_of(run, windows)
    if wrong:
        return _not_compared(wrong, Status.FAILED)
    before, after = _inputs(run, sides or (), since)
    new = _side(run, after, tables)
    if new.errors:
        return _not_compared(new.findings, Status.FAILED if after.texts else Status.UNREADABLE)
    old = _side(run, before, tables)
    if not before.texts and old.errors:
        return _not_compared(old.findings, Status.UNREADABLE)
    return _report(compared(old.watches, new.watches), old, new, gate=fail_on_weaker)


def _inputs(run: Run, sides: Sequence[str], since: str | None) -> tuple[Inputs, Inputs]:
    """The files of both sides. Raises UsageError unless the command line names two."""
    from airectl.spec.source import read

    if since is not None:
        paths = spec_paths(run, list(sides) or None)
        return _at(run, since, paths), read(paths, run.env)
    if len(sides) != 2:
        raise UsageError(f"two sides are compared, and {many(len(sides), 'path')} named", help=_USAGE)
    return read(sides[:1], run.env), read(sides[1:], run.env)


def _at(run: Run, ref: str, paths: Sequence[str]) -> Inputs:
    from airectl import vcs
    from airectl.spec.source import SUFFIXES, Inputs, SourceText

    found = vcs.texts_at(ref, paths, run.env.cwd, SUFFIXES)
    texts = (SourceText(path=path, text=text.decode("utf-8", "replace"), named=path in paths) for path, text in found)
    return Inputs(texts=tuple(texts))


def _side(run: Run, inputs: Inputs, tables: tuple[Table, ...]) -> _Side:
    """Rule files are read back; all else is a spec, and gives what its rules would watch."""
    from airectl.rules import rule_files

    watches: list[Watch] = []
    specs: list[SourceText] = []
    for text in inputs.texts:
        documents = _rule_documents(text)
        watches += (watch for document in documents for watch in rule_files.watches(document))
        if not documents:
            specs.append(text)
    made, findings = _generated(run, specs, tables) if specs else ([], [])
    told = [*inputs.findings, *findings]
    return _Side(watches=[*watches, *made], findings=sorted(told, key=sort_key))


def _rule_documents(text: SourceText) -> list[Map]:
    """The documents of a rule file; none where a file holds anything else."""
    from airectl.rules.rule_files import is_rule_file
    from airectl.spec.composer import compose
    from airectl.spec.tree import Map

    documents = compose(text.path, text.text).documents
    found = [document for document in documents if isinstance(document, Map) and is_rule_file(document)]
    return found if len(found) == len(documents) else []


def _generated(run: Run, texts: Sequence[SourceText], tables: tuple[Table, ...]) -> tuple[list[Watch], list[Finding]]:
    from airectl.rules.generate import Options, generate
    from airectl.rules.watch import watch_of
    from airectl.spec.alerting import alerting
    from airectl.spec.check import check

    context = spec_context(run)
    checked = check(texts, context)
    by_slo = alerting(checked.specs)
    built = built_of(run, checked.specs, context.catalogue)
    made = generate(built.slos, Options(tables=tables), by_slo)
    found = [f for f in (*checked.findings, *made.findings) if f.severity is Severity.ERROR]
    watches = [watch_of(rules, by_slo.get(rules.slo.id)) for rules in made.slos]
    return watches, list(with_excerpts(found, {text.path: text.text for text in texts}))


def _not_compared(findings: Sequence[Finding], status: Status) -> Report:
    return Report(
        status=status,
        data={"weaker": None, "slos": []},
        blocks=[Verdict(word=status.value.upper(), text="nothing was compared: a side has errors")],
        findings=findings,
    )


def _report(changes: Sequence[SloChange], old: _Side, new: _Side, *, gate: bool) -> Report:
    weaker = [each for each in changes if each.weaker]
    status = Status.DONE if not gate else Status.FAILED if weaker else Status.PASSED
    return Report(
        status=status,
        data={"weaker": len(weaker), "slos": data_of(changes)},
        blocks=list(_blocks(changes, old, new, status)),
        gates=list(_gates(changes, new)) if gate else (),
    )


def _blocks(changes: Sequence[SloChange], old: _Side, new: _Side, status: Status) -> Iterator[Block]:
    count = len({watch.id for watch in (*old.watches, *new.watches)})
    weaker = sum(each.weaker for each in changes)
    differ = f"alerts change for {len(changes)} of {many(count, 'SLO')}, {weaker or 'none'} of them weaker"
    text = differ if changes else f"no change of alerts in {many(count, 'SLO')}"
    yield Verdict(word=status.value.upper(), text=text)
    table = detections(changes)
    if table.rows:
        yield table
    yield from sentences(changes)
    if old.errors:
        broken = many(len({finding.at.path for finding in old.errors if finding.at}), "file")
        yield Lines(lines=[f"{broken} of the old side cannot be read in full: what is missing there counts as new"])


def _gates(changes: Sequence[SloChange], new: _Side) -> Iterator[Gate]:
    """One gate for each SLO; it fails where someone is told later or less."""
    weaker = {each.id: each for each in changes if each.weaker}
    for watch in new.watches:
        outcome = Outcome.FAILED if watch.id in weaker else Outcome.PASSED
        yield Gate(name=f"alerts of {watch.name}", group=watch.service, outcome=outcome)
    for each in weaker.values():
        if each.id not in {watch.id for watch in new.watches}:
            yield Gate(name=f"alerts of {each.name}", group=each.service, outcome=Outcome.FAILED, message="gone")
