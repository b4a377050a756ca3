"""Load, lint and silence: everything there is to say about texts, on one core or on several."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding, sort_key
from airectl.spec import ignores, lint
from airectl.spec.context import Context
from airectl.spec.documents import SpecSet
from airectl.spec.load import Loaded, load
from airectl.spec.source import SourceText

# Objects made since the last collection: what thousands of documents come to.
_MANY: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The objects of some texts and every finding, silenced ones counted and left out, in reading order.

    `read` are the paths of the texts; all of them, unless it is `partial`.
    """

    specs: SpecSet
    findings: tuple[Finding, ...]
    read: tuple[str, ...]
    explained: tuple[str, ...] = ()
    ignored: int = 0
    partial: bool = False


def check(texts: Iterable[SourceText], context: Context, more: Iterable[Finding] = ()) -> Result:
    """Load and lint `texts`. `more` are findings of whoever read the texts; comments silence those too."""
    with without_gc():
        return examine(load(texts, context), context, more)


def examine(loaded: Loaded, context: Context, more: Iterable[Finding] = ()) -> Result:
    """Lint what was loaded and apply its ignore comments."""
    found = [*more, *loaded.findings, *lint.run(loaded.specs, context)]
    silenced = ignores.apply(found, loaded.specs.texts, context.codes, context.now.date())
    return Result(
        specs=loaded.specs,
        findings=in_order(silenced.findings),
        read=tuple(loaded.specs.texts),
        explained=loaded.explained,
        ignored=silenced.count,
        partial=loaded.partial,
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by place, each once."""
    return tuple(sorted(dict.fromkeys(findings), key=sort_key))


@contextmanager
def without_gc() -> Iterator[None]:
    """Trees of thousands of documents are all alive: collecting while they grow doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if gc.get_count()[0] > _MANY:
                # The next collection would walk every tree for nothing: none has a cycle.
                gc.freeze()
            gc.enable()


def total_size(texts: Sequence[SourceText]) -> int:
    """Characters of all texts."""
    return sum(len(text.text) for text in texts)
