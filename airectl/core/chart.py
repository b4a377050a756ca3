"""A chart as data: what a command shows, and a renderer draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a part of a chart means; the renderer chooses how that looks."""

    HISTORY = "history"
    FORECAST = "forecast"
    LIMIT = "limit"
    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis. `time`: its numbers are seconds since 1970, shown in UTC. `unit` is written behind the title."""

    title: str = ""
    unit: str = ""
    time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points in the order of `x`, which are as many as `y`; None leaves a gap. The name stands in the legend."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    role: Role = Role.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The area between `low` and `high` at each `x`."""

    name: str
    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    role: Role = Role.FORECAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line across the chart, such as a capacity or a threshold."""

    value: float
    label: str
    role: Role = Role.LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A vertical line: something happened at `x`."""

    x: float
    label: str
    role: Role = Role.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch from `start` to `end`. With a `lane` it is a bar in the row of that name, else it shades the chart."""

    start: float
    end: float
    label: str = ""
    lane: str = ""
    role: Role = Role.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines over a common axis, or bars in lanes. `summary` says in words what is to be seen, for who cannot see it.

    A chart has lanes or a y axis, never both: with spans that have a lane, `lines`, `bands` and `levels` are empty.
    `page_only`: it is for pages, and left out where there are lines of text only.
    """

    title: str
    x: Axis
    summary: str
    y: Axis = Axis()
    lines: Sequence[Line] = ()
    bands: Sequence[Band] = ()
    levels: Sequence[Level] = ()
    moments: Sequence[Moment] = ()
    spans: Sequence[Span] = ()
    page_only: bool = False

    @property
    def series(self) -> list[Line | Band]:
        """The lines, then the bands."""
        return [*self.lines, *self.bands]

    @property
    def lanes(self) -> list[str]:
        """The names of its lanes in the order met."""
        return list(dict.fromkeys(span.lane for span in self.spans if span.lane))
