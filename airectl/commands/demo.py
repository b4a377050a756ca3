"""`airectl demo`: the whole loop on this machine, against a simulated server, in about a minute."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from airectl.core.report import Report
from airectl.run import Run

FOLDER: Final = "airectl-demo"

Keep = Annotated[str, typer.Option("--keep", metavar="DIR", help="Where everything goes that it makes.")]
Fast = Annotated[bool, typer.Option("--fast", help="Shorter tests and a coarser search, for CI.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what an earlier demo made there.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which commands it would run.")]


def demo(run: Run, *, keep: Keep = FOLDER, fast: Fast = False, force: Force = False, dry_run: DryRun = False) -> Report:
    """Show the whole loop in about a minute: specs, rules, load test, budget, gate, postmortem, capacity, forecast.

    A simulated inference server is loaded, and goes wrong in the middle. Every figure is measured or computed here;
    nothing leaves this machine. All files stay in DIR, with a page to look at and the commands to run again.

    Exit code 0: each step ended as it should, 1: one did not, 3: this machine was too busy to measure.

    Examples:
      airectl demo
      airectl demo --dry-run
      airectl demo --fast --keep /tmp/airectl-demo --force
    """
    from airectl.commands import demo_words
    from airectl.commands.demo_folder import prepared
    from airectl.commands.demo_shown import shown_by
    from airectl.commands.demo_steps import FAST, USUAL
    from airectl.commands.demo_work import planned, played

    pace = FAST if fast else USUAL
    if dry_run:
        return demo_words.plan(planned(pace), keep)
    folder = run.env.cwd / keep
    prepared(folder, keep, run.env.now(), force=force)
    done = played(run, folder, pace, shown_by(run))
    return demo_words.report(done, keep)
