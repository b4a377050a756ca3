"""What the lints look at, one selection of a query at a time, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from airectl.core.catalogue import Known, MetricFamily, System
from airectl.promql.parse import Parsed
from airectl.promql.selectors import Selector
from airectl.promql.templates import STAND_IN


class Purpose(StrEnum):
    """What becomes of the value of a query."""

    COUNTED = "its increments are counted as events"
    COMPARED = "it is compared with a limit that is written elsewhere"
    RULE = "it is an alert, or a recording"
    SHOWN = "it is drawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One metric of a known system in one selector; `known` is None for a name that its system lacks.

    `version` is the one that is served, where somebody said so.
    """

    name: str
    system: System
    known: Known | None
    version: str = ""

    @property
    def family(self) -> MetricFamily | None:
        """What is known of it."""
        return self.known.family if self.known else None

    @property
    def suffix(self) -> str:
        """What follows the name of its family: `_bucket`, `_count`, `_sum`, or nothing."""
        return self.known.suffix if self.known else ""

    @property
    def grows(self) -> bool:
        """Whether it is known to be a counter, as are the series of a histogram."""
        return bool(self.family and (self.suffix or self.family.type == "counter"))

    @property
    def parts_only(self) -> bool:
        """Whether it is the name of a histogram or a summary, which has series under other names only."""
        return bool(self.family and not self.suffix and self.family.name not in self.family.series())


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A selector with the metrics of known systems that it names."""

    selector: Selector
    uses: tuple[Use, ...] = ()
    purpose: Purpose = Purpose.RULE

    def families(self) -> Iterator[tuple[Use, MetricFamily]]:
        """The metrics that are known, each with its family."""
        yield from ((use, use.family) for use in self.uses if use.family)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with a selection. It stands at the first of `parts`, texts of the query, that can be found."""

    message: str
    help: str
    parts: tuple[str, ...] = ()
    label: str = ""
    notes: tuple[str, ...] = ()


Judge = Callable[[Selection], Iterator[Remark]]
Lookup = Callable[[str], tuple[System | None, Known | None]]


def selections(
    parsed: Parsed, lookup: Lookup, *, version: str = "", purpose: Purpose = Purpose.RULE
) -> tuple[Selection, ...]:
    """Every selection of a query, in the order written."""
    return tuple(
        Selection(selector=each, uses=tuple(_uses(each, lookup, version)), purpose=purpose) for each in parsed.selectors
    )


def _uses(selector: Selector, lookup: Lookup, version: str) -> Iterator[Use]:
    for name in selector.names:
        if STAND_IN in name:
            continue
        system, known = lookup(name)
        if system is None and ":" in name and (passed_on := lookup(name.replace(":", "_")))[1]:
            system = passed_on[0]  # whoever passes it on writes `_`, so this name is on no wire
        if system and not _of_another(system, known, selector):
            yield Use(name=name, system=system, known=known, version=version)


def _of_another(system: System, known: Known | None, selector: Selector) -> bool:
    """Whether labels say that a name which several systems use is not this one's."""
    if known is None or known.page or known.family.name not in system.names:
        return False
    return any(m.name in system.marks and m.selects(system.marks[m.name]) is False for m in selector.labels)


def is_variable(text: str) -> bool:
    """Whether a label's value is a variable of a dashboard, or holds one."""
    return STAND_IN in text


def notes(*texts: str) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(text for text in texts if text)


def listed(names: Iterable[str]) -> str:
    """`a`, `b`."""
    return ", ".join(f"`{name}`" for name in names)
