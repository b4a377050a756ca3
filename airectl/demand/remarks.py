"""What is to be said of series before and after they are forecast: gaps, steps, levels, whether the forecast helps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.findings import Finding, Location, Severity
from airectl.core.resample import is_mixed
from airectl.demand.mixture import mixed_units, unit_factor

if TYPE_CHECKING:
    from airectl.core.resample import Grid
    from airectl.demand.forecasting import Projection
    from airectl.demand.outlook import Outlook

DAY_S: Final = 86_400
# So many series are told of one by one; of more it is said how many there are.
_ONE_BY_ONE: Final = 3
# An error that is so near is as good.
_AS_GOOD_RATIO: Final = 0.98
# What is ahead may be so many times as long as what is behind.
_FAR_RATIO: Final = 1.5
# The last value may be so old, or so many steps.
_FRESH_DAYS: Final = 2
_FRESH_STEPS: Final = 3
# A gap that is longer than this says more than that a scrape failed.
_LONG_GAP_DAYS: Final = 366


def told(outlooks: Sequence[Outlook], at: Location | None) -> list[Finding]:
    """Everything that is to be said of these; the same of many series is said once."""
    by_kind: dict[tuple[str, str], list[tuple[str, Finding]]] = defaultdict(list)
    for each in outlooks:
        where = each.service.at or at
        said = (
            *_of_grid(each.grid, where),
            *_of_projection(each.grid, each.projection, where),
            *_of_units(each, where),
        )
        for kind, finding in said:
            by_kind[finding.code, kind].append((each.name, finding))
    return [finding for found in by_kind.values() for finding in _together(found, len(outlooks))]


def _together(found: Sequence[tuple[str, Finding]], of: int) -> Iterator[Finding]:
    if of == 1:
        yield found[0][1]
        return
    for name, finding in found[:_ONE_BY_ONE]:
        yield replace(finding, message=f"`{name}`: {finding.message}")
    if len(found) > _ONE_BY_ONE:
        _, last = found[_ONE_BY_ONE]
        more = len(found) - _ONE_BY_ONE
        yield replace(last, message=f"{more:,} more of {of:,} series: as `{found[_ONE_BY_ONE][0]}`, {last.message}")


_Said = Iterator[tuple[str, Finding]]


def _of_grid(grid: Grid, at: Location | None) -> _Said:
    if grid.native_s and is_mixed(grid):
        message = (
            f"{grid.irregular_ratio:.0%} of the rows are not {_span(grid.native_s)} behind the row before, as most are"
        )
        yield (
            "mixed",
            _finding("AIR507", message, at, f"the mean of each {_span(grid.step_s)} is taken; `--step` changes that"),
        )
    missing = len(grid.values) - grid.known
    if missing:
        longest = _longest_gap(grid.values)
        message = f"{missing:,} of {len(grid.values):,} steps of {_span(grid.step_s)} have no data"
        notes = (f"the longest gap is {_span(longest * grid.step_s)}, from {_time(_gap_at(grid, longest))}",)
        severe = longest * grid.step_s > _LONG_GAP_DAYS * DAY_S or missing * 2 > len(grid.values)
        severity = Severity.WARNING if severe or missing * 20 > len(grid.values) else Severity.INFO
        help = "models fill gaps by what their hour of the week says; look whether the recording was down"
        yield "gaps", replace(_finding("AIR507", message, at, help, severity), notes=notes)
    if grid.cut_steps:
        message = f"the first {grid.cut_steps:,} steps are left out: {len(grid.values):,} are as many as are used"
        yield "cut", _finding("AIR507", message, at, "give a longer `--step`", Severity.INFO)


def _of_projection(grid: Grid, projection: Projection, at: Location | None) -> _Said:
    cleaning, tested = projection.cleaning, projection.tested
    yield from _whether_it_is_old(grid, projection, at)
    yield from _whether_it_is_far(grid, projection, at)
    if cleaning.negative:
        values = (
            "1 value is below 0, and is"
            if cleaning.negative == 1
            else f"{cleaning.negative:,} values are below 0, and are"
        )
        message = f"{values} taken as 0: demand is never negative"
        yield "negative", _finding("AIR508", message, at, "look at what is recorded; a counter that was reset shows so")
    known = grid.values[np.isfinite(grid.values)]
    if not projection.known or projection.high is None:
        yield "short", _too_short(grid, projection, at)
    elif not known.any():
        yield "zeros", _finding("AIR511", "every value is 0", at, "look whether this is the series that was meant")
    elif len(known) > 1 and known.min() == known.max():
        message = f"every value is {known[0]:g}: there is nothing to learn from"
        yield "constant", _finding("AIR511", message, at, "a limit, or a gauge that nobody updates, is no demand")
    elif tested.mae is not None:
        yield from _whether_it_helps(projection, at)
    if projection.known and cleaning.used_from and np.isnan(grid.values[cleaning.used_from - 1]):
        start = _time(grid.start_s + cleaning.used_from * grid.step_s)
        message = f"the history before {start} is not used: it lies before a gap that is too long"
        yield "used", _finding("AIR507", message, at, "it says little of today", Severity.INFO)
    yield from _of_levels(grid, projection, at)


def _whether_it_is_far(grid: Grid, projection: Projection, at: Location | None) -> _Said:
    """A forecast that reaches much farther ahead than the history reaches back."""
    ahead_s = len(projection.mean) * projection.step_s
    back_s = (len(grid.values) - projection.cleaning.used_from) * grid.step_s
    if projection.high is not None and ahead_s > _FAR_RATIO * back_s:
        message = f"the forecast reaches {_span(ahead_s)} ahead, and what it rests on only {_span(back_s)} back"
        help = "a trend may not last so long: take the days of a crossing with care, or look less far with `--horizon`"
        yield "far", _finding("AIR510", message, at, help)


def _whether_it_is_old(grid: Grid, projection: Projection, at: Location | None) -> _Said:
    """A series that ended before its forecast begins: what it says of today is a guess."""
    known = np.flatnonzero(np.isfinite(grid.values))
    if not len(known):
        return
    end_s = grid.start_s + (int(known[-1]) + 1) * grid.step_s
    if projection.start_s - end_s > max(_FRESH_DAYS * DAY_S, _FRESH_STEPS * grid.step_s):
        message = f"the last value is of {_time(end_s)}, {_span(projection.start_s - end_s)} before the forecast begins"
        help = "look whether it is still recorded; what came since is not known, and may be above the capacity"
        yield "old", _finding("AIR506", message, at, help)


def _too_short(grid: Grid, projection: Projection, at: Location | None) -> Finding:
    points = "1 step has" if grid.known == 1 else f"{grid.known:,} steps have"
    what = "there is no forecast" if not projection.known else "the forecast has no interval, and no crossing is told"
    return _finding(
        "AIR510",
        f"too little history: {points} data, {_span(grid.step_s)} each; {what}",
        at,
        "days ahead take two weeks of history, months ahead as many months; or look less far, with `--horizon`",
    )


def _whether_it_helps(projection: Projection, at: Location | None) -> _Said:
    tested = projection.tested
    rivals = {"naive": tested.mae_naive, "seasonal naive": tested.mae_seasonal_naive}
    least = (tested.mae or 0.0) * _AS_GOOD_RATIO
    better = {name: error for name, error in rivals.items() if error is not None and error < least}
    if better and tested.mae:
        name, error = min(better.items(), key=lambda pair: pair[1])
        message = f"on the past, the {name} forecast was better: its error was {error / tested.mae:.0%} of this one's"
        help = "take it with care; the last value, or the last cycle, says as much"
        yield "worse", _finding("AIR512", message, at, help)


def _of_levels(grid: Grid, projection: Projection, at: Location | None) -> _Said:
    for shift in projection.cleaning.shifts:
        when = _time(grid.start_s + shift.at * grid.step_s)
        if factor := unit_factor(shift.before, shift.after):
            times = "{0:,.0f} times" if shift.after > shift.before else "1/{0:,.0f} of"
            message = f"from {when} on values are {times.format(factor)} what they were: they look like another unit"
            help = "bring all rows to one unit before they are forecast"
            yield "unit", _finding("AIR513", message, at, help)
            continue
        message = f"the level changed at {when}: from {shift.before:,.4g} to {shift.after:,.4g}"
        help = "a launch, a move or a mistake: what came before may say little of what will be"
        yield "shift", _finding("AIR515", message, at, help, Severity.INFO)
    spikes = projection.cleaning.spikes
    if spikes:
        first = spikes[0]
        values = "1 value stands" if len(spikes) == 1 else f"{len(spikes):,} values stand"
        message = (
            f"{values} out, the first at {_time(grid.start_s + first.at * grid.step_s)}: "
            f"{first.value:,.4g} where {first.expected:,.4g} was to be expected"
        )
        help = "they are kept; name what causes them with `--event DATE=LABEL` if it comes again"
        yield "spikes", _finding("AIR515", message, at, help, Severity.INFO)


def _gap_at(grid: Grid, length: int) -> int:
    missing = ~np.isfinite(grid.values)
    runs = np.convolve(missing, np.ones(length), "valid") if length else np.zeros(1)
    return grid.start_s + int(runs.argmax()) * grid.step_s


def _of_units(each: Outlook, at: Location | None) -> _Said:
    """Rows of two units that lie among each other; where one follows the other, that is a change of the level."""
    if each.series.counts or any(unit_factor(by.before, by.after) for by in each.projection.cleaning.shifts):
        return
    found = mixed_units(each.series.values)
    if found:
        count, factor = found
        rows = f"{count:,} of {len(each.series.values):,} rows"
        message = f"{rows} are about {factor:,.0f} times the others, with nothing between: they look like another unit"
        yield "units", _finding("AIR513", message, at, "bring all rows to one unit before they are forecast")


def _longest_gap(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """The most steps without a value in a row."""
    known = np.flatnonzero(np.isfinite(np.concatenate(([0.0], values, [0.0]))))
    return int(np.diff(known).max()) - 1


def _span(seconds: float) -> str:
    """`5 min`, `1 h`, `3 d`: a length of time as people say it."""
    for size, unit in ((DAY_S, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:,.4g} {unit}"
    return f"{seconds:,.4g} s"


def _time(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _finding(code: str, message: str, at: Location | None, help: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(code=code, severity=severity, message=message, at=at, help=help)
