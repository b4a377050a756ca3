"""What validate, check and every other command that reads specs share: load, lint, silence, compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from airectl import codes
from airectl.core import baseline
from airectl.core.findings import Finding, Severity
from airectl.core.secrets import HIDDEN
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.spec.check import Result
    from airectl.spec.context import Context
    from airectl.spec.documents import SpecSet
    from airectl.spec.source import SourceText

DEFAULT: Final = "slo-specs"
# What is shorter stands in other words too.
_SHORTEST: Final = 4

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATHS]...", help="Spec files, folders, globs, or - for stdin; default: ./slo-specs."),
]
FailOn = Annotated[
    str | None,
    typer.Option("--fail-on", metavar="SEVERITY", help="Lowest severity that fails: error, warning, info or never."),
]
MinSeverity = Annotated[str | None, typer.Option(metavar="SEVERITY", help="Lowest severity that is shown.")]
StrictRefs = Annotated[bool | None, typer.Option("--strict-refs", help="A name that nothing defines is an error.")]
Baseline = Annotated[
    str | None, typer.Option(metavar="FILE", help="Leave out the findings of this earlier JSON report.")
]
ChangedSince = Annotated[
    str | None, typer.Option(metavar="REF", help="Leave out what was found at this git commit too.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which findings are old: those of an earlier report, or those at an earlier commit."""

    report: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Specs with every finding that counts, in reading order.

    `ignored` findings were silenced by comments, `known` ones were there before; both are left out.
    """

    specs: SpecSet
    context: Context
    findings: tuple[Finding, ...]
    explained: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ignored: int = 0
    known: int = 0
    gone: int = 0
    partial: bool = False


def load_specs(
    run: Run, paths: Sequence[str] | None, *, strict_refs: bool | None = None, known: Known | None = None
) -> Checked:
    """Read and lint the specs of `paths`, else of the setting `specs`, else of ./slo-specs.

    A signal ends it early, with what was found so far. Raises UsageError when none of the three names anything.
    """
    from airectl.spec.check import check

    return _load(run, paths, spec_context(run, strict_refs=strict_refs), check, known)


def check_specs(
    run: Run, paths: Sequence[str] | None, *, strict_refs: bool | None = None, known: Known | None = None
) -> Checked:
    """As `load_specs`, on several cores where that pays; the SLOs are then stubs, good for counting only."""
    from airectl.spec.parallel import check_all

    return _load(run, paths, spec_context(run, strict_refs=strict_refs), check_all, known)


class _Check(Protocol):
    def __call__(self, texts: Sequence[SourceText], context: Context, more: Iterable[Finding] = ()) -> Result: ...


def _load(run: Run, paths: Sequence[str] | None, context: Context, check: _Check, known: Known | None) -> Checked:
    from airectl.spec.source import read

    chosen = spec_paths(run, paths)
    inputs = read(chosen, run.env)
    for text in inputs.texts:
        run.log(f"read {text.path}, {len(text.text):,} characters")
    with run.env.stop.watched():
        result = check(inputs.texts, context, inputs.findings)
    before = list(_old(run, known, chosen, context)) if known else []
    texts = {text.path: text.text for text in inputs.texts}
    compared = baseline.compare(with_excerpts(result.findings, texts), before)
    return Checked(
        specs=result.specs,
        context=context,
        findings=compared.new,
        explained=result.explained,
        files=result.read,
        ignored=result.ignored,
        known=compared.known,
        gone=compared.gone,
        partial=result.partial,
    )


def spec_paths(run: Run, paths: Sequence[str] | None) -> Sequence[str]:
    """The spec paths of a command: its arguments, else the setting `specs`, else ./slo-specs."""
    chosen = paths or run.config.beside("specs", run.env.cwd)
    if "" in (chosen or ()):
        raise UsageError("a path is empty", help="name a file or a folder; is a variable of your script not set?")
    if chosen:
        return chosen
    if (run.env.cwd / DEFAULT).is_dir():
        return [DEFAULT]
    raise UsageError(
        "no specs to read: none were named and there is no folder slo-specs",
        help="name files or folders, or set `specs` in airectl.toml",
    )


def spec_context(run: Run, *, strict_refs: bool | None = None) -> Context:
    """What lints may know of this run's world."""
    from airectl.spec.context import Context
    from airectl.telemetry import catalogue

    return Context(
        now=run.env.now(),
        catalogue=catalogue.load(),
        retention_s=run.config.get("retention"),
        scrape_interval_s=run.config.get("scrape_interval"),
        sources=frozenset(run.config.sources),
        policies=frozenset(run.config.agreed.policies),
        strict_refs=bool(run.pick("strict_refs", strict_refs)),
        codes=frozenset(codes.known()),
        stopped=lambda: bool(run.env.stop),
    )


def _old(run: Run, known: Known, paths: Sequence[str], context: Context) -> Iterator[baseline.Fingerprint]:
    if known.report is not None:
        yield from _reported(run, known.report)
    if known.ref is not None:
        from airectl import vcs
        from airectl.spec.check import check
        from airectl.spec.source import STDIN, SUFFIXES, SourceText

        named = [path for path in paths if path != STDIN]
        texts = [
            SourceText(path=path, text=content.decode("utf-8", "replace"), named=path in paths)
            for path, content in vcs.texts_at(known.ref, named, run.env.cwd, SUFFIXES)
        ]
        found = check(texts, context).findings
        yield from map(baseline.of, with_excerpts(found, {text.path: text.text for text in texts}))


def _reported(run: Run, path: str) -> Iterator[baseline.Fingerprint]:
    """The findings of a JSON report of an earlier run."""
    help = "write one with `airectl validate -o json=FILE`"
    try:
        yield from baseline.reported((run.env.cwd / path).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {(error.strerror or '').lower()}", help=help) from None
    except ValueError:
        raise UsageError(f"the baseline {path} is no JSON report of airectl", help=help) from None


def with_excerpts(findings: Sequence[Finding], texts: Mapping[str, str]) -> Iterator[Finding]:
    """Each finding with the line it is about, as written.

    Credentials are masked. A line that a finding brings itself is masked by position, which is surer, so
    every other finding on it shows that one.
    """
    from airectl.spec import credentials, lines

    written: dict[str, list[str]] = {}
    masked = {(f.at.path, f.at.line): f.excerpt for f in findings if f.at and f.excerpt}
    for finding in findings:
        at = finding.at
        if at is None or not at.line or finding.excerpt or at.path not in texts:
            yield finding
            continue
        if at.path not in written:
            written[at.path] = lines.split(texts[at.path])
        line = "".join(written[at.path][at.line - 1 : at.line])
        yield _discreet(finding, line, masked.get((at.path, at.line)) or credentials.masked(line))


def _discreet(finding: Finding, line: str, excerpt: str) -> Finding:
    """`finding` with its excerpt; what is masked there, such as a password read as an alias, its words hide too."""
    marked = line[finding.at.col - 1 : finding.at.end_col - 1].strip("*&!\"' \n") if finding.at else ""
    if len(marked) < _SHORTEST or marked in excerpt:
        return replace(finding, excerpt=excerpt)

    def said(text: str) -> str:
        return text.replace(marked, HIDDEN)

    notes = tuple(map(said, finding.notes))
    return replace(
        finding,
        message=said(finding.message),
        label=said(finding.label),
        notes=notes,
        help=said(finding.help),
        excerpt=excerpt,
    )


def failing_from(run: Run, flag: str | None) -> Severity | None:
    """The severity from which findings fail; None for never."""
    chosen = one_of("--fail-on", run.pick("fail_on", flag), ("error", "warning", "info", "never"))
    return None if chosen == "never" else Severity(chosen)


def on_unknown_of(run: Run, flag: str | None) -> str:
    """What an undecided gate does: fail, warn or pass."""
    return one_of("--on-unknown", run.pick("on_unknown", flag), ("fail", "warn", "pass"))


def shown(run: Run, findings: Iterable[Finding], flag: str | None) -> tuple[Finding, ...]:
    """The findings that --min-severity lets through."""
    least = Severity(one_of("--min-severity", run.pick("min_severity", flag), ("error", "warning", "info")))
    return tuple(f for f in findings if f.severity.rank >= least.rank)


def one_of(option: str, value: str, allowed: Sequence[str]) -> str:
    """`value`, which must be allowed. Raises UsageError."""
    if value not in allowed:
        raise UsageError(f"{option} cannot be `{value}`", help=f"one of: {', '.join(allowed)}")
    return value
