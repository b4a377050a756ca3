"""`airectl simulate profiles`: what there is to simulate, and what it could do."""

from __future__ import annotations

from typing import Annotated

import typer

from airectl.commands import simulate_words
from airectl.commands.simulated import profiles_of
from airectl.core.report import Report
from airectl.run import Run

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="Profiles; default: all that are shipped.")
]


def profiles(run: Run, names: Names = None) -> Report:
    """List profiles, and the requests per second that one replica of each can do at most.

    The limit is computed from published figures of hardware and model; `-o json` has them with their sources.

    Examples:
      airectl simulate profiles
      airectl simulate profiles h100-llama-8b -o json
    """
    from airectl.sim.profiles import names as shipped

    given = names or shipped()
    found = profiles_of(run, given)
    if found.findings:
        return simulate_words.unreadable(found.findings)
    return simulate_words.forecast(found.profiles, 1, given[0])
