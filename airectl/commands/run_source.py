"""--run: the objectives as they are, judged by the requests of a load test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from airectl.core.report import Column, Kind, Lines
from airectl.core.slo import Method, Query, RatioIndicator, TimeWindow
from airectl.core.units import Duration
from airectl.core.windows import resolution_s
from airectl.render.cells import shown
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.evaluate.evaluation import Evaluation
    from airectl.load.results import Results
    from airectl.sources.load_test import Taken

RunFolder = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="Judge by the requests of this load test, in place of any source."),
]
_LONG_S: Final = 7200
_DURATION: Final = Column(title="", kind=Kind.DURATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBy:
    """The run that SLOs were judged by; `until` is when it is over, in whole slices of all of them."""

    folder: str
    results: Results
    taken: Taken
    streamed: bool

    @property
    def start(self) -> datetime:
        """When its measured part begins."""
        return self._at(self.taken.start_ns)

    @property
    def end(self) -> datetime:
        """When its measured part ends."""
        return self._at(self.taken.end_ns)

    def _at(self, offset_ns: int) -> datetime:
        microseconds = (self.results.manifest.started_unix_ns + offset_ns) // 1000
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)

    def until(self, slos: Iterable[Slo]) -> datetime:
        """The end of the run, and of the slices that hold it."""
        step_s = max((_step_s(slo, self) for slo in slos), default=60)
        end_s = max(-(-int(self.end.timestamp() * 1000) // (step_s * 1000)), 0) * step_s
        return datetime.fromtimestamp(max(end_s, 60), UTC)

    @property
    def lines(self) -> Lines:
        """What windows have become."""
        length = shown(self.results.window.length_s, _DURATION)
        text = f"judged by {self.folder} alone: windows are {length} long, which is all that the run measured"
        return Lines(lines=[text])

    @property
    def data(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "path": self.folder,
            "from": self.start,
            "to": self.end,
            "length_s": self.results.window.length_s,
            "validity": self.results.judgement.validity.value,
            "requests": self.results.counts.measured,
        }


def judged_by(run: Run, folder: str) -> JudgedBy:
    """The run in `folder`. Raises RunError where there is none."""
    from airectl.load.results import results_of
    from airectl.runs.reading import open_run
    from airectl.sources.load_test import Taken

    found = open_run(run.env.cwd / folder, folder)
    results = results_of(found)
    reasons = "; ".join(results.judgement.reasons)
    taken = Taken(
        folder=found.folder,
        start_ns=results.window.start_ns,
        end_ns=max(results.window.end_ns, results.window.start_ns + 1),
        undecided="" if results.valid else f"the run is {results.judgement.validity}: {reasons}",
    )
    return JudgedBy(folder=folder, results=results, taken=taken, streamed=found.manifest.streamed)


def replaced(slos: Sequence[Slo], by: JudgedBy) -> list[Slo]:
    """`slos` with the run in place of their sources, over windows that are as long as the run."""
    until = by.until(slos)
    return [_judged(slo, by, until) for slo in slos]


def _judged(slo: Slo, by: JudgedBy, until: datetime) -> Slo:
    from airectl.core.goodput import Goal, goal_of
    from airectl.sources.load_test import EVENTS, RUN, TYPE, Wanted, key_of

    def indicator(parts: Sequence[Any]) -> RatioIndicator:
        found = {key_of(each.op, each.value): goal_of(slo, each, streamed=by.streamed) for each in parts}
        goals = {key: goal if isinstance(goal, Goal) else goal.reason for key, goal in found.items()}
        at = parts[0].at if parts else slo.at
        good = Query(type=TYPE, ref=by.folder, spec={RUN: by.taken, EVENTS: Wanted(goals=goals)}, at=at)
        return RatioIndicator(good=good, total=replace(good, spec={RUN: by.taken}))

    step_s = _step_s(slo, by)
    minutes = max(-(-int((until - by.start).total_seconds()) // 60), 1)
    shorter = replace(
        slo,
        window=TimeWindow(duration=Duration(minutes, "m"), rolling=True),
        indicator=None if slo.composite else indicator(slo.objectives),
    )
    objectives = tuple(
        replace(each, slice_s=step_s, indicator=indicator([each]) if slo.composite else None) for each in slo.objectives
    )
    return replace(shorter, objectives=objectives)


def over(each: Evaluation) -> Evaluation:
    """The same without what is said of the future: a run that is over has none."""
    return replace(each, outlook=replace(each.outlook, exhausts_at_s=None, recovers_at_s=None))


def _step_s(slo: Slo, by: JudgedBy) -> int:
    """A second where slices are for counting only: a fault in a run of minutes is to be seen. Else the SLO's own."""
    own = next((each.slice_s for each in slo.objectives if each.slice_s), None) or resolution_s(slo.window)
    return 1 if slo.method is Method.OCCURRENCES and by.results.window.length_s <= _LONG_S else own
