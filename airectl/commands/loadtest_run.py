"""One load test from what was asked to its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from signal import SIGINT
from typing import TYPE_CHECKING

from airectl.commands import loadtest_goals, loadtest_report
from airectl.commands.loadtest_gates import Tested
from airectl.commands.loadtest_given import Given
from airectl.commands.loadtest_goals import Objectives
from airectl.commands.loadtest_live import Live
from airectl.commands.loadtest_prepare import Prepared, UnusableError, prepare
from airectl.commands.loadtest_server import server_side
from airectl.commands.loadtest_target import with_command
from airectl.commands.loadtest_work import Sending, look, sending
from airectl.commands.specs import shown
from airectl.core.findings import Finding, sort_key
from airectl.core.report import Gate, Outcome, Report, Status, Verdict
from airectl.core.slo import Measure
from airectl.core.units import spoken_seconds
from airectl.errors import Interrupted
from airectl.net.flight import StoppedError
from airectl.run import Run
from airectl.runs.manifest import REPORT_FILE

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
    run, token = with_command(run, given.token)
    given = replace(given, token=token)
    try:
        prepared = prepare(run, given)
    except UnusableError as error:
        return _unreadable(error)
    objectives = _objectives(run, given, prepared)
    if given.search.wanted:
        from airectl.commands.loadtest_capacity import check

        check(prepared, objectives)
    if given.dry_run:
        from airectl.commands.loadtest_dry import dry

        return dry(given, prepared, objectives)
    task = _Task(run=run, given=given, prepared=prepared, objectives=objectives, judging=judging)
    try:
        with Live(run) as live:
            order = look(run, given, prepared)
            with sending(run, given, prepared, live) as all_:
                return task.capacity(order, all_) if given.search.wanted else task.one(order, all_)
    except StoppedError:
        # Nothing was sent yet, so there is nothing to keep.
        raise Interrupted(run.env.stop.signum or SIGINT) from None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """All that is decided before anything is sent."""

    run: Run
    given: Given
    prepared: Prepared
    objectives: Objectives
    judging: Judging

    def one(self, order: Order, sending_: Sending) -> Report:
        """One run, and its report."""
        from airectl.load.results import results_of
        from airectl.runs.reading import open_run

        prepared, objectives, judging = self.prepared, self.objectives, self.judging
        done = sending_.send(order, prepared.folder)
        found = open_run(done.folder)
        tested = Tested(
            folder=prepared.shown,
            results=results_of(found, objectives.goals, objectives.unmeasured),
            objectives=objectives,
            server=replace(server_side(found), silent=done.silent),
        )
        report = loadtest_report.reported(
            self.run,
            tested,
            fail_on=judging.fail_on,
            min_severity=judging.min_severity,
            on_unknown=judging.on_unknown,
        )
        return replace(report, kept=self._kept, findings=self._all(report.findings))

    def capacity(self, order: Order, sending_: Sending) -> Report:
        """A search, and its report."""
        from airectl.commands import loadtest_capacity_words as words
        from airectl.commands.loadtest_capacity import searched
        from airectl.runs.reading import open_run

        done = searched(self.given, self.prepared, self.objectives, order, sending_)
        last = self.prepared.folder / f"step-{len(done.results) - 1:02d}"
        side = server_side(open_run(last)) if done.results else None
        visible = shown(self.run, self._all(()), self.judging.min_severity)
        return Report(
            status=words.status(done),
            data=words.data(done, side),
            blocks=tuple(words.blocks(done, side)),
            findings=visible,
            gates=words.gates(done),
            partial=bool(self.run.env.stop),
            kept=self._kept if done.results else "",
        )

    @property
    def _kept(self) -> str:
        return str(self.prepared.folder / REPORT_FILE)

    def _all(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(sorted((*self.prepared.findings, *findings), key=sort_key))
