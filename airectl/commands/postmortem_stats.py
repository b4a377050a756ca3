"""`airectl postmortem stats`: what many postmortems say together."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.postmortem_check import Paths, documents_of, paths_of
from airectl.commands.specs import MinSeverity, shown, with_excerpts
from airectl.core.findings import sort_key
from airectl.core.incident.metrics import TITLES, definition
from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Report, Status, Table, Verdict
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.incident.document import ActionItem
    from airectl.incident.statistics import LeftOut, Recurring, Summary

_COUNT: Final = Column(title="POSTMORTEMS", kind=Kind.COUNT)
_TIMES: Final = (
    Column(title="MEASURE"),
    Column(title="N", kind=Kind.COUNT),
    Column(title="P50", kind=Kind.DURATION),
    Column(title="P90", kind=Kind.DURATION),
    Column(title="ONLY STATED", kind=Kind.COUNT),
    Column(title="FROM"),
)
_BUDGETS: Final = (
    Column(title="CLASS"),
    Column(title="SLO"),
    Column(title="INCIDENTS", kind=Kind.COUNT),
    Column(title="BURNED", kind=Kind.RATIO, digits=1),
)
_OVERDUE: Final = (Column(title="OVERDUE SINCE"), Column(title="OWNER"), Column(title="ACTION"), Column(title="OF"))
# What was not understood is told, and figures that do not fit; what else is wrong is for `check` to tell.
_TOLD: Final = frozenset(("AIR001", "AIR002", "AIR003", "AIR004", "AIR005", "AIR624", "AIR625", "AIR630"))


def stats(run: Run, paths: Paths = None, *, min_severity: MinSeverity = None) -> Report:
    """Count postmortems: classes, times with median and p90, recurring causes, action items, budgets burned.

    Foreign ones are counted as far as they can be read; what is left out, or was not understood, is listed. There are
    no means: one long incident would be most of them.

    Examples:
      airectl postmortem stats postmortems
      airectl postmortem stats postmortems -o json
    """
    from airectl.incident import lint
    from airectl.incident.statistics import summary

    documents, findings = documents_of(run, paths_of(run, paths))
    texts = {each.path: each.text for each in documents}
    unread = [f for f in lint.run(documents, run.env.now()) if f.code in _TOLD]
    found = sorted(with_excerpts([*findings, *unread], texts), key=sort_key)
    counted = summary(documents, run.env.now().date())
    return Report(
        status=Status.DONE if documents else Status.UNREADABLE,
        data=_data(counted),
        blocks=list(_blocks(counted, paths or ())),
        findings=shown(run, found, min_severity),
    )


def _blocks(counted: Summary, paths: Sequence[str]) -> Iterator[Block]:
    foreign = f", {counted.foreign} of them not in airectl's form" if counted.foreign else ""
    noun = "postmortem" if counted.documents == 1 else "postmortems"
    yield Verdict(word="DONE" if counted.documents else "UNREADABLE", text=f"{counted.documents} {noun}{foreign}")
    if not counted.documents:
        return
    yield _counts("CLASS", counted.classes)
    yield _counts("SEVERITY", counted.severities)
    yield _times(counted)
    if counted.burned:
        rows: list[list[Cell]] = [[b.class_name, b.slo, b.incidents, float(b.consumed)] for b in counted.burned]
        yield Table(columns=_BUDGETS, rows=rows)
    yield from _recurring("causes that several have", counted.causes)
    yield from _recurring("action items that several ask for", counted.repeated)
    yield from _actions(counted)
    yield from _left("left out of the times", counted.left_out)
    yield Next(commands=[shlex.join(["airectl", "postmortem", "check", *paths])])


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    return Table(columns=[Column(title=title), _COUNT], rows=[[name, count] for name, count in counts.items()])


def _times(counted: Summary) -> Table:
    rows: list[list[Cell]] = []
    for name, spread in counted.measures.items():
        p50, p90 = (None if each is None else float(each) for each in (spread.p50_s, spread.p90_s))
        rows.append([f"{TITLES[name]} ({name.upper()})", spread.n, p50, p90, spread.stated, definition(name)])
    return Table(columns=_TIMES, rows=rows)


def _recurring(title: str, found: Sequence[Recurring]) -> Iterator[Lines]:
    if found:
        yield Lines(title=title, lines=[f"{len(each.ids)}: {each.text} ({', '.join(each.ids)})" for each in found])


def _actions(counted: Summary) -> Iterator[Block]:
    said = [f"{len(counted.open)} open, {len(counted.overdue)} of them overdue", f"{counted.done} done or dropped"]
    if counted.unclear:
        said.append(f"{counted.unclear} of which nobody says whether they are done")
    yield Lines(title="action items", lines=[", ".join(said)])
    if counted.overdue:
        rows: list[list[Cell]] = [[str(each.due), each.owner, each.text, id] for id, each in counted.overdue]
        yield Table(columns=_OVERDUE, rows=rows)


def _left(title: str, found: Sequence[LeftOut]) -> Iterator[Lines]:
    if found:
        yield Lines(title=title, lines=[f"{each.measure.upper()} of {each.id}: {each.reason}" for each in found])


def _data(counted: Summary) -> dict[str, Any]:
    return {
        "postmortems": counted.documents,
        "foreign": counted.foreign,
        "classes": dict(counted.classes),
        "severities": dict(counted.severities),
        "measures": {
            name: {
                "n": spread.n,
                "p50_s": None if spread.p50_s is None else float(spread.p50_s),
                "p90_s": None if spread.p90_s is None else float(spread.p90_s),
                "stated": spread.stated,
                "definition": definition(name),
            }
            for name, spread in counted.measures.items()
        },
        "budgets": [
            {"class": b.class_name, "slo": b.slo, "incidents": b.incidents, "consumed_ratio": float(b.consumed)}
            for b in counted.burned
        ],
        "recurring_causes": [{"cause": each.text, "postmortems": list(each.ids)} for each in counted.causes],
        "repeated_actions": [{"action": each.text, "postmortems": list(each.ids)} for each in counted.repeated],
        "actions": {
            "open": [_action(id, each) for id, each in counted.open],
            "overdue": [_action(id, each) for id, each in counted.overdue],
            "done": counted.done,
            "unclear": counted.unclear,
        },
        "disagreeing": [_left_out(each) for each in counted.disagreeing],
        "left_out": [_left_out(each) for each in counted.left_out],
    }


def _action(id: str, each: ActionItem) -> dict[str, Any]:
    due = each.due.isoformat() if each.due else None
    return {
        "postmortem": id,
        "action": each.text,
        "owner": each.owner or None,
        "due": due,
        "ticket": each.ticket or None,
    }


def _left_out(each: LeftOut) -> dict[str, Any]:
    return {"postmortem": each.id, "path": each.path, "measure": each.measure, "reason": each.reason}
