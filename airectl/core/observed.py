"""The catalogue as live pages correct it: what is on a page holds, and the catalogue says the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from airectl.core.catalogue import Catalogue, Known, System
from airectl.core.exposition import Family, Page
from airectl.core.live import Live, corrected, live

# Series that Prometheus makes itself, and the beginnings of those that nearly every Prometheus has from elsewhere.
_PROMETHEUS: Final = frozenset(("up", "ALERTS", "ALERTS_FOR_STATE"))
_ELSEWHERE: Final = (
    "scrape_", "prometheus_", "alertmanager_", "promhttp_", "net_conntrack_", "node_", "kube_", "kubelet_",
    "kubernetes_", "container_", "machine_", "apiserver_", "probe_", "go_", "process_", "python_",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A live page, what it is called in messages, and which of its families are of which system, by their names.

    The system with most of the page comes first.
    """

    name: str
    page: Page
    systems: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed(Catalogue):
    """`base`, corrected by `pages`. Names in `recorded` are those of recording rules, of which nothing is known.

    Systems that are on a page have `pages` and `seen`; so has the nameless one that stands for all other names:
    they are expected on a page, wherever there is one.
    """

    base: Catalogue = field(default_factory=Catalogue)
    pages: tuple[Seen, ...] = ()
    recorded: frozenset[str] = frozenset()
    _found: dict[tuple[str, str], Known | None] = field(default_factory=dict, repr=False, compare=False)
    _systems: dict[str, System] = field(default_factory=dict, repr=False, compare=False)

    def claimants(self, series: str) -> tuple[str, ...]:
        """As without pages."""
        return self.base.claimants(series)

    def system_of(self, series: str, said: str = "") -> System | None:
        """The system of `series`; the nameless one for a name that a page should have and nobody knows."""
        if series in self.recorded:
            return None
        known = self.find(series, said)
        system = known.system if known else self.base.system_of(series, said)
        if system is not None:
            return self._on_page(system)
        return self._on_page(_NAMELESS) if self.pages and not self._is_elsewhere(series) else None

    def find(self, series: str, said: str = "") -> Known | None:
        """The family that exposes `series`: as it is on the first page that has it, else as the catalogue has it."""
        if series in self.recorded:
            return None
        if (series, said) not in self._found:
            self._found[series, said] = self._find(series, said)
        return self._found[series, said]

    def _find(self, series: str, said: str) -> Known | None:
        for seen in self.pages:
            family = seen.page.family_of(series) or _without_series(series, seen.page)
            if family is not None:
                return self._seen(series, family, seen, said)
        known = self.base.find(series, said)
        return known and replace(known, system=self._on_page(known.system))

    def _seen(self, series: str, family: Family, seen: Seen, said: str) -> Known:
        here = live(family, series)
        known = self._catalogued(series, seen, said)
        system = self._on_page(known.system) if known else self._on_page(_NAMELESS)
        values = {label: tuple(each) for label, each in family.labels.items()}
        if known is None:
            return Known(
                system=replace(system, client=_client(family)),
                family=here.family,
                suffix=here.suffix,
                page=seen.name,
                values=values,
            )
        return Known(
            system=replace(system, client=_client(family) or system.client),
            family=corrected(known, here),
            suffix=_suffix(known, here),
            page=seen.name,
            values=values,
            lacks=tuple(label for label in known.family.labels if label not in family.labels),
        )

    def _catalogued(self, series: str, seen: Seen, said: str) -> Known | None:
        """What the catalogue knows of a series on a page: of the system that the page is of."""
        names = (said, *seen.systems)
        of_page = (known for name in names if name in self.systems and (known := self.systems[name].find(series)))
        return next(of_page, None) or self.base.find(series, said)

    def _on_page(self, system: System) -> System:
        """`system` with the pages that it is on."""
        if system.pages or not self.pages:
            return system
        if system.name not in self._systems:
            self._systems[system.name] = self._with_pages(system)
        return self._systems[system.name]

    def _with_pages(self, system: System) -> System:
        found = {
            seen.name: [
                name
                for family in (seen.systems[system.name] if system.name else seen.page.families)
                for name in seen.page.families[family].series
            ]
            for seen in self.pages
            if not system.name or system.name in seen.systems
        }
        series = dict.fromkeys(name for names in found.values() for name in names)
        return replace(system, pages=tuple(found), seen=tuple(series))

    def _is_elsewhere(self, series: str) -> bool:
        """Whether no page given has such a name: it is Prometheus', an exporter's or another system's, or recorded."""
        if series in _PROMETHEUS or series.startswith(_ELSEWHERE):
            return True
        head, colon, _ = series.partition(":")
        if colon:
            return not any(name.startswith(f"{head}:") for seen in self.pages for name in seen.page.families)
        # A name too common to be claimed, such as `memory_used`, is still of a system, and that is on no page.
        on_pages = {name for seen in self.pages for name in seen.systems}
        return any(system.find(series) for name, system in self.base.systems.items() if name not in on_pages)


def observed(base: Catalogue, pages: Iterable[Seen] = (), recorded: Iterable[str] = ()) -> Observed:
    """`base`, corrected by `pages`; names of recording rules are `recorded`."""
    names = frozenset(name for each in recorded for name in (each, each.replace(":", "_")))
    return Observed(systems=base.systems, heads=base.heads, base=base, pages=tuple(pages), recorded=names)


_NAMELESS: Final = System(name="", versions="", title="", prefixes=())


def _without_series(name: str, page: Page) -> Family | None:
    """The histogram or summary of that name, which has series under other names only."""
    family = page.families.get(name)
    parts = family is not None and family.type in ("histogram", "summary") and bool(family.series)
    return family if parts else None


def _client(family: Family) -> str:
    """What writes the page, by how it writes a whole number in `le`; empty where there is none."""
    whole = [text for text in family.values("le") if text.partition(".")[0].isdecimal() and text != "+Inf"]
    if any(text.endswith(".0") for text in whole):
        return "python"
    return "other" if any("." not in text for text in whole) else ""


def _suffix(known: Known, here: Live) -> str:
    return known.suffix if here.family.type in (known.family.type, "unknown") else here.suffix
