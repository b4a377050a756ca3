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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum
from typing import Final

from airectl.core.slices import Number, Slices
from airectl.core.slo import Method

# Numbers that were extrapolated or weighted miss an exactly met target by rounding of their own.
TOLERANCE: Final = Fraction(1, 10**9)
# Shares of slices are summed to more digits than are kept, so that a sum that is a short decimal is
# that decimal: three slices of 1/3 are 1.
SCALE: Final = 10**60
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
    valid = _total(slices.valid)
    if assumed_bad and slices.known:
        return Tally(good=_total(slices.good), counted=valid * (slices.known + assumed_bad) / slices.known)
    return Tally(good=_total(slices.good), counted=valid)


def _timeslices(slices: Slices, goal: Goal, assumed_bad: int) -> Tally:
    is_good = slice_test(goal, whole=slices.whole)
    counted = good = 0
    for part, whole in zip(slices.good, slices.valid, strict=True):
        if whole:
            counted += 1
            good += is_good(part, whole)
    return Tally(good=Fraction(good), counted=Fraction(counted + assumed_bad))


def slice_test(goal: Goal, *, whole: bool) -> Callable[[Number, Number], bool]:
    """Whether a slice of (good, valid) events is good: good >= slice target · valid, in whole numbers."""
    above, below = (goal.slice_target if goal.slice_target is not None else goal.target).as_integer_ratio()
    slack = 0 if whole else float(TOLERANCE)
    return lambda good, valid: good == valid or good * below >= above * valid * (1 - slack)


def _ratio_timeslices(slices: Slices, assumed_bad: int) -> Tally:
    counted = len(slices) - list(slices.valid).count(0)
    missed = [(whole - part, whole) for part, whole in zip(slices.good, slices.valid, strict=True) if part != whole]
    if slices.whole:
        kept = Fraction(round(sum(int(bad) * SCALE // int(whole) for bad, whole in missed), -_SPARE), SCALE)
    else:
        kept = Fraction(fsum(bad / whole for bad, whole in missed))
    return Tally(good=max(counted - kept, Fraction(0)), counted=Fraction(counted + assumed_bad))


def _total(numbers: Sequence[Number]) -> Fraction:
    total = sum(numbers)
    return Fraction(total) if isinstance(total, int) else Fraction(fsum(numbers))


def _exactly_met(counts: Tally, target: Decimal) -> Tally:
    """The same, with a target that is missed or passed by less than rounding met exactly."""
    met = Fraction(target) * counts.counted
    near = abs(counts.good - met) <= TOLERANCE * counts.counted
    return Tally(good=met, counted=counts.counted) if near else counts
