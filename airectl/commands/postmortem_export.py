"""`airectl postmortem export`: action items as payloads for the trackers of others. Nothing is sent."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer

from airectl.commands.postmortem_check import Paths, documents_of, paths_of
from airectl.commands.specs import one_of
from airectl.core.findings import sort_key
from airectl.core.report import Next, Report, Status, Verdict
from airectl.run import Run

_FORMATS: Final = ("json", "github", "gitlab", "jira")

Actions = Annotated[str, typer.Option("--actions", metavar="FORMAT", help=f"One of: {', '.join(_FORMATS)}.")]
All = Annotated[bool, typer.Option("--all", help="Also those that are done or dropped.")]
Out = Annotated[
    str | None, typer.Option("--out", metavar="FILE", help="Write the payloads into FILE.", show_default="stdout")
]


def export(
    run: Run, paths: Paths = None, *, actions: Actions = "json", everything: All = False, out: Out = None
) -> Report:
    """Write the open action items of postmortems as JSON for a tracker: a list of payloads, one a ticket.

    Each has a key that stays the same from run to run, as a label: look for it before you make a ticket, and none is
    made twice. Nothing is sent, and no network is used.

    Examples:
      airectl postmortem export postmortems --actions github > actions.json
      airectl postmortem export postmortems --actions jira --out actions.json
    """
    from airectl.incident.tracking import items, payloads

    format = one_of("--actions", actions, _FORMATS)
    documents, findings = documents_of(run, paths_of(run, paths))
    found = payloads(format, items(documents, everything=everything))
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    text_of = f"{_many(len(found), 'action item')} of {_many(len(documents), 'postmortem')}"
    return Report(
        status=Status.DONE if documents else Status.UNREADABLE,
        data={"format": format, "payloads": found},
        blocks=[
            Verdict(word="DONE" if documents else "UNREADABLE", text=text_of),
            Next(commands=["airectl help postmortems"]),
        ],
        findings=sorted(findings, key=sort_key),
        files={} if out is None else {out: text},
        artefact=text if out is None else None,
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"
