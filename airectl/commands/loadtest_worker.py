"""`airectl loadtest worker`: sends a share of a load test for a master on another machine."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from airectl.commands.loadtest_target import Token, host_and_port, permitted, proxied, target_of, with_command
from airectl.commands.simulated import time_of
from airectl.core.report import Column, Gate, Kind, Lines, Outcome, Report, Status, Table, Verdict
from airectl.errors import AirectlError
from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.cluster.pipe import ClusterError
    from airectl.load.job import Job
    from airectl.load.progress import Progress

Master = Annotated[str, typer.Option("--master", metavar="HOST[:PORT]", help="Where the master listens.")]
Processes = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", min=1, max=256, help="Processes that send; default: one a core."),
]
Wait = Annotated[str, typer.Option("--wait", metavar="TIME", help="How long to wait for the master.")]
TokenEnv = Annotated[
    str | None, typer.Option("--token-env", metavar="VARIABLE", help="The variable that holds the server's token.")
]
TokenFile = Annotated[
    str | None, typer.Option("--token-file", metavar="FILE", help="The file that holds the server's token.")
]
TokenCommand = Annotated[
    str | None, typer.Option("--token-command", metavar="COMMAND", help="What prints the server's token.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Load servers that are neither this machine nor allowed.")]


def worker(
    run: Run,
    *,
    master: Master,
    processes: Processes = None,
    token_env: TokenEnv = None,
    token_file: TokenFile = None,
    token_command: TokenCommand = None,
    wait: Wait = "60s",
    yes: Yes = False,
) -> Report:
    """Send a share of a load test for a master, and bring the records home to it.

    It decides by its own airectl.toml whether it may load a server, and how much; and it reads its own secrets. When
    the master is not heard any more, its load ends.

    Examples:
      airectl loadtest worker --master 10.0.0.5
      airectl loadtest worker --master 10.0.0.5:5557 --processes 4 --yes
    """
    from airectl.load.cluster.pipe import DEFAULT_PORT, ClusterError
    from airectl.load.cluster.worker import Place, RefusedError, WorkerRun
    from airectl.net.flight import StoppedError

    host, port = host_and_port("--master", master, DEFAULT_PORT)
    run, token = with_command(run, Token(variable=token_env, file=token_file, command=token_command))
    with TemporaryDirectory(prefix="airectl-worker-") as folder, run.env.stop.watched():
        place = Place(
            host=host,
            port=port,
            name=socket.gethostname(),
            processes=processes or len(os.sched_getaffinity(0)),
            folder=Path(folder),
            wait_s=time_of("--wait", wait),
        )
        work = WorkerRun(
            place=place,
            environ=run.env.environ,
            allowed=lambda job: _allowed(run, job, token, yes=yes),
            stop=run.env.stop,
            say=lambda text: _say(run, text),
        )
        try:
            return _report(work.run(), f"{host}:{port}")
        except StoppedError:
            return _report(work.progress, f"{host}:{port}", partial=True)
        except RefusedError as error:
            raise AirectlError(str(error), help=error.help) from None
        except ClusterError as error:
            return _report(work.progress, f"{host}:{port}", lost=error)


def _allowed(run: Run, job: Job, token: Token, *, yes: bool) -> Job:
    """The job as this worker does it: with its own credentials, within its own bounds. Raises RefusedError."""
    from airectl.load.cluster.worker import RefusedError
    from airectl.load.demand import demand
    from airectl.load.plan import Plan, PlanError
    from airectl.load.safety import bound

    try:
        target = target_of(run, job.url, token)
        by_proxy = job.proxies and proxied(run, target.endpoint)
        place = permitted(target.endpoint, run.config.loadtest, yes=yes, proxied=by_proxy)
        bound(demand(Plan.from_json(job.plan)), run.config.loadtest)
    except PlanError as error:
        raise RefusedError(str(error), "install the same version of airectl on both") from None
    except AirectlError as error:
        raise RefusedError(error.message, error.help) from None
    return replace(job, addresses=place.addresses, credentials=target.table, credentials_folder=target.folder)


def _report(done: Progress, master: str, *, partial: bool = False, lost: ClusterError | None = None) -> Report:
    counts = {"sent": done.sent, "ended": done.ended, "failed": done.failed, "output_tokens": done.output_tokens}
    columns = (Column(title="REQUESTS"), Column(title="COUNT", kind=Kind.COUNT))
    status = Status.UNDECIDED if lost else Status.DONE
    text = f"{lost}; " if lost else ""
    verdict = Verdict(word=status.value.upper(), text=f"{text}sent {done.sent:,} requests", aside=f"for {master}")
    end = lost.help if lost else "the report is the master's to write: it has the records"
    outcome = Outcome.UNDECIDED if lost else Outcome.PASSED
    return Report(
        status=status,
        data={"master": master, "processes": done.processes, **counts, "errors": dict(done.errors)},
        blocks=(
            verdict,
            Table(columns=columns, rows=[(name.replace("_", " "), count) for name, count in counts.items()]),
            Lines(lines=[end]),
        ),
        gates=(Gate(name="load", group="load test", outcome=outcome, message=str(lost or "")),),
        partial=partial,
    )


def _say(run: Run, text: str) -> None:
    if not run.shared.quiet:
        print(f"airectl: {inert(text)}", file=run.env.stderr, flush=True)
