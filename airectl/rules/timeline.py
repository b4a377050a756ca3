"""A made-up history of an SLO, and what its alerts should say at each moment of it.

The figures come from the budget engine's ledger of the same slices, never from PromQL. What depends on
where exactly a window begins or ends is not said: two versions of Prometheus differ in that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, groupby
from typing import Final

from airectl.core.budget import Goal, Tally, tally
from airectl.core.ledger import ledger
from airectl.core.slices import KNOWN, MISSING, Slices

# A ratio nearer to a threshold than one part in so many may stand on either side of it.
_NEAR: Final = 50
# How much longer than it takes to follow a change a level stays.
_UNBLURRED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """`steps` steps with a `share` of bad (0 to 1) among `volume` events each; None: there are no samples."""

    steps: int
    share: Fraction = Fraction(0)
    volume: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two windows of an alert; both must be above `threshold`, or reach it where `inclusive`."""

    long_s: int
    short_s: int
    threshold: Decimal
    inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One burn-rate alert: it fires when one of its pairs has held for `for_s`, and `keep_s` longer.

    `valued`: its value is seen, since its annotations say it.
    """

    pairs: tuple[Pair, ...]
    for_s: int = 0
    keep_s: int = 0
    valued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How an objective turns a share of bad into good and bad.

    `step_s` is the time between two samples. `slice_s` is the slice that is judged as a whole, the step
    itself for Occurrences. `mixes`: a step can be partly bad. `low` and `high` are the shares of a good and
    of a bad slice where slices are one or the other. `blur_s` is how long a value takes to follow a change.
    `edges_count`: a sample at the left edge of a window is in it, before Prometheus 3.
    """

    goal: Goal
    step_s: int
    slice_s: int
    mixes: bool
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(1)
    blur_s: int = 0
    edges_count: bool = False

    @property
    def whole_slices(self) -> bool:
        """Whether a slice is either good or bad."""
        return not self.mixes or self.low != 0 or self.high != 1

    @property
    def slice_steps(self) -> int:
        """Steps of one slice."""
        return self.slice_s // self.step_s


class Timeline:
    """Phases one after the other, from second 0 on."""

    def __init__(self, means: Means, phases: Iterable[Phase]) -> None:
        self.means, self.phases = means, tuple(phases)
        self._known: dict[tuple[int, Pair], bool | None] = {}

    @property
    def length_s(self) -> int:
        """Seconds from the start to the end."""
        return sum(each.steps for each in self.phases) * self.means.step_s

    def starts_s(self, phase: int) -> int:
        """The second at which a phase begins."""
        return sum(each.steps for each in self.phases[:phase]) * self.means.step_s

    @cached_property
    def steps(self) -> list[tuple[Fraction, int | None]]:
        """Share of bad and volume of every step."""
        found: list[tuple[Fraction, int | None]] = []
        for phase in self.phases:
            shares = self._shares(phase)
            found += [(share, phase.volume) for share in shares]
        return found

    @cached_property
    def runs(self) -> tuple[tuple[Fraction, int | None, int], ...]:
        """Stretches of equal steps: share of bad, volume, how many."""
        return tuple((*level, len(list(same))) for level, same in groupby(self.steps))

    def _shares(self, phase: Phase) -> list[Fraction]:
        means = self.means
        if not means.whole_slices:
            return [phase.share] * phase.steps
        # Bad slices spread evenly: slice i is bad where i times the share passes a whole number. Several make
        # one stretch where a value takes long to follow.
        steps = means.slice_steps * max(_UNBLURRED * means.blur_s // means.slice_s, 1)
        bad = [(i + 1) * phase.share // 1 > i * phase.share // 1 for i in range(-(-phase.steps // steps))]
        return [means.high if bad[i // steps] else means.low for i in range(phase.steps)]

    @cached_property
    def slices(self) -> Slices:
        """The same as the budget engine's slices. A step of volume 1 is one event, or a weight of 1."""
        per = self.means.slice_steps
        groups = [self.steps[i : i + per] for i in range(0, len(self.steps) - per + 1, per)]
        valid = [sum(volume or 0 for _, volume in group) for group in groups]
        bad = [sum((share * (volume or 0) for share, volume in group), Fraction(0)) for group in groups]
        whole = all(each.denominator == 1 for each in bad)
        good = [int(v - b) if whole else float(v - b) for v, b in zip(valid, bad, strict=True)]
        states = bytes(MISSING if group[0][1] is None else KNOWN for group in groups)
        return Slices(start_s=0, step_s=self.means.slice_s, good=good, valid=valid, states=states, whole=whole)

    @cached_property
    def _sums(self) -> tuple[list[int], list[int]]:
        """Prefix sums of bad and counted."""
        book = ledger(self.slices, self.means.goal, len(self.slices))
        return list(accumulate(book.bad, initial=0)), list(accumulate(book.counted, initial=0))

    def tally(self, at_s: int, window_s: int | None = None) -> Tally:
        """What the engine counts of the window that ends at `at_s`; None: since the start."""
        return tally(self.slices.cut(at_s - window_s if window_s else 0, at_s), self.means.goal)

    def above(self, at_s: int, pair: Pair) -> bool | None:
        """Whether both windows are above the threshold; None where it depends on a slice or on rounding."""
        key = (at_s, pair)
        if key not in self._known:
            said = [self._above(at_s, window_s, pair.threshold) for window_s in (pair.short_s, pair.long_s)]
            self._known[key] = False if False in said else None if None in said else True
        return self._known[key]

    def _above(self, at_s: int, window_s: int, threshold: Decimal) -> bool | None:
        above, below = threshold.as_integer_ratio()
        bads, counts = self._sums
        said = set()
        for first, last in self._edges(at_s, window_s):
            bad, counted = bads[last] - bads[first], counts[last] - counts[first]
            blurred = self._blurred(first, last) * counted // max(last - first, 1)
            # More than 2 % above or below, whatever the slices are in which a level was not reached yet.
            said.add(counted > 0 and (bad - blurred) * below * _NEAR > above * counted * (_NEAR + 1))
            said.add(counted > 0 and (bad + blurred) * below * _NEAR > above * counted * (_NEAR - 1))
        return said.pop() if len(said) == 1 else None

    def _blurred(self, first: int, last: int) -> int:
        """How many of these slices may be other ones than the steps say, since a rate follows a change late."""
        late = -(-self.means.blur_s // self.means.slice_s)
        if not late:
            return 0
        changes = bisect_left(self._changes, last) - bisect_left(self._changes, first - late)
        return min(changes * late, last - first)

    @cached_property
    def _changes(self) -> list[int]:
        """The slices that begin with another level than the one before; the first does."""
        firsts = self.steps[:: self.means.slice_steps]
        return [0, *(i for i in range(1, len(firsts)) if firsts[i] != firsts[i - 1])]

    @property
    def _loose(self) -> bool:
        return self.means.whole_slices or self.means.edges_count

    def _edges(self, at_s: int, window_s: int) -> list[tuple[int, int]]:
        """The slices that may be in the window: its left edge may belong to it or not, and so may a whole slice."""
        slice_s = self.means.slice_s
        last = at_s // slice_s
        first = max((at_s - window_s) // slice_s, 0)
        shifts = ((0, 0), (1, 0), (-1, 0), (0, -1), (-1, -1)) if self._loose else ((0, 0), (1, 0))
        found = [(max(first + low, 0), max(last + high, 0)) for low, high in shifts]
        return [(low, max(low, min(high, len(self._sums[0]) - 1))) for low, high in found]

    def fires(self, at_s: int, watch: Watch, evaluated_s: int) -> bool | None:
        """Whether an alert fires that is looked at every `evaluated_s`; None where it cannot be said for sure."""
        now = self._any(at_s, watch.pairs)
        if now is False and not self._kept(at_s, watch, evaluated_s):
            return False
        # From the evaluation at which it must have become active, if it fires now.
        since_s = (at_s - watch.for_s) // evaluated_s * evaluated_s if watch.for_s else at_s
        before = [self._any(each, watch.pairs) for each in range(max(since_s, 0), at_s, evaluated_s)]
        if now is True and since_s >= 0 and all(before):
            return True
        lately = False in before and not watch.keep_s
        return False if now is not None and (lately or since_s < 0) else None

    def _kept(self, at_s: int, watch: Watch, evaluated_s: int) -> bool:
        """Whether it may still fire because it did a short time ago."""
        if not watch.keep_s:
            return False
        times = range(max(at_s - watch.keep_s - 2 * evaluated_s, 0), at_s, evaluated_s)
        return any(self._any(each, watch.pairs) is not False for each in times)

    def value(self, at_s: int, watch: Watch) -> Fraction | None:
        """What an alert that fires has as its value: the short window's ratio of its first pair that holds.

        None where it is not known for sure.
        """
        for pair in watch.pairs:
            above = self.above(at_s, pair)
            if above is None:
                return None
            if above:
                return self._steady(at_s, pair.short_s)
        return None

    def _steady(self, at_s: int, window_s: int) -> Fraction | None:
        """The ratio over a window in which it is the same wherever the window begins."""
        found = self.ratios(at_s, window_s)
        return found.pop() if len(found) == 1 else None

    def ratios(self, at_s: int, window_s: int) -> set[Fraction]:
        """What the ratio over a window may be, by where the window begins."""
        spans = self._edges(at_s, window_s)
        bad, counted = self._sums
        return {Fraction(bad[j] - bad[i], counted[j] - counted[i]) for i, j in spans if counted[j] > counted[i]}

    def _any(self, at_s: int, pairs: Sequence[Pair]) -> bool | None:
        said = [self.above(at_s, each) for each in pairs]
        if True in said:
            return True
        return None if None in said else False
