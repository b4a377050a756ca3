"""`airectl completion`: scripts for shells, and the values that only a look at the project tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Annotated, Final

import typer

from airectl.core.report import Report, Status
from airectl.errors import AirectlError, UsageError
from airectl.run import Run

SHELLS: Final = ("bash", "zsh", "fish")

Shell = Annotated[str, typer.Argument(metavar="SHELL", help=f"One of: {', '.join(SHELLS)}.")]
What = Annotated[str, typer.Argument(metavar="KIND", help="One of: slos, sources.")]


def script(run: Run, shell: Shell) -> Report:
    """Print completions of commands, options and values for a shell. `pip install` brings them to their folders.

    Only names of SLOs and of sources are looked up when they are asked for; all else is in the script.

    Examples:
      airectl completion bash
      airectl completion zsh
      airectl completion fish
    """
    if shell not in SHELLS:
        raise UsageError(f"no completions for `{shell}`", help=f"one of: {', '.join(SHELLS)}")
    from airectl.commands.completion_words import known

    text = import_module(f"airectl.completing.{shell}").script(run.commands(), known())
    return Report(status=Status.DONE, data={"shell": shell}, artefact=text)


def values(run: Run, kind: What) -> Report:
    """List the SLOs of the specs at hand, as --slo takes them, or the sources of the settings, one a line.

    What is wrong with the specs or the settings is not told here: there is nothing to choose from then.

    Examples:
      airectl completion values slos
      airectl completion values sources
    """
    if kind not in _KINDS:
        raise UsageError(f"there are no values `{kind}`", help=f"one of: {', '.join(_KINDS)}")
    try:
        found = sorted(set(_KINDS[kind](run)))
    except AirectlError:
        found = []
    text = "".join(f"{value}\n" for value in found)
    return Report(status=Status.DONE, data={"kind": kind, "values": found}, artefact=text)


def _slos(run: Run) -> Iterator[str]:
    from airectl.commands.specs import load_specs

    for document in load_specs(run, None).specs.documents:
        if document.kind == "SLO":
            yield f"{document.node.map('spec').text('service')}/{document.name}"


def _sources(run: Run) -> Iterator[str]:
    yield from run.config.sources


_KINDS: Final[Mapping[str, Callable[[Run], Iterator[str]]]] = {"slos": _slos, "sources": _sources}
