"""Processes whose counters were scraped: the samples that a Prometheus holds, and what they say, found plainly.

What was counted is worked out here sample by sample, from the rules and not from any query: the answer that a
budget from those samples has to give.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Labels = Mapping[str, str]


@dataclass(slots=True)
class Track:
    """One series: its labels and its samples, (epoch seconds, value), in order."""

    labels: Labels
    samples: list[tuple[float, float]] = field(default_factory=list)

    def text(self, metric: str) -> str:
        """Its lines of OpenMetrics."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return "".join(f"{metric}{{{labels}}} {value:g} {time:.3f}\n" for time, value in self.samples)


@dataclass(frozen=True, slots=True)
class Slicing:
    """Slices of `step_s` from `start_s` to `end_s`; at a boundary a sample counts that is `lookback_s` old at most."""

    start_s: int
    end_s: int
    step_s: int
    lookback_s: int

    def index(self, time: float) -> int:
        """The slice of a moment that is on no boundary."""
        return int(time - self.start_s) // self.step_s


def openmetrics(tracks: Iterable[Track], metric: str = "requests") -> str:
    """All of them as OpenMetrics text with times."""
    return f"# TYPE {metric} counter\n" + "".join(each.text(f"{metric}_total") for each in tracks) + "# EOF\n"


def gains(track: Track, slicing: Slicing) -> list[tuple[float, float]]:
    """When and by how much the counter grew, each time at the sample that shows it.

    What a series gained over a gap, or in the slice in which one ends, counts nowhere; nor does the slice of
    its first sample, but for a series that begins after all others: it counts from zero.
    """
    times = [time for time, _ in track.samples]

    def there(boundary_s: float) -> bool:
        last = bisect_right(times, boundary_s) - 1
        return last >= 0 and times[last] >= boundary_s - slicing.lookback_s

    found = []
    for (_, before), (time, after) in pairwise(track.samples):
        start_s = slicing.start_s + slicing.index(time) * slicing.step_s
        if there(start_s) and there(start_s + slicing.step_s):
            found.append((time, after - before if after >= before else after))
    return found


def born(track: Track, slicing: Slicing) -> list[tuple[float, float]]:
    """As `gains`, for a series whose first sample counts from zero, and all of its first slice with it."""
    first = track.samples[0][0]
    end_s = slicing.start_s + (slicing.index(first) + 1) * slicing.step_s
    inside = [(time, value) for time, value in track.samples if time <= end_s]
    later = [(time, gained) for time, gained in gains(track, slicing) if time > end_s]
    return [(inside[-1][0], inside[-1][1]), *later]


def per_slice(gained: Iterable[tuple[float, float]], slicing: Slicing) -> list[float]:
    """The sums of each slice."""
    sums = [0.0] * ((slicing.end_s - slicing.start_s) // slicing.step_s)
    for time, amount in gained:
        if slicing.start_s < time <= slicing.end_s:
            sums[slicing.index(time)] += amount
    return sums


def events(good: Iterable[tuple[float, float]], bad: Iterable[tuple[float, float]]) -> str:
    """One line of JSON for each event, good ones with status 200 and bad ones with 500."""
    rows = [(time, 200) for time, amount in good for _ in range(int(amount))]
    rows += [(time, 500) for time, amount in bad for _ in range(int(amount))]
    return "".join(json.dumps({"timestamp": time, "status": status}) + "\n" for time, status in sorted(rows))


@dataclass(frozen=True, slots=True)
class Scenario:
    """Two targets scraped every `interval_s`, seven seconds off every minute, for `days`; errors come in bursts.

    `a` is restarted, and where scrapes are shorter than a slice once so that its counter is higher again
    before the slice ends. `b` misses ten minutes of scrapes, and has no series of errors before its first one.
    """

    interval_s: int
    end_s: int
    days: int
    seed: int = 0

    @property
    def times(self) -> range:
        """Every scrape."""
        return range(self.end_s - self.days * 86_400 + 7, self.end_s, self.interval_s)

    def tracks(self) -> dict[str, Track]:
        """The four series, by target and kind."""
        rng = random.Random(self.seed)  # noqa: S311  # a history that is the same in every run
        tracks = {
            f"{target}-{kind}": Track({"instance": target, "code": code})
            for target in "ab"
            for kind, code in (("good", "200"), ("bad", "500"))
        }
        values = dict.fromkeys(tracks, 0)
        count, times = len(self.times), self.times
        young = next(k for k in range(count * 2 // 3, count) if times[k] % 60 == 7)
        restarts = {count // 3 + 1, count * 3 // 4 + 2, young, young + 5 if self.interval_s == 15 else young}
        missed = range(count * 5 // 8, count * 5 // 8 + 600 // self.interval_s)
        for k, time in enumerate(times):
            if k in restarts:
                values["a-good"] = values["a-bad"] = 0
            bursting = (time // 60) % 1440 in range(300, 312) or (time // 60) % 97 == 0
            for target in "ab":
                values[f"{target}-good"] += (
                    1 if k - young in range(5) else 3 if k - young in range(5, 9) else rng.randrange(1, 4)
                )
                if bursting and not (target == "b" and k < count // 2):
                    values[f"{target}-bad"] += rng.randrange(0, 3)
            for name, track in tracks.items():
                if not (name == "b-bad" and not values[name]) and not (name[0] == "b" and k in missed):
                    track.samples.append((time, values[name]))
        return tracks


def shown(tracks: Mapping[str, Track], slicing: Slicing, kinds: Sequence[str]) -> list[tuple[float, float]]:
    """What the series of these kinds gained; the errors of `b` begin after all else."""
    return [
        pair
        for name, track in tracks.items()
        if name.split("-")[1] in kinds
        for pair in (born if name == "b-bad" else gains)(track, slicing)
    ]
