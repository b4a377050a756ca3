"""A forecast as a chart: history, forecast with its interval, the capacity, and the days that matter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.chart import Axis, Band, Chart, Level, Line, Moment, Role
from airectl.core.forecast.peaks import daily_peaks

if TYPE_CHECKING:
    from airectl.demand.outlook import Outlook

_DAY_S: Final = 86_400
# History that is drawn, as a multiple of the time ahead.
_BACK: Final = 3


def chart(each: Outlook) -> Chart:
    """The chart of one series."""
    projection = each.projection
    times, values = _history(each)
    ahead = [float(time) for time in projection.times_s]
    bands: tuple[Band, ...] = ()
    if projection.low is not None and projection.high is not None:
        level = projection.tested.level_ratio
        name = f"{level:.0%} interval" if level else "interval"
        bands = (Band(name=name, x=ahead, low=projection.low.tolist(), high=projection.high.tolist()),)
    return Chart(
        title=each.name,
        summary=_summary(each),
        x=Axis(time=True),
        y=Axis(title=_title(each), unit=each.service.unit),
        lines=(
            Line(name="history", x=times, y=values, role=Role.HISTORY),
            Line(name="forecast", x=ahead, y=projection.mean.tolist(), role=Role.FORECAST),
        ),
        bands=bands,
        levels=_levels(each),
        moments=_moments(each),
    )


def _title(each: Outlook) -> str:
    return "p95 hour of a day" if each.projection.peaks else "demand"


def _history(each: Outlook) -> tuple[list[float], list[float | None]]:
    """What is drawn of the history: as much as three times what lies ahead, in the same measure."""
    grid, projection = each.grid, each.projection
    start_s, step_s, values = grid.start_s, grid.step_s, grid.values
    if projection.peaks and step_s < _DAY_S:
        values, step_s = daily_peaks(values[None, :], step_s)[0], _DAY_S
        start_s = grid.end_s - len(values) * _DAY_S
    most = max(_BACK * len(projection.mean) * projection.step_s // step_s, 2)
    first = max(len(values) - most, 0)
    times = [float(start_s + (first + at) * step_s) for at in range(len(values) - first)]
    return times, [float(value) if np.isfinite(value) else None for value in values[first:]]


def _levels(each: Outlook) -> tuple[Level, ...]:
    if each.horizon is None:
        return ()
    replicas = each.service.sizing.replicas
    label = f"capacity of {replicas:,} replica{'s' if replicas != 1 else ''}"
    return (Level(value=each.horizon.limit, label=label),)


def _moments(each: Outlook) -> tuple[Moment, ...]:
    found = []
    counted = each.service.timing.order_quantile
    for quantile in sorted({counted, 0.5}):
        if each.horizon and (crosses := each.horizon.at(quantile)):
            label = f"crossed, P{quantile * 100:.3g}"
            found.append(Moment(x=crosses.timestamp(), label=label, role=Role.BAD))
    if each.order_by:
        found.append(Moment(x=each.order_by.timestamp(), label="order by", role=Role.GOOD))
    return tuple(found)


def _summary(each: Outlook) -> str:
    """What is to be seen, in words."""
    projection, unit = each.projection, f" {each.service.unit}" if each.service.unit else ""
    now = "" if each.latest is None else f"{each.latest:,.4g} now, "
    high = "" if projection.high is None else f" (up to {projection.high.max():,.4g})"
    end = datetime.fromtimestamp(projection.times_s[-1], UTC)
    limit = f"; the capacity is {each.horizon.limit:,.4g}" if each.horizon else ""
    return f"{_title(each)}: {now}at most {projection.mean.max():,.4g}{unit}{high} until {end:%Y-%m-%d}{limit}"
