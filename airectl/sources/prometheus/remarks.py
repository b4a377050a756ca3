"""What is to be said of series that were read: what was set back, what was born, what was missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.slices import Slices
from airectl.core.slo import Query
from airectl.sources.prometheus.indicators import Course, beginning, born
from airectl.sources.prometheus.slices.counting import Counted
from airectl.sources.queries import place

# Above these shares of all valid events, what is not certain may decide.
_LOST_SHARE: Final = 0.01
_BORN_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One query of an indicator, and what was read of it."""

    role: str
    query: Query
    course: Course


def of_counters(all_: Sequence[Seen], window: Slices) -> Iterator[Finding]:
    """What resets, births and gaps of each query's counters mean for the slices of the window."""
    begins = beginning([each.course for each in all_])
    for seen in all_:
        if isinstance(seen.course.read, Counted):
            yield from _of_resets(seen, seen.course.read, window)
            yield from _of_births(seen, begins, window)
            yield from _of_gaps(seen, seen.course.read)


def _of_resets(seen: Seen, read: Counted, window: Slices) -> Iterator[Finding]:
    stretch = seen.course.stretch
    first = (window.start_s - stretch.start_s) // stretch.step_s
    resets = [each for each in read.resets if first <= each.index < first + len(window)]
    if not resets:
        return
    # From the last scrape before a reset to the reset: less than a lookback, as busy as the busiest slice.
    lost = sum(each.busiest for each in resets) * ceil(seen.course.lookback_s / stretch.step_s)
    share = _share(lost, window)
    yield Finding(
        code="AIR219",
        severity=Severity.WARNING if share > _LOST_SHARE else Severity.INFO,
        message=f"counters of `{seen.role}` were set back {_times(len(resets))} in the window",
        at=place(seen.query, "query"),
        notes=(f"what they gained after the last scrape before is lost: at most {_amount(lost)}{_of_all(share)}",),
        help="nothing, where processes were restarted; scrape more often if so much could decide",
    )


def _of_births(seen: Seen, begins: int | None, window: Slices) -> Iterator[Finding]:
    count, amount = born(seen.course, begins, window.start_s)
    if not count:
        return
    share = _share(amount, window)
    large = share > _BORN_SHARE
    yield Finding(
        code="AIR220",
        severity=Severity.WARNING if large else Severity.INFO,
        message=f"{_series(count)} of `{seen.role}` began in the window and were counted from zero",
        at=place(seen.query, "query"),
        notes=(f"their first values add up to {_amount(amount)}{_of_all(share)}",),
        help="look whether their processes are older than their first samples: what they did before was counted, too"
        if large
        else "nothing, where processes were started or a label had its first event",
    )


def _of_gaps(seen: Seen, read: Counted) -> Iterator[Finding]:
    if read.gaps:
        yield Finding(
            code="AIR222",
            severity=Severity.INFO,
            message=f"series of `{seen.role}` came back {_times(read.gaps)} after a gap in their samples",
            at=place(seen.query, "query"),
            notes=("what they gained meanwhile belongs to no slice and was not counted",),
            help="look why scrapes failed; if they are further apart than they seem, set `scrape_interval`",
        )


def of_absence(all_: Sequence[Seen], window: Slices) -> Iterator[Finding]:
    """That a part of the valid events has no series at all: the main query comes first."""
    for seen in all_[1:]:
        if seen.course.begins is None and any(window.valid):
            yield Finding(
                code="AIR226",
                severity=Severity.INFO if seen.role == "bad" else Severity.WARNING,
                message=f"the query of `{seen.role}` found no series: no event was taken to be {seen.role}",
                at=place(seen.query, "query"),
                help="see which name is not there: `airectl doctor`"
                + ("; nothing, if nothing has failed so far" if seen.role == "bad" else ""),
            )


def of_clipping(query: Query, role: str, clipped: int) -> Iterator[Finding]:
    """That more good (or bad) than valid events were counted in `clipped` slices."""
    if clipped:
        yield Finding(
            code="AIR204",
            severity=Severity.WARNING,
            message=f"more {role} than valid events in {clipped:,} slices; {role} was taken to be all that is valid",
            at=place(query, "query"),
            help=f"let `total` count every event that `{role}` counts",
        )


def _share(amount: float, window: Slices) -> float:
    valid = sum(window.valid)
    return amount / valid if valid else float(amount > 0)


def _of_all(share: float) -> str:
    return f", {share:.2%} of all valid events" if share >= 0.0001 else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _series(count: int) -> str:
    return "1 series" if count == 1 else f"{count:,} series"


def _amount(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.3g}"
