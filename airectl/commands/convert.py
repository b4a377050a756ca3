"""`airectl convert`: specs of any format as OpenSLO v1 or as Sloth's, with references resolved on request."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.specs import Checked, Paths, load_specs, one_of, with_excerpts
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Block, Lines, Next, Report, Status, Verdict
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.spec.convert import Conversion, How

To = Annotated[str, typer.Option("--to", metavar="FORMAT", help="openslo (v1) or sloth (prometheus/v1).")]
Inline = Annotated[bool, typer.Option("--inline", help="Put what is referred to in place of the reference.")]
RemoveRefs = Annotated[bool, typer.Option("--remove-refs", help="With --inline: leave out what was referred to.")]
Export = Annotated[bool, typer.Option("--export", help="Make documents of what stands inside others.")]
Out = Annotated[
    str,
    typer.Option(
        "--out", metavar="FILE|DIR", help="Write one file, or a file for each into DIR.", show_default="stdout"
    ),
]

_STDOUT: Final = "-"
# What concerns the conversion; `airectl validate` has all the rest.
_TOLD: Final = frozenset(("AIR037", "AIR042", "AIR106"))
_REFERENCES: Final = frozenset(("AIR024",))


def convert(
    run: Run,
    paths: Paths = None,
    *,
    to: To = "openslo",
    inline: Inline = False,
    remove_refs: RemoveRefs = False,
    export: Export = False,
    out: Out = _STDOUT,
) -> Report:
    """Write specs of any format as OpenSLO v1, or as Sloth's own format.

    The result goes to stdout and the report to stderr. Comments are not kept. When a spec has errors
    nothing is written, and the exit code is 1.

    Examples:
      airectl convert sloth.yml > openslo.yaml
      airectl convert slo-specs --inline --remove-refs --out dist/
      airectl convert slo-specs --to sloth --out sloth.yml
    """
    from airectl.spec.convert import How
    from airectl.spec.convert import convert as converted

    how = How(to=to, inline=inline, remove_refs=remove_refs, export=export)
    _check_options(how)
    checked = load_specs(run, paths)
    errors = [finding for finding in checked.findings if finding.severity is Severity.ERROR]
    if errors:
        if not checked.files:
            return _unwritten(Status.UNREADABLE, "nothing could be read", errors, out)
        return _unwritten(Status.FAILED, "the specs have errors", errors, out)
    conversion = converted(checked.specs, how)
    told = _told(checked, conversion)
    if not conversion.documents:
        what = "SLO that Sloth can have" if to == "sloth" else "object of OpenSLO"
        return _unwritten(Status.FAILED, f"no {what} in {_many(len(checked.files), 'file')}", told, out)
    if out == _STDOUT:
        return _written(checked, how, told, conversion.text())
    folder = out.endswith("/") or (run.env.cwd / out).is_dir()
    place = conversion.in_folder if folder else conversion.in_file
    report = _written(checked, how, told, place(out, run.env.cwd))
    return replace(report, blocks=[*report.blocks, Next(commands=[f"airectl validate {shlex.quote(out)}"])])


def _check_options(how: How) -> None:
    from airectl.spec.convert import FORMATS

    one_of("--to", how.to, tuple(FORMATS))
    if how.remove_refs and not how.inline:
        raise UsageError("--remove-refs needs --inline", help="add --inline")
    if how.inline and how.export:
        raise UsageError("--inline and --export are opposites", help="give one of the two")
    if how.to == "sloth" and (how.inline or how.export):
        raise UsageError("Sloth's format has no references", help="leave --inline and --export out")


def _told(checked: Checked, conversion: Conversion) -> Sequence[Finding]:
    """The findings that concern the conversion."""
    codes = _TOLD | _REFERENCES if conversion.how.inline else _TOLD
    told = [finding for finding in checked.findings if finding.code in codes]
    told += with_excerpts(conversion.findings, checked.specs.texts)
    return sorted(dict.fromkeys(told), key=sort_key)


def _unwritten(status: Status, why: str, findings: Sequence[Finding], out: str) -> Report:
    return Report(
        status=status,
        data={"to": None, "slos": 0, "files": []},
        blocks=[Verdict(word=status.value, text=f"nothing was written: {why}")],
        findings=findings,
        artefact="" if out == _STDOUT else None,
    )


def _written(checked: Checked, how: How, told: Sequence[Finding], result: str | Mapping[str, str]) -> Report:
    from airectl.spec.convert import FORMATS

    files = {} if isinstance(result, str) else result
    where = f" to {next(iter(files)) if len(files) == 1 else f'{len(files)} files'}" if files else ""
    counts = f"{_many(len(checked.specs.of_kind('SLO')), 'SLO')} from {_many(len(checked.files), 'file')}"
    blocks: list[Block] = [Verdict(word="done", text=f"{counts} written as {FORMATS[how.to]}{where}")]
    if checked.explained:
        blocks.append(Lines(title="read as", lines=list(dict.fromkeys(checked.explained))))
    return Report(
        status=Status.DONE,
        data={"to": how.to, "slos": len(checked.specs.of_kind("SLO")), "files": list(files)},
        blocks=blocks,
        findings=told,
        files=files,
        artefact=result if isinstance(result, str) else None,
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
