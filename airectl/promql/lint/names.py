"""Names of metrics: unknown, removed, off by default, not on the page, said of several systems; and sticky gauges."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from airectl.core.catalogue import MetricFamily, MetricType, System
from airectl.promql.lint.selection import Purpose, Remark, Selection, Use, listed, notes
from airectl.promql.selectors import Step

_COMPARISONS: Final = frozenset((">", ">=", "<", "<=", "==", "!="))
# How many pages are named in one sentence.
_NAMED: Final = 2


def unknown_metric(selection: Selection) -> Iterator[Remark]:
    """A name with the prefix of a known system that the system is not known to expose."""
    for use in selection.uses:
        family = use.family
        if family and family.never:
            message = f"no version of {use.system.title} has `{use.name}`"
            yield Remark(message=message, parts=(use.name,), notes=notes(family.note), help=_successor(family))
        elif family and use.parts_only:
            kind = "histogram" if family.type is MetricType.HISTOGRAM else "summary without quantiles"
            yield Remark(
                message=f"`{use.name}` is a {kind}, which has no series of that name",
                parts=(use.name,),
                notes=notes(family.note),
                help=f"use {listed(family.series())}",
            )
        elif family is None and use.system.name:
            yield from _unknown(use)


def _unknown(use: Use) -> Iterator[Remark]:
    near = nearest(use)
    if use.system.partial and not near:
        return
    pages = use.system.pages
    yield Remark(
        message=f"`{use.name}` is not known for {use.system.title} {use.system.versions}",
        parts=(use.name,),
        label=f"did you mean `{near}`?" if near else "",
        notes=(
            f"it is not on {_said(pages)} either" if pages else "the catalogue may lack a metric that your version has",
        ),
        help=f"write `{near}`" if near else f"compare with the server's own {use.system.path}",
    )


def not_on_page(selection: Selection) -> Iterator[Remark]:
    """A name that should be on a live page, and is not. A series that appears with its first event may be missing."""
    for use in selection.uses:
        if not use.system.pages or (use.known and use.known.page):
            continue
        family = use.family
        if family is None and use.system.name and not (use.system.partial and not nearest(use)):
            continue  # unknown_metric says so
        if family and (not family.current or not family.enabled or family.rare or use.parts_only):
            continue
        near = nearest(use)
        exposes = f"{use.system.title} {use.system.versions} exposes it by default" if family else ""
        yield Remark(
            message=f"`{use.name}` is not on {_said(use.system.pages)}",
            parts=(use.name,),
            label=f"did you mean `{near}`?" if near else "",
            notes=notes(exposes),
            help=f"write `{near}`" if near else "look at the server's version and flags, or name the page that has it",
        )


def _said(pages: tuple[str, ...]) -> str:
    return " or ".join(pages) if len(pages) <= _NAMED else f"any of the {len(pages)} pages"


def nearest(use: Use) -> str:
    """The name that may have been meant; empty where none is near."""
    plain = use.name.replace(":", "_")
    is_own = use.name.startswith(use.system.prefixes)
    if plain != use.name and not is_own and plain.startswith(tuple(use.system.aliases)):
        return plain
    for alias, own in use.system.aliases.items():
        for here, there in ((own, alias), (alias, own)):
            passed_on = there + use.name.removeprefix(here)
            if use.name.startswith(here) and passed_on in use.system.seen:
                return passed_on
    _SYSTEMS[id(use.system)] = use.system
    return _nearest(id(use.system), use.name)


# `_nearest` is asked for the same name in many specs; System is not hashable, its identity stands for it.
_SYSTEMS: Final[dict[int, System]] = {}


@lru_cache(maxsize=1024)
def _nearest(system: int, name: str) -> str:
    of = _SYSTEMS[system]
    if name + "_total" in of.families or name + "_total" in of.seen:
        return name + "_total"
    known = (series for family in of.families.values() if family.current for series in family.series())
    on_wire = of.seen or tuple(known)
    if name.endswith("_total") and name.removesuffix("_total") in on_wire:
        return name.removesuffix("_total")
    colons = {series.replace(":", "_"): series for series in on_wire}
    return colons.get(name.replace(":", "_")) or next(iter(get_close_matches(name, on_wire, 1, 0.8)), "")


def removed_metric(selection: Selection) -> Iterator[Remark]:
    """A name that newer versions do not have; silent where somebody said that an older one is served."""
    for use, family in selection.families():
        if family.removed_in and not (use.version and _numbers(use.version) < _numbers(family.removed_in)):
            yield Remark(
                message=f"{use.system.title} {family.removed_in} does not have `{use.name}` any more",
                parts=(use.name,),
                notes=notes(family.note),
                help=_successor(family, use.suffix),
            )


def _successor(family: MetricFamily, suffix: str = "") -> str:
    return f"use `{family.replaced_by}{suffix}`" if family.replaced_by else "measure something else"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def off_by_default(selection: Selection) -> Iterator[Remark]:
    """A metric that is exposed only if somebody switched it on."""
    for use, family in selection.families():
        if not family.enabled:
            pages = use.system.pages
            yield Remark(
                message=f"{use.system.title} does not expose `{use.name}` by default",
                parts=(use.name,),
                notes=notes(f"it is not on {_said(pages)}" if pages else ""),
                help=f"switch it on with {family.flag}, or measure something else",
            )


def sticky_gauge(selection: Selection) -> Iterator[Remark]:
    """A gauge that does not fall back when the condition is over. That a panel shows it is fine."""
    around = selection.selector.around
    compared = any(each.step is Step.BINARY and each.name in _COMPARISONS for each in around)
    if {"changes", "resets"}.intersection(selection.selector.calls()):
        return
    if selection.purpose is Purpose.SHOWN and not compared:
        return
    for use, family in selection.families():
        if family.sticky:
            yield Remark(
                message=f"`{use.name}` keeps its last value after the condition is over",
                parts=(use.name,),
                notes=notes(family.note),
                help="count changes instead, for example with `changes(...[5m])`, or use a counter",
            )


def not_told_apart(selection: Selection) -> Iterator[Remark]:
    """A name that says nothing of its system, selected without the label that does."""
    for use, family in selection.families():
        if family.name not in use.system.names:
            continue
        missing = {k: v for k, v in use.system.marks.items() if not selection.selector.matcher(k)}
        if missing:
            matcher = ",".join(f'{label}="{value}"' for label, value in missing.items())
            yield Remark(
                message=f"others than {use.system.title} have a `{use.name}`, too",
                parts=(use.name,),
                help=f"add `{matcher}`, or the matcher of the system that you mean",
            )
