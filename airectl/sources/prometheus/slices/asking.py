"""What it takes to read one query over a stretch of slices from a server."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Final

from airectl.promql.bind import Binding, Kind
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.several import differing
from airectl.sources.prometheus.slices.counting import Line, identity, resets_in
from airectl.sources.prometheus.slices.sampling import ABSENT, Sampled, quiet_where_present, sample, where_present
from airectl.sources.prometheus.slices.spans import Stretch

if TYPE_CHECKING:
    from airectl.promql.selectors import Selector
    from airectl.sources.prometheus.server.answers import Series
    from airectl.sources.prometheus.server.client import Client

NAME: Final = "__name__"
# A series that had no sample for so long before the first slice is taken for a new one.
BEFORE_S: Final = 7 * 86_400
# These give a value where nothing was measured.
_OUT_OF_NOTHING: Final = re.compile(r"\b(?:vector|absent|absent_over_time|scalar|time)\s*\(")
# Raw samples are asked for around resets: of so much time at most in one question, in so many questions.
_RAW_S: Final = 6 * 3600
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
        if _out_of_nothing(self.binding):
            present = self._at_ends(self.binding.presence(self.lookback_s * 1000), stretch)
            read = where_present(read, sample(list(map(_line, present)), stretch))
        if self.binding.share and ABSENT in read.states:
            return quiet_where_present(read, self._there(stretch))
        return read

    def _there(self, stretch: Stretch) -> bytes:
        """VALUES: 1 for each slice at whose both ends all selectors of the query have samples."""
        wider = replace(stretch, start_s=stretch.start_s - stretch.step_s, slices=stretch.slices + 1)
        found = self._at_ends(self.binding.attendance(self.lookback_s * 1000), wider)
        return bytes(before & after for before, after in pairwise(sample(list(map(_line, found)), wider).states))

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


def watched(binding: Binding) -> tuple[Selector, ...]:
    """The selectors of which it matters how often they are scraped: since when, and whether, they have samples."""
    asked = binding.kind is Kind.INCREMENTS or binding.differences or binding.share or _out_of_nothing(binding)
    return tuple(dict.fromkeys(replace(each, around=()) for each in binding.selectors)) if asked else ()


def _out_of_nothing(binding: Binding) -> bool:
    return bool(_OUT_OF_NOTHING.search(binding.query))


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
