"""When a budget went over, when it will, and when it comes back.

A rolling window is moved slice by slice: back over the history, and forward over an assumed future in
which old slices fall out and new ones come in, each counting as much as the window's measured slices do
on average. After one whole window the future is all there is, so a budget that has not gone over by
then never does. A calendar window starts anew with its next period; until then spending goes on in a
straight line. Planned exclusions are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from airectl.core.judge import State
from airectl.core.ledger import Ledger
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
    sums, size = ledger.overdrafts, ledger.size
    end = len(ledger)
    while end >= size and sums[end] > sums[end - size]:
        end -= 1
    if end == len(ledger):
        return None, False
    # Windows that begin before the history does are not looked at: their budget is not known in full.
    return ledger.at(end + 1), end < size


def _since_calendar(ledger: Ledger, window: Window) -> int | None:
    """The end of the slice with which the whole period's budget, at the mean rate of the time, went over for good."""
    a, b = ledger.prices
    moments = zip(
        accumulate(ledger.bad),
        accumulate(ledger.counted),
        accumulate(ledger.live),
        range(1, len(ledger) + 1),
        strict=True,
    )
    since = None
    for bad, counted, live, gone in moments:
        whole = window.period_slices - (gone - live)
        if a * bad * live <= b * counted * whole:
            since = None
        elif since is None:
            since = ledger.at(gone)
    return since


def _recovery(ledger: Ledger) -> int | None:
    """The first time from which the window stays within its budget, if every slice to come is wholly good."""
    backwards = range(ledger.size, 0, -1)
    last = next(_overdrawn(ledger, Fraction(0), backwards), 0)
    return ledger.at(len(ledger) + last + 1)


def _exhaustion_rolling(ledger: Ledger, share: Fraction) -> int | None:
    """The first time at which the window is over its budget, if `share` of all that is counted goes on to be bad."""
    sums, first = ledger.overdrafts, ledger.first
    slow = share <= Fraction(1 - ledger.goal.target)
    if slow and min(sums[first + 1 :], default=sums[-1]) >= sums[-1]:
        return None  # what falls out never saved anything: the usual case, and quick to see
    forwards = range(1, ledger.size + 1)
    gone = next(_overdrawn(ledger, share, forwards), None)
    return None if gone is None else ledger.at(len(ledger) + gone)


def _overdrawn(ledger: Ledger, share: Fraction, moments: Iterable[int]) -> Iterator[int]:
    """Those of `moments`, in slices from now up to the window's own length, at which it is over its budget."""
    a, b = ledger.prices
    _, counted, live = ledger.spent()
    live = live or 1  # then nothing was counted either
    # A slice to come counts counted/live, of which `share` is bad; all is multiplied by the denominators.
    bad, good_and_bad = share.as_integer_ratio()
    unit, each = live * good_and_bad, counted * (a * bad - b * good_and_bad)
    sums, now = ledger.overdrafts, ledger.overdrafts[-1]
    first = ledger.first
    return (gone for gone in moments if (now - sums[first + gone]) * unit + gone * each > 0)


def _exhaustion_calendar(ledger: Ledger, window: Window, share: Fraction) -> int | None:
    """The same in a period, whose budget is that of the events which it will have at the mean rate so far."""
    bad, counted, live = ledger.spent()
    if not (live and counted and share):
        return None
    whole = window.period_slices - (len(ledger) - live)
    left = Fraction(1 - ledger.goal.target) * counted * whole - bad * live
    slices = max(left // (share * counted) + 1, 1)
    end_s = min(ledger.at(len(ledger) + slices), window.until_s)
    return end_s if slices <= whole - live else None
