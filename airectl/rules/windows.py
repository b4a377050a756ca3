"""Tables of burn-rate alerts: which windows, how much of the budget, how severe. The data are in data/windows.

    factor = budget share · period / long window
    budget share = factor · long window / period

Source: https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from airectl.core.findings import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A long and a short window. Exactly one of `share` (of the budget, a ratio) and `factor` is set."""

    severity: str
    long_s: int
    short_s: int
    share: Decimal | None = None
    factor: Decimal | None = None
    for_s: int = 0
    keep_firing_for_s: int | None = None
    url: str = ""
    at: Location | None = None

    def factor_of(self, period_s: int) -> Decimal:
        """The burn rate from which it alerts, in a period of so many seconds."""
        if self.factor is not None:
            return self.factor
        return (self.share or Decimal(0)) * period_s / self.long_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The pairs for a period. `below_one`: factors below 1 are meant, and are not raised to 1.

    `own`: the user gave it; then it is taken for every period.
    """

    name: str
    period_s: int
    pairs: tuple[Pair, ...]
    url: str = ""
    below_one: bool = False
    own: bool = False


def choose(tables: Sequence[Table], period_s: int) -> Table:
    """The table of this period, else that of the longest shorter one, else that of the shortest.

    Raises ValueError where there are none.
    """
    if not tables:
        raise ValueError("there are no tables")
    fitting = [table for table in tables if table.period_s <= period_s]
    return max(fitting, key=lambda t: t.period_s) if fitting else min(tables, key=lambda t: t.period_s)
