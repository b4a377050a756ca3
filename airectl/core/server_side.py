"""What servers and exporters say of themselves while a load test runs: which series count, and what they come to.

A scrape keeps the series of a few roles, such as requests that wait, under the names that the page has. Their units
are those of the catalogue; ratios, watts and seconds come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from airectl.core.catalogue import Catalogue
from airectl.core.exposition import labels_of, samples

_SCALES: Final = {"percent": 0.01, "milliwatts": 0.001}
_FOLDS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "sum": sum,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What some families tell. `fold` is sum, mean or max over the series of a moment; `where` picks among them."""

    name: str
    title: str
    fold: str
    families: Sequence[str]
    counter: bool = False
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """All roles, and the labels that name the kind of an accelerator and tell one from another."""

    roles: Sequence[Role]
    kind_labels: Sequence[str] = ()
    each_labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """What one page said at `t_s` after the start; `place` is its URL, series are as the page writes them."""

    t_s: float
    place: str
    samples: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a role was over a run: the lowest, mean and highest value; of a counter `grown` alone."""

    low: float | None = None
    mean: float | None = None
    high: float | None = None
    grown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of the server's side. `accelerators` are kinds with how many there are of each."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    accelerators: Mapping[str, int] = field(default_factory=dict)
    scrapes: int = 0

    @property
    def prefix_hit_ratio(self) -> float | None:
        """The share of looked-for tokens that the prefix cache had."""
        return self._share("prefix_hits", "prefix_queries")

    @property
    def cpu_ratio(self) -> float | None:
        """How much of the host's CPUs was in use."""
        idle = self._share("cpu_idle_seconds", "cpu_seconds")
        return None if idle is None else 1 - idle

    def _share(self, part: str, whole: str) -> float | None:
        parts, all_ = self.levels.get(part, Level()).grown, self.levels.get(whole, Level()).grown
        return None if parts is None or not all_ else parts / all_


class Watching:
    """Knows of each series which role it has."""

    def __init__(self, roles: Roles, catalogue: Catalogue) -> None:
        self._roles, self._catalogue = roles, catalogue
        self._known: dict[str, tuple[tuple[Role, int], ...]] = {}

    def chosen(self, text: str) -> dict[str, float]:
        """The series of a page that have a role."""
        found = {}
        for name, labels, value in samples(text):
            if any(_fits(role, labels) for role, _ in self._roles_of(name)):
                found[f"{name}{{{labels}}}" if labels else name] = value
        return found

    def seen(self, scrapes: Iterable[Scrape], from_s: float = 0.0, to_s: float = float("inf")) -> Seen:
        """What the scrapes between two moments come to."""
        within = [each for each in scrapes if from_s <= each.t_s <= to_s]
        levels = {role.name: level for role in self._roles.roles if (level := self._level(role, within))}
        return Seen(levels=levels, accelerators=self._accelerators(within), scrapes=len(within))

    def _level(self, role: Role, scrapes: Sequence[Scrape]) -> Level | None:
        moments: dict[float, list[float]] = {}
        growth, before = 0.0, dict[tuple[str, str], float]()
        for scrape in scrapes:
            for series, value in self._series_of(role, scrape):
                moments.setdefault(scrape.t_s, []).append(value)
                last = before.get((scrape.place, series), value)
                # A counter that falls was begun anew.
                growth += value - last if value >= last else value
                before[scrape.place, series] = value
        if not moments:
            return None
        if role.counter:
            return Level(grown=growth) if len(moments) > 1 else None
        values = [_FOLDS[role.fold](each) for each in moments.values()]
        return Level(low=min(values), mean=sum(values) / len(values), high=max(values))

    def _series_of(self, role: Role, scrape: Scrape) -> Iterator[tuple[str, float]]:
        """The series of a role, of the first of its families that the page has, in ratios, watts and seconds."""
        ranked: dict[int, list[tuple[str, float]]] = {}
        for series, value in scrape.samples.items():
            name, _, labels = series.partition("{")
            for each, rank in self._roles_of(name):
                if each is role and _fits(role, labels.removesuffix("}")):
                    ranked.setdefault(rank, []).append((series, value * self._scale(name)))
        yield from ranked[min(ranked)] if ranked else ()

    def _accelerators(self, scrapes: Sequence[Scrape]) -> dict[str, int]:
        """The kinds of accelerators, and how many there are, by the labels of the series that tell their use."""
        found: dict[str, set[str]] = {}
        for scrape in scrapes[-8:]:
            for role in self._roles.roles:
                if role.name in ("utilisation", "power"):
                    for series, _ in self._series_of(role, scrape):
                        labels = labels_of(series.partition("{")[2].removesuffix("}"))
                        kind = next((labels[key] for key in self._roles.kind_labels if labels.get(key)), "")
                        each = next((labels[key] for key in self._roles.each_labels if labels.get(key)), series)
                        found.setdefault(kind, set()).add(f"{scrape.place} {each}")
        return {kind: len(chips) for kind, chips in found.items() if kind}

    def _roles_of(self, name: str) -> tuple[tuple[Role, int], ...]:
        if name not in self._known:
            known = self._catalogue.find(name)
            own = known.family.name if known and not known.suffix else name
            self._known[name] = tuple(
                (role, role.families.index(own)) for role in self._roles.roles if own in role.families
            )
        return self._known[name]

    def _scale(self, name: str) -> float:
        known = self._catalogue.find(name)
        return _SCALES.get(known.family.unit, 1.0) if known else 1.0


def _fits(role: Role, labels: str) -> bool:
    if not role.where:
        return True
    given = labels_of(labels)
    return all(given.get(name) == value for name, value in role.where.items())
