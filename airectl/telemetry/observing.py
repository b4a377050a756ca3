"""What a live page is of, family by family: those that the catalogue knows, and those that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from airectl.core.catalogue import Catalogue
from airectl.core.exposition import Family, Page
from airectl.core.observed import Seen
from airectl.telemetry.detection import Detected, detected

_PYTHON: Final = "python_info"
# Ray writes its version beside every sample.
_VERSION: Final = "Version"
_OF_RUNTIMES: Final = ("process_", "python_", "go_", "promhttp_")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPage:
    """One system on a page. `known` are its families there, by the page's names, `unknown` those the catalogue lacks.

    `version` is what the page says of it, or implies; empty: nothing.
    """

    detected: Detected
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A page, with its systems, the one with most families first. `others` are families of none of them.

    `runtime` are those that a client library adds about its process.
    """

    seen: Seen
    systems: tuple[OnPage, ...]
    others: tuple[str, ...]
    runtime: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models that the page names."""
        return tuple(dict.fromkeys(model for each in self.systems for model in each.detected.models))

    @property
    def python(self) -> bool:
        """Whether Python's client writes the page."""
        return _PYTHON in self.seen.page.families

    @property
    def families(self) -> int:
        """How many metrics the page has; those that only say when a series was made do not count."""
        of_systems = sum(len(each.known) + len(each.unknown) for each in self.systems)
        return of_systems + len(self.others) + len(self.runtime)


def observe(name: str, page: Page, catalogue: Catalogue) -> Observation:
    """What the page called `name` is of."""
    found = detected(page, catalogue)
    known = {family.name: each.system.name for each in found for family in each.families.values()}
    unknown: dict[str, str] = {}
    others = []
    for family in page.families.values():
        if family.name in known or not family.series or _is_companion(family, page):
            continue
        of_name, of_beginning = _owner(family, found, catalogue)
        if of_name:
            known[family.name] = of_name
        elif of_beginning:
            unknown[family.name] = of_beginning
        else:
            others.append(family.name)
    systems = tuple(
        OnPage(
            detected=each,
            known=_of(known, each),
            unknown=_of(unknown, each),
            version=next(_versions(each), "") or each.version,
        )
        for each in found
    )
    return Observation(
        seen=Seen(name=name, page=page, systems={e.detected.system.name: (*e.known, *e.unknown) for e in systems}),
        systems=systems,
        others=tuple(name for name in others if not name.startswith(_OF_RUNTIMES)),
        runtime=tuple(name for name in others if name.startswith(_OF_RUNTIMES)),
    )


def _of(owners: Mapping[str, str], found: Detected) -> tuple[str, ...]:
    return tuple(name for name, owner in owners.items() if owner == found.system.name)


def _owner(family: Family, found: tuple[Detected, ...], catalogue: Catalogue) -> tuple[str, str]:
    """The system on the page that has a family of this common name, and the one whose beginning the name has."""
    series = next(iter(family.series))
    names = [each.system.name for each in found]
    by_name = next((each.system.name for each in found if each.system.find(series)), "")
    claimed = catalogue.claimants(series)
    return by_name, next((name for name in names if name in claimed), "")


def _is_companion(family: Family, page: Page) -> bool:
    """Whether it only says when the series of another family were made, as Python's client does."""
    stem, created, _ = family.name.rpartition("_created")
    return bool(created) and (stem in page.families or f"{stem}_total" in page.families)


def _versions(found: Detected) -> Iterator[str]:
    for family in found.families.values():
        yield from family.values(_VERSION)
