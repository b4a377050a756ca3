"""Asks to their results: each indicator's queries read, put together, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from airectl.core.findings import Finding, Severity
from airectl.core.slices import Slices
from airectl.core.slo import Query, RawIndicator, ThresholdIndicator
from airectl.errors import SourceError
from airectl.sources.prometheus import indicators, remarks, retention
from airectl.sources.prometheus.indicators import Course, Told
from airectl.sources.prometheus.questions import LostError, NotAskedError, Part, Plan, UnboundError, plan, wanted
from airectl.sources.prometheus.reading import Reading
from airectl.sources.prometheus.remarks import Seen
from airectl.sources.prometheus.retention import Retention
from airectl.sources.prometheus.several import several
from airectl.sources.prometheus.slices.sampling import Sampled
from airectl.sources.prometheus.slices.spans import Stretch
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Stopped, Unsupported
from airectl.sources.queries import place
from airectl.sources.slice_cache import SliceCache
from airectl.sources.watch import StoppedError


class Answering:
    """The asks of a run, from the first question to the last result."""

    def __init__(self, asks: Sequence[Ask], setting: Setting) -> None:
        self._setting = setting
        self._plans = [_planned(ask, setting) for ask in asks]
        self._cache = SliceCache(setting.cache, log=setting.log) if setting.cache else None
        plans = [each for each in self._plans if isinstance(each, Plan)]
        self._reading = Reading(wanted(plans), setting, self._cache)
        self._told: set[Finding] = set()

    def results(self) -> Iterator[Result]:
        """One for each ask, in order."""
        for each in self._plans:
            yield self._result(each) if isinstance(each, Plan) else each

    def close(self) -> None:
        """Ask nothing more, and keep what was read."""
        self._reading.close()
        if self._cache:
            self._cache.close()

    def _result(self, asked: Plan) -> Result:
        try:
            return self._read(asked)
        except StoppedError:
            return Stopped()

    def _read(self, asked: Plan) -> Result:
        courses = []
        for part in asked.parts:
            try:
                courses.append(self._reading.course(part.key))
            except SourceError as error:
                return self._failure(part, error, asked.ask)
        for part, course in zip(asked.parts, courses, strict=True):
            if isinstance(course.read, Sampled) and course.read.series > 1:
                return several(part.query, course.read.series, course.read.labels)
        return self._answer(asked, courses)

    def _failure(self, part: Part, error: SourceError, ask: Ask) -> Failure:
        def again(query: str) -> object:
            return self._reading.client(part.key.source, part.connection).instant(query, ask.end_s)

        return _failed(part.query, error, again, self._setting)

    def _answer(self, asked: Plan, courses: Sequence[Course]) -> Answer:
        told = _told(asked, courses)
        ends = [each for course in courses for each in course.ends_s or ()]
        return Answer(
            slices=told.slices,
            case=_case(asked.parts),
            first_s=min(ends, default=None),
            last_s=max(ends, default=None),
            findings=tuple(self._fresh(chain(_remarks(asked, courses, told), self._of_retention(asked, told.slices)))),
        )

    def _of_retention(self, asked: Plan, slices: Slices) -> Iterator[Finding]:
        """Where the window begins before the first sample: whether the server forgot what was there."""
        main, window = asked.parts[0], _window(asked.ask, slices)
        if not window.before:
            return
        seconds, origin = self._setting.retention_s, "the setting `retention`"
        if seconds is None:
            seconds, origin = self._reading.retention_s(main.key.source, main.connection), "the server"
        known = Retention(seconds=seconds, origin=origin) if seconds else None
        yield from retention.remarks(main.query, window, known)

    def _fresh(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """What was not said before: objectives share queries."""
        for finding in dict.fromkeys(findings):
            if finding not in self._told:
                self._told.add(finding)
                yield finding


def _planned(ask: Ask, setting: Setting) -> Plan | Result:
    try:
        return plan(ask, setting)
    except NotAskedError as error:
        return Unsupported(reason=str(error))
    except UnboundError as error:
        return _unbound(error.query, error.reason)
    except LostError as error:
        return _failed(error.query, error.error, lambda _query: None, setting)


def _failed(query: Query, error: SourceError, ask: Callable[[str], object], setting: Setting) -> Failure:
    # Imported only now: it brings what requests are made with, and what is cached needs none.
    from airectl.sources.prometheus.server import placing

    return placing.failure(query, error, ask, setting.cwd)


def _unbound(query: Query, reason: str) -> Failure:
    finding = Finding(
        code="AIR223",
        severity=Severity.ERROR,
        message=f"the query has no number for a slice: {reason}",
        at=place(query, "query"),
        help="write a query whose value is another at every time",
    )
    return Failure(finding=finding, invalid=True)


def _told(asked: Plan, courses: Sequence[Course]) -> Told:
    ask, indicator = asked.ask, asked.ask.indicator
    slices = Stretch(start_s=ask.start_s, step_s=ask.step_s, slices=ask.slices)
    if isinstance(indicator, RawIndicator):
        return indicators.raw(courses[0], slices, success=indicator.success)
    if isinstance(indicator, ThresholdIndicator):
        return indicators.threshold(courses[0], slices, ask.op, ask.value or Decimal())
    whole = all(part.binding.whole for part in asked.parts)
    return indicators.ratio(courses[0], courses[1], slices, bad=indicator.good is None, whole=whole)


def _case(parts: Sequence[Part]) -> str:
    """How the queries were understood: in one phrase where it was in the same way."""
    cases = {part.role: part.binding.case for part in parts}
    if len(set(cases.values())) == 1:
        return parts[0].binding.case
    return "; ".join(f"{role}: {case}" for role, case in cases.items())


def _window(ask: Ask, slices: Slices) -> Slices:
    return slices.cut(ask.end_s - ask.window_slices * ask.step_s, ask.end_s)


def _remarks(asked: Plan, courses: Sequence[Course], told: Told) -> Iterator[Finding]:
    last, window = asked.parts[-1], _window(asked.ask, told.slices)
    seen = [Seen(role=p.role, query=p.query, course=c) for p, c in zip(asked.parts, courses, strict=True)]
    yield from chain.from_iterable(part.connection.said(part.query.at) for part in asked.parts)
    for part, course in zip(asked.parts, courses, strict=True):
        if course.heard:
            yield from _doubts(part, course)
    yield from remarks.of_absence(seen, window)
    yield from remarks.of_counters(seen, window)
    yield from remarks.of_clipping(last.query, last.role, told.clipped)


def _doubts(part: Part, course: Course) -> Iterator[Finding]:
    from airectl.sources.prometheus.server import placing

    return placing.doubts(part.query, course.heard, part.connection)
