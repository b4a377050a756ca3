"""--slo: which SLOs and objectives a command looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.core.groups import named
from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.evaluate.evaluation import Evaluation
    from airectl.spec.build import Built

Only = Annotated[
    list[str] | None,
    typer.Option("--slo", metavar="SERVICE/NAME[/OBJECTIVE]", help="Evaluate only this one; repeatable."),
]


def chosen(built: Built, names: Sequence[str] | None) -> Built:
    """Only the SLOs that --slo names. Raises UsageError for a name that none has."""
    if not names:
        return built
    known = [*(each.id for each in built.slos), *(each.id for each in built.left_out)]
    wanted = {_slo_id(name) for name in names}
    for name in sorted(wanted.difference(known)):
        near = get_close_matches(name, known, 1)
        help = f"did you mean `{near[0]}`?" if near else "`airectl validate -o json` lists the SLOs"
        raise UsageError(f"no SLO is called `{name}`", help=help)
    return replace(
        built,
        slos=tuple(each for each in built.slos if each.id in wanted),
        left_out=tuple(each for each in built.left_out if each.id in wanted),
    )


# SERVICE/NAME; a group in braces or an objective may follow.
_SLO: Final = re.compile(r"[^/]*(?:/[^/{]*)?")


def _slo_id(name: str) -> str:
    found = _SLO.match(name)
    return found[0] if found else ""


def objectives(evaluations: Sequence[Evaluation], names: Sequence[str] | None) -> Sequence[Evaluation]:
    """Only the objectives that --slo names, where it names one. Raises UsageError for one that is not there."""
    for name in names or ():
        if name != _slo_id(name) and not any(_is_named(each, name) for each in evaluations):
            raise UsageError(f"no objective is called `{name}`", help=_near(name, evaluations))
    return [each for each in evaluations if not names or any(_is_named(each, name) for name in names)]


def _near(name: str, evaluations: Sequence[Evaluation]) -> str:
    grouped = [
        f"{each.slo.id}{named(each.group)}" for each in evaluations if each.slo.id == _slo_id(name) and each.group
    ]
    if grouped and not any(name.startswith(each) for each in grouped):
        near = get_close_matches(name, grouped, 1)
        return f"write a group as the table does, such as `{near[0] if near else grouped[0]}`"
    return "write its displayName, or its index from 0"


def _is_named(each: Evaluation, name: str) -> bool:
    group, objective = f"{each.slo.id}{named(each.group)}", each.objective.name
    return name in (each.slo.id, f"{each.slo.id}/{objective}", group, f"{group}/{objective}")
