"""Check many texts on several cores.

Every core loads its share, tells the others what they may refer to, and lints its own documents.
Only names, references and targets of SLOs travel: shipping whole trees would cost more than it wins.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from airectl.core.findings import Finding
from airectl.spec.check import Result, check, examine, in_order, total_size, without_gc
from airectl.spec.context import Context
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.load import Loaded, load
from airectl.spec.source import SourceText
from airectl.spec.tree import Map, Mark, Seq, graft

# Below this many characters one core is done before a second one has started.
WORTH_IT: Final = 1_000_000
# What other documents may see of an SLO, beside the containers around it.
_SEEN: Final = frozenset(
    {"name", "service", "target", "targetPercent", "kind"}
    | {"indicatorRef", "alertPolicyRef", "conditionRef", "targetRef", "metricSourceRef"}
)


class Spot(NamedTuple):
    """A line and a column, from 0."""

    line: int
    column: int


class Span(NamedTuple):
    """A mark that can travel between processes; a YAML event cannot."""

    start_mark: Spot
    end_mark: Spot


@dataclass(frozen=True, slots=True)
class _Stub:
    """An SLO as others may see it, small enough to send ten thousands of them: plain data and one place."""

    path: str
    place: tuple[int, int, int, int]
    written_as: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Share:
    """What one core made of its texts, without the trees."""

    findings: tuple[Finding, ...]
    read: tuple[str, ...]
    explained: tuple[str, ...]
    ignored: int
    partial: bool


def check_all(texts: Sequence[SourceText], context: Context, more: Iterable[Finding] = ()) -> Result:
    """As `check`, on as many cores as there are where that pays.

    The result's SLOs are then stubs: enough to count and name them, not to evaluate them.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if cores < 2 or len(texts) < 2 or total_size(texts) < WORTH_IT:
        return check(texts, context, more)
    try:
        return _check_on(_split(texts, cores), context, more)
    except (EOFError, OSError):
        # A core died, or could not start: do its work here, where whatever killed it shows.
        return check(texts, context, more)


def _split(texts: Sequence[SourceText], parts: int) -> list[list[SourceText]]:
    """Runs of texts of about equal size, in order: the first of two equal names stays the first."""
    share = total_size(texts) / parts
    shares: list[list[SourceText]] = [[]]
    filled = 0
    for text in texts:
        if shares[-1] and filled + len(text.text) / 2 > share * len(shares) and len(shares) < parts:
            shares.append([])
        shares[-1].append(text)
        filled += len(text.text)
    return shares


def _check_on(shares: list[list[SourceText]], context: Context, more: Iterable[Finding]) -> Result:
    fork = multiprocessing.get_context("fork")
    # The first core alone hears of signals; it passes them on between two texts.
    stop = fork.Event()
    pipes: list[Connection] = []
    for share in shares[1:]:
        mine, theirs = fork.Pipe()
        pipes.append(mine)
        worker = fork.Process(
            target=_work, args=(share, replace(context, stopped=stop.is_set), theirs, pipes), daemon=True
        )
        worker.start()
        theirs.close()
    with without_gc():
        loaded = load(shares[0], context)
        if loaded.partial:
            stop.set()
        sent = [_visible(loaded.specs), *(pipe.recv() for pipe in pipes)]
        parts = [_received(part) for part in sent]
        for index, pipe in enumerate(pipes, 1):
            pipe.send((sent[:index], sent[index + 1 :]))
        own = examine(_among(loaded, [], parts[1:]), context, more)
        others: list[_Share] = [pipe.recv() for pipe in pipes]
    return _joined(own, others, parts)


def _work(texts: list[SourceText], context: Context, pipe: Connection, ends: list[Connection]) -> None:
    """One more core: load, exchange, lint. Whatever goes wrong, the first core sees the pipe close.

    `ends` are the first core's ends of the pipes: kept open here, they would hide that it is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in ends:
        end.close()
    with without_gc(), suppress(Exception):
        loaded = load(texts, context)
        pipe.send(_visible(loaded.specs))
        before, after = pipe.recv()
        result = examine(_among(loaded, [*map(_received, before)], [*map(_received, after)]), context)
        pipe.send(_Share(result.findings, result.read, result.explained, result.ignored, result.partial))
        pipe.close()
        # Taking the trees apart object by object would hold the others up.
        os._exit(0)


def _among(loaded: Loaded, before: list[list[SpecObject]], after: list[list[SpecObject]]) -> Loaded:
    """What was loaded here, among the documents of the other cores."""
    documents = (*(d for part in before for d in part), *loaded.specs.documents, *(d for part in after for d in part))
    return replace(loaded, specs=SpecSet(documents=documents, texts=loaded.specs.texts))


def _joined(own: Result, others: list[_Share], parts: list[list[SpecObject]]) -> Result:
    documents = tuple(document for part in parts for document in part)
    findings = [*own.findings, *(finding for share in others for finding in share.findings)]
    return Result(
        specs=SpecSet(documents=documents, texts=own.specs.texts),
        findings=in_order(findings),
        read=own.read + tuple(path for share in others for path in share.read),
        explained=own.explained + tuple(text for share in others for text in share.explained),
        ignored=own.ignored + sum(share.ignored for share in others),
        partial=own.partial or any(share.partial for share in others),
    )


def _visible(specs: SpecSet) -> list[_Stub | SpecObject]:
    """The documents as other cores see them: SLOs as stubs, all others whole."""
    return [_stub(d) if d.kind == "SLO" else replace(d, node=_copy(d.node), foreign=True) for d in specs.documents]


def _stub(slo: SpecObject) -> _Stub:
    at = slo.at
    return _Stub(slo.path, (at.line, at.col, at.end_line, at.end_col), slo.written_as, _seen(slo.node) or {})


def _seen(value: Any) -> Any:
    """The part of `value` that others may see, as plain data; None for nothing."""
    if isinstance(value, Map):
        parts = {
            key: item if key in _SEEN and not isinstance(item, (Map, Seq)) else _seen(item)
            for key, item in value.items()
        }
        return {key: item for key, item in parts.items() if item is not None} or None
    if isinstance(value, Seq):
        return [item for item in map(_seen, value) if item is not None] or None
    return None


def _received(part: list[_Stub | SpecObject]) -> list[SpecObject]:
    return [_unpacked(each) if isinstance(each, _Stub) else each for each in part]


def _unpacked(stub: _Stub) -> SpecObject:
    line, col, end_line, end_col = stub.place
    span = Span(Spot(line - 1, col - 1), Spot(end_line - 1, end_col - 1))
    return SpecObject(kind="SLO", node=graft(stub.data, stub.path, span), written_as=stub.written_as, foreign=True)


def _span(mark: Mark) -> Span:
    start, end = mark.start_mark, mark.end_mark
    return Span(Spot(start.line, start.column), Spot(end.line, end.column))


def _copy(node: Map) -> Map:
    """A copy that can travel."""
    copy = Map(node.path, _span(node.mark))
    for key, value in node.items():
        key_mark, mark = node.marks[key]
        copy.put(key, _copy_value(value), _span(key_mark), _span(mark))
    return copy


def _copy_value(value: Any) -> Any:
    if isinstance(value, Map):
        return _copy(value)
    if isinstance(value, Seq):
        copy = Seq(value.path, _span(value.mark))
        for item, mark in zip(value, value.marks, strict=True):
            copy.add(_copy_value(item), _span(mark))
        return copy
    return value
