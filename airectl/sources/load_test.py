"""The run of a load test as a source: `airectl budget --run RUN` judges SLOs by its requests.

A request is an event at the time at which it was intended, so that a stall is where it was felt first; a gap between
tokens is one at that time of its request. Which events there are, and which of them are good, is said in
core/goodput.py. The warm-up, and what comes after the end of the plan, do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from airectl.core.findings import Finding, Severity
from airectl.core.goodput import Goal, events
from airectl.core.groups import Group
from airectl.core.requests import Whole
from airectl.core.slices import BEFORE, KNOWN, Slices
from airectl.core.slo import RatioIndicator
from airectl.errors import SourceError
from airectl.runs.measured import requests
from airectl.runs.reading import RunError, open_run
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting, Unsupported

TYPE: Final = "LoadTest"
# The keys of its queries.
RUN: Final = "run"
EVENTS: Final = "events"
_CASE: Final = "requests of a load test, counted at their intended times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The part of a run that is judged: nanoseconds since its start, the second exclusive.

    `undecided` says why nothing can be decided by it; empty where it can.
    """

    folder: Path
    start_ns: int
    end_ns: int
    undecided: str = ""

    def __str__(self) -> str:
        return f"{self.folder}, {self.start_ns / 1e9:g} s to {self.end_ns / 1e9:g} s after its start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What objectives of one SLO want of a run: by what their samples would be compared with (`key_of`), a Goal.

    A text stands for one that no load test can measure, and says why.
    """

    goals: Mapping[str, Goal | str]

    def __str__(self) -> str:
        return "; ".join(dict.fromkeys(str(each) for each in self.goals.values()))


class LoadTest:
    """The source of type `LoadTest`. Queries for it are made by --run and hold a Taken and a Wanted."""

    network = False

    def __init__(self, setting: Setting) -> None:
        """A run folder needs nothing from `setting`."""

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        """One result for each ask; the records are read once for all of them."""
        planned = [_planned(ask) for ask in asks]
        counts: dict[Taken, _Counts] = {}
        for taken in dict.fromkeys(each[0] for each in planned if isinstance(each, tuple)):
            goals = [each[1] for each in planned if isinstance(each, tuple) and each[0] == taken]
            counts[taken] = _counted(taken, list(dict.fromkeys(goals)))
        for ask, each in zip(asks, planned, strict=True):
            yield _answer(ask, each[1], counts[each[0]]) if isinstance(each, tuple) else each

    def groups(self, ask: Ask, by: Sequence[str]) -> Sequence[Group]:
        """One: a run does not tell groups apart."""
        return ({},)


def key_of(op: str, value: object) -> str:
    """What tells the objectives of one SLO apart: what its samples are compared with."""
    return f"{op} {value}"


def _planned(ask: Ask) -> tuple[Taken, Goal] | Failure | Unsupported:
    indicator = ask.indicator
    spec = indicator.good.spec if isinstance(indicator, RatioIndicator) and indicator.good else {}
    taken, wanted = spec.get(RUN), spec.get(EVENTS)
    if not isinstance(indicator, RatioIndicator) or not isinstance(taken, Taken) or not isinstance(wanted, Wanted):
        return Unsupported(reason="SLOs are judged by a load test with `--run RUN`")
    goal = wanted.goals[key_of(ask.op, ask.value)]
    if not isinstance(goal, Goal):
        return Unsupported(reason=str(goal), wanted=False)
    if taken.undecided:
        help = "a run that is not valid says nothing of the server: run it again"
        finding = Finding(
            code="AIR426", severity=Severity.WARNING, message=taken.undecided, at=indicator.total.at, help=help
        )
        return Failure(finding=finding)
    return taken, goal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Good and valid events of each goal, one number a second from `start_s` (epoch) on."""

    start_s: int
    by_goal: Mapping[Goal, tuple[Whole, Whole]]


def _counted(taken: Taken, goals: Sequence[Goal]) -> _Counts:
    """One pass over the records. Raises SourceError where they cannot be read."""
    try:
        run = open_run(taken.folder)
        unix_ns = run.manifest.started_unix_ns
        start_s = (unix_ns + taken.start_ns) // 10**9
        size = max((unix_ns + taken.end_ns - 1) // 10**9 - start_s, 0) + 1
        sums = {goal: (np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)) for goal in goals}
        for found, _ in requests(run):
            inside = ~found.warm_up & (found.intended_ns >= taken.start_ns) & (found.intended_ns < taken.end_ns)
            measured = found.where(inside)
            second = (unix_ns + measured.intended_ns) // 10**9 - start_s
            for goal, totals in sums.items():
                for total, part in zip(totals, events(goal, measured), strict=True):
                    np.add.at(total, second, part)
    except RunError as error:
        raise SourceError(error.message, help=error.help) from None
    return _Counts(start_s=start_s, by_goal=sums)


def _answer(ask: Ask, goal: Goal, counts: _Counts) -> Answer:
    """The counts in the slices of the ask. What comes after the run is quiet, what came before is not known."""
    good, valid = (_in_slices(each, counts.start_s, ask) for each in counts.by_goal[goal])
    before = min(max((counts.start_s - ask.start_s) // ask.step_s, 0), ask.slices)
    states = bytes([BEFORE]) * before + bytes([KNOWN]) * (ask.slices - before)
    slices = Slices(start_s=ask.start_s, step_s=ask.step_s, good=good, valid=valid, states=states)
    return Answer(slices=slices, case=_CASE)


def _in_slices(counts: Whole, start_s: int, ask: Ask) -> list[int]:
    place = (start_s + np.arange(len(counts)) - ask.start_s) // ask.step_s
    inside = (place >= 0) & (place < ask.slices)
    sums = np.zeros(ask.slices, dtype=np.int64)
    np.add.at(sums, place[inside], counts[inside])
    return [int(each) for each in sums]
