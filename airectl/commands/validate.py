"""`airectl validate`: every finding of every spec, with its place and a fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from airectl.commands.specs import (
    Baseline,
    ChangedSince,
    Checked,
    FailOn,
    Known,
    MinSeverity,
    Paths,
    StrictRefs,
    check_specs,
    failing_from,
    shown,
)
from airectl.core.findings import Finding, Severity
from airectl.core.report import Gate, Lines, Next, Outcome, Report, Status, Verdict, decide, fails
from airectl.run import Run


def validate(
    run: Run,
    paths: Paths = None,
    *,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    strict_refs: StrictRefs = None,
    baseline: Baseline = None,
    changed_since: ChangedSince = None,
) -> Report:
    """Check SLO specs: OpenSLO, Sloth and the short form, all findings of all files in one run.

    Examples:
      airectl validate slo-specs
      airectl validate 'slo-specs/*.yaml' --fail-on warning -o sarif=slo.sarif
      airectl validate - -o github < slo-specs/chat-vllm.yaml
    """
    checked = check_specs(run, paths, strict_refs=strict_refs, known=Known(report=baseline, ref=changed_since))
    gates = tuple(file_gates(checked, failing_from(run, fail_on)))
    status = _status(checked, gates)
    visible = shown(run, checked.findings, min_severity)
    return Report(
        status=status,
        data=_data(checked),
        blocks=_blocks(checked, status, visible),
        findings=visible,
        gates=gates,
        partial=checked.partial,
    )


def file_gates(checked: Checked, least: Severity | None) -> Iterator[Gate]:
    """One gate a file: it fails when the file has a finding that counts."""
    failing: dict[str, Finding] = {}
    for finding in checked.findings:
        if fails(finding, least):
            failing.setdefault(finding.at.path if finding.at else "", finding)
    paths = dict.fromkeys([*checked.files, *failing])
    for path in paths:
        first = failing.get(path)
        yield Gate(
            name="valid",
            group=path,
            outcome=Outcome.FAILED if first else Outcome.PASSED,
            message=first.message if first else "",
            at=first.at if first else None,
        )


def _status(checked: Checked, gates: tuple[Gate, ...]) -> Status:
    """Unreadable when there was nothing at all to look at; a part of the files does not pass for all."""
    status = decide(gates)
    if checked.partial:
        return status if status is Status.FAILED else Status.UNDECIDED
    return Status.UNREADABLE if status is Status.FAILED and not checked.files else status


def _data(checked: Checked) -> dict[str, object]:
    kinds = Counter(document.kind for document in checked.specs.documents)
    return {
        "files": len(checked.files),
        "documents": len(checked.specs.documents),
        "kinds": dict(sorted(kinds.items())),
        "slos": sorted(f"{o.spec.text('service')}/{o.name}" for o in checked.specs.documents if o.kind == "SLO"),
        "ignored": checked.ignored,
        "known": checked.known,
        "gone": checked.gone,
    }


def _blocks(checked: Checked, status: Status, visible: tuple[Finding, ...]) -> list[Verdict | Lines | Next]:
    slos = sum(1 for document in checked.specs.documents if document.kind == "SLO")
    text = f"{_many(slos, 'SLO')} in {_many(len(checked.files), 'file')}"
    left_out = [
        f"{_many(count, 'finding')} {why}"
        for count, why in (
            (checked.ignored, "ignored by comments"),
            (checked.known, "already known, left out"),
            (checked.gone, "of the baseline gone"),
        )
        if count
    ]
    blocks: list[Verdict | Lines | Next] = [Verdict(word=status.value.upper(), text=text)]
    if checked.explained:
        blocks.append(Lines(title="read as", lines=checked.explained))
    if left_out:
        blocks.append(Lines(lines=left_out))
    if visible:
        worst = max(visible, key=lambda f: f.severity.rank)
        blocks.append(Next(commands=[f"airectl explain {worst.code}"]))
    return blocks


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
