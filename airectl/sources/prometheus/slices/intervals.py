"""How often series are scraped, and so how far back the sample of a moment may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from statistics import median_high
from typing import TYPE_CHECKING, Final

from airectl.promql.spelling import spelled
from airectl.sources.prometheus.server.failures import Refused

if TYPE_CHECKING:
    from airectl.promql.selectors import Selector
    from airectl.sources.prometheus.server.client import Client

# Where nothing says how often a metric is scraped. Source: https://prometheus.io/docs (global.scrape_interval)
DEFAULT_INTERVAL_S: Final = 60
# How often is measured over ten minutes, at so many times; over an hour where those hold only a few samples.
_MINUTES_S: Final = 600
_FEW: Final = 3
_HOUR_S: Final = 3600
_LOOKS: Final = 60
_SERIES: Final = "airectl_series"
_USUAL_S: Final = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900, 1200, 1800, 3600)
# A scrape may be late by half an interval, and one may fail.
_INTERVALS: Final = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How often a query's series are scraped, in usual seconds, and how many there are at a time at the most."""

    interval_s: int = DEFAULT_INTERVAL_S
    series: int = 0


def look(client: Client, selector: Selector, start_s: int, end_s: int) -> Look:
    """What they were most of the time."""
    for range_s, least in ((_MINUTES_S, _FEW), (_HOUR_S, 1)):
        samples = f"count_over_time({spelled(selector, range_ms=range_s * 1000 - 1)})"
        by_time, series = _counts(client, samples, start_s, end_s)
        counts = _of_whole_ranges(by_time, range_s)
        if counts and median_high(counts) >= least:
            return Look(interval_s=usual(range_s / median_high(counts)), series=series)
    return Look()


def _of_whole_ranges(by_time: Mapping[float, float], range_s: int) -> list[float]:
    """The counts but for those of ranges in which the samples only begin; the largest where all are such."""
    first_s = min(by_time, default=0)
    whole = [count for time, count in by_time.items() if time >= first_s + range_s]
    return whole or sorted(by_time.values())[-1:]


def _counts(client: Client, samples: str, start_s: int, end_s: int) -> tuple[Mapping[float, float], int]:
    """The most samples that any series has, by time, and how many series there are; none if unknown."""
    step_s = max((end_s - start_s) // _LOOKS, _MINUTES_S)
    first_s = end_s - (end_s - start_s) // step_s * step_s
    query = f'max({samples}) or label_replace(count({samples}), "{_SERIES}", "1", "", "")'
    try:
        found = client.range(query, first_s, end_s, step_s)
    except Refused:
        return {}, 0  # several metrics in one selector: they cannot be told apart there
    of_samples = [each for each in found if _SERIES not in each.labels]
    counts = {time: count for each in of_samples for time, count in zip(each.times, each.values, strict=True) if count}
    return counts, int(max((max(each.values) for each in found if _SERIES in each.labels), default=0))


def usual(seconds: float) -> int:
    """The interval that people write, where one is within a tenth of what was measured."""
    near = min(_USUAL_S, key=lambda each: abs(each - seconds))
    return near if abs(near - seconds) <= seconds / 10 else ceil(seconds)


def lookback_s(step_s: int, interval: int) -> int:
    """How far back the sample of a boundary may lie: a late scrape is no hole, and not more than that."""
    return max(step_s, ceil(_INTERVALS * interval))
