"""What the slices of a window tell beyond its budget: its past and future, and what spent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from airectl.core.course import Left, course
from airectl.core.judge import Budget, State
from airectl.core.ledger import ledger
from airectl.core.outlook import Outlook, look, present_burn
from airectl.core.policy import Policy
from airectl.core.slices import Slices
from airectl.core.spenders import Spender, spenders

MOST_SPENDERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The slices of a window, and the same with what comes before it."""

    window: Slices
    all: Slices


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The outlook, the costliest spenders, and how the budget went; the last is empty where nothing was bad."""

    outlook: Outlook = field(default_factory=Outlook)
    spenders: tuple[Spender, ...] = ()
    course: tuple[Left, ...] = ()


def told(past: Past, budget: Budget, burn: Mapping[str, Fraction | None], policy: Policy) -> Told:
    """All of it."""
    window, present = budget.window, present_burn(burn, policy.terms.lookbacks)
    if not budget.tally.bad and not (present and present[1]):
        return Told(outlook=Outlook(present=present[0] if present else ""))
    # Only what was exhausted needs the history.
    seen = past.all if budget.state is State.EXHAUSTED else past.window
    book = ledger(seen, budget.goal, window.slices, policy.no_data)
    return Told(
        outlook=look(book, window, budget.state, present),
        spenders=tuple(spenders(book, MOST_SPENDERS)),
        course=course(book, budget.consumed or Fraction(0)),
    )
