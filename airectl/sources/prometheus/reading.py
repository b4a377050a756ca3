"""Questions to their answers: from the cache, and several at a time from the servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from airectl.promql.bind import Kind
from airectl.sources import slice_cache
from airectl.sources.packing import Packed, pack, unpack
from airectl.sources.prometheus import retention
from airectl.sources.prometheus.indicators import Course
from airectl.sources.prometheus.questions import Key, Wanted
from airectl.sources.prometheus.slices import stored
from airectl.sources.prometheus.slices.counting import Counted
from airectl.sources.prometheus.slices.pieces import Done, Piece, Read, completed, joined, unsettled
from airectl.sources.prometheus.slices.spans import Stretch, spans
from airectl.sources.protocol import Setting
from airectl.sources.watch import awaited

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.answers import Found
    from airectl.sources.prometheus.server.client import Client
    from airectl.sources.prometheus.server.connection import Connection
    from airectl.sources.prometheus.slices.asking import Reader

# Samples come late by way of queues and other servers; what is older than this stays as it is.
LATE_S: Final = 600
PARALLEL: Final = 4
_QUESTION_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class _Work:
    """A question under way: its spans, those that are done, and its lookback and width once they are known."""

    wanted: Wanted
    pieces: Sequence[Piece]
    done: dict[int, Done] = field(default_factory=dict)
    looked: tuple[int, bool] | None = None
    heard: list[Found] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    course: Future[Course] = field(default_factory=Future)

    @property
    def complete(self) -> bool:
        """Whether the cache had all of it."""
        return all(piece.complete for piece in self.pieces)

    @property
    def stretch(self) -> Stretch:
        """All of its spans as one."""
        first = self.pieces[0].span
        slices = sum(piece.span.slices for piece in self.pieces)
        return Stretch(start_s=first.start_s, step_s=first.step_s, slices=slices)

    def fail(self, error: BaseException) -> None:
        """The first error is that of the question."""
        with self.lock:
            if not self.course.done():
                self.course.set_exception(error)


class Reading:
    """Reads every question of a run. To be closed when its answers were taken."""

    def __init__(self, wanted: Mapping[Key, Wanted], setting: Setting, cache: slice_cache.SliceCache | None) -> None:
        self._setting, self._cache = setting, cache
        self.clients: dict[str, Client] = {}
        self._retentions: dict[str, int | None] = {}
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._works = {
            key: _Work(wanted=each, pieces=pieces)
            for (key, each), pieces in zip(wanted.items(), self._kept(wanted), strict=True)
        }
        for work in self._works.values():
            self._begin(work)

    def course(self, key: Key) -> Course:
        """What a question's query says of each slice. Raises SourceError and StoppedError."""
        work = self._works[key]
        if work.complete and not work.course.done():
            work.course.set_result(self._course(work))
        course = awaited(work.course)
        work.wanted.uses -= 1
        if not work.wanted.uses:
            del self._works[key]  # what nobody waits for any more need not be held
        return course

    def close(self) -> None:
        """Ask nothing more."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        for client in self.clients.values():
            client.close()

    def client(self, source: str, connection: Connection) -> Client:
        """The client of a server. Raises SourceError."""
        with self._lock:
            if source not in self.clients:
                self.clients[source] = self._client(connection)
            return self.clients[source]

    def retention_s(self, source: str, connection: Connection) -> int | None:
        """What a server says of how long it keeps samples; asked once a day."""
        today = int(self._setting.now.timestamp()) // 86_400 if self._setting.now else 0
        name = slice_cache.Key(source=source, query="retention", step_s=86_400, start_s=today * 86_400)
        if source not in self._retentions:
            kept = self._cache.read([name]).get(name) if self._cache else None
            found = unpack(kept) if kept else None
            if found is None:
                found = Packed(facts={"seconds": self._asked_retention_s(connection)})
                if self._cache:
                    self._cache.write({name: pack(found)})
            self._retentions[source] = found.facts["seconds"]
        return self._retentions[source]

    def _asked_retention_s(self, connection: Connection) -> int | None:
        # Not every server has this part of the API: what it answers is no reason to end the other questions.
        with closing(self._client(connection)) as client:
            return retention.of_server(client.get)

    def _client(self, connection: Connection) -> Client:
        from airectl.sources.prometheus.server.client import Client, Limits

        setting = self._setting
        question_s = min(_QUESTION_S, setting.limit_s)
        return Client(connection, Limits(stop=setting.stop, question_s=question_s, parallel=PARALLEL, log=setting.log))

    def _kept(self, wanted: Mapping[Key, Wanted]) -> list[list[Piece]]:
        """The spans of each question with what the cache has of them."""
        all_ = [list(spans(each.start_s, each.end_s, key.step_s)) for key, each in wanted.items()]
        names = [self._name(key, span) for key, group in zip(wanted, all_, strict=True) for span in group]
        found = self._cache.read(names) if self._cache else {}
        pieces = []
        for key, group in zip(wanted, all_, strict=True):
            kept = [stored.from_bytes(data) if (data := found.get(self._name(key, span))) else None for span in group]
            pieces.append([Piece.of(span, each) for span, each in zip(group, kept, strict=True)])
        return pieces

    def _name(self, key: Key, span: Stretch) -> slice_cache.Key:
        interval_s = self._setting.scrape_interval_s or 0
        query = f"{key.kept_as} {interval_s}"
        return slice_cache.Key(source=key.source, query=query, step_s=key.step_s, start_s=span.start_s)

    def _begin(self, work: _Work) -> None:
        """Send each span that is not complete to a thread; the last to end makes the course of them all."""
        left = [index for index, piece in enumerate(work.pieces) if not piece.complete]
        if not left:
            return
        pool = self._pool = self._pool or ThreadPoolExecutor(PARALLEL)
        for index in tuple(left):
            pool.submit(self._span, work, index, left)

    def _span(self, work: _Work, index: int, left: list[int]) -> None:
        try:
            if not work.course.done():
                work.done[index] = self._complete(work, work.pieces[index])
            with work.lock:
                left.remove(index)
                last = not left
            if last and not work.course.done():
                work.course.set_result(self._course(work))
        except BaseException as error:  # it is raised again where the course is waited for
            work.fail(error)

    def _complete(self, work: _Work, piece: Piece) -> Done:
        reader = self._reader(work, piece)
        closed = 0
        if self._setting.now is not None:
            until_s = int(self._setting.now.timestamp()) - LATE_S - reader.lookback_s
            closed = min(max((until_s - piece.span.start_s) // piece.span.step_s, 0), piece.span.slices)
        with reader.client.hearing() as heard:
            done = completed(piece, reader, closed)
        work.heard += [each for each in heard if each.warnings or each.infos]
        return done

    def _reader(self, work: _Work, piece: Piece) -> Reader:
        from airectl.sources.prometheus.slices.asking import Reader

        part = work.wanted.part
        client = self.client(part.key.source, part.connection)
        if piece.lookback_s:
            return Reader(client=client, binding=part.binding, lookback_s=piece.lookback_s)
        lookback_s, wide = self._looked(work, client)
        return Reader(client=client, binding=part.binding, lookback_s=lookback_s, wide=wide)

    def _looked(self, work: _Work, client: Client) -> tuple[int, bool]:
        """The lookback, and whether there are many series: asked once a question, by the first span that needs it."""
        from airectl.sources.prometheus.slices import asking, intervals
        from airectl.sources.prometheus.slices.wide import WIDE

        with work.lock:
            if work.looked is None:
                wanted = work.wanted
                selectors = asking.watched(wanted.part.binding)
                looks = [intervals.look(client, each, wanted.start_s, wanted.end_s) for each in selectors]
                slowest_s = max((each.interval_s for each in looks), default=intervals.DEFAULT_INTERVAL_S)
                interval_s = self._setting.scrape_interval_s or slowest_s
                wide = any(each.series >= WIDE for each in looks)
                work.looked = intervals.lookback_s(wanted.part.key.step_s, interval_s), wide
            return work.looked

    def _course(self, work: _Work) -> Course:
        binding = work.wanted.part.binding
        kind = binding.kind
        done = [work.done.get(index) or Done.kept(piece, kind) for index, piece in enumerate(work.pieces)]
        read = joined((half for each in done for half in (each.closed, each.open)), kind)
        if unsettled(read):
            before = self._reader(work, work.pieces[0]).before(work.stretch.start_s)
            read = _since(read, before)
            first = work.pieces[0].more or done[0].closed
            done[0] = replace(done[0], closed=_since(first, before))
        self._keep(work, done)
        return Course(
            stretch=work.stretch,
            read=read,
            lookback_s=max(each.lookback_s for each in done),
            differences=kind is Kind.VALUES and binding.differences,
            heard=tuple(work.heard),
        )

    def _keep(self, work: _Work, done: Sequence[Done]) -> None:
        """What is closed now and was not kept before."""
        items = {
            self._name(work.wanted.part.key, piece.span): stored.to_bytes(each.closed, each.lookback_s)
            for piece, each in zip(work.pieces, done, strict=True)
            if each.closed is not piece.kept and each.slices
        }
        if items and self._cache:
            self._cache.write(items)


def _since(read: Read, before: frozenset[int]) -> Read:
    """The same, knowing what had samples before it."""
    return replace(read, before=before) if isinstance(read, Counted) else replace(read, before=bool(before))
