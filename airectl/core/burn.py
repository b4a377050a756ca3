"""Burn rates: how fast the budget is being spent, over several lookback windows."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from airectl.core.budget import Goal, Tally, tally
from airectl.core.slices import Slices


def burn_rate(slices: Slices, goal: Goal, no_data: str = "unknown") -> Fraction | None:
    """(bad / counted) / (1-t): 1 spends the budget in exactly one window.

    None, not 0, where `slices` hold no valid event: nothing is known of the burn then.
    """
    return tally(slices, goal, no_data).consumed(goal.target)


def tallies(slices: Slices, goal: Goal, lookbacks: Mapping[str, int], no_data: str = "unknown") -> dict[str, Tally]:
    """What counted and what of it was good over each lookback (name -> seconds), all ending where `slices` end.

    A lookback shorter than a slice, or reaching back before the first of `slices`, covers the whole
    slices that lie in it.
    """
    end_s = slices.start_s + len(slices) * slices.step_s
    return {name: tally(slices.cut(end_s - seconds, end_s), goal, no_data) for name, seconds in lookbacks.items()}


def burn_rates(
    slices: Slices, goal: Goal, lookbacks: Mapping[str, int], no_data: str = "unknown"
) -> dict[str, Fraction | None]:
    """The burn rate over each lookback, as `tallies` counts them."""
    return {name: each.consumed(goal.target) for name, each in tallies(slices, goal, lookbacks, no_data).items()}
