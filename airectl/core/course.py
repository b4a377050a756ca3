"""How an error budget went over its window: what was left of it at each moment."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from airectl.core.ledger import Ledger

# More than a chart can show.
POINTS: Final = 160


class Left(NamedTuple):
    """At `at_s` (epoch) the share `ratio` of the budget was left; below 0 it was overdrawn."""

    at_s: int
    ratio: float


def course(ledger: Ledger, consumed: Fraction, points: int = POINTS) -> tuple[Left, ...]:
    """What was left from the start of the window to its end, at so many moments at most.

    Left at slice i = 1 - consumed · (bad before i) / (all bad of the window): the budget is that of the whole window
    from the beginning, so the row begins at 1 and ends at 1 - consumed. Empty where nothing was bad.
    """
    sums, first, last = ledger.bad_sums, ledger.first, len(ledger)
    whole = sums[last] - sums[first]
    if not whole:
        return ()
    steps = min(last - first, points)
    at = sorted({first + (last - first) * step // steps for step in range(steps + 1)})
    scale = consumed / whole
    return tuple(Left(ledger.at(i), float(1 - scale * (sums[i] - sums[first]))) for i in at)
