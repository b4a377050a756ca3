"""Which histories the unit tests of a rule file play, and when they look.

A case depends on nothing but the shape of an SLO (target, windows, method): two SLOs of one shape have
the same, with other series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil, isqrt, lcm, log10
from typing import Final

from airectl.rules.timeline import Means, Pair, Phase, Timeline, Watch

_MOST: Final = Fraction(49, 50)
_HOUR_S: Final = 3600
# Prometheus looks so far back for a sample, and so long do rates over the shortest window outlive their series.
_LOOKBACK_S: Final = 300
_EXACT: Final = Fraction(1, 10**9)
# Sums of rates over a history: extrapolation at its start differs between versions of Prometheus.
_CLOSE: Final = Fraction(1, 10**6)


class Cast(StrEnum):
    """Which series there are."""

    ALL = "all"
    GOOD = "good"  # only those that a healthy service has
    BAD = "bad"  # only those that a failing one has
    RESPELLED = "respelled"  # all, edges of buckets written the other way
    GROUPS = "groups"  # all, and the same of a second group that is well


class Figure(StrEnum):
    """A recorded value that is compared with the engine's."""

    ERROR = "error"
    PERIOD_ERROR = "period error"
    BURN = "burn"
    PERIOD_BURN = "period burn"
    REMAINING = "remaining"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`figure`, for ERROR over `window_s`, is within `tolerance` of `expected`; None: there is none, not even NaN."""

    figure: Figure
    expected: Fraction | None
    window_s: int = 0
    tolerance: Fraction = _EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """At `at_s`: which alerts fire, None where it is not said; whether that for missing data does; values."""

    at_s: int
    fires: tuple[bool | None, ...] = ()
    no_data: bool | None = None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One history. `says` is what it shows, in a sentence."""

    says: str
    phases: tuple[Phase, ...]
    checks: tuple[Check, ...]
    cast: Cast = Cast.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the cases depend on. `watches` are the burn-rate alerts, `evaluated_s` apart looked at.

    `scales`: there can be more or no events. `casts` are those that differ from ALL. `no_data_s` is the
    `for` of the alert for missing data; None: there is none. `windows_s` are the recorded ones. `overlaps`:
    a window of samples has that at its left edge too, so all samples but the last are in two windows.
    """

    means: Means
    watches: tuple[Watch, ...]
    evaluated_s: int
    scales: bool
    casts: frozenset[Cast] = frozenset()
    no_data_s: int | None = None
    windows_s: tuple[int, ...] = ()
    recorded: bool = True
    overlaps: bool = False
    names: tuple[str, ...] = field(default=(), compare=False)

    @property
    def budget(self) -> Fraction:
        """1 - target."""
        return Fraction(1 - self.means.goal.target)

    @property
    def digits(self) -> int:
        """Decimals that shares of bad are rounded to, so that events are whole."""
        least = min([self.budget, *(Fraction(pair.threshold) for watch in self.watches for pair in watch.pairs)])
        return max(ceil(-log10(least)), 0) + 2

    @property
    def volume(self) -> int:
        """Events a step."""
        return int(10**self.digits) if self.scales else 1

    def share(self, ratio: Fraction) -> Fraction:
        """Rounded to `digits` decimals and three significant digits, at most 1."""
        few = Fraction(f"{float(ratio):.3g}")
        return min(Fraction(round(few * 10**self.digits), 10**self.digits), Fraction(1))

    def phase(self, seconds: int, ratio: Fraction = Fraction(0), *, volume: int | None = -1) -> Phase:
        """At least so many seconds with a share of bad, in whole slices, up to a moment of evaluation."""
        means = self.means
        unit_s = lcm(means.slice_s, self.evaluated_s)
        return Phase(
            steps=max(-(-seconds // unit_s), 1) * unit_s // means.step_s,
            share=self.share(ratio),
            volume=self.volume if volume == -1 else volume,
        )


@lru_cache(maxsize=512)
def cases(shape: Shape) -> tuple[Case, ...]:
    """All cases of an SLO of this shape; those that cannot be made sure of are left out."""
    found: list[Case | None] = [*_burns(shape), *_blips(shape)]
    found += [_groups(shape), _respelled(shape), _rare_errors(shape), _rare_good(shape)]
    found += [_values(shape), _silent(shape), _falls_silent(shape), _gone(shape)]
    return tuple(case for case in found if case)


def _check(shape: Shape, line: Timeline, at_s: int, *values: Value, no_data: bool = False) -> Check:
    fires = tuple(line.fires(at_s, watch, shape.evaluated_s) for watch in shape.watches)
    return Check(at_s=at_s, fires=fires, no_data=no_data if shape.no_data_s is not None else None, values=values)


def _first(shape: Shape, line: Timeline, from_s: int, wanted: Callable[[int], bool]) -> int | None:
    """The first evaluation from `from_s` on at which it holds; one at which all alerts are sure, if that is soon."""
    every = shape.evaluated_s
    times = range(-(-from_s // every) * every, line.length_s + 1, every)
    first = next((at_s for at_s in times if wanted(at_s)), None)
    if first is None:
        return None
    soon = range(first, min(first + 10 * every, line.length_s) + 1, every)
    return next((at_s for at_s in soon if wanted(at_s) and None not in _check(shape, line, at_s).fires), first)


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
        shape.phase(pair.long_s),
        shape.phase(pair.long_s + watch.for_s + 10 * shape.evaluated_s, Fraction(1)),
    )
    return _fires_and_ends(
        shape, index, (before, outage), "all is well, then everything fails: {alert} fires, and ends when that does"
    )


def _burn(shape: Shape, index: int, pair: Pair, ceiling: Fraction) -> Case | None:
    """A steady burn above this pair's threshold and below every higher one."""
    threshold, watch = Fraction(pair.threshold), shape.watches[index]
    low, high = threshold * Fraction(11, 10), min(ceiling * Fraction(9, 10), Fraction(1))
    ratio = _mean(low, high) if low < high else min(low, Fraction(1))
    burn = shape.phase(max(pair.short_s, _HOUR_S) + watch.for_s + 10 * shape.evaluated_s, min(ratio, 10 * threshold))
    times = float(shape.share(min(ratio, 10 * threshold)) / shape.budget)
    return _fires_and_ends(shape, index, (burn,), f"a steady burn of {times:.3g} times the budget: {{alert}} fires")


def _mean(low: Fraction, high: Fraction) -> Fraction:
    """The geometric mean, to a few digits."""
    return Fraction(isqrt(int(low * high * 10**24)), 10**12)


def _fires_and_ends(shape: Shape, index: int, phases: tuple[Phase, ...], says: str) -> Case | None:
    """The last of `phases` until the alert fires, then a recovery until it ends."""
    watch, line = shape.watches[index], Timeline(shape.means, phases)
    start_s = line.starts_s(len(phases) - 1)
    fired_s = _first(shape, line, start_s + shape.means.step_s * 2, lambda t: bool(_check(shape, line, t).fires[index]))
    if fired_s is None:
        return None
    *before, burn = phases
    burnt = Phase(steps=_steps(shape, fired_s - start_s), share=burn.share, volume=burn.volume)
    recovery = shape.phase(max(pair.short_s for pair in watch.pairs) + watch.keep_s + 30 * shape.evaluated_s)
    line = Timeline(shape.means, (*before, burnt, recovery))
    ended_s = _first(shape, line, fired_s, lambda t: _check(shape, line, t).fires[index] is False)
    checks = [_check(shape, line, at_s) for at_s in (start_s, fired_s, ended_s) if at_s]
    names = shape.names[index] if shape.names else "the alert"
    return Case(says=says.format(alert=names), phases=line.phases, checks=tuple(checks))


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
    before_s = max(ceil(pair.short_s * times * Fraction(8, 5)), 9 * pair.short_s // 5, _HOUR_S)
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
        check = _check(shape, line, line.length_s)
        if line.above(line.length_s, short) and check.fires[index] is False:
            name = shape.names[index] if shape.names else "the alert"
            return Case(says=f"too short a burn for {name}", phases=line.phases, checks=(check,))
    return None


def _groups(shape: Shape) -> Case | None:
    found = next(_burns(shape), None) if Cast.GROUPS in shape.casts else None
    return _as(found, Cast.GROUPS, "one group fails and the other is well: the alert is that group's")


def _respelled(shape: Shape) -> Case | None:
    found = next(_burns(shape), None) if Cast.RESPELLED in shape.casts else None
    return _as(found, Cast.RESPELLED, "the same where edges of buckets are written the other way, 1 for 1.0")


def _as(case: Case | None, cast: Cast, says: str) -> Case | None:
    return Case(says=says, phases=case.phases, checks=case.checks, cast=cast) if case else None


def _rare_errors(shape: Shape) -> Case | None:
    """Series that only bad events have do not exist before the first of them."""
    if Cast.GOOD not in shape.casts:
        return None
    line = Timeline(shape.means, (shape.phase(_half_hour(shape)),))
    check = _check(shape, line, line.length_s, *_errors(shape, Fraction(0)))
    says = "nothing has failed yet, so the series of failures do not exist: all is well"
    return Case(says=says, phases=line.phases, checks=(check,), cast=Cast.GOOD)


def _rare_good(shape: Shape) -> Case | None:
    """Everything fails from the start: series that only good events have never come to be."""
    if Cast.BAD not in shape.casts:
        return None
    line = Timeline(shape.means, (shape.phase(_half_hour(shape), Fraction(1)),))
    check = _check(shape, line, line.length_s, *_errors(shape, Fraction(1)))
    says = "nothing has worked yet, so the series of good events do not exist: that is an outage"
    return Case(says=says, phases=line.phases, checks=(check,), cast=Cast.BAD)


def _half_hour(shape: Shape) -> int:
    return max(1800, 4 * shape.means.slice_s, max((watch.for_s for watch in shape.watches), default=0) + 600)


def _errors(shape: Shape, expected: Fraction | None) -> Iterable[Value]:
    if shape.recorded and shape.windows_s:
        yield Value(figure=Figure.ERROR, window_s=shape.windows_s[0], expected=expected)


def _values(shape: Shape) -> Case | None:
    """What is recorded is what the budget engine counts of the same history.

    It ends as it began, so that it does not matter how a record smears an edge over its window.
    """
    if not shape.recorded or not shape.windows_s:
        return None
    means = shape.means
    slices_s = 12 * means.slice_s if means.whole_slices else 0
    few, many = shape.budget / 2, min(shape.budget * 20, Fraction(1, 2))
    low, high = (Fraction(0), Fraction(1)) if means.whole_slices else (few, many)
    base_s = shape.windows_s[0]
    seconds = (max(2 * _HOUR_S, 2 * slices_s), max(base_s, _HOUR_S, slices_s), max(base_s, 2 * means.slice_s) * 2)
    line = Timeline(means, [shape.phase(each, share) for each, share in zip(seconds, (low, high, low), strict=True)])
    burnt_s, end_s = line.starts_s(2), line.length_s
    checks = (
        _check(shape, line, burnt_s, *_steady_values(shape, line, seconds[1])),
        _check(shape, line, end_s, *_whole_values(shape, line)),
    )
    says = "recorded error ratios and budget are what the budget engine makes of the same history"
    return Case(says=says, phases=line.phases, checks=checks)


def _steady_values(shape: Shape, line: Timeline, steady_s: int) -> Iterator[Value]:
    """Windows in which the share of bad did not change."""
    at_s, edge_s = line.starts_s(2), 2 * shape.means.slice_s + shape.means.blur_s if shape.means.whole_slices else 0
    for window_s in shape.windows_s:
        if window_s + edge_s < steady_s and (error := _error(line, at_s, window_s)) is not None:
            yield Value(figure=Figure.ERROR, window_s=window_s, expected=error)
    base_s = shape.windows_s[0]
    if base_s + edge_s < steady_s and (error := _error(line, at_s, base_s)) is not None:
        yield Value(figure=Figure.BURN, expected=error / shape.budget, tolerance=_EXACT / shape.budget)


def _whole_values(shape: Shape, line: Timeline) -> Iterator[Value]:
    """The period, and windows that reach back before the start."""
    error = _error(line, line.length_s, line.length_s)
    if error is None:
        return
    burn = error / shape.budget
    blur_s = shape.means.blur_s
    near = Fraction(shape.evaluated_s + 3 * blur_s, line.length_s) if shape.overlaps or blur_s else _CLOSE
    yield Value(figure=Figure.PERIOD_ERROR, expected=error, tolerance=near)
    yield Value(figure=Figure.PERIOD_BURN, expected=burn, tolerance=near / shape.budget)
    yield Value(figure=Figure.REMAINING, expected=1 - burn, tolerance=near / shape.budget)
    for window_s in shape.windows_s:
        if window_s > line.length_s + shape.means.slice_s:
            yield Value(figure=Figure.ERROR, window_s=window_s, expected=error, tolerance=near)


def _error(line: Timeline, at_s: int, window_s: int) -> Fraction | None:
    sli = line.tally(at_s, max(window_s, line.means.slice_s)).sli
    return None if sli is None else 1 - sli


def _silent(shape: Shape) -> Case | None:
    if not shape.scales:
        return None
    line = Timeline(shape.means, (shape.phase(_half_hour(shape), volume=0),))
    check = _check(shape, line, line.length_s, *_errors(shape, None))
    says = "no traffic at all: no alert, and no value that is not a number"
    return Case(says=says, phases=line.phases, checks=(check,))


def _falls_silent(shape: Shape) -> Case | None:
    """After traffic with a few errors there is none; the budget stays what it was."""
    if not shape.scales or not shape.recorded or shape.means.whole_slices:
        return None
    ratio = shape.share(shape.budget / 2)
    line = Timeline(shape.means, (shape.phase(_HOUR_S, ratio), shape.phase(_HOUR_S, volume=0)))
    values = [
        Value(figure=Figure.PERIOD_ERROR, expected=ratio, tolerance=_CLOSE),
        *_errors(shape, None),
    ]
    check = _check(shape, line, line.length_s, *values)
    says = "traffic ends while all is well: no alert, and the budget stays as it was"
    return Case(says=says, phases=line.phases, checks=(check,))


def _gone(shape: Shape) -> Case | None:
    """The series end, as they do when a target dies, and come back."""
    if shape.no_data_s is None:
        return None
    wait_s = shape.no_data_s + _LOOKBACK_S + 10 * shape.evaluated_s + 2 * shape.means.slice_s
    phases = (
        shape.phase(_HOUR_S // 2),
        shape.phase(wait_s, volume=None),
        shape.phase(_HOUR_S // 4 + 2 * shape.means.slice_s),
    )
    line = Timeline(shape.means, phases)
    gone_s, back_s = line.starts_s(1), line.starts_s(2)
    checks = [
        _check(shape, line, gone_s),
        _check(shape, line, gone_s + shape.no_data_s // 2 // shape.evaluated_s * shape.evaluated_s),
        _check(shape, line, back_s, no_data=True),
        _check(shape, line, line.length_s),
    ]
    says = "the metrics vanish: the alert for missing data fires, and ends when they are back"
    return Case(says=says, phases=phases, checks=tuple(checks))
