"""Lints of an SLO's time window and its slices."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.units import Duration, spoken_seconds
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.events import event_queries
from airectl.spec.lint.static import static_queries
from airectl.spec.tree import Map
from airectl.spec.values import duration, slice_s, window

_DAY_S: Final = 86_400
_LONGEST: Final = Duration(10, "Y")


@lint("AIR018", Severity.ERROR, "SLO")
def rolling_or_calendar(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A window rolls, or it follows the calendar from a start; `isRolling` is false where it is left out."""
    given = window(slo.spec)
    if given is None:
        return
    rolling = given.get("isRolling", False)
    if rolling is True and "calendar" in given:
        yield scope.finding(
            given.at("isRolling"),
            "a window with `calendar` cannot be rolling",
            help="remove `calendar` for a window that ends now, or set `isRolling: false` for calendar periods",
        )
    elif rolling is False and "calendar" not in given:
        yield scope.finding(
            given.at("isRolling"),
            "a window that is not rolling needs `calendar`",
            help="add `isRolling: true`, or `calendar` with `startTime` and `timeZone`",
        )


@lint("AIR017", Severity.ERROR, "SLO")
def far_too_long(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A window of which no source holds the data, and whose start may lie before the calendar's."""
    given = window(slo.spec)
    length = duration(given, "duration") if given is not None else None
    if given is not None and length is not None and length.nominal_s > _LONGEST.nominal_s:
        yield scope.finding(
            given.at("duration"),
            f"a time window of {length.spoken}",
            label=f"airectl takes up to {_LONGEST.spoken}",
            help="write a window that a budget is kept for, such as `28d` or `1Q`",
        )


@lint("AIR020", Severity.WARNING, "SLO")
def minutes(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """`m` is minutes, `M` is months."""
    given = window(slo.spec)
    length = duration(given, "duration") if given is not None else None
    if given is None or length is None or length.unit != "m" or length.nominal_s >= _DAY_S:
        return
    yield scope.finding(
        given.at("duration"),
        f"a time window of {length.spoken}",
        label=f"`{length}` is {length.spoken}; {_months(length)} is `{length.count}M`",
        help=f"write `{length.count}M` if months are meant; a budget of minutes says little",
    )


def _months(length: Duration) -> str:
    return "a month" if length.count == 1 else f"{length.count} months"


@lint("AIR021", Severity.ERROR, "SLO")
def slice_longer_than_window(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A slice must fit into the window."""
    given = window(slo.spec)
    length = duration(given, "duration") if given is not None else None
    if length is None:
        return
    for objective, seconds in _slices(slo):
        if seconds > length.nominal_s:
            yield scope.finding(
                objective.at("timeSliceWindow"),
                f"a slice of {_spoken_slice(objective, seconds)} does not fit into the window of {length.spoken}",
                help="write a shorter `timeSliceWindow`; the window holds many slices, such as 1m in 28d",
            )


@lint("AIR022", Severity.WARNING, "SLO")
def slice_and_scrapes(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Every slice needs samples, and the same number of them."""
    interval = scope.context.scrape_interval_s
    if interval is None:
        return
    for objective, seconds in _slices(slo):
        if seconds % interval == 0 or _from_events(scope.specs.indicator_of(slo, objective), scope):
            continue
        spoken = _spoken_slice(objective, seconds)
        scrapes = spoken_seconds(Decimal(interval))
        short = seconds < interval
        yield scope.finding(
            objective.at("timeSliceWindow"),
            f"a slice of {spoken} is {'shorter than' if short else 'no multiple of'} the scrape interval of {scrapes}",
            label="some slices hold no sample" if short else "slices hold different numbers of samples",
            help=f"write a `timeSliceWindow` that is a multiple of {scrapes}",
        )


@lint("AIR030", Severity.WARNING, "SLO")
def longer_than_retention(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Samples that the source has dropped cannot count."""
    retention = scope.context.retention_s
    given = window(slo.spec)
    length = duration(given, "duration") if given is not None else None
    if retention is None or given is None or length is None or length.nominal_s <= retention:
        return
    if all(_from_events(scope.specs.indicator_of(slo, each), scope) for each in slo.spec.maps("objectives")):
        return
    yield scope.finding(
        given.at("duration"),
        f"a window of {length.spoken} is longer than the source keeps its samples",
        label=f"the source keeps {_days(retention)}",
        help="shorten the window, keep samples for longer, or count over recorded rules that are kept for longer",
    )


def _days(seconds: int) -> str:
    return f"{seconds // _DAY_S} days" if seconds % _DAY_S == 0 else spoken_seconds(Decimal(seconds))


def _slices(slo: SpecObject) -> Iterator[tuple[Map, int]]:
    for objective in slo.spec.maps("objectives"):
        seconds = slice_s(objective)
        if seconds is not None:
            yield objective, seconds


def _spoken_slice(objective: Map, seconds: int) -> str:
    length = duration(objective, "timeSliceWindow") or Duration(seconds // 60, "m")
    return length.spoken


def _from_events(indicator: SpecObject | None, scope: Scope) -> bool:
    """Whether the SLI reads event files or static numbers, which are neither scraped nor dropped after a while."""
    if indicator is None:
        return False
    return bool(event_queries(indicator, scope.specs) or static_queries(indicator, scope.specs))
