"""Which systems a `/metrics` page is of, and what it says of them: their metrics, their models, their edges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from airectl.core.catalogue import Catalogue, Known, System
from airectl.core.exposition import Family, Page
from airectl.core.live import edges as edges_of

# What the label is called that names the model, by how surely it does.
MODEL_LABELS: Final = (
    "model_name", "gen_ai_original_model", "gen_ai_request_model", "requested_model", "ai_model", "model",
)  # fmt: skip
# Beside one of these, `model` is that of the accelerator.
_OF_DEVICES: Final = frozenset(("accelerator_id", "gpu", "gpu_id", "gpu_uuid", "UUID"))
_MADE: Final = "_created"
_OF_METRICS: Final = frozenset(("le", "quantile"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """A system that a page is of, as the catalogue has it.

    `families` are those of the page that are its, by the name that the catalogue has for each. `models` are the
    models that they name, in the order met. `alias` is the beginning under which somebody passes its names on,
    in place of `own`; both are empty where its names are its own.
    """

    system: System
    families: Mapping[str, Family]
    models: tuple[str, ...] = ()
    alias: str = ""
    own: str = ""

    @property
    def version(self) -> str:
        """What its names say of its version; empty where they say nothing.

        No server tells its version on this page, so a name that came or went with one is all there is.
        """
        known = [self.system.families[name] for name in self.families]
        since = next((f"{each.since} or later: it has {each.name}" for each in known if each.since), "")
        gone = next((each for each in known if each.removed_in), None)
        return f"older than {gone.removed_in}: it has {gone.name}" if gone else since


def detected(page: Page, catalogue: Catalogue) -> tuple[Detected, ...]:
    """The systems that the page is of, the one with most of its metrics first.

    A name that several systems have goes to the one whose labels fit best and that has most of the page.
    """
    claims = list(_claims(page, catalogue))
    found = []
    while claims:
        best = _best(claims)
        found.append(_detected(best, [each for each in claims if each.known.system.name == best.name]))
        own = {each.family.name for each in claims if each.known.system.name == best.name}
        claims = [each for each in claims if each.family.name not in own]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A family of the page that may be a system's. `closed`: every label of it is known to be that system's."""

    family: Family
    known: Known
    closed: bool


def _claims(page: Page, catalogue: Catalogue) -> Iterator[_Claim]:
    for family in page.families.values():
        series = next((each for each in family.series if not each.endswith(_MADE)), "")
        for name in catalogue.claimants(series) if series else ():
            known = catalogue.systems[name].find(series)
            if known and _fits(family, known):
                yield _Claim(family, known, not known.family.open_labels)


def _fits(family: Family, known: Known) -> bool:
    """Whether a name that others may have as well has the labels that the system sets, and its marks."""
    if known.family.name not in known.system.names:
        return True
    labels = {name for name in family.labels if name not in _OF_METRICS}
    if not known.family.open_labels and not labels <= set(known.family.labels):
        return False
    return all(value in family.values(label) for label, value in known.system.marks.items())


def _best(claims: list[_Claim]) -> System:
    """The system with most families; of two, the one whose labels say more."""
    systems = {each.known.system.name: each.known.system for each in claims}
    count = Counter(each.known.system.name for each in claims)
    closed = Counter(each.known.system.name for each in claims if each.closed)
    return systems[max(systems, key=lambda name: (count[name], closed[name]))]


def _detected(system: System, claims: list[_Claim]) -> Detected:
    own, alias = _alias(system, claims)
    # Where a page gives no types, each series stands for itself: the buckets say most of a histogram.
    families = {
        each.known.family.name: each.family for each in sorted(claims, key=lambda each: "le" in each.family.labels)
    }
    return Detected(
        system=system, families=families, models=tuple(dict.fromkeys(_models(claims))), alias=alias, own=own
    )


def _alias(system: System, claims: list[_Claim]) -> tuple[str, str]:
    """The beginning that stands for another one on the page, where all of its names begin so."""
    for alias, own in system.aliases.items():
        if all(each.family.name.startswith(alias) for each in claims):
            return own, alias
    return "", ""


def _models(claims: list[_Claim]) -> Iterator[str]:
    for each in claims:
        if label := model_label(each.family.labels):
            yield from (value for value in each.family.values(label) if value)


def model_label(labels: Mapping[str, object] | tuple[str, ...]) -> str:
    """The label that names the model that answers; empty where none does."""
    if _OF_DEVICES.intersection(labels):
        return ""
    return next((name for name in MODEL_LABELS if name in labels), "")


def edges(family: Family) -> tuple[Decimal, ...]:
    """The upper edges of a histogram on the page, ascending, without +Inf."""
    return edges_of(family.values("le"))
