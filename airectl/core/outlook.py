"""When a budget went over, when it will, and when it comes back.

A rolling window is moved slice by slice: back over the history, and forward over an assumed future in
which old slices fall out and new ones come in, each counting as much as the window's measured slices do
on average. After one whole window the future is all there is, so a budget that has not gone over by
then never does. A calendar window starts anew with its next period; until then spending goes on in a
straight line. Planned exclusions are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from airectl.core.judge import State
from airectl.core.ledger import Ledger
from airectl.core.search import RuledOut, first, last
from airectl.core.windows import Window

# The present burn is that over an hour: a shorter one jumps, a longer one is slow to see an incident end.
PRESENT_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Times in epoch seconds; None: it does not apply, or will not happen as things stand.

    `exhausted_since_s` is when the budget went over to stay so until now; with `longer` it had been over
    before that time, which is the earliest that the history tells of. `exhausts_at_s` assumes that things
    go on as they did over the lookback `present`, `recovers_at_s` that nothing more goes bad.
    """

    exhausted_since_s: int | None = None
    longer: bool = False
    exhausts_at_s: int | None = None
    recovers_at_s: int | None = None
    present: str = ""


def present_burn(burn: Mapping[str, Fraction | None], lookbacks: Mapping[str, int]) -> tuple[str, Fraction] | None:
    """The burn rate that is taken to go on, with its lookback's name.

    It is that over an hour, or the shortest lookback above; where nothing was counted in it, the next
    longer one. None where nothing was counted in any.
    """
    for name in sorted(lookbacks, key=lookbacks.__getitem__):
        rate = burn.get(name)
        if lookbacks[name] >= PRESENT_S and rate is not None:
            return name, rate
    return None


def look(ledger: Ledger, window: Window, state: State, present: tuple[str, Fraction] | None) -> Outlook:
    """What is to be said of a budget in `state`: when it went over and comes back, or when it will go over.

    Nothing of one that is undecided.
    """
    if state is State.EXHAUSTED:
        since, longer = _since_rolling(ledger) if window.rolling else (_since_calendar(ledger, window), False)
        back = _recovery(ledger) if window.rolling else window.until_s
        return Outlook(exhausted_since_s=since, longer=longer, recovers_at_s=back)
    if state in (State.MET, State.WARNING) and present:
        name, burn = present
        share = burn * Fraction(1 - ledger.goal.target)
        ends = _exhaustion_rolling(ledger, share) if window.rolling else _exhaustion_calendar(ledger, window, share)
        return Outlook(exhausts_at_s=ends, present=name)
    return Outlook()


def _since_rolling(ledger: Ledger) -> tuple[int | None, bool]:
    """The end of the slice with which the sliding window went over for good, and whether it was over before."""
    (a, b), size, end = ledger.prices, ledger.size, len(ledger)
    bad, counts = ledger.bad_sums, ledger.count_sums

    def over(early: int, late: int) -> bool:
        """Whether all windows that end from `early` to `late` are over: what they share is bad enough for all."""
        return a * (bad[early] - bad[late - size]) > b * (counts[late] - counts[early - size])

    # Windows that begin before the history does are not looked at: their budget is not known in full.
    within = last(size, end, over)
    if within == end:
        return None, False
    since = size if within is None else within + 1
    return ledger.at(since), within is None


def _since_calendar(ledger: Ledger, window: Window) -> int | None:
    """The end of the slice with which the whole period's budget, at the mean rate of the time, went over for good."""
    (a, b), end = ledger.prices, len(ledger)
    bad, counts = ledger.bad_sums, ledger.count_sums
    live = list(accumulate(ledger.live, initial=0))

    def over(early: int, late: int) -> bool:
        whole = window.period_slices - (early - live[early])
        return a * bad[early] * live[early] > b * counts[late] * whole

    within = last(0, end, over) or 0  # nothing was bad before the first slice
    return None if within == end else ledger.at(within + 1)


def _recovery(ledger: Ledger) -> int | None:
    """The first time from which the window stays within its budget, if every slice to come is wholly good."""
    over = last(1, ledger.size, _within(ledger, Fraction(0)))
    return ledger.at(len(ledger) + (over or 0) + 1)


def _exhaustion_rolling(ledger: Ledger, share: Fraction) -> int | None:
    """The first time at which the window is over its budget, if `share` of all that is counted goes on to be bad."""
    gone = first(1, ledger.size, _within(ledger, share))
    return None if gone is None else ledger.at(len(ledger) + gone)


def _within(ledger: Ledger, share: Fraction) -> RuledOut:
    """Whether the window stays within its budget from some moment to another, in slices from now up to its length.

    A slice to come counts as much as the live ones do on average, `share` of it is bad.
    """
    a, b = ledger.prices
    bad, counts, start, end = ledger.bad_sums, ledger.count_sums, ledger.first, len(ledger)
    # All is multiplied by the denominators; without live slices nothing was counted either.
    above, below = share.as_integer_ratio()
    live = ledger.live.count(1, start) or 1
    each = (counts[end] - counts[start]) * (a * ledger.unit * above - b * below)

    def within(early: int, late: int) -> bool:
        # The most that can be bad and the least that can count of the old slices, the most that can come.
        old = a * (bad[end] - bad[start + early]) - b * (counts[end] - counts[start + late])
        return old * live * below + max(early * each, late * each) <= 0

    return within


def _exhaustion_calendar(ledger: Ledger, window: Window, share: Fraction) -> int | None:
    """The same in a period, whose budget is that of the events which it will have at the mean rate so far."""
    bad, counted, live = ledger.spent
    if not (live and counted and share):
        return None
    whole = window.period_slices - (len(ledger) - live)
    left = Fraction(1 - ledger.goal.target) * counted * whole - bad * live
    slices = max(left // (share * counted) + 1, 1)
    end_s = min(ledger.at(len(ledger) + slices), window.until_s)
    return end_s if slices <= whole - live else None
