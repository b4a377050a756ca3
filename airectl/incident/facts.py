"""What is known of an incident before a person has written a word about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from airectl.core.findings import Location
from airectl.core.incident.burned import Burned, Goal
from airectl.core.incident.classes import IncidentClass
from airectl.core.incident.damage import Measured, Requests, Stretch
from airectl.core.incident.markers import Mark, Marker
from airectl.core.incident.timeline import Imported, Row
from airectl.core.report import Cell, Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One SLO in the incident. What was measured of it, or a `goal` to estimate for, and `why` nothing was measured.

    `worse` is the stretch in which it was worse than its target, None where it was not; `at` is its place in a spec.
    """

    id: str
    service: str
    source: str = ""
    measured: Measured | None = None
    goal: Goal | None = None
    burned: Burned | None = None
    requests: Requests | None = None
    worse: Stretch | None = None
    why: str = ""
    at: Location | None = None

    @property
    def affected(self) -> bool:
        """Whether the incident is one for this SLO: it was worse than its target, or is estimated to have been."""
        return self.worse is not None or self.goal is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one import gave: `name` is the file, source or repository."""

    name: str
    kind: str
    imported: Imported


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was gathered, over an interval. `failed` is the share of requests that failed, as somebody says."""

    start: datetime
    end: datetime
    id: str
    title: str = ""
    class_: IncidentClass | None = None
    template: str = "full"
    marks: Mapping[Marker, Mark] = field(default_factory=dict)
    objectives: Sequence[Objective] = ()
    rows: Sequence[Row] = ()
    reads: Sequence[Read] = ()
    services: tuple[str, ...] = ()
    failed: Fraction | None = None
    command: str = ""

    @property
    def affected(self) -> list[Objective]:
        """The SLOs that the incident is one for, the one that lost the most first."""
        found = [each for each in self.objectives if each.affected]
        return sorted(found, key=lambda each: -(each.burned.consumed or 0) if each.burned else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """How text of others and figures come into Markdown: the renderer's own functions, which may not be imported here.

    `prose` and `code` make text that can add no markup, `cell` fits it into a table, `figure` rounds.
    """

    prose: Callable[[str], str]
    code: Callable[[str], str]
    cell: Callable[[str], str]
    figure: Callable[[Cell, Column], str]
