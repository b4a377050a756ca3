"""`airectl loadtest report`: what a run comes to, from its records, as often as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from airectl.commands.evaluated import OnUnknown
from airectl.commands.loadtest_goals import E2eP99, ItlP99, Objective, Specs, TpotP99, TtftP99, Wanted, objectives
from airectl.commands.selection import Only
from airectl.commands.specs import FailOn, MinSeverity, failing_from, on_unknown_of, shown
from airectl.core.findings import sort_key
from airectl.core.report import Report, decide
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.commands.loadtest_gates import Tested

Folder = Annotated[str, typer.Argument(metavar="RUN", help="The folder that `airectl loadtest --out` wrote.")]
# What the verdict and the lines below it say.
_TOLD: Final = ("AIR426", "AIR427")


def report(
    run: Run,
    folder: Folder,
    *,
    specs: Specs = None,
    slo: Only = None,
    ttft_p99: TtftP99 = None,
    itl_p99: ItlP99 = None,
    tpot_p99: TpotP99 = None,
    e2e_p99: E2eP99 = None,
    objective: Objective = None,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
) -> Report:
    """Say what a run measured, what that is worth, and whether it meets its objectives.

    Exit code 0: all is met; 1: an objective is missed, or no request was answered; 3: it could not be decided, as
    when the client was the limit. `airectl help loadtest` has every definition.

    Examples:
      airectl loadtest report airectl-runs/chat
      airectl loadtest report airectl-runs/chat --specs slo-specs -o json
      airectl loadtest report airectl-runs/chat --objective "ttft p95 200ms"
    """
    from airectl.commands import loadtest_server
    from airectl.commands.loadtest_gates import Tested
    from airectl.load.results import results_of
    from airectl.runs.reading import open_run

    wanted = Wanted(
        specs=specs,
        slo=slo,
        ttft_p99=ttft_p99,
        itl_p99=itl_p99,
        tpot_p99=tpot_p99,
        e2e_p99=e2e_p99,
        objective=objective,
    )
    found = open_run(run.env.cwd / folder, folder)
    held = objectives(run, wanted, streamed=found.manifest.streamed)
    results = results_of(found, held.goals, held.unmeasured)
    tested = Tested(folder=folder, results=results, objectives=held, server=loadtest_server.server_side(found))
    return reported(run, tested, fail_on=fail_on, min_severity=min_severity, on_unknown=on_unknown)


def reported(
    run: Run, tested: Tested, *, fail_on: str | None, min_severity: str | None, on_unknown: str | None
) -> Report:
    """The report of a run, whoever made it."""
    from airectl.commands import loadtest_gates, loadtest_words
    from airectl.commands.loadtest_data import results_data

    gates = tuple(loadtest_gates.gates(tested, failing_from(run, fail_on)))
    status = decide(gates, on_unknown=on_unknown_of(run, on_unknown))
    visible = shown(run, sorted(loadtest_gates.findings(tested), key=sort_key), min_severity)
    verbose = run.shared.verbose
    return Report(
        status=status,
        data={"run": tested.folder, **results_data(tested.results), "server": _server(tested)},
        blocks=tuple(loadtest_words.blocks(tested, status, visible, verbose=verbose)),
        findings=visible,
        told=_TOLD,
        gates=gates,
        partial=bool(run.env.stop),
    )


def _server(tested: Tested) -> dict[str, Any] | None:
    """What the server said of itself; None where nobody asked."""
    from airectl.commands import loadtest_server

    return loadtest_server.data(tested.server, tested.results) if tested.server else None
