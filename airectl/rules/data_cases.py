"""Cases of the data: series that are absent, traffic that ends, values that are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from airectl.rules.sli import BASE_S
from airectl.rules.timeline import Timeline
from airectl.rules.trial import EXACT, Case, Cast, Figure, Shape, Value, check

# Prometheus looks so far back for a sample, and so long do rates over the shortest window outlive their series.
_LOOKBACK_S: Final = 300
# Sums of rates over a history: extrapolation at its start differs between versions of Prometheus.
_CLOSE: Final = Fraction(1, 10**6)


def cases(shape: Shape) -> Iterator[Case]:
    """All of them for an SLO of this shape."""
    found = (_rare_errors, _rare_good, _values, _silent, _falls_silent, _gone)
    yield from (case for make in found if (case := make(shape)))


def _rare_errors(shape: Shape) -> Case | None:
    """Series that only bad events have do not exist before the first of them."""
    if Cast.GOOD not in shape.casts:
        return None
    line = Timeline(shape.means, (shape.phase(_half_hour(shape)),))
    found = check(shape, line, line.length_s, *_errors(shape, Fraction(0)))
    says = "nothing has failed yet, so the series of failures do not exist: all is well"
    return Case(says=says, line=line, checks=(found,), cast=Cast.GOOD)


def _rare_good(shape: Shape) -> Case | None:
    """Everything fails from the start: series that only good events have never come to be."""
    if Cast.BAD not in shape.casts:
        return None
    line = Timeline(shape.means, (shape.phase(_half_hour(shape), Fraction(1)),))
    found = check(shape, line, line.length_s, *_errors(shape, Fraction(1)))
    says = "nothing has worked yet, so the series of good events do not exist: that is an outage"
    return Case(says=says, line=line, checks=(found,), cast=Cast.BAD)


def _half_hour(shape: Shape) -> int:
    return max(1800, 4 * shape.means.slice_s, max((watch.for_s for watch in shape.watches), default=0) + 600)


def _errors(shape: Shape, expected: Fraction | None) -> Iterable[Value]:
    if shape.recorded and shape.windows_s:
        yield Value(figure=Figure.ERROR, window_s=BASE_S, expected=expected)


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
    burnt_s = max(BASE_S, shape.hour_s, slices_s)
    seconds = (max(2 * shape.hour_s, 2 * slices_s), burnt_s, 2 * max(BASE_S, 2 * means.slice_s))
    line = Timeline(means, [shape.phase(each, share) for each, share in zip(seconds, (low, high, low), strict=True)])
    checks = (
        check(shape, line, line.starts_s(2), *_steady_values(shape, line, burnt_s)),
        check(shape, line, line.length_s, *_whole_values(shape, line)),
    )
    says = "recorded error ratios and budget are what the budget engine makes of the same history"
    return Case(says=says, line=line, checks=checks)


def _steady_values(shape: Shape, line: Timeline, steady_s: int) -> Iterator[Value]:
    """Windows in which the share of bad did not change."""
    at_s, edge_s = line.starts_s(2), 2 * shape.means.slice_s + shape.means.blur_s if shape.means.whole_slices else 0
    for window_s in shape.windows_s:
        if window_s + edge_s < steady_s and (error := _error(line, at_s, window_s)) is not None:
            yield Value(figure=Figure.ERROR, window_s=window_s, expected=error)
    if BASE_S + edge_s < steady_s and (error := _error(line, at_s, BASE_S)) is not None:
        yield Value(figure=Figure.BURN, expected=error / shape.budget, tolerance=EXACT / shape.budget)


def _whole_values(shape: Shape, line: Timeline) -> Iterator[Value]:
    """The period, and windows that reach back before the start."""
    error = _error(line, line.length_s, line.length_s)
    if error is None:
        return
    burn = error / shape.budget
    blur_s = shape.means.blur_s
    near = Fraction(3 * blur_s, line.length_s) + _CLOSE
    if shape.overlaps:
        near += 2 * error * Fraction(max(shape.evaluated_s, BASE_S), line.length_s)
    if shape.period_s >= line.length_s:
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
    found = check(shape, line, line.length_s, *_errors(shape, None))
    says = "no traffic at all: no alert, and no value that is not a number"
    return Case(says=says, line=line, checks=(found,))


def _falls_silent(shape: Shape) -> Case | None:
    """After traffic with a few errors there is none; the budget stays what it was."""
    if not shape.scales or not shape.recorded or shape.means.whole_slices:
        return None
    ratio = shape.share(shape.budget / 2)
    line = Timeline(shape.means, (shape.phase(shape.hour_s, ratio), shape.phase(shape.hour_s, volume=0)))
    values = [
        Value(figure=Figure.PERIOD_ERROR, expected=ratio, tolerance=_CLOSE),
        *_errors(shape, None),
    ]
    found = check(shape, line, line.length_s, *values)
    says = "traffic ends while all is well: no alert, and the budget stays as it was"
    return Case(says=says, line=line, checks=(found,))


def _gone(shape: Shape) -> Case | None:
    """The series end, as they do when a target dies, and come back."""
    if shape.no_data_s is None:
        return None
    wait_s = shape.no_data_s + _LOOKBACK_S + 10 * shape.evaluated_s + 2 * shape.means.slice_s
    phases = (
        shape.phase(shape.hour_s // 2),
        shape.phase(wait_s, volume=None),
        shape.phase(shape.hour_s // 4 + 2 * shape.means.slice_s),
    )
    line = Timeline(shape.means, phases)
    gone_s, back_s = line.starts_s(1), line.starts_s(2)
    checks = [
        check(shape, line, gone_s),
        check(shape, line, gone_s + shape.no_data_s // 2 // shape.evaluated_s * shape.evaluated_s),
        check(shape, line, back_s, no_data=True),
        check(shape, line, line.length_s),
    ]
    says = "the metrics vanish: the alert for missing data fires, and ends when they are back"
    return Case(says=says, line=line, checks=tuple(checks))
