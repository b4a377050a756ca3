"""How much of an error budget an incident burned.

    consumed = bad / ((1 - target) * counted)

`bad` and `counted` have one unit. Measured, they are events or slices: those of the incident that were bad, and
all of the SLO's window. Where nothing was measured they are seconds: the length of the incident times the share
of requests that failed, and the length of the window. With every request failed that is an upper bound.

    262 min of total outage, 99.9 %, 30 days: 262 / (0.001 * 43,200) = 606 %
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from airectl.core.units import Duration

_PER_MINUTE: Final = 60


class Basis(StrEnum):
    """What a figure rests on."""

    MEASURED = "measured"
    ESTIMATE = "estimate"  # from the share of requests that failed, as somebody says
    UPPER_BOUND = "upper bound"  # as if every request had failed all the time


class Unit(StrEnum):
    """What `bad` and `counted` count."""

    EVENTS = "events"
    SLICES = "slices"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burned:
    """What an incident took of one SLO's budget.

    `low_bad` and `high_bad` bound `bad` where not all is known. `left` is the share of the budget that was left
    at the end of the incident, negative in overdraft; None where that is not known.
    """

    slo: str
    target: Decimal
    window: Duration
    basis: Basis
    unit: Unit
    bad: Fraction
    counted: Fraction
    low_bad: Fraction | None = None
    high_bad: Fraction | None = None
    left: Fraction | None = None

    @property
    def consumed(self) -> Fraction | None:
        """The share of the budget; above 1 it was more than all of it. None where there was no budget to burn."""
        return self._share(self.bad)

    @property
    def low(self) -> Fraction | None:
        """At least so much."""
        return self._share(self.bad if self.low_bad is None else self.low_bad)

    @property
    def high(self) -> Fraction | None:
        """At most so much."""
        return self._share(self.bad if self.high_bad is None else self.high_bad)

    @property
    def budget_minutes(self) -> Fraction:
        """The whole budget in minutes: how long everything may fail in the window."""
        return Fraction(1 - self.target) * self.window.nominal_s / _PER_MINUTE

    @property
    def minutes(self) -> Fraction | None:
        """What was burned in minutes of total failure."""
        share = self.consumed
        return None if share is None else share * self.budget_minutes

    @property
    def overdraft(self) -> Fraction:
        """How much more than the whole budget is gone; 0 where it is not overdrawn."""
        if self.left is not None:
            return max(-self.left, Fraction(0))
        return max((self.consumed or Fraction(0)) - 1, Fraction(0))

    def _share(self, bad: Fraction) -> Fraction | None:
        allowed = Fraction(1 - self.target) * self.counted
        return bad / allowed if allowed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The objective that an estimate is made for: what it is called, its target in [0, 1) and its window."""

    slo: str
    target: Decimal
    window: Duration


def estimated(goal: Goal, seconds: int, failed: Fraction = Fraction(1)) -> Burned:
    """The budget burned in so many seconds in which the share `failed` (0 to 1) of requests failed.

    With 1, as if the outage had been total, it is an upper bound.
    """
    return Burned(
        slo=goal.slo,
        target=goal.target,
        window=goal.window,
        basis=Basis.UPPER_BOUND if failed == 1 else Basis.ESTIMATE,
        unit=Unit.SECONDS,
        bad=seconds * failed,
        counted=Fraction(goal.window.nominal_s),
    )
