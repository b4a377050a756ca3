"""Which histories the unit tests of a rule file play, and when they look.

A case depends on nothing but the shape of an SLO (target, windows, method): two SLOs of one shape have
the same, with other series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from math import ceil, isqrt
from typing import Final

from airectl.rules import data_cases
from airectl.rules.timeline import Pair, Phase, Timeline, Watch
from airectl.rules.trial import Case, Cast, Check, Shape, check

_MOST: Final = Fraction(49, 50)
# Longer histories make the tests slow.
_MOST_EVALUATIONS: Final = 1200
# A history that is shorter than this is quick, whatever else there is.
_FEW_EVALUATIONS: Final = 150
# Values that differ by more differ in an annotation, which has four digits.
_TOLD: Final = Fraction(1, 500)
# promtool takes 10,000 samples of a series into one query. Source: its `test rules`, MaxSamples.
_MOST_SAMPLES: Final = 9000


@lru_cache(maxsize=512)
def cases(shape: Shape) -> tuple[Case, ...]:
    """All cases of an SLO of this shape; those that cannot be made sure of are left out."""
    found: list[Case | None] = [*_burns(shape), *_blips(shape), _groups(shape), _respelled(shape)]
    every = (*(case for case in found if case), *data_cases.cases(shape))
    return tuple(case for case in every if case.line.length_s <= _longest_s(shape))


def _longest_s(shape: Shape) -> int:
    """How long a history may be."""
    return min(_MOST_EVALUATIONS * shape.evaluated_s, _MOST_SAMPLES * shape.means.step_s)


def _first(shape: Shape, line: Timeline, from_s: int, wanted: Callable[[int], bool]) -> int | None:
    """The first evaluation from `from_s` on at which it holds; one at which all alerts are sure, if that is soon."""
    every = shape.evaluated_s
    times = range(-(-from_s // every) * every, line.length_s + 1, every)
    first = next((at_s for at_s in times if wanted(at_s)), None)
    if first is None:
        return None
    soon = range(first, min(first + 10 * every, line.length_s) + 1, every)
    return next((at_s for at_s in soon if wanted(at_s) and None not in check(shape, line, at_s).fires), first)


def _pairs(shape: Shape) -> list[tuple[int, Pair]]:
    """Each pair with the index of its alert, the highest threshold first."""
    found = [(index, pair) for index, watch in enumerate(shape.watches) for pair in watch.pairs]
    return sorted(found, key=lambda each: -each[1].threshold)


def _burns(shape: Shape) -> Iterator[Case | None]:
    pairs = _pairs(shape)
    for position, (index, pair) in enumerate(pairs):
        if position == 0:
            yield _outage(shape, index, pair)
        higher = [Fraction(each.threshold) for _, each in pairs[:position] if each.threshold > pair.threshold]
        yield _burn(shape, index, pair, min(higher, default=Fraction(1)))


def _outage(shape: Shape, index: int, pair: Pair) -> Case | None:
    """All is well, then nothing works any more, then all is well again."""
    watch = shape.watches[index]
    before, outage = (
        shape.phase(min(pair.long_s, _longest_s(shape) // 4)),
        shape.phase(pair.long_s + watch.for_s + 10 * shape.evaluated_s, Fraction(1)),
    )
    return _fires_and_ends(
        shape, index, (before, outage), "all is well, then everything fails: {alert} fires, and ends when that does"
    )


def _burn(shape: Shape, index: int, pair: Pair, ceiling: Fraction) -> Case | None:
    """A steady burn above this pair's threshold and below every higher one."""
    threshold, watch = Fraction(pair.threshold), shape.watches[index]
    low, high = threshold * Fraction(11, 10), min(ceiling * Fraction(9, 10), Fraction(1))
    # Slices that are wholly good or bad come near to a ratio only after long.
    ratio = _mean(low, min(high, 10 * threshold)) if shape.means.whole_slices else threshold * Fraction(6, 5)
    ratio = shape.share(min(max(ratio, low), high)) if low < high else shape.share(min(low, Fraction(1)))
    says = f"a steady burn of {float(ratio / shape.budget):.3g} times the budget: {{alert}} fires"
    patience_s = watch.for_s + 10 * shape.evaluated_s
    for way in _ways(shape, watch, pair, ratio):
        before = [shape.phase(way.before_s)] if way.before_s else []
        if way.before_s + way.burn_s > _longest_s(shape):
            continue
        phases = (*before, shape.phase(way.burn_s + patience_s, ratio))
        found = _fires_and_ends(shape, index, phases, says)
        if found and way.shows(shape, found, pair):
            return found
    return None


@dataclass(frozen=True, slots=True)
class _Way:
    """How a burn may be shown: how long all is well before it, how long it may take, and whether it shows the pair."""

    before_s: int
    burn_s: int
    shows: Callable[[Shape, Case, Pair], bool]


def _ways(shape: Shape, watch: Watch, pair: Pair, ratio: Fraction) -> list[_Way]:
    """Alone where that can be; else with its short window's ratio as the alert's value; else at all.

    Where it takes long until no other pair sees the burn, the value comes first, if it tells them apart.
    """
    alone = _Way(_quiet_s(watch, pair, ratio), pair.long_s, _alone)
    before_s, burn_s = pair.short_s // 6, max(pair.short_s * 5 // 4, shape.hour_s)
    ways = [alone, _Way(before_s, burn_s, _any), _Way(0, max(pair.short_s, shape.hour_s), _any)]
    if alone.before_s + alone.burn_s > _FEW_EVALUATIONS * shape.evaluated_s:
        ways.insert(0, _Way(before_s, burn_s, _told_apart))
    return ways


def _any(shape: Shape, case: Case, pair: Pair) -> bool:
    return True


def _alone(shape: Shape, case: Case, pair: Pair) -> bool:
    """Whether no other pair of the alert holds at any check."""
    others = [each for each in shape.watches[case.alert].pairs if each != pair]
    return not any(map(partial(_seen, case), others))


def _told_apart(shape: Shape, case: Case, pair: Pair) -> bool:
    """Whether the alert's value at some check would be another one without this pair, and all values are seen there."""
    return shape.watches[case.alert].valued and any(_tells(shape, case, each, pair) for each in case.checks)


def _tells(shape: Shape, case: Case, at: Check, pair: Pair) -> bool:
    value = at.ratios[case.alert]
    if value is None or any(f is not False and r is None for f, r in zip(at.fires, at.ratios, strict=True)):
        return False
    others = [each for each in shape.watches[case.alert].pairs if each != pair]
    holding = [each for each in others if case.line.above(at.at_s, each) is not False]
    found = (ratio for each in holding for ratio in case.line.ratios(at.at_s, each.short_s))
    return all(abs(ratio - value) > value * _TOLD for ratio in found)


def _seen(case: Case, pair: Pair) -> bool:
    """Whether a pair may hold at any check of a case."""
    return any(case.line.above(each.at_s, pair) is not False for each in case.checks)


def _quiet_s(watch: Watch, pair: Pair, ratio: Fraction) -> int:
    """How long all must be well before a burn that this pair alone of its alert is to see."""
    lower = [each.threshold for each in watch.pairs if each.threshold < pair.threshold]
    return ceil(pair.long_s * (ratio / (Fraction(min(lower)) * Fraction(9, 10)) - 1)) if lower else 0


def _mean(low: Fraction, high: Fraction) -> Fraction:
    """The geometric mean, to a few digits."""
    return Fraction(isqrt(int(low * high * 10**24)), 10**12)


def _fires_and_ends(shape: Shape, index: int, phases: tuple[Phase, ...], says: str) -> Case | None:
    """The last of `phases` until the alert fires, then a recovery until it ends."""
    watch, line = shape.watches[index], Timeline(shape.means, phases)
    start_s = line.starts_s(len(phases) - 1)
    from_s = start_s + shape.means.step_s * 2
    known_s = _first(shape, line, from_s, lambda t: check(shape, line, t).ratios[index] is not None)
    fired_s = known_s or _first(shape, line, from_s, lambda t: bool(check(shape, line, t).fires[index]))
    if fired_s is None:
        return None
    *before, burn = phases
    burnt = Phase(steps=_steps(shape, fired_s - start_s), share=burn.share, volume=burn.volume)
    recovery = shape.phase(max(pair.short_s for pair in watch.pairs) + watch.keep_s + 30 * shape.evaluated_s)
    whole = Timeline(shape.means, (*before, burnt, recovery))
    # An alert whose short window is long ends so late that only its beginning is shown.
    line = whole if whole.length_s <= _longest_s(shape) else Timeline(shape.means, (*before, burnt))
    ended_s = _first(shape, line, fired_s, lambda t: check(shape, line, t).fires[index] is False)
    checks = [check(shape, line, at_s) for at_s in (start_s, fired_s, ended_s) if at_s]
    return Case(says=says, alert=index, line=line, checks=tuple(checks))


def _steps(shape: Shape, seconds: int) -> int:
    per = shape.means.slice_steps
    return -(-seconds // (shape.means.step_s * per)) * per


def _blips(shape: Shape) -> Iterator[Case | None]:
    for index, pair in _pairs(shape):
        yield _blip(shape, index, pair)


def _blip(shape: Shape, index: int, pair: Pair) -> Case | None:
    """The short window is above the threshold, the long one is not."""
    # So long ago that the long windows, of which there is no more than this history, are below: of every pair.
    times = max(Fraction(pair.threshold / each.threshold) for each in shape.watches[index].pairs)
    before_s = max(ceil(pair.short_s * times * Fraction(8, 5)), 9 * pair.short_s // 5, shape.hour_s)
    ratio = Fraction(pair.threshold) * Fraction(3, 2)
    for part in (5, 2, 1):
        if ratio * part > _MOST and part > 1:
            continue
        well = shape.phase(before_s)
        steps = min(max(pair.short_s // part // shape.means.slice_s, 1) * shape.means.slice_steps, well.steps // 2)
        well = replace(well, steps=well.steps - steps)
        blip = Phase(steps=steps, share=shape.share(ratio * part), volume=shape.volume)
        line = Timeline(shape.means, (well, blip))
        short = Pair(long_s=pair.short_s, short_s=pair.short_s, threshold=pair.threshold)
        found = check(shape, line, line.length_s)
        if line.above(line.length_s, short) and found.fires[index] is False:
            return Case(says="too short a burn for {alert}", alert=index, line=line, checks=(found,))
    return None


def _groups(shape: Shape) -> Case | None:
    found = next(_burns(shape), None) if Cast.GROUPS in shape.casts else None
    return _as(found, Cast.GROUPS, "one group fails and the other is well: the alert is that group's")


def _respelled(shape: Shape) -> Case | None:
    found = next(_burns(shape), None) if Cast.RESPELLED in shape.casts else None
    return _as(found, Cast.RESPELLED, "the same where edges of buckets are written the other way, 1 for 1.0")


def _as(case: Case | None, cast: Cast, says: str) -> Case | None:
    return replace(case, says=says, cast=cast) if case else None
