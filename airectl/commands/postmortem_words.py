"""What `postmortem new` says of the document that it wrote: for people, and for machines."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident.burned import Basis
from airectl.core.incident.markers import Mark, Marker
from airectl.core.incident.metrics import DEFINITIONS, metrics
from airectl.core.incident.writing import burned_data
from airectl.core.report import Block, Cell, Column, Gate, Kind, Lines, Next, Outcome, Report, Status, Table, Verdict
from airectl.incident.facts import Facts, Objective

_BUDGETS: Final = (
    Column(title="SLO"),
    Column(title="TARGET", kind=Kind.RATIO),
    Column(title="BURNED", kind=Kind.RATIO, digits=1),
    Column(title="MINUTES", kind=Kind.NUMBER, digits=1),
    Column(title="LEFT", kind=Kind.RATIO, digits=1),
    Column(title="KNOWN BY"),
)
_MARKERS: Final = (Column(title="MARKER"), Column(title="AT"), Column(title="FROM"))
_MOST_NOTES: Final = 50


def refused(finding: Finding) -> Report:
    """The report where a template could not be rendered: nothing is written."""
    gate = Gate(name="template", outcome=Outcome.FAILED, message=finding.message, at=finding.at)
    return Report(
        status=Status.FAILED,
        data={"path": None, "charts": []},
        blocks=[Verdict(word="FAILED", text="nothing was written: the template cannot be rendered")],
        findings=[finding],
        gates=[gate],
    )


def blocks(facts: Facts, where: str, left: int, path: str, *more: Block) -> Iterator[Block]:
    """The verdict, budgets, markers, what else there is, and what to do next."""
    text = f"{_many(len(facts.rows), 'event')}, {_many(left, 'blank')} for a person to fill"
    yield Verdict(word="DONE", text=f"{facts.id}: {text}", aside=where)
    if facts.affected:
        yield Table(columns=_BUDGETS, rows=[_budget(each) for each in facts.affected])
    else:
        looked_at = any(each.measured for each in facts.objectives)
        yield Lines(lines=["no SLO was seen to be worse than its target" if looked_at else "no SLO was measured"])
    rows = [[marker.value, *_marker(facts, marker)] for marker in Marker]
    yield Table(columns=_MARKERS, rows=rows)
    yield from more
    if path:
        yield Next(commands=[shlex.join(["airectl", "postmortem", "check", path])])


def _budget(each: Objective) -> Sequence[Cell]:
    burned = each.burned
    if burned is None:
        return [each.id, None, None, None, None, ""]
    known = "upper bound, as if total" if burned.basis is Basis.UPPER_BOUND else burned.basis.value
    consumed, minutes = burned.consumed, burned.minutes
    return [
        each.id,
        burned.target,
        None if consumed is None else float(consumed),
        None if minutes is None else float(minutes),
        None if burned.left is None else float(burned.left),
        known,
    ]


def _marker(facts: Facts, marker: Marker) -> tuple[str, str]:
    mark = facts.marks.get(marker)
    if mark is None:
        return "", "not known"
    return str(mark.moment), f"{mark.source}{' (proposed)' if mark.proposed else ''}"


def findings_of(facts: Facts) -> Iterator[Finding]:
    """What was not understood of inputs, and which SLOs could not be measured."""
    for read in facts.reads:
        notes = read.imported.not_understood
        for note in notes[:_MOST_NOTES]:
            yield _finding("AIR605", f"{read.kind}: not understood at `{note.path}`: {note.reason}", read.name)
        if len(notes) > _MOST_NOTES:
            yield _finding("AIR605", f"{read.kind}: {len(notes) - _MOST_NOTES:,} more are not understood", read.name)
    for each in facts.objectives:
        if each.why:
            yield Finding(
                code="AIR606",
                severity=Severity.WARNING,
                message=f"`{each.id}` was not measured: {each.why}",
                at=each.at,
                help="`airectl doctor` looks at sources; `--outage SHARE` estimates what an outage burned",
            )


def _finding(code: str, message: str, path: str) -> Finding:
    help = "it is left out of the timeline; add it by hand if it matters"
    return Finding(code=code, severity=Severity.WARNING, message=message, at=Location(path=path), help=help)


def data(facts: Facts, path: str, charts: Sequence[str], left: int) -> dict[str, Any]:
    """The document for machines. Every key is there; null is what is not known."""
    measured = metrics(facts.marks)
    spans = {name: getattr(measured, name) for name in DEFINITIONS}
    return {
        "path": path or None,
        "charts": list(charts),
        "id": facts.id,
        "class": facts.class_.name if facts.class_ else None,
        "template": facts.template,
        "from": facts.start,
        "to": facts.end,
        "blanks": left,
        "events": len(facts.rows),
        "markers": {marker.value: _mark_data(facts.marks.get(marker)) for marker in Marker},
        "metrics": {f"{name}_s": span.seconds if span else None for name, span in spans.items()},
        "budgets": [burned_data(each.burned) for each in facts.affected if each.burned],
        "not_measured": [{"slo": each.id, "reason": each.why} for each in facts.objectives if each.why],
        "inputs": [
            {
                "kind": read.kind,
                "name": read.name,
                "events": len(read.imported.rows),
                "left_out": read.imported.left_out,
                "not_understood": [{"path": note.path, "reason": note.reason} for note in read.imported.not_understood],
            }
            for read in facts.reads
        ],
    }


def _mark_data(mark: Mark | None) -> dict[str, Any] | None:
    if mark is None:
        return None
    exact = mark.moment.granularity.value
    return {"at": mark.at, "granularity": exact, "source": mark.source or None, "proposed": mark.proposed}


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
