"""What a source is, and which there are.

A source is named by the `type` of an OpenSLO metricSource. Others can be installed: an entry point
in the group `airectl.sources.v1`, named like the type, that gives a `Source` class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final, Protocol, cast

from airectl.core.findings import Finding
from airectl.core.slices import Slices
from airectl.core.slo import Indicator

GROUP: Final = "airectl.sources.v1"
_BUILT_IN: Final = {"events": "airectl.sources.events:Events"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one objective wants to know: good and valid events in slices of `step_s` from `start_s` to `end_s`.

    Both ends are epoch seconds, the second exclusive and a whole number of slices after the first.
    """

    indicator: Indicator
    start_s: int
    end_s: int
    step_s: int

    @property
    def slices(self) -> int:
        """How many slices are asked for."""
        return (self.end_s - self.start_s) // self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The slices that were asked for, and what is to be said about them.

    `case` says in a few words how the query was understood. `first_s` and `last_s` are the times of
    the source's first and last sample, None where there is none.
    """

    slices: Slices
    case: str
    first_s: float | None = None
    last_s: float | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer. `invalid`: because of what the spec says, so asking again will not help."""

    finding: Finding
    invalid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """The source does not answer such indicators; `reason` completes "it was not evaluated: ..."."""

    reason: str


Result = Answer | Failure | Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a source may know of the run: the working folder and what airectl.toml says about sources.

    `event_roots` are folders outside of the project that specs may read events from.
    """

    cwd: Path
    configured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    event_roots: tuple[str, ...] = ()


class Source(Protocol):
    """Answers asks. `network` says whether it leaves this machine; `--offline` does not open such ones."""

    network: bool

    def __init__(self, setting: Setting) -> None: ...

    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        """One result for each ask, in order. One ask's failure is its own.

        They are taken one by one and judged before the next, so a source need not hold all slices at
        once. Raises SourceError, at once or on the way, where it cannot answer (any more).
        """
        ...


def find(type_: str) -> type[Source] | None:
    """The source for a metricSource's `type`, upper and lower case alike; None where there is none."""
    target = _BUILT_IN.get(type_.casefold())
    if target:
        module, _, name = target.partition(":")
        return cast("type[Source]", getattr(import_module(module), name))
    # Looked up only now: reading the metadata of all packages takes tens of milliseconds.
    for point in entry_points(group=GROUP):
        if point.name.casefold() == type_.casefold():
            return cast("type[Source]", point.load())
    return None
