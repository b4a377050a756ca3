"""How much traffic a server carries within its objectives: a search of the arrival rate.

The rate is probed in doubling steps until the server fails, and halved from there; then the edge is settled: a rate
passes or fails only where the early-stopping rule says so, over replicates with seeds of their own. Rates between the
highest that passes and the lowest that fails are not decided, and are the width of the result.

`measure` does the work, in real or in virtual time. It is given a rate and how many requests are wanted, and it tells
of the steady part only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from airectl.core.early_stopping import fails, least_events, passes

# A first look takes fewer requests than a decision.
_GLANCE: Final = 0.25
_SLACK: Final = 1e-9


class Verdict(StrEnum):
    """What a rate, or one measurement of it, shows."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


class Ending(StrEnum):
    """How a search ended."""

    FOUND = "found"
    AT_LEAST = "at least"  # the highest allowed rate passed
    NONE_PASSED = "none passed"  # not even the lowest rate did
    CLIENT_LIMITED = "client-limited"  # the client could not send what was asked, twice in a row
    UNDECIDED = "undecided"  # the steps were used up, or no rate passed for sure
    STOPPED = "stopped"  # the user ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of an objective with the share `target` (0 < p < 1): `bad` among `valid` events failed."""

    name: str
    target: float
    valid: int
    bad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One measurement to make: at `rate_rps`, of at least `requests`. `number` counts them all, from 0."""

    number: int
    rate_rps: float
    requests: int
    replicate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement. `steady`: the requests in flight did not grow. `client_limited`: it shows the client's limit.

    `stopped`: the user ended it, so it says nothing.
    """

    wanted: Wanted
    tallies: Sequence[Tally]
    steady: bool
    client_limited: bool = False
    stopped: bool = False
    achieved_rps: float = 0.0
    output_tokens_per_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`start_rps` is the first rate, `lowest_rps` and `highest_rps` bound the search; all above 0.

    `resolution` is the width that a decided edge may have, as a ratio. `targets` are the shares of the objectives, and
    `confidence` how sure a decision is. An edge is measured up to `replicates` times, and at least twice to be decided
    where there are as many. `most_steps` bounds all measurements together.
    """

    targets: Sequence[float]
    start_rps: float = 1.0
    lowest_rps: float = 0.05
    highest_rps: float = 10_000.0
    resolution: float = 0.05
    confidence: float = 0.99
    replicates: int = 3
    most_steps: int = 40
    least_requests: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of it. `low_rps` is the highest rate that passed, `high_rps` the lowest above it that failed.

    None: there is none. The token rates are those of the same rates: `high` at the tokens a request had at `low`.
    """

    ending: Ending
    low_rps: float | None = None
    high_rps: float | None = None
    tokens_per_request: float | None = None
    steps: Sequence[Measured] = ()


Measure = Callable[[Wanted], Measured]


class _Over(Exception):
    """The search ends here."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


@dataclass(slots=True)
class _Search:
    measure: Measure
    options: Options
    steps: list[Measured] = field(default_factory=list)
    settled: dict[float, Verdict] = field(default_factory=dict)

    def run(self) -> Ending:
        """Probe, bisect, settle. Raises _Over."""
        under, over = self._probe()
        if over is not None:
            under, over = self._bisect(under, over)
        self._settle_down(under)
        if over is None and self.settled[under] is Verdict.PASSED:
            return Ending.AT_LEAST
        self._settle_up(under)
        return Ending.FOUND

    def low(self) -> float | None:
        """The highest rate that passed below every rate that failed."""
        high = self.high()
        passed = [r for r, v in self.settled.items() if v is Verdict.PASSED and (high is None or r < high)]
        return max(passed, default=None)

    def high(self) -> float | None:
        return min((rate for rate, verdict in self.settled.items() if verdict is Verdict.FAILED), default=None)

    def _probe(self) -> tuple[float, float | None]:
        """A rate that seems to pass, and one twice as high that seems to fail; None: the highest seems to pass."""
        options = self.options
        rate = min(max(options.start_rps, options.lowest_rps), options.highest_rps)
        if not self._seems_good(rate):
            while rate > options.lowest_rps * (1 + _SLACK):
                over, rate = rate, max(rate / 2, options.lowest_rps)
                if self._seems_good(rate):
                    return rate, over
            raise _Over(Ending.NONE_PASSED)
        while rate < options.highest_rps * (1 - _SLACK):
            under, rate = rate, min(rate * 2, options.highest_rps)
            if not self._seems_good(rate):
                return under, rate
        return rate, None

    def _bisect(self, under: float, over: float) -> tuple[float, float]:
        while over / under > 1 + 2 * self.options.resolution:
            middle = (under + over) / 2
            under, over = (middle, over) if self._seems_good(middle) else (under, middle)
        return under, over

    def _settle_down(self, rate: float) -> None:
        """Go down from `rate` until one passes for sure. Raises _Over where none does."""
        stride = self.options.resolution
        while self._settle(rate) is not Verdict.PASSED:
            if rate <= self.options.lowest_rps * (1 + _SLACK):
                failed = self.settled[rate] is Verdict.FAILED
                raise _Over(Ending.NONE_PASSED if failed else Ending.UNDECIDED)
            rate = max(rate / (1 + stride), self.options.lowest_rps)
            stride *= 2

    def _settle_up(self, rate: float) -> None:
        """Go up from `rate` until one fails for sure; what passes on the way is the new low."""
        stride = self.options.resolution
        while self.high() is None:
            if rate >= self.options.highest_rps * (1 - _SLACK):
                raise _Over(Ending.AT_LEAST if self.settled.get(rate) is Verdict.PASSED else Ending.UNDECIDED)
            rate = min(rate * (1 + stride), self.options.highest_rps)
            stride = stride if self._settle(rate) is Verdict.PASSED else stride * 2

    def _settle(self, rate: float) -> Verdict:
        """Measure a rate until it is decided, or was measured as often as may be."""
        if rate not in self.settled:
            done: list[Measured] = []
            verdict = Verdict.UNDECIDED
            for replicate in range(self.options.replicates):
                done.append(self._measured(rate, self._requests(), replicate))
                verdict = judged(done, self.options)
                if verdict is not Verdict.UNDECIDED and len(done) >= min(2, self.options.replicates):
                    break
            self.settled[rate] = verdict
        return self.settled[rate]

    def _seems_good(self, rate: float) -> bool:
        requests = max(self.options.least_requests, round(self._requests() * _GLANCE))
        done = self._measured(rate, requests, 0)
        return done.steady and all(
            each.valid > 0 and each.bad <= max(each.valid * (1 - each.target), 1) for each in done.tallies
        )

    def _requests(self) -> int:
        """As many as may have two failures and still pass, of the objective that needs most."""
        least = (least_events(2, target, self.options.confidence) for target in self.options.targets)
        return max(self.options.least_requests, *least)

    def _measured(self, rate: float, requests: int, replicate: int) -> Measured:
        if len(self.steps) >= self.options.most_steps:
            raise _Over(Ending.UNDECIDED)
        wanted = Wanted(number=len(self.steps), rate_rps=rate, requests=requests, replicate=replicate)
        done = self.measure(wanted)
        self.steps.append(done)
        if done.stopped:
            raise _Over(Ending.STOPPED)
        if not done.client_limited:
            return done
        # A host that was busy for a moment is no limit: only a second measurement tells.
        if len(self.steps) > 1 and self.steps[-2].client_limited and self.steps[-2].wanted.rate_rps == rate:
            raise _Over(Ending.CLIENT_LIMITED)
        return self._measured(rate, requests, replicate)


def search(measure: Measure, options: Options) -> Found:
    """Find the highest rate that meets every objective, between a rate that passes and one that fails."""
    state = _Search(measure, options)
    try:
        ending = state.run()
    except _Over as over:
        ending = over.ending
    low, high = state.low(), state.high()
    if ending is Ending.FOUND and low is None:
        ending = Ending.UNDECIDED
    return Found(
        ending=ending,
        low_rps=low,
        high_rps=high,
        tokens_per_request=_tokens(state.steps, low),
        steps=tuple(state.steps),
    )


def judged(replicates: Sequence[Measured], options: Options) -> Verdict:
    """What all measurements of one rate show together.

    More than half unsteady fail it. Else the events of the steady ones are counted together: every objective has to
    pass by the early-stopping rule, and one that fails by it is enough to fail.
    """
    steady = [each for each in replicates if each.steady]
    if 2 * len(steady) < len(replicates):
        return Verdict.FAILED
    if 2 * len(steady) == len(replicates):
        return Verdict.UNDECIDED
    pooled = [_pooled(tallies) for tallies in zip(*(each.tallies for each in steady), strict=True)]
    sure = options.confidence
    if any(fails(each.bad, each.valid, each.target, sure) for each in pooled):
        return Verdict.FAILED
    if all(passes(each.bad, each.valid, each.target, sure) for each in pooled):
        return Verdict.PASSED
    return Verdict.UNDECIDED


def _pooled(tallies: Sequence[Tally]) -> Tally:
    first = tallies[0]
    valid, bad = sum(each.valid for each in tallies), sum(each.bad for each in tallies)
    return Tally(name=first.name, target=first.target, valid=valid, bad=bad)


def _tokens(steps: Sequence[Measured], rate: float | None) -> float | None:
    """The mean tokens of an answer where this rate was measured."""
    done = [e for e in steps if e.wanted.rate_rps == rate and e.achieved_rps > 0 and not e.client_limited]
    return sum(e.output_tokens_per_s / e.achieved_rps for e in done) / len(done) if done else None
