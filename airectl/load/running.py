"""One run from its folder to its end: who sends is the engine's matter, what is written is the same."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Any, Final

from airectl import __version__
from airectl.core.server_side import Watching
from airectl.errors import UsageError
from airectl.load.children import Children
from airectl.load.cluster.master import Workers
from airectl.load.driving import Ended, Senders, Watch, drive
from airectl.load.job import Job
from airectl.load.plan import Plan, share_of
from airectl.load.scraper import Page, Scraper
from airectl.runs import manifest
from airectl.runs.manifest import End, Manifest

# Until the first request: processes start, import and read their plan meanwhile.
_LEAD_S: Final = 1.5
_LEAD_EACH_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do: `job` is what all processes are told but their share, `about` what the manifest adds to the plan."""

    job: Job
    plan: Plan
    name: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What happens beside the load: who watches it, and what is scraped."""

    watch: Watch
    pages: Sequence[Page] = ()
    watching: Watching | None = None


class Engine(typing.Protocol):
    """What can send: so many processes, here or elsewhere."""

    @property
    def processes(self) -> int:
        """How many there are."""

    def begin(self, jobs: Sequence[Job], folder: Path, *, start_unix_ns: int, hold: ExitStack) -> Senders:
        """Start the jobs, whose records go to `folder`; leaving `hold` ends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEngine:
    """Processes of this machine."""

    environ: Mapping[str, str]
    processes: int

    def begin(self, jobs: Sequence[Job], folder: Path, *, start_unix_ns: int, hold: ExitStack) -> Senders:
        """Start one process a job."""
        children = hold.enter_context(Children(self.environ, str(folder)))
        children.start(jobs)
        return children


@dataclass(frozen=True, slots=True, kw_only=True)
class LocustEngine:
    """Processes of workers that have come together; they stay so for the next run."""

    workers: Workers

    @property
    def processes(self) -> int:
        """Those of all workers."""
        return self.workers.processes

    def begin(self, jobs: Sequence[Job], folder: Path, *, start_unix_ns: int, hold: ExitStack) -> Senders:
        """Give the jobs out."""
        self.workers.begin(jobs, folder, start_unix_ns)
        return self.workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A run that has ended: where it is, how it ended, and why pages of metrics said nothing."""

    folder: Path
    manifest: Manifest
    ended: Ended
    silent: Mapping[str, str] = field(default_factory=dict)


def execute(order: Order, engine: Engine, folder: Path, beside: Beside) -> Done:
    """Send what the plan says and keep all of it in `folder`. Raises UsageError for a folder that cannot be used."""
    lead_ns = round((_LEAD_S + _LEAD_EACH_S * engine.processes) * 1e9)
    start_unix_ns, start_ns = time_ns() + lead_ns, monotonic_ns() + lead_ns
    about = _manifest(order, engine.processes, start_unix_ns, start_ns)
    try:
        manifest.begin(folder, about)
    except FileExistsError as error:
        raise UsageError(str(error), help="give another folder with --out") from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot write {folder}: {why}", help="check the folder and its permissions") from None
    jobs = _jobs(order, engine.processes, folder.absolute(), start_ns)
    with ExitStack() as hold:
        scraper = _scraper(beside, folder, start_ns, hold)
        senders = engine.begin(jobs, folder, start_unix_ns=start_unix_ns, hold=hold)
        ended = drive(
            senders,
            beside.watch,
            until_s=_until_s(order, start_ns),
            drain_s=order.job.drain_s,
        )
    _finish(folder, about, ended, start_ns)
    return Done(folder=folder, manifest=about, ended=ended, silent=dict(scraper.silent) if scraper else {})


def _manifest(order: Order, processes: int, start_unix_ns: int, start_ns: int) -> Manifest:
    plan, job = order.plan, order.job
    return Manifest(
        tool_version=__version__,
        name=order.name,
        target=job.url,
        protocol=job.protocol,
        model=job.model,
        started_unix_ns=start_unix_ns,
        start_monotonic_ns=start_ns,
        duration_s=plan.ends_s or 0.0,
        warm_up_s=plan.warm_up_s,
        processes=processes,
        seed=plan.seed,
        calibration=asdict(plan.calibration),
        plan=plan.to_json(),
        **order.about,
    )


def _jobs(order: Order, processes: int, folder: Path, start_ns: int) -> list[Job]:
    """The share of each process. What holds for all of them together is divided."""
    job, plan = order.job, order.plan.to_json()

    def part(total: int, shard: int) -> int:
        return max(1, share_of(total, shard, processes)) if total else 0

    return [
        replace(
            job,
            plan=plan,
            shard=number,
            shards=processes,
            number=number,
            folder=str(folder),
            start_monotonic_ns=start_ns,
            concurrency=part(order.plan.concurrency, number),
            most_in_flight=part(job.most_in_flight, number),
            most_requests=part(job.most_requests, number),
        )
        for number in range(processes)
    ]


def _until_s(order: Order, start_ns: int) -> float | None:
    """When all should have ended, on the monotonic clock; None where no time says so."""
    sending_s = order.plan.ends_s or order.job.send_for_s
    return start_ns / 1e9 + sending_s + order.job.drain_s if sending_s else None


def _scraper(beside: Beside, folder: Path, start_ns: int, hold: ExitStack) -> Scraper | None:
    if not beside.pages or beside.watching is None:
        return None
    stream = (folder / manifest.SERVER_FILE).open("w", encoding="utf-8")
    return hold.enter_context(
        Scraper(pages=beside.pages, watching=beside.watching, stream=stream, start_s=start_ns / 1e9)
    )


def _finish(folder: Path, about: Manifest, ended: Ended, start_ns: int) -> None:
    """Write how it ended. A disk that is full now has the records of what was."""
    stopped_s = ended.stopped_s
    end = End(
        how=ended.how.value,
        ended_s=max((monotonic_ns() - start_ns) / 1e9, 0.0),
        sent_until_s=None if stopped_s is None else max(stopped_s - start_ns / 1e9, 0.0),
        lost=ended.lost,
        snapshots=tuple(_plain(asdict(each)) for each in ended.snapshots),
    )
    with suppress(OSError):
        manifest.finish(folder, about, end)


def _plain(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in snapshot.items()}
