"""What the slices of an SLO say of an incident: when it was worse than its target, what that burned, how many requests.

The excess of a slice is what was bad in it beyond a bar: bad - bar * counted. The bar is the share of bad that the
target allows, or, where more was bad in the interval than that, the geometric mean of both: high enough that what is
always bad now and then stays outside, and low enough for the mild beginning and end of something worse. An SLO is
taken to be worse over the stretch whose excesses add up to the most; its first and last slice are worse than the
target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum, sqrt
from typing import Final

from airectl.core.budget import Goal, bad_slices, tally
from airectl.core.incident.burned import Basis, Burned, Unit
from airectl.core.judge import Budget
from airectl.core.policy import Policy
from airectl.core.slices import Slices
from airectl.core.slo import Method
from airectl.core.stats import wilson
from airectl.core.units import Duration

_PAGES: Final = Fraction(2, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `start_s` to `end_s`, epoch seconds, the second exclusive; in slices of `step_s`."""

    start_s: int
    end_s: int
    step_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Bad requests of an incident with their bounds, out of `valid`; `missing` slices are not known."""

    valid: float
    bad: float
    low: float
    high: float
    missing: int = 0

    @property
    def ratio(self) -> float | None:
        """The share that was bad; None where there were none."""
        return self.bad / self.valid if self.valid else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One objective: its slices of the window and before, and the budget of the window that ends with the incident."""

    slo: str
    window: Duration
    slices: Slices
    budget: Budget
    policy: Policy

    @property
    def goal(self) -> Goal:
        """What it asks for."""
        return self.budget.goal


def worst_stretch(slices: Slices, goal: Goal) -> Stretch | None:
    """The stretch in which it was worse than its target; None where it never was."""
    best, best_at = 0.0, (0, 0)
    total, start = 0.0, 0
    for index, excess in enumerate(_excesses(slices, goal)):
        if total <= 0:
            total, start = 0.0, index
        total += excess
        if total > best:
            best, best_at = total, (start, index + 1)
    if not best:
        return None
    first, last = best_at
    step = slices.step_s
    return Stretch(start_s=slices.start_s + first * step, end_s=slices.start_s + last * step, step_s=step)


def matters(measured: Measured, part: Slices, stretch: Stretch) -> bool:
    """Whether `stretch` is more than noise: all of `part` burned faster than allowed, or it took 2 % of the budget.

    A single bad answer is worse than a target, for a service with few requests.
    Source: https://sre.google/workbook/alerting-on-slos/, where 2 % of a budget is the least that pages
    """
    rate = tally(part, measured.goal, "unknown").consumed(measured.goal.target)
    taken = burned(measured, stretch.start_s, stretch.end_s).consumed
    return (rate or 0) > 1 or (taken or 0) >= _PAGES


def _excesses(slices: Slices, goal: Goal) -> Iterator[float]:
    bar = _bar(slices, goal)
    bad_at = set(bad_slices(slices, goal)) if goal.method is Method.TIMESLICES else set()
    for index, valid in enumerate(slices.valid):
        if not valid:
            yield 0.0
        elif goal.method is Method.OCCURRENCES:
            yield float(slices.bad[index]) - bar * valid
        elif goal.method is Method.TIMESLICES:
            yield (index in bad_at) - bar
        else:
            yield slices.bad[index] / valid - bar


def _bar(slices: Slices, goal: Goal) -> float:
    allowed = float(1 - goal.target)
    sli = tally(slices, goal, "unknown").sli
    share = 0.0 if sli is None else float(1 - sli)
    return sqrt(allowed * share) if share > allowed else allowed


def touched(slices: Slices, start_s: float, end_s: float) -> Slices:
    """The slices that an interval touches, whole."""
    step, origin = slices.step_s, slices.start_s
    first = int((start_s - origin) // step) * step + origin
    last = -int(-(end_s - origin) // step) * step + origin
    return slices.cut(first, last)


def burned(measured: Measured, start_s: float, end_s: float) -> Burned:
    """What an interval took of the budget of the window that ends with the incident."""
    goal, budget, policy = measured.goal, measured.budget, measured.policy
    window = measured.slices.cut(budget.window.start_s, budget.window.end_s)
    part = touched(window, start_s, end_s)
    bad = tally(part, goal, "unknown").bad
    low, high = _bounds(part, bad, measured)
    # Of a calendar period that goes on, the rest is taken to be like its start.
    whole = tally(window, goal, policy.no_data).counted / budget.elapsed if budget.elapsed else Fraction(0)
    return Burned(
        slo=measured.slo,
        target=goal.target,
        window=measured.window,
        basis=Basis.MEASURED,
        unit=Unit.EVENTS if goal.method is Method.OCCURRENCES else Unit.SLICES,
        bad=bad,
        counted=whole,
        low_bad=None if low == bad else low,
        high_bad=None if high == bad else high,
        left=budget.remaining,
    )


def _bounds(part: Slices, bad: Fraction, measured: Measured) -> tuple[Fraction, Fraction]:
    """At least and at most so much was bad: with samples by Wilson, and missing slices all good, or all bad."""
    goal = measured.goal
    if goal.method is not Method.OCCURRENCES:
        return bad, bad + part.missing
    requests = requests_of(measured.slices, part, measured.policy)
    return min(Fraction(requests.low), bad), max(Fraction(requests.high), bad)


def requests_of(whole: Slices, part: Slices, policy: Policy) -> Requests:
    """The bad events of `part`, and their bounds.

    A sample has the bounds of Wilson's interval. Events whose label is not known yet are bad at most. A missing slice
    had at most as many bad events as a slice of `whole` has events on average.
    """
    valid, bad = (float(each) for each in part.events)
    low, high = bad, bad + float(sum(part.unlabelled))
    if policy.sampled and valid:
        below, above = wilson(bad, valid, policy.confidence)
        low, high = below * valid, max(above * valid, high)
    if part.missing and whole.known:
        high += part.missing * fsum(whole.valid) / whole.known
    return Requests(valid=valid, bad=bad, low=low, high=high, missing=part.missing)


def burn_rates(slices: Slices, goal: Goal, size: int = 1) -> Sequence[float | None]:
    """The burn rate of each `size` slices: their bad share over what the target allows. None where nothing counted."""
    rates = []
    for first in range(0, len(slices), size):
        start_s = slices.start_s + first * slices.step_s
        part = slices.cut(start_s, start_s + size * slices.step_s)
        rate = tally(part, goal, "unknown").consumed(goal.target)
        rates.append(None if rate is None else float(rate))
    return rates
