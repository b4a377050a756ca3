"""One load test from what was asked to its report."""

from __future__ import annotations

from airectl.commands import loadtest_goals, loadtest_report
from airectl.commands.loadtest_asked import Asked
from airectl.commands.loadtest_gates import Tested
from airectl.commands.loadtest_live import Live
from airectl.commands.loadtest_work import look, prepare, send
from airectl.core.report import Report
from airectl.run import Run


def reported(run: Run, asked: Asked, fail_on: str | None, min_severity: str | None, on_unknown: str | None) -> Report:
    """The report. Raises whatever keeps the test from beginning."""
    from airectl.load.results import results_of
    from airectl.runs.reading import open_run

    prepared = prepare(run, asked)
    objectives = loadtest_goals.objectives(run, asked.goals, streamed=prepared.streamed)
    with Live(run) as live:
        order = look(run, asked, prepared)
        done = send(run, asked, prepared, order, live)
    results = results_of(open_run(done.folder), objectives.goals, objectives.unmeasured)
    tested = Tested(folder=prepared.shown, results=results, objectives=objectives)
    return loadtest_report.reported(run, tested, fail_on=fail_on, min_severity=min_severity, on_unknown=on_unknown)
