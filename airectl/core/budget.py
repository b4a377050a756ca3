"""Error budgets: how good it was and how much of the budget is gone.

For a target t over a window, with every number an exact fraction:

    method           SLI                              budget                  consumed
    Occurrences      Σgood / Σvalid                   (1-t) · Σvalid          Σbad / budget
    Timeslices       good slices / counted slices     (1-t) · counted slices  bad slices / budget
    RatioTimeslices  mean of good/valid over slices   (1-t) · counted slices  Σ(1 - good/valid) / budget

Numerator and denominator share one population, so consumed > 1 exactly when SLI < t. Counted slices
are those with a valid event: excluded and quiet ones, those before the first sample and missing ones
(unless the policy calls them bad) are in neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum
from typing import Final

from airectl.core.slices import SCALE, Number, Slices
from airectl.core.slo import Method

# Numbers that were extrapolated or weighted miss an exactly met target by rounding of their own.
TOLERANCE: Final = Fraction(1, 10**9)
# Of the digits of SCALE so many are not kept.
_SPARE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What an objective asks for. `slice_target` belongs to Timeslices, a ratio in (0, 1]."""

    target: Decimal
    method: Method = Method.OCCURRENCES
    slice_target: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`good` of `counted`: events for Occurrences, slices otherwise. 0 <= good <= counted."""

    good: Fraction
    counted: Fraction

    @property
    def bad(self) -> Fraction:
        """What was not good."""
        return self.counted - self.good

    @property
    def sli(self) -> Fraction | None:
        """The share that was good; None when nothing was counted."""
        return self.good / self.counted if self.counted else None

    def consumed(self, target: Decimal) -> Fraction | None:
        """Bad / ((1-t) · counted): 1 is a budget used up exactly, more is an overdraft."""
        return self.bad / (Fraction(1 - target) * self.counted) if self.counted else None


def allowance(target: Decimal, amount: Number | Decimal) -> Decimal:
    """(1-t) · amount: how many of so many events, slices or seconds may be bad."""
    return (1 - target) * Decimal(amount)


def tally(slices: Slices, goal: Goal, no_data: str = "unknown") -> Tally:
    """What counts and what of it was good. `no_data` is the policy for missing slices.

    Missing slices that are `bad` count as wholly bad slices, or for Occurrences as bad events at the
    mean rate of the measured slices.
    """
    assumed_bad = slices.missing if no_data == "bad" else 0
    match goal.method:
        case Method.OCCURRENCES:
            counts = _occurrences(slices, assumed_bad)
        case Method.TIMESLICES:
            counts = _timeslices(slices, goal, assumed_bad)
        case Method.RATIO_TIMESLICES:
            counts = _ratio_timeslices(slices, assumed_bad)
    return counts if slices.whole else _exactly_met(counts, goal.target)


def _occurrences(slices: Slices, assumed_bad: int) -> Tally:
    if slices.whole:
        valid, bad = map(Fraction, slices.events)
        good = valid - bad
    else:
        valid, good = Fraction(fsum(slices.valid)), Fraction(fsum(slices.good))
    if assumed_bad and slices.known:
        return Tally(good=good, counted=valid * (slices.known + assumed_bad) / slices.known)
    return Tally(good=good, counted=valid)


def _timeslices(slices: Slices, goal: Goal, assumed_bad: int) -> Tally:
    counted = slices.counted
    return Tally(good=Fraction(counted - len(bad_slices(slices, goal))), counted=Fraction(counted + assumed_bad))


def bad_slices(slices: Slices, goal: Goal) -> list[int]:
    """The indexes of the slices that are bad by Timeslices: good < slice target · valid, in whole numbers."""
    above, below = _slice_target(goal)
    if not slices.whole:
        is_good = slice_test(goal, whole=False)
        return [i for i in slices.hits if not is_good(slices.good[i], slices.valid[i])]
    # The same said of what is bad, which most slices have little of.
    spare, bad, valid = below - above, slices.bad, slices.counts
    return [i for i in slices.hits if bad[i] * below > spare * valid[i]]


def slice_test(goal: Goal, *, whole: bool) -> Callable[[Number, Number], bool]:
    """Whether a slice of (good, valid) events is good: good >= slice target · valid, in whole numbers."""
    above, below = _slice_target(goal)
    slack = 0 if whole else float(TOLERANCE)
    return lambda good, valid: good == valid or good * below >= above * valid * (1 - slack)


def _slice_target(goal: Goal) -> tuple[int, int]:
    return (goal.slice_target if goal.slice_target is not None else goal.target).as_integer_ratio()


def _ratio_timeslices(slices: Slices, assumed_bad: int) -> Tally:
    if slices.whole:
        kept = Fraction(round(sum(slices.missed), -_SPARE), SCALE)
    else:
        bad, valid = slices.bad, slices.valid
        kept = Fraction(fsum(bad[i] / valid[i] for i in slices.hits))
    counted = slices.counted
    return Tally(good=max(counted - kept, Fraction(0)), counted=Fraction(counted + assumed_bad))


def _exactly_met(counts: Tally, target: Decimal) -> Tally:
    """The same, with a target that is missed or passed by less than rounding met exactly."""
    met = Fraction(target) * counts.counted
    near = abs(counts.good - met) <= TOLERANCE * counts.counted
    return Tally(good=met, counted=counts.counted) if near else counts
