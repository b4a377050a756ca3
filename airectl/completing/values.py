"""What may stand for a value: by the option, by the command's argument, else by the metavar that help shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from airectl.core.command_tree import Argument, Option


class Kind(StrEnum):
    """Where a shell finds values."""

    NOTHING = "nothing"
    WORDS = "words"
    FILES = "files"
    FOLDERS = "folders"
    SPECS = "specs"  # YAML files and folders
    SLOS = "slos"  # SERVICE/NAME of the specs at hand: asked of airectl
    SOURCES = "sources"  # names in the settings: asked of airectl
    OUTPUT = "output"  # FORMAT or FORMAT=PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values of one place; `words` are those known beforehand, also beside files."""

    kind: Kind
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Words that only the rest of airectl knows: by metavar, and by `PATH --option` or `PATH METAVAR` for one place."""

    metavars: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Mapping[str, Sequence[str]] = field(default_factory=dict)


_ONE_OF: Final = re.compile(r"[Oo]ne of:? ([\w./-]+(?:, [\w./-]+)*(?: or [\w./-]+)?)")
_METAVARS: Final[Mapping[str, Kind]] = {
    "FILE": Kind.FILES,
    "PATH": Kind.FILES,
    "DIR": Kind.FOLDERS,
    "PATHS": Kind.SPECS,
    "SERVICE/NAME[/OBJECTIVE]": Kind.SLOS,
    "SERVICE/NAME": Kind.SLOS,
    "NAME_OR_URL": Kind.SOURCES,
    "SOURCE": Kind.SOURCES,
    "FORMAT[=PATH]": Kind.OUTPUT,
    "REPORT": Kind.FILES,
    "SERIES": Kind.FILES,
    "RUN": Kind.FOLDERS,
}


def of_option(path: str, option: Option, known: Known) -> Values:
    """The values of an option of the command `path`."""
    return _values(option, [f"{path} {name}" for name in option.names], known)


def of_argument(path: str, argument: Argument, known: Known) -> Values:
    """The values of an argument of the command `path`."""
    return _values(argument, [f"{path} {argument.metavar}"], known)


def _values(taken: Option | Argument, places: Iterable[str], known: Known) -> Values:
    metavar = taken.metavar
    words = next((tuple(known.places[place]) for place in places if place in known.places), ())
    words = words or tuple(known.metavars.get(metavar, ())) or _said(taken.help)
    kind = next((_METAVARS[part] for part in _parts(metavar) if part in _METAVARS), None)
    return Values(kind=kind or (Kind.WORDS if words else Kind.NOTHING), words=words)


def _said(help: str) -> tuple[str, ...]:
    """The words that the help line lists."""
    listed = _ONE_OF.search(help)
    return tuple(re.split(r", | or ", listed[1])) if listed else ()


def _parts(metavar: str) -> list[str]:
    """`NAME|FILE` for a list of both; brackets and dots say how often, and nothing of what."""
    if metavar in _METAVARS:
        return [metavar]
    return [part.strip("[].") for part in metavar.split("|")]
