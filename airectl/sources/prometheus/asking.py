"""What it takes to read one query over a stretch of slices from a server."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, isfinite
from statistics import median_high
from typing import TYPE_CHECKING, Final

from airectl.promql.bind import Binding, Kind
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.counting import Line, identity, resets_in
from airectl.sources.prometheus.failures import Refused
from airectl.sources.prometheus.sampling import Sampled, sample, where_present
from airectl.sources.prometheus.several import differing
from airectl.sources.prometheus.spans import Stretch

if TYPE_CHECKING:
    from airectl.sources.prometheus.answers import Series
    from airectl.sources.prometheus.client import Client

NAME: Final = "__name__"
# A series that had no sample for so long before the first slice is taken for a new one.
BEFORE_S: Final = 7 * 86_400
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
# These give a value where nothing was measured.
_OUT_OF_NOTHING: Final = re.compile(r"\b(?:vector|absent|absent_over_time|scalar|time)\s*\(")
# Raw samples are asked for around resets: of so much time at most in one question, in so many questions.
_RAW_S: Final = 6 * _HOUR_S
_MOST_RAW: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one bound query. `lookback_s` is how far back the sample of a boundary may lie.

    `wide`: it selects so many series that the server had better add them up.
    """

    client: Client
    binding: Binding
    lookback_s: int
    wide: bool = False

    def lines(self, stretch: Stretch) -> list[Line]:
        """INCREMENTS: each series at the boundaries, with what slices with resets gained by all of its samples."""
        query = self.binding.over("last_over_time", self.lookback_s * 1000)
        found = self.client.range(query, stretch.start_s, stretch.end_s, stretch.step_s)
        lines = [_line(each) for each in found]
        if not lines:
            return []
        resets = {line.id: set(resets_in(line, stretch)) for line in lines}
        names = {each.labels.get(NAME, "") for each in found}
        if len(names) == 1:
            self._add_hidden(resets, {_nameless(each): identity(each.labels) for each in found}, stretch)
        return list(self._exact(lines, resets, stretch)) if any(resets.values()) else lines

    def samples(self, stretch: Stretch) -> Sampled:
        """VALUES: the query's value at the end of each slice, absent where nothing was measured."""
        found = self._at_ends(self.binding.query, stretch)
        read = sample(list(map(_line, found)), stretch)
        if read.series > 1:
            return replace(read, labels=differing(each.labels for each in found))
        if not _OUT_OF_NOTHING.search(self.binding.query):
            return read
        present = self._at_ends(self.binding.presence(self.lookback_s * 1000), stretch)
        return where_present(read, sample(list(map(_line, present)), stretch))

    def before(self, at_s: int) -> frozenset[int]:
        """INCREMENTS: the series that had samples before a moment. VALUES: one where anything had, else none."""
        if self.binding.kind is Kind.VALUES:
            return frozenset([1] if self.client.instant(self.binding.presence(BEFORE_S * 1000), at_s) else [])
        found = self.client.instant(self.binding.over("last_over_time", BEFORE_S * 1000), at_s)
        return frozenset(identity(each.labels) for each in found)

    def _at_ends(self, query: str, stretch: Stretch) -> Sequence[Series]:
        return self.client.range(query, stretch.start_s + stretch.step_s, stretch.end_s, stretch.step_s)

    def _add_hidden(self, resets: Mapping[int, set[int]], ids: Mapping[int, int], stretch: Stretch) -> None:
        """Resets after which the counter was higher again at the next boundary: only its samples show them."""
        whole_s = stretch.end_s - stretch.start_s + self.lookback_s
        counted = self.client.instant(f"{self.binding.over('resets', whole_s * 1000)} > 0", stretch.end_s)
        more = {_nameless(each): each.values[0] for each in counted}
        hidden = {key for key, number in more.items() if key in ids and number > len(resets[ids[key]])}
        if not hidden:
            return
        one = f"{self.binding.over('resets', (stretch.step_s + self.lookback_s) * 1000)} > 0"
        for each in self._at_ends(one, stretch):
            if _nameless(each) in hidden:
                slices = (int(time - stretch.start_s) // stretch.step_s - 1 for time in each.times)
                resets[ids[_nameless(each)]].update(slices)

    def _exact(self, lines: Iterable[Line], resets: Mapping[int, set[int]], stretch: Stretch) -> Iterator[Line]:
        wanted = sorted({index for indexes in resets.values() for index in indexes})
        first_s = stretch.start_s - int(self.binding.selectors[0].offset_s)
        exact: dict[int, dict[int, float]] = {}
        for first, last in _chunks(wanted, max(_RAW_S // stretch.step_s, 1))[-_MOST_RAW:]:
            for each in self._raw(stretch, first, last):
                id = identity(each.labels)
                for index in resets.get(id, set()).intersection(range(first, last + 1)):
                    start_s = first_s + index * stretch.step_s
                    if (gained := _gained(each, start_s, start_s + stretch.step_s)) is not None:
                        exact.setdefault(id, {})[index] = gained
        yield from (replace(line, exact=exact.get(line.id, {})) for line in lines)

    def _raw(self, stretch: Stretch, first: int, last: int) -> Sequence[Series]:
        """Every sample of slices `first` to `last`, and the last one before them."""
        (selector,) = self.binding.selectors
        range_s = (last - first + 1) * stretch.step_s + self.lookback_s
        return self.client.instant(
            spelled(selector, range_ms=range_s * 1000), stretch.start_s + (last + 1) * stretch.step_s
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How often a query's series are scraped, in usual seconds, and how many there are at a time at the most."""

    interval_s: int = DEFAULT_INTERVAL_S
    series: int = 0


def look(client: Client, binding: Binding, start_s: int, end_s: int) -> Look:
    """What they were most of the time."""
    for range_s, least in ((_MINUTES_S, _FEW), (_HOUR_S, 1)):
        samples = binding.over("count_over_time", range_s * 1000 - 1)
        counts, series = _counts(client, samples, start_s, end_s)
        if counts and median_high(counts) >= least:
            return Look(interval_s=usual(range_s / median_high(counts)), series=series)
    return Look()


def _counts(client: Client, samples: str, start_s: int, end_s: int) -> tuple[list[float], int]:
    """The most samples that any series has, at several times, and how many series there are; none if unknown."""
    step_s = max((end_s - start_s) // _LOOKS, _MINUTES_S)
    first_s = end_s - (end_s - start_s) // step_s * step_s
    query = f'max({samples}) or label_replace(count({samples}), "{_SERIES}", "1", "", "")'
    try:
        found = client.range(query, first_s, end_s, step_s)
    except Refused:
        return [], 0  # several metrics in one selector: they cannot be told apart there
    counts = [value for each in found if _SERIES not in each.labels for value in each.values if value > 0]
    return counts, int(max((max(each.values) for each in found if _SERIES in each.labels), default=0))


def usual(seconds: float) -> int:
    """The interval that people write, where one is within a tenth of what was measured."""
    near = min(_USUAL_S, key=lambda each: abs(each - seconds))
    return near if abs(near - seconds) <= seconds / 10 else ceil(seconds)


def lookback_s(step_s: int, interval: int) -> int:
    """How far back the sample of a boundary may lie: a late scrape is no hole, and not more than that."""
    return max(step_s, ceil(_INTERVALS * interval))


def _line(series: Series) -> Line:
    return Line(id=identity(series.labels), times=series.times, values=series.values)


def _nameless(series: Series) -> int:
    return identity({name: value for name, value in series.labels.items() if name != NAME})


def _chunks(indexes: Sequence[int], most: int) -> list[tuple[int, int]]:
    """First and last of stretches that hold all `indexes`, which rise, each of at most `most` slices."""
    found: list[tuple[int, int]] = []
    for index in indexes:
        if found and index - found[-1][0] < most:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found


def _gained(series: Series, start_s: int, end_s: int) -> float | None:
    """What a counter gained from its last sample at `start_s` to that at `end_s`, each reset from zero on."""
    first, last = bisect_right(series.times, start_s) - 1, bisect_right(series.times, end_s)
    if first < 0:
        return None
    values = [value for value in series.values[first:last] if isfinite(value)]
    return sum(after - before if after >= before else after for before, after in pairwise(values))
