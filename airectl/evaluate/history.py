"""What the slices of a window tell beyond its budget: its past and future, and what spent it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from airectl.core.judge import Budget, State
from airectl.core.ledger import ledger
from airectl.core.outlook import Outlook, look, present_burn
from airectl.core.policy import Policy
from airectl.core.slices import Slices
from airectl.core.spenders import Spender, spenders

MOST_SPENDERS: Final = 5


def told(
    slices: Slices, budget: Budget, burn: Mapping[str, Fraction | None], policy: Policy
) -> tuple[Outlook, tuple[Spender, ...]]:
    """The outlook, and the costliest spenders. `slices` are those of the window and of what comes before it."""
    window, present = budget.window, present_burn(burn, policy.terms.lookbacks)
    if not budget.tally.bad and not (present and present[1]):
        return Outlook(present=present[0] if present else ""), ()
    # Only what was exhausted needs the history.
    seen = slices if budget.state is State.EXHAUSTED else slices.cut(window.start_s, window.end_s)
    book = ledger(seen, budget.goal, window.slices, policy.no_data)
    return look(book, window, budget.state, present), tuple(spenders(book, MOST_SPENDERS))
