"""Windows of SLOs on the time line: rolling ones, and calendar periods with time zones and DST.

Times are whole epoch seconds here. A window holds whole slices only: its end is floored to the slice,
so the current, partial slice is left out. Slices align to the epoch in rolling windows and to the
period's start in calendar ones.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from airectl.core.slo import TimeWindow
from airectl.core.units import Duration

# The resolution of event counts where no slice is given: fine enough for a 5-minute lookback, and at
# most about 105,000 slices for a year.
_FINE_S: Final = 60
_COARSE_S: Final = 300
_FINE_UP_TO_S: Final = 45 * 86_400
_DAYS: Final = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One SLO's window at one moment, in epoch seconds, ends exclusive.

    `start_s` to `end_s` has gone by, in whole slices of `step_s`; `until_s` is where the period ends:
    `end_s` in a rolling window, the end of the period in a calendar one.
    """

    start_s: int
    end_s: int
    until_s: int
    step_s: int
    rolling: bool

    @property
    def slices(self) -> int:
        """Whole slices that have gone by."""
        return (self.end_s - self.start_s) // self.step_s

    @property
    def period_slices(self) -> int:
        """Slices of the whole period, a last partial one included."""
        return -(-(self.until_s - self.start_s) // self.step_s)


def resolution_s(window: TimeWindow) -> int:
    """Length in seconds of the slices that event counts are kept in, where the SLO gives none."""
    return _FINE_S if window.duration.nominal_s <= _FINE_UP_TO_S else _COARSE_S


def locate(window: TimeWindow, now: datetime, step_s: int) -> Window:
    """The window that `now` stands in (calendar) or that ends at `now` (rolling), in slices of `step_s`.

    A rolling window of months has the nominal length (30 days a month): it is the same length every
    day, and the same as that of the Prometheus rules. `now` must be aware.
    """
    if window.rolling:
        end_s = _epoch(now) // step_s * step_s
        length_s = max(window.duration.nominal_s // step_s, 1) * step_s
        return Window(start_s=end_s - length_s, end_s=end_s, until_s=end_s, step_s=step_s, rolling=True)
    start, until = period(window, now)
    start_s, until_s = _epoch(start), _epoch(until)
    gone = max(_epoch(now) - start_s, 0) // step_s
    return Window(start_s=start_s, end_s=start_s + gone * step_s, until_s=until_s, step_s=step_s, rolling=False)


def period(window: TimeWindow, now: datetime) -> tuple[datetime, datetime]:
    """Start and end, in UTC, of the calendar period that holds `now`.

    Periods are counted on the wall clock of the zone from the window's `start`, so a day is 23 or 25
    hours long when clocks change. A period of months that starts on the 29th to 31st begins on the
    last day of a shorter month, and on its own day again in the next (31 January, 28 February,
    31 March). Hours and minutes are elapsed time, not wall clock. A start that the clock skips is
    moved forward by the gap; of one that comes twice the first is taken.

    Raises ValueError for a rolling window or one without a start.
    """
    if window.rolling or window.start is None:
        raise ValueError("a calendar period needs a start")
    zone, first = ZoneInfo(window.time_zone or "UTC"), window.start
    index = _guess(window.duration, first, now.astimezone(zone).replace(tzinfo=None))
    while _start(window.duration, first, zone, index) > now:
        index -= 1
    while _start(window.duration, first, zone, index + 1) <= now:
        index += 1
    return _start(window.duration, first, zone, index), _start(window.duration, first, zone, index + 1)


def _guess(duration: Duration, first: datetime, wall: datetime) -> int:
    """About how many periods lie between `first` and `wall`; the caller corrects it."""
    if duration.months:
        months = (wall.year - first.year) * 12 + wall.month - first.month
        return months // duration.months
    return (wall - first) // duration.delta


def _start(duration: Duration, first: datetime, zone: ZoneInfo, index: int) -> datetime:
    """The start in UTC of period `index`, counted from `first`, never from the period before."""
    if duration.months:
        return _utc(_add_months(first, index * duration.months), zone)
    if duration.unit in _DAYS:
        return _utc(first + timedelta(days=index * duration.count * _DAYS[duration.unit]), zone)
    return _utc(first, zone) + index * duration.delta


def _add_months(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    # With fold 0, zoneinfo reads a skipped time with the offset before the gap, which moves it forward.
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp() // 1)
