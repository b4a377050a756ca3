"""Whether one set of load test runs is worse than another: a bootstrap over runs and blocks of time.

What follows in time is alike, and so is what one process of a server answers; single requests are therefore not
drawn, but whole blocks of time of whole runs. Runs of the same seeds are sent the same requests at the same times:
they are drawn in pairs, and the luck of a draw falls out of the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import sqrt
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from airectl.core.latency import upper_ends

Floats = NDArray[np.float64]
# 256 buckets a doubling: within 0.4 %, and of both sides alike.
HALF_BITS: Final = 8
QUANTILES: Final[Mapping[str, float]] = {"p50": 0.5, "p99": 0.99}
TAIL: Final = "p99"
CONFIDENCE: Final = 0.99
# The 99.5 % quantile of Student's t with 1, 2, ... degrees of freedom over that of the normal distribution.
_STUDENT: Final = (24.7, 3.85, 2.27, 1.79, 1.57, 1.44, 1.36, 1.30, 1.26)
# So many values must lie beyond a quantile, or it is one of a few.
_BEYOND: Final = 10
_AT_A_TIME: Final = 100


class State(StrEnum):
    """What is known of one figure."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "no worse"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run in blocks of time. `counts[metric][block]` is a histogram of HALF_BITS.

    `tokens`, `failed` and `requests` have one number a block; a block is `block_s` long.
    """

    seed: int
    block_s: float
    counts: Mapping[str, NDArray[np.int32]]
    tokens: Floats
    failed: Floats
    requests: Floats

    @property
    def blocks(self) -> int:
        """How many."""
        return len(self.requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What counts as worse: more than `effect_ratio` beyond the first side, at CONFIDENCE (two-sided, of each).

    `share` is the same for the share of failed requests, in absolute terms. `error_s` is how far this host may be
    off, by metric, and `late_s` how late it turned to requests in these runs, by quantile: what is within that of the
    client is no difference of the server. `throughput` is compared where the server sets it: in a closed loop.
    """

    effect_ratio: float = 0.1
    share: float = 0.01
    resamples: int = 2000
    error_s: Mapping[str, float] = field(default_factory=dict)
    late_s: Mapping[str, float] = field(default_factory=dict)
    throughput: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure of both sides. `worse` is how much worse the second one is, from `low` to `high`.

    It is a ratio to the first side, of shares the difference; positive is worse. None where there is too little.
    """

    name: str
    first: float | None
    second: float | None
    worse: float | None
    low: float | None
    high: float | None
    limit: float
    state: State


def paired(first: Sequence[Sample], second: Sequence[Sample]) -> bool:
    """Whether the runs were sent the same: the same seeds in the same order, in as many blocks."""
    return [(each.seed, each.blocks) for each in first] == [(each.seed, each.blocks) for each in second]


def compare(first: Sequence[Sample], second: Sequence[Sample], options: Options, rng: Generator) -> list[Change]:
    """Every figure that both sides have. Each side has at least one run."""
    draws = _draws(first, options, rng)
    others = draws if paired(first, second) else _draws(second, options, rng)
    found = list(_latencies((first, second), (draws, others), options))
    for name, totals in (("output_tokens_per_s", "tokens"), ("failed_ratio", "failed")):
        figures = [_rates(side, each, totals) for side, each in zip((first, second), (draws, others), strict=True)]
        if totals == "failed" or (options.throughput and figures[0][0] and figures[1][0]):
            found.append(_change(name, figures, _spread(first, second), options))
    return found


def _draws(side: Sequence[Sample], options: Options, rng: Generator) -> list[Floats]:
    """How often each block of each run is in each resample: runs are drawn, and then blocks of each run drawn."""
    size = len(side)
    runs = rng.multinomial(size, np.full(size, 1 / size), size=options.resamples)
    drawn = []
    for place, each in enumerate(side):
        blocks = each.blocks
        times = runs[:, place] * blocks
        drawn.append(rng.multinomial(times, np.full(blocks, 1 / blocks)).astype(np.float64))
    return drawn


def _spread(first: Sequence[Sample], second: Sequence[Sample], quantile: str = "") -> float:
    """√(R/(R-1)): by so much a bootstrap over R runs is too narrow; 1 for one run, of which nothing is known.

    What disturbs a machine for a moment hardly moves a median, but is what a tail is made of: for the tail of few
    runs Student's t takes the place of the normal distribution.
    """
    runs = min(len(first), len(second))
    if runs == 1:
        return 1.0
    student = _STUDENT[runs - 2] if quantile == TAIL and runs - 2 < len(_STUDENT) else 1.0
    return sqrt(runs / (runs - 1)) * student


_Figures = tuple[float | None, Floats]


def _latencies(
    sides: tuple[Sequence[Sample], Sequence[Sample]], draws: tuple[list[Floats], list[Floats]], options: Options
) -> Iterator[Change]:
    metrics = [name for name in sides[0][0].counts if all(name in each.counts for side in sides for each in side)]
    for metric in metrics:
        for name, ratio in QUANTILES.items():
            figures = [_quantiles(side, each, metric, ratio) for side, each in zip(sides, draws, strict=True)]
            if any(point is not None for point, _ in figures):
                change = _change(f"{metric}.{name}", figures, _spread(*sides, name), options)
                alone = name == TAIL and min(map(len, sides)) == 1
                # One run a side does not tell a tail of the server's from one that the run had by chance.
                yield replace(change, state=State.INCONCLUSIVE) if alone and change.state is State.WORSE else change


def _quantiles(side: Sequence[Sample], draws: Sequence[Floats], metric: str, ratio: float) -> _Figures:
    """A quantile of all runs together, and of each resample; None where there are too few values."""
    total = sum(int(each.counts[metric].sum()) for each in side)
    if total * (1 - ratio) < _BEYOND:
        return None, np.array([])
    whole = np.sum([each.counts[metric].sum(axis=0) for each in side], axis=0)
    used = np.flatnonzero(whole)
    places = slice(int(used[0]), int(used[-1]) + 1)
    ends = upper_ends(np.arange(places.start, places.stop), HALF_BITS) / 1e9
    point = float(ends[np.searchsorted(np.cumsum(whole[places]), ratio * total)])
    resampled = []
    for start in range(0, len(draws[0]), _AT_A_TIME):
        rows = slice(start, start + _AT_A_TIME)
        sums = np.zeros((len(draws[0][rows]), len(ends)))
        for each, drawn in zip(side, draws, strict=True):
            sums += drawn[rows] @ each.counts[metric][:, places]
        running = np.cumsum(sums, axis=1)
        resampled.append(ends[np.argmax(running >= running[:, -1:] * ratio, axis=1)])
    return point, np.concatenate(resampled)


def _rates(side: Sequence[Sample], draws: Sequence[Floats], totals: str) -> _Figures:
    """Output tokens a second, or the share of failed requests, of all and of each resample."""
    above = [getattr(each, totals) for each in side]
    below = [each.requests if totals == "failed" else np.full(each.blocks, each.block_s) for each in side]
    whole = sum(float(each.sum()) for each in below)
    point = sum(float(each.sum()) for each in above) / whole if whole else None
    numerator = np.sum([drawn @ each for drawn, each in zip(draws, above, strict=True)], axis=0)
    denominator = np.sum([drawn @ each for drawn, each in zip(draws, below, strict=True)], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return point, numerator / denominator


def _change(name: str, figures: Sequence[_Figures], spread: float, options: Options) -> Change:
    (first, firsts), (second, seconds) = figures
    share, throughput = name == "failed_ratio", name == "output_tokens_per_s"
    limit = options.share if share else options.effect_ratio
    if first is None or second is None or (not share and not first * second and first != second):
        return Change(
            name=name, first=first, second=second, worse=None, low=None, high=None, limit=limit,
            state=State.INCONCLUSIVE,
        )  # fmt: skip
    if first == second == 0:
        return Change(
            name=name, first=first, second=second, worse=0.0, low=0.0, high=0.0, limit=limit, state=State.SAME
        )
    if not share:
        metric, _, quantile = name.partition(".")
        host_s = max(options.error_s.get(metric, 0.0), options.late_s.get(quantile, 0.0))
        limit = max(limit, host_s / first)
    a, b = (seconds, firsts) if throughput else (firsts, seconds)
    worse = second - first if share else (first / second if throughput else second / first) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = b - a if share else b / a - 1
    drawn = drawn[np.isfinite(drawn) & (share | (drawn > -1))]
    # Ratios are widened as ratios: of twice as much the other side is half.
    drawn = worse + (drawn - worse) * spread if share else np.expm1(_widened(np.log1p(drawn), np.log1p(worse), spread))
    tail = (1 - CONFIDENCE) / 2
    low, high = (float(each) for each in np.quantile(drawn, (tail, 1 - tail))) if len(drawn) else (-1.0, 1.0)
    return Change(
        name=name, first=first, second=second, worse=worse, low=low, high=high, limit=limit,
        state=_state(low, high, limit),
    )  # fmt: skip


def _widened(values: Floats, centre: float, factor: float) -> Floats:
    return centre + (values - centre) * factor


def _state(low: float, high: float, limit: float) -> State:
    if low > limit:
        return State.WORSE
    if high <= limit:
        return State.BETTER if high < -limit else State.SAME
    return State.INCONCLUSIVE
