"""`airectl postmortem classes`: the kinds of incident that AI systems have, and what each has to be asked."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Final

import typer

from airectl.core.incident.classes import IncidentClass
from airectl.core.incident.sections import ALL, TITLES
from airectl.core.report import Block, Column, Lines, Next, Report, Status, Table
from airectl.errors import UsageError
from airectl.run import Run

_COLUMNS: Final = (Column(title="CLASS"), Column(title="TEMPLATE"), Column(title="WHAT"))

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One class, with its questions.")]


def classes(run: Run, name: Name = None) -> Report:
    """List the classes of incidents; with a name, what a postmortem of that class has to answer.

    Examples:
      airectl postmortem classes
      airectl postmortem classes kv-cache-thrash
    """
    from airectl.incident.classes import shipped

    known = shipped()
    if name is None:
        rows = [[each.name, each.template, each.summary] for each in known.values()]
        return Report(
            status=Status.DONE,
            data={"classes": [_data(each) for each in known.values()]},
            blocks=[Table(columns=_COLUMNS, rows=rows), Next(commands=["airectl postmortem classes kv-cache-thrash"])],
        )
    if name not in known:
        near = get_close_matches(name, known, 1, 0.4)
        help = f"did you mean `{near[0]}`?" if near else "`airectl postmortem classes` lists them"
        raise UsageError(f"no class of incidents is called `{name}`", help=help)
    return Report(status=Status.DONE, data={"classes": [_data(known[name])]}, blocks=_told(known[name]))


def _told(each: IncidentClass) -> list[Block]:
    return [
        Lines(title=f"{each.name}: {each.title}", lines=[each.summary, f"what to do first: {each.runbook}"]),
        *(Lines(title=TITLES[section], lines=each.asks(section)) for section in ALL if each.asks(section)),
        Lines(title="model state that has to be known", lines=[", ".join(each.model_state)]),
        Next(commands=[f"airectl postmortem new --class {each.name} --from TIME --to TIME"]),
    ]


def _data(each: IncidentClass) -> dict[str, Any]:
    return {
        "name": each.name,
        "title": each.title,
        "summary": each.summary,
        "template": each.template,
        "runbook": each.runbook,
        "model_state": list(each.model_state),
        "questions": {section: list(asked) for section, asked in each.questions.items()},
    }
