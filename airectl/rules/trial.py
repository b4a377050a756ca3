"""What a unit test of rules is made of: a history, the series in it, and what holds at moments of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, lcm, log10
from typing import Final

from airectl.rules.sli import BASE_S
from airectl.rules.timeline import Means, Phase, Timeline, Watch

EXACT: Final = Fraction(1, 10**9)
_FEW: Final = 150


class Cast(StrEnum):
    """Which series there are."""

    ALL = "all"
    GOOD = "good"  # only those that a healthy service has
    BAD = "bad"  # only those that a failing one has
    RESPELLED = "respelled"  # all, edges of buckets written the other way
    GROUPS = "groups"  # all, and the same of a second group that is well


class Figure(StrEnum):
    """A recorded value that is compared with the engine's."""

    ERROR = "error"
    PERIOD_ERROR = "period error"
    BURN = "burn"
    PERIOD_BURN = "period burn"
    REMAINING = "remaining"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`figure`, for ERROR over `window_s`, is within `tolerance` of `expected`; None: there is none, not even NaN."""

    figure: Figure
    expected: Fraction | None
    window_s: int = 0
    tolerance: Fraction = EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """At `at_s`: which alerts fire, None where it is not said; whether that for missing data does; values.

    `ratios` are the values of those that fire, None where they depend on the edges of windows.
    """

    at_s: int
    fires: tuple[bool | None, ...] = ()
    ratios: tuple[Fraction | None, ...] = ()
    no_data: bool | None = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One history. `says` is what it shows, in a sentence with `{alert}` for the name of the alert number `alert`."""

    says: str
    alert: int = 0
    line: Timeline
    checks: tuple[Check, ...]
    cast: Cast = Cast.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the cases depend on. `watches` are the burn-rate alerts, `evaluated_s` apart looked at.

    `scales`: there can be more or no events. `casts` are those that differ from ALL. `no_data_s` is the
    `for` of the alert for missing data; None: there is none. `period_s` is the SLO's window, `windows_s` are
    the other recorded ones. `overlaps`: samples are in several windows, since one at the left edge is or
    windows are longer than evaluations apart.
    """

    means: Means
    watches: tuple[Watch, ...]
    evaluated_s: int
    scales: bool
    casts: frozenset[Cast] = frozenset()
    no_data_s: int | None = None
    period_s: int = 0
    windows_s: tuple[int, ...] = ()
    recorded: bool = True
    overlaps: bool = False

    @property
    def hour_s(self) -> int:
        """How long a history is where it may be of any length: an hour, less where evaluations are seconds apart."""
        return min(max(_FEW * self.evaluated_s, 2 * BASE_S), 3600)

    @property
    def budget(self) -> Fraction:
        """1 - target."""
        return Fraction(1 - self.means.goal.target)

    @property
    def digits(self) -> int:
        """Decimals that shares of bad are rounded to, so that events are whole."""
        least = min([self.budget, *(Fraction(pair.threshold) for watch in self.watches for pair in watch.pairs)])
        return max(ceil(-log10(least)), 0) + 2

    @property
    def volume(self) -> int:
        """Events a step."""
        return int(10**self.digits) if self.scales else 1

    def share(self, ratio: Fraction) -> Fraction:
        """Rounded to `digits` decimals and three significant digits, at most 1."""
        few = Fraction(f"{float(ratio):.3g}")
        return min(Fraction(round(few * 10**self.digits), 10**self.digits), Fraction(1))

    def phase(self, seconds: int, ratio: Fraction = Fraction(0), *, volume: int | None = -1) -> Phase:
        """At least so many seconds with a share of bad, in whole slices, up to a moment of evaluation."""
        means = self.means
        unit_s = lcm(means.slice_s, self.evaluated_s)
        return Phase(
            steps=max(-(-seconds // unit_s), 1) * unit_s // means.step_s,
            share=self.share(ratio),
            volume=self.volume if volume == -1 else volume,
        )


def check(shape: Shape, line: Timeline, at_s: int, *values: Value, no_data: bool = False) -> Check:
    """What holds at `at_s` of a timeline."""
    fires = tuple(line.fires(at_s, watch, shape.evaluated_s) for watch in shape.watches)
    return Check(
        at_s=at_s,
        fires=fires,
        ratios=tuple(
            line.value(at_s, watch) if held else None for watch, held in zip(shape.watches, fires, strict=True)
        ),
        no_data=no_data if shape.no_data_s is not None else None,
        values=values,
    )
