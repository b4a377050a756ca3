"""`airectl loadtest calibrate`: how far this host is off by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.simulated import time_of
from airectl.core.report import Report
from airectl.errors import AirectlError, UsageError
from airectl.exits import Exit
from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from airectl.load.calibration import Asked, Calibrated

Streams = Annotated[int, typer.Option("--streams", metavar="N", min=1, max=10_000, help="Answers at a time.")]
Tokens = Annotated[
    int, typer.Option("--tokens-per-second", metavar="N", min=1, max=1_000_000, help="Of all answers together.")
]
Duration = Annotated[str, typer.Option("--duration", metavar="TIME", help="Of what is measured, after a warm-up.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be asked.")]
_LONGEST_GAP_S: Final = 1.0
# The simulator's clock counts in milliseconds.
_SHORTEST_GAP_S: Final = 0.001
# The engine starts, imports and takes its first asks meanwhile.
_LEAD_NS: Final = 2_000_000_000


class CalibrationError(AirectlError):
    """Nothing can be measured here."""

    exit = Exit.UNDECIDED


def calibrate(
    run: Run,
    streams: Streams = 300,
    tokens_per_second: Tokens = 30_000,
    duration: Duration = "10s",
    dry_run: DryRun = False,
) -> Report:
    """Measure how far this host's own times are off: its kernel, its event loop, its load at the moment.

    The engine asks the simulator on this machine, whose every token says when it was sent. What they differ by is
    the error of TTFT, ITL, TPOT and E2E here, at so many answers and tokens at a time. `-o json` has it for
    `airectl loadtest compare --calibration`.

    Examples:
      airectl loadtest calibrate
      airectl loadtest calibrate --streams 50 --tokens-per-second 2000
      airectl loadtest calibrate -o json=host.json
    """
    from airectl.commands import loadtest_calibrate_words as words
    from airectl.load.calibration import Asked

    asked = Asked(streams=streams, tokens_per_s=tokens_per_second, duration_s=time_of("--duration", duration))
    if asked.itl_s > _LONGEST_GAP_S:
        help = "ask for more tokens a second, or for fewer streams"
        raise UsageError(f"{streams} streams would have {1 / asked.itl_s:.2g} tokens a second each", help=help)
    if asked.itl_s < _SHORTEST_GAP_S:
        help = "ask for fewer, or for more streams"
        raise UsageError(f"{streams} streams have {streams / _SHORTEST_GAP_S:,.0f} tokens a second at most", help=help)
    if dry_run:
        return words.planned(asked)
    with run.env.stop.watched():
        found, late_s = _measured(run, asked)
    return words.report(asked, found, late_s, partial=bool(run.env.stop))


def _measured(run: Run, asked: Asked) -> tuple[Calibrated, float]:
    """What was measured, and how late the simulator itself was on average."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from airectl.load.calibration import TTFT_S, calibrated
    from airectl.load.golden_server import golden_server

    with TemporaryDirectory(prefix="airectl-calibrate-") as name:
        with golden_server(run.env.environ, TTFT_S, asked.itl_s) as server:
            start_ns = _sent(run, asked, server.url, Path(name))
        late_s = float(server.did.get("lag_s", {}).get("mean", 0.0))
        return calibrated(Path(name), asked, start_ns), late_s


def _sent(run: Run, asked: Asked, url: str, folder: Path) -> int:
    """Run the engine in a process of its own; when its run began."""
    from time import monotonic_ns

    from airectl.load.calibration import job
    from airectl.load.children import Children
    from airectl.load.job import State

    start_ns = monotonic_ns() + _LEAD_NS
    if not run.shared.quiet:
        seconds = asked.warm_up_s + asked.duration_s
        text = f"{asked.streams:,} answers at a time with {asked.tokens_per_s:,.0f} tokens/s, for {seconds:.0f} s"
        print(f"airectl: {inert(text)}", file=run.env.stderr, flush=True)
    with Children(run.env.environ, str(folder)) as children:
        children.start([job(asked, url, folder, start_ns)])
        stopped = False
        while not children.ended:
            children.wait(0.1)
            if run.env.stop and not stopped:
                children.stop()
                stopped = True
        (child,) = children.all
    if stopped:
        return start_ns  # it may have ended before it began
    if child.lost or (child.last and child.last.state is State.FAILED):
        said = child.last.message if child.last else child.fate
        raise CalibrationError(f"the engine cannot be run here: {said}", help="see what `-v` says")
    return start_ns
