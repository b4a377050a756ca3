"""What `metrics lint` says of pages: systems, models, edges, and what the catalogue does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from airectl.core.report import Block, Column, Lines, Table
from airectl.core.units import plain
from airectl.evaluate.page_facts import Differences, Edges, differences

if TYPE_CHECKING:
    from airectl.telemetry.observing import Observation, OnPage

_PROPERTIES: Final = (Column(title="PROPERTY"), Column(title="VALUE"))
_SHOWN: Final = 8


def many(count: int, noun: str) -> str:
    """`1 page`, `2 pages`; `1 query`, `2 queries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def page_blocks(found: Observation, *, alone: bool) -> Iterator[Block]:
    """One page: what it is of, then each system's differences from the catalogue.

    Where it only serves to judge other files, and is not looked at `alone`, what presets lack is left out.
    """
    compared = [(each, differences(each)) for each in found.systems]
    yield Table(columns=_PROPERTIES, rows=[list(row) for row in _page_rows(found, compared)])
    for each, differs in compared:
        if differs.edges:
            lines = [line for edges in differs.edges for line in _edge(edges)]
            yield Lines(title="edges that are not the catalogue's", lines=lines)
        missing = {name: lacks for name, lacks in differs.presets.items() if lacks}
        if missing and alone:
            title = f"presets of {each.detected.system.title} that lack a metric here"
            yield Lines(title=title, lines=[f"{name}: {_some(lacks)}" for name, lacks in missing.items()])


def _page_rows(found: Observation, compared: Sequence[tuple[OnPage, Differences]]) -> Iterator[tuple[str, str]]:
    yield "page", found.seen.name
    yield "format", "OpenMetrics" if found.seen.page.open_metrics else "Prometheus text"
    for each, differs in compared:
        yield from _system_rows(each, differs)
    if not compared:
        yield "system", "none that the catalogue knows" + ("; Python's client writes the page" if found.python else "")
    if found.models:
        yield "models", _some(found.models)
    if found.others:
        yield "others", f"{many(len(found.others), 'metric')} of no known system: {_some(found.others)}"
    if found.runtime:
        yield "process", f"{many(len(found.runtime), 'metric')} of the process itself"


def _system_rows(found: OnPage, differs: Differences) -> Iterator[tuple[str, str]]:
    system = found.detected.system
    yield "system", f"{system.title}, compared with {system.versions}"
    yield "version", found.version or "the page does not say"
    yield "metrics", f"{len(found.known)} that the catalogue knows, {len(found.unknown)} that it does not"
    if found.unknown:
        yield "not known", _some(found.unknown)
    if differs.switched_on:
        yield "switched on", _some(differs.switched_on)
    ready = [name for name, lacks in differs.presets.items() if not lacks]
    if system.presets:
        yield "presets", ", ".join(ready) or "none can be used"


def _some(names: Sequence[str], shown: int = _SHOWN) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _edge(edges: Edges) -> Iterator[str]:
    yield f"{edges.name}: {_numbers(edges.here)}"
    yield f"  the catalogue has {_numbers(edges.catalogue)}"


def _numbers(edges: Sequence[Decimal]) -> str:
    return ", ".join(map(plain, edges))


def judged_by(found: Mapping[str, set[str]], *, live: bool) -> Iterator[str]:
    """What decided for each system: its pages, or the catalogue. `live`: there are pages."""
    catalogued = [title for title, pages in sorted(found.items()) if "" in pages]
    for title, pages in sorted(found.items()):
        if named := sorted(pages - {""}):
            yield f"{', '.join(named)}: {title or 'names of no known system'}"
    if catalogued:
        why = ", of which there is no page" if live else ""
        yield f"the catalogue: {', '.join(catalogued)}{why}"


def page_data(found: Observation) -> dict[str, object]:
    """The same for JSON."""
    return {
        "page": found.seen.name,
        "open_metrics": found.seen.page.open_metrics,
        "python_client": found.python,
        "metrics": found.families,
        "samples": found.seen.page.samples,
        "models": list(found.models),
        "systems": [_system_data(each, differences(each)) for each in found.systems],
        "others": list(found.others),
        "process": list(found.runtime),
    }


def _system_data(found: OnPage, differs: Differences) -> dict[str, object]:
    return {
        "system": found.detected.system.name,
        "title": found.detected.system.title,
        "catalogue": found.detected.system.versions,
        "version": found.version or None,
        "known": list(found.known),
        "unknown": list(found.unknown),
        "switched_on": list(differs.switched_on),
        "edges": [
            {"metric": each.name, "here": list(each.here), "catalogue": list(each.catalogue)} for each in differs.edges
        ],
        "presets": [{"preset": name, "missing": list(lacks)} for name, lacks in differs.presets.items()],
    }
