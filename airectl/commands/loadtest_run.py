"""One load test from what was asked to its report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from airectl.commands import loadtest_goals, loadtest_report
from airectl.commands.loadtest_gates import Tested
from airectl.commands.loadtest_given import Given
from airectl.commands.loadtest_goals import Objectives
from airectl.commands.loadtest_live import Live
from airectl.commands.loadtest_prepare import Prepared, UnusableError, prepare
from airectl.commands.loadtest_server import server_side
from airectl.commands.loadtest_work import Sending, look, sending
from airectl.core.report import Gate, Outcome, Report, Status, Verdict
from airectl.core.slo import Measure
from airectl.core.units import spoken_seconds
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.goodput import Goal
    from airectl.load.running import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What decides the exit code."""

    fail_on: str | None = None
    min_severity: str | None = None
    on_unknown: str | None = None


def reported(run: Run, given: Given, judging: Judging) -> Report:
    """The report. Raises whatever keeps the test from beginning."""
    try:
        prepared = prepare(run, given)
    except UnusableError as error:
        return _unreadable(error)
    objectives = _objectives(run, given, prepared)
    if given.dry_run:
        from airectl.commands.loadtest_dry import dry

        return dry(run, given, prepared, objectives)
    with Live(run) as live:
        order = look(run, given, prepared)
        with sending(run, given, prepared, live) as all_:
            return _one(run, prepared, objectives, order, all_, judging)


def _unreadable(error: UnusableError) -> Report:
    gate = Gate(name="scenario", group="load test", outcome=Outcome.FAILED, message=str(error))
    verdict = Verdict(word="UNREADABLE", text="nothing was sent")
    return Report(status=Status.UNREADABLE, blocks=(verdict,), findings=tuple(error.findings), gates=(gate,))


def _objectives(run: Run, given: Given, prepared: Prepared) -> Objectives:
    """Those of flags and specs, and the limits of the scenario or of a benchmark."""
    found = loadtest_goals.objectives(run, given.goals, streamed=prepared.streamed)
    limits = prepared.asked.limits
    return replace(
        found, goals=(*found.goals, *(_goal(each.measure, each.threshold_s, each.target) for each in limits))
    )


def _goal(measure: Measure, threshold_s: Decimal, target: Decimal) -> Goal:
    from airectl.core.goodput import Goal

    return Goal(id=f"{measure} {spoken_seconds(threshold_s)}", measure=measure, target=target, threshold_s=threshold_s)


def _one(run: Run, prepared: Prepared, objectives: Objectives, order: Order, all_: Sending, judging: Judging) -> Report:
    from airectl.load.results import results_of
    from airectl.runs.reading import open_run

    done = all_.send(order, prepared.folder)
    found = open_run(done.folder)
    tested = Tested(
        folder=prepared.shown,
        results=results_of(found, objectives.goals, objectives.unmeasured),
        objectives=objectives,
        server=server_side(found),
    )
    return loadtest_report.reported(
        run, tested, fail_on=judging.fail_on, min_severity=judging.min_severity, on_unknown=judging.on_unknown
    )
