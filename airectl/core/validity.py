"""Whether a load test measured the server, and not its own client, and a server that keeps up.

Sources of the limits: the share of a core above which an event loop's own queue shows in latencies, and the lag of
20 ms, are from measurements of the engine (`airectl loadtest calibrate` gives those of a host).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float] | NDArray[np.float64]
ACHIEVED: Final = 0.99
P90: Final = Decimal("0.9")
P99: Final = Decimal("0.99")
LAG_P99_S: Final = 0.020
CPU_RATIO: Final = 0.85
FEWEST: Final = 20
# The window in so many blocks; the mean of each is one observation.
BLOCKS: Final = 12
# Student's t with 10 degrees of freedom exceeds it one time in 75, either way.
_T: Final = 3.0
_GROWTH: Final = 0.2
_POISSON: Final = 3.0
_WAIT_GROWTH: Final = 0.8


class Validity(StrEnum):
    """What a result is worth."""

    VALID = "valid"
    CLIENT_LIMITED = "client-limited"
    UNSTABLE = "unstable"
    INCONCLUSIVE = "inconclusive"


class State(StrEnum):
    """How one check ended. `unknown`: there was nothing to judge by; `skipped`: it does not apply."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition of a valid result. `figure` and `limit` are in the unit that `name` ends with."""

    name: str
    state: State
    said: str
    figure: float | None = None
    limit: float | None = None
    blames: Validity = Validity.CLIENT_LIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the client did in the measured window.

    `intended` requests were due, of which `sent` were sent in it and `queued` waited for a place among `in_flight`
    allowed; `dropped` never got one. `lag_p99_s` is that of requests that had not to wait for a place. `cpu_ratio` is
    the busiest share of a core of each process. `counts` are the requests in flight, evenly over the window, past the
    time in which it fills up; `waits_s` lie beside them: how long the requests that were sent then waited for their
    first content, or for their end where there is none, NaN where none was sent. `closed` and `steady` are those of
    the plan. `lost` says which processes were lost: what they still had to send is in no record.
    """

    intended: int
    sent: int
    queued: int = 0
    dropped: int = 0
    in_flight: int | None = None
    lag_p99_s: float | None = None
    cpu_ratio: Mapping[int, float]
    counts: Numbers
    waits_s: Numbers
    closed: bool = False
    steady: bool = True
    lost: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict and every check behind it."""

    validity: Validity
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> list[str]:
        """Why it is not valid."""
        return [each.said for each in self.checks if each.state is State.FAILED]


def judge(load: Load) -> Judgement:
    """Client-limited where the client is to blame, else unstable, else inconclusive, else valid."""
    checks = tuple(_checks(load))
    blamed = {each.blames for each in checks if each.state is State.FAILED}
    order = (Validity.CLIENT_LIMITED, Validity.UNSTABLE, Validity.INCONCLUSIVE)
    return Judgement(validity=next((each for each in order if each in blamed), Validity.VALID), checks=checks)


def _checks(load: Load) -> Iterator[Check]:
    if load.sent < FEWEST:
        were = "request was" if load.sent == 1 else "requests were"
        said = f"{load.sent:,} measured {were} sent; {FEWEST} are the fewest to judge by"
        few = State.FAILED
        yield Check(name="requests", state=few, said=said, figure=load.sent, limit=FEWEST, blames=Validity.INCONCLUSIVE)
    if load.lost:
        yield Check(name="processes", state=State.FAILED, said="; ".join(load.lost), figure=len(load.lost), limit=0)
    yield _achieved(load)
    yield _lag(load)
    yield _cpu(load)
    yield _stationary(load)


def _achieved(load: Load) -> Check:
    name = "achieved_ratio"
    if load.closed:
        return Check(name=name, state=State.SKIPPED, said="a closed loop has no rate to keep")
    if not load.intended:
        return Check(name=name, state=State.UNKNOWN, said="no request was due in the window", limit=ACHIEVED)
    ratio = load.sent / load.intended
    said = f"{load.sent:,} of {load.intended:,} requests that were due were sent ({ratio * 100:.1f} %)"
    if load.queued or load.dropped:
        said += (
            f"; at most {load.in_flight} may be in flight, so {load.queued:,} waited and {load.dropped:,} were dropped"
        )
    state = State.OK if ratio >= ACHIEVED else State.FAILED
    return Check(name=name, state=state, said=said, figure=ratio, limit=ACHIEVED)


def _lag(load: Load) -> Check:
    name, lag = "schedule_lag_p99_s", load.lag_p99_s
    if lag is None or load.closed:
        said = "a closed loop has no schedule" if load.closed else "no request was sent without waiting for a place"
        state = State.SKIPPED if load.closed else State.UNKNOWN
        return Check(name=name, state=state, said=said, limit=LAG_P99_S)
    said = f"p99 of the schedule lag is {lag * 1000:,.1f} ms"
    state = State.OK if lag <= LAG_P99_S else State.FAILED
    return Check(name=name, state=state, said=said, figure=lag, limit=LAG_P99_S)


def _cpu(load: Load) -> Check:
    name = "cpu_ratio"
    if not load.cpu_ratio:
        return Check(name=name, state=State.UNKNOWN, said="nothing tells the CPU time of the client", limit=CPU_RATIO)
    number, ratio = max(load.cpu_ratio.items(), key=lambda item: item[1])
    said = f"client process {number} used up to {ratio * 100:.0f} % of a core"
    state = State.OK if ratio <= CPU_RATIO else State.FAILED
    return Check(name=name, state=state, said=said, figure=ratio, limit=CPU_RATIO)


def _stationary(load: Load) -> Check:
    name, unstable = "in_flight_growth_ratio", Validity.UNSTABLE
    if load.closed or not load.steady:
        why = "a closed loop keeps it the same" if load.closed else "the rate changes by plan"
        return Check(name=name, state=State.SKIPPED, said=f"requests in flight are not judged: {why}", blames=unstable)
    found, waits = trend(load.counts), trend(load.waits_s)
    if found is None or waits is None:
        said = "the window is too short to see whether requests in flight grow"
        return Check(name=name, state=State.UNKNOWN, said=said, blames=unstable)
    state = State.FAILED if _grows(found, waits) else State.OK
    said = f"requests in flight stayed about {found.mean:,.1f}"
    if state is State.FAILED:
        verb = "grew" if found.growth > 0 else "fell"
        said = f"requests in flight {verb} from about {found.first:,.0f} to {found.last:,.0f} over the window"
    return Check(name=name, state=state, said=said, figure=found.growth_ratio, limit=_GROWTH, blames=unstable)


def _grows(counts: Trend, waits: Trend) -> bool:
    """Whether requests pile up, or a pile is worked off: more than noise in both, in the same direction.

    The requests in flight must change by more than noise: by t, by a fifth of the mean, and by 3√mean (of requests
    that come at random and do not wait for each other as many are in flight as Poisson says, so √mean is the least
    noise there is). The waits must change by 80 % of their mean, since a window that only fills up has no longer
    waits at its end. In seeded runs of the replica model at up to 90 % of what it can do 1 % were called unstable,
    at 120 % nine of ten, and all of those whose window was ten times as long as a request.
    """
    size = abs(counts.growth)
    certain = abs(counts.t) > _T and size >= _GROWTH * counts.mean and size >= _POISSON * sqrt(counts.mean)
    return certain and waits.growth_ratio * np.sign(counts.growth) >= _WAIT_GROWTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A line through block means: from `first` to `last`, around `mean`. `t` is its slope over the slope's error."""

    mean: float
    growth: float
    t: float

    @property
    def first(self) -> float:
        """The line at the start of the window."""
        return max(self.mean - self.growth / 2, 0.0)

    @property
    def last(self) -> float:
        """The line at the end of the window."""
        return max(self.mean + self.growth / 2, 0.0)

    @property
    def growth_ratio(self) -> float:
        """The growth over the window as a share of the mean."""
        return self.growth / self.mean if self.mean else 0.0


def trend(values: Numbers) -> Trend | None:
    """The trend of a row over its noise; None for fewer than two values a block, or where the first block has none.

    A NaN is no value; a block without one is like the one before it.

    The means of 12 blocks are fitted by a line. The slope's error is that of least squares times
    √((1+r)/(1-r)), where r is the correlation of neighbouring residuals, corrected for its bias in so short a row
    (r + (1+4r)/n) and held between 0 and 0.8: neighbours in time are alike, which is no trend.

    Source: Alexopoulos and Seila 1998, on batch means; Marriott and Pope 1954, https://doi.org/10.2307/2332719
    """
    means = _block_means(np.asarray(values, dtype=float))
    if means is None:
        return None
    place = np.arange(BLOCKS) - (BLOCKS - 1) / 2
    spread = float(place @ place)
    mean = float(means.mean())
    slope = float(place @ (means - mean)) / spread
    residuals = means - mean - slope * place
    squared = float(residuals @ residuals)
    r = float(residuals[1:] @ residuals[:-1]) / squared if squared > 0 else 0.0
    r = min(max(r + (1 + 4 * r) / BLOCKS, 0.0), 0.8)
    error = sqrt(squared / (BLOCKS - 2) / spread * (1 + r) / (1 - r))
    growth = slope * BLOCKS
    t = slope / error if error else (float("inf") if slope > 0 else float("-inf") if slope else 0.0)
    return Trend(mean=mean, growth=growth, t=t)


def _block_means(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    means: list[float] = []
    for block in np.array_split(values, BLOCKS):
        there = block[~np.isnan(block)]
        if not len(there) and not means:
            return None
        means.append(float(there.mean()) if len(there) else means[-1])
    return np.array(means) if len(values) >= 2 * BLOCKS else None
