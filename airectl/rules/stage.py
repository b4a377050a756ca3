"""The series that an SLO's queries look at, and their levels while all is well and while all is bad.

They are found from the queries themselves: from the matchers the labels, and by trying levels until the
queries give what a good and what a bad state should. So a test made of them knows nothing of the rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from airectl.core.slo import Objective, Query, RatioIndicator, RawIndicator, Slo, ThresholdIndicator
from airectl.promql import examples
from airectl.promql.levels import Series, answer, selects
from airectl.promql.matchers import NAME, escaped
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector, Step
from airectl.promql.vectors import Labels, NotReadError

_MAX_SELECTORS: Final = 6
_MAX_TRIED: Final = 4096
_RATES: Final = frozenset(("rate", "irate", "increase"))
# Edges of a histogram whose quantile is asked for, as multiples of the value it is compared with.
_EDGES: Final = (0.5, 1.0, 2.0, 4.0)
_HOLDS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "lt": lambda found, value: found < value,
    "lte": lambda found, value: found <= value,
    "gt": lambda found, value: found > value,
    "gte": lambda found, value: found >= value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One series and its levels while all is well and while all is bad.

    A counter grows by its level, a gauge has it as its value.
    """

    labels: Labels
    counter: bool
    good: float
    bad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The series of one objective. `mixes`: levels between good and bad give shares between 0 and 1.

    Otherwise a step is wholly good or wholly bad. `scales`: all levels may be multiplied, which makes
    more events and no other ratio; at 0 there is none. `blur_s`: for so long a value that is compared
    with a threshold still has samples of the level before.
    """

    actors: tuple[Actor, ...]
    mixes: bool
    scales: bool
    blur_s: int = 0


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Series whose levels hang together, and the levels to try."""

    labels: tuple[Labels, ...]
    counter: bool
    options: tuple[tuple[float, ...], ...]


def queries(slo: Slo, objective: Objective) -> tuple[Query, ...]:
    """The queries of an objective's indicator: good or bad and total, or the only one."""
    indicator = slo.indicator_of(objective)
    if isinstance(indicator, RatioIndicator):
        return tuple(each for each in (indicator.good, indicator.bad, indicator.total) if each)
    return (indicator.raw if isinstance(indicator, RawIndicator) else indicator.metric,)


class Judge:
    """What an objective makes of series at given levels."""

    def __init__(self, slo: Slo, objective: Objective) -> None:
        self._indicator, self._objective = slo.indicator_of(objective), objective
        self.parsed = [parse(str(each.spec.get("query", ""))) for each in queries(slo, objective)]

    def counts(self, series: Sequence[Series]) -> tuple[float, float] | None:
        """Good and valid events a step; None where the series give no value. Raises NotReadError."""
        values = [_only(answer(each, series)) for each in self.parsed]
        if isinstance(self._indicator, RatioIndicator):
            return self._ratio(values[0] or 0.0, values[-1])
        value = values[0]
        if value is None or math.isnan(value):
            return None
        if isinstance(self._indicator, RawIndicator):
            return (value if self._indicator.success else 1 - value), 1.0
        return float(_HOLDS[self._objective.op](value, float(self._objective.value or 0))), 1.0

    def _ratio(self, part: float, total: float | None) -> tuple[float, float] | None:
        if total is None:
            return None
        of_good = isinstance(self._indicator, RatioIndicator) and self._indicator.good is not None
        return (part if of_good else total - part), total

    @property
    def selectors(self) -> list[Selector]:
        """Every selector of its queries, in the order written."""
        return [each for parsed in self.parsed for each in parsed.selectors]

    @property
    def threshold(self) -> float | None:
        """What the value is compared with, if it is."""
        value = self._objective.value
        return float(value) if isinstance(self._indicator, ThresholdIndicator) and value is not None else None

    @property
    def counter(self) -> bool:
        """Whether a bare selector is of a counter."""
        return isinstance(self._indicator, RatioIndicator) and self._indicator.counter


def _only(found: Mapping[Labels, float]) -> float | None:
    if len(found) > 1:
        raise NotReadError("a query that gives several series")
    return next(iter(found.values()), None)


def build(slo: Slo, objective: Objective, fixed: Sequence[tuple[str, str]] = ()) -> Stage:
    """Series for an objective, each with the labels `fixed` too. Raises NotReadError, which says what is in the way."""
    judge = Judge(slo, objective)
    bundles = _bundles(judge, fixed)
    good = _state(judge, bundles, share=0.0)
    bad = _state(judge, bundles, share=1.0)
    actors = tuple(
        Actor(labels=labels, counter=bundle.counter, good=well, bad=badly)
        for bundle, at_good, at_bad in zip(bundles, good, bad, strict=True)
        for labels, well, badly in zip(bundle.labels, at_good, at_bad, strict=True)
    )
    blur_s = 0 if judge.threshold is None else max(int(each.range_s or 0) for each in judge.selectors)
    return Stage(actors=actors, mixes=_mixes(judge, actors), scales=_scales(judge, actors), blur_s=blur_s)


def _bundles(judge: Judge, fixed: Sequence[tuple[str, str]]) -> list[_Bundle]:
    selectors = list({_key(each): each for each in judge.selectors}.values())
    if len(selectors) > _MAX_SELECTORS:
        raise NotReadError(f"more than {_MAX_SELECTORS} selectors")
    quantiles = [each for each in selectors if "histogram_quantile" in each.calls()]
    if quantiles:
        if len(quantiles) < len(selectors) or len(selectors) > 1 or judge.threshold is None:
            raise NotReadError("`histogram_quantile` beside other selectors")
        return [_histogram(selectors[0], judge.threshold, fixed)]
    numbers = _numbers(judge)
    found = []
    for labels in examples.series(selectors, fixed):
        counter = _is_counter(judge, selectors, labels)
        options = (0.0, 1.0) if counter and judge.threshold is None else numbers
        found.append(_Bundle((labels,), counter, tuple((each,) for each in options)))
    return found


def _key(selector: Selector) -> object:
    return selector.name, frozenset(map(str, selector.matchers))


def _is_counter(judge: Judge, selectors: Sequence[Selector], labels: Labels) -> bool:
    kinds = {
        judge.counter if each.range_s is None and not each.calls() else bool(_RATES & set(each.calls()[:1]))
        for each in judge.selectors
        if selects(each, labels)
    }
    if len(kinds) != 1:
        raise NotReadError("a metric that is a counter here and a gauge there")
    return kinds.pop()


def _numbers(judge: Judge) -> tuple[float, ...]:
    """Levels worth trying: 0 and 1, and what lies below and above each number of the queries."""
    limits = {float(step.number) for each in judge.parsed for selector in each.selectors
              for step in selector.around if step.step is Step.BINARY and step.number is not None}  # fmt: skip
    if judge.threshold is not None:
        limits.add(judge.threshold)
    tried = [0.0, 1.0, *(each * by for each in sorted(limits) for by in (0.5, 1.5, -0.5))]
    return tuple(dict.fromkeys(tried))


def _histogram(selector: Selector, value: float, fixed: Sequence[tuple[str, str]]) -> _Bundle:
    (base,) = examples.series([selector], fixed)
    if selector.matcher("le") or value <= 0:
        raise NotReadError("a quantile of chosen buckets")
    edges = [*(f"{value * by:g}" for by in _EDGES), "+Inf"]
    labels = tuple(frozenset({*base, ("le", edge)}) for edge in edges)
    # All observations in the lowest bucket, or all in the one above twice the value.
    return _Bundle(labels, counter=True, options=((1.0,) * 5, (0.0, 0.0, 0.0, 1.0, 1.0)))


def _state(judge: Judge, bundles: Sequence[_Bundle], *, share: float) -> tuple[tuple[float, ...], ...]:
    """The levels of each bundle at which the objective sees `share` of bad; the first found."""
    for levels in _levels(bundles):
        counts = judge.counts(_series(bundles, levels))
        if counts and counts[1] > 0 and math.isclose(counts[0], counts[1] * (1 - share), abs_tol=1e-12):
            return levels
    raise NotReadError(f"no levels were found at which all is {'bad' if share else 'well'}")


def _levels(bundles: Sequence[_Bundle]) -> Iterator[tuple[tuple[float, ...], ...]]:
    return islice(product(*(bundle.options for bundle in bundles)), _MAX_TRIED)


def _series(bundles: Sequence[_Bundle], levels: Sequence[Sequence[float]]) -> list[Series]:
    pairs = [(labels, level) for bundle, each in zip(bundles, levels, strict=True)
             for labels, level in zip(bundle.labels, each, strict=True)]  # fmt: skip
    return [Series(labels=labels, level=level) for labels, level in pairs]


def at(actors: Sequence[Actor], share: float, volume: float = 1.0) -> list[Series]:
    """The series at a share of bad, with `volume` times the events."""
    return [Series(labels=a.labels, level=(a.good + (a.bad - a.good) * share) * volume) for a in actors]


def _mixes(judge: Judge, actors: Sequence[Actor]) -> bool:
    if judge.threshold is not None:
        return False
    counts = judge.counts(at(actors, 0.25))
    return bool(counts and counts[1] > 0 and math.isclose(counts[0], 0.75 * counts[1], rel_tol=1e-9))


def _scales(judge: Judge, actors: Sequence[Actor]) -> bool:
    """Whether a thousand times the levels are the same shares, and none at all are no value or no event."""
    if not all(each.counter for each in actors):
        return False
    for share in (0.0, 1.0):
        counts = judge.counts(at(actors, share, 1000))
        if not counts or not math.isclose(counts[0], (1 - share) * counts[1], abs_tol=1e-9):
            return False
    silent = judge.counts(at(actors, 0.0, 0.0))
    return silent is None or silent[1] == 0


def name_of(labels: Labels) -> str:
    """A series as promtool's input has it: the name, then the other labels in order."""
    given = dict(labels)
    rest = ",".join(f'{name}="{escaped(value)}"' for name, value in sorted(given.items()) if name != NAME)
    return f"{given[NAME]}{{{rest}}}" if rest else given[NAME]
