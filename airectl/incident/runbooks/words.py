"""What runbooks say by measure, and what they ask by system. The data are in data/runbooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from airectl.core.incident.alerts import Watched
from airectl.spec.composer import compose

_OTHER: Final = "other"
_NO_DATA: Final = "no-data"
_MATCHERS: Final = "$M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do that changes something: its name, when to do it, the command."""

    name: str
    words: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is known by what an objective measures. `bad` completes the sentence that bad are ..."""

    bad: str
    users: str
    look: tuple[str, ...]
    specialist: str
    steps: tuple[Step, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query that only reads, and how its answer is to be read."""

    name: str
    query: str
    reading: str


def advice(watched: Watched) -> Advice:
    """What is known of an objective; of one that is not measured at the moment, what to do about that."""
    known = _measures()
    if not watched.pairs:
        return known[_NO_DATA]
    return known[watched.measure.value if watched.measure else _OTHER]


def questions(watched: Watched) -> Iterator[Asked]:
    """What to ask of the system that an objective is measured by, and of what lies below it."""
    known = _systems()
    measure = watched.measure.value if watched.measure else ""
    for each in known.get(watched.system, {}).get("queries", ()):
        if watched.pairs and measure in each.get("for", (measure,)):
            yield _asked(each, watched.matchers)
    for each in known["below"]:
        if watched.system in each["under"] and watched.pairs:
            yield _asked(each, watched.matchers)


def _asked(said: dict[str, Any], matchers: str) -> Asked:
    query = said["query"].replace(f"{{{_MATCHERS},", f"{{{matchers}," if matchers else "{")
    return Asked(name=said["name"], query=query.replace(_MATCHERS, matchers), reading=said["reading"])


@cache
def _measures() -> dict[str, Advice]:
    return {
        name: Advice(
            bad=said["bad"],
            users=said["users"],
            look=tuple(said["look"]),
            specialist=said["specialist"],
            steps=tuple(Step(**step) for step in said["mitigation"]),
            also=tuple(said.get("also", ())),
        )
        for name, said in _data("measures").items()
    }


@cache
def _systems() -> dict[str, Any]:
    return _data("systems")


def _data(name: str) -> dict[str, Any]:
    path = f"airectl/data/runbooks/{name}.yaml"
    text = files("airectl").joinpath("data", "runbooks", f"{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = compose(path, text).documents[0]
    return found
