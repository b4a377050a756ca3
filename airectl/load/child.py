"""One sending process: `python -m airectl.load.child`. What it is told and what it tells is in airectl/load/job.py.

It ends when its job is done; when its stdin closes, at once, so that whoever started it leaves no load behind when
it dies; on SIGTERM gently: nothing more is sent, and what is in flight has the job's time to end; on a second one at
once. Ctrl-C is for its parent to hear. Exit codes: 0, and 2 where the job could not be begun or gone on with; the
last snapshot says why.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from airectl.env import allow_many_files
from airectl.errors import AirectlError
from airectl.exits import Exit
from airectl.load.engine.running import EngineError, World, new_loop, run
from airectl.load.feed import Feed
from airectl.load.job import Job, JobError, Snapshot, State

_LONGEST_JOB: Final = 1024 * 1024 * 1024
_STDIN: Final = 0
_STDOUT: Final = 1


def main() -> int:
    """Do the job that stands on stdin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    teller = _Teller()
    try:
        job = Job.from_json(_line())
        last = _run(job, teller.put)
    except (AirectlError, JobError) as error:
        last = Snapshot(number=1, state=State.FAILED, t_s=0.0, message=str(error), help=getattr(error, "help", ""))
    teller.put(last)
    teller.close()
    return Exit.USAGE if last.state is State.FAILED else Exit.OK


def _line() -> bytes:
    """The first line of stdin."""
    parts: list[bytes] = []
    size = 0
    while size < _LONGEST_JOB:
        data = os.read(_STDIN, 1 << 20)
        parts.append(data)
        size += len(data)
        if not data or b"\n" in data:
            break
    return b"".join(parts).partition(b"\n")[0]


def _run(job: Job, tell: Callable[[Snapshot], None]) -> Snapshot:
    feed = feed_of(job)
    allow_many_files()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_watched(job, feed, tell))


async def _watched(job: Job, feed: Feed, tell: Callable[[Snapshot], None]) -> Snapshot:
    """The run, ended by signals and by the end of stdin."""
    world = World(environ=dict(os.environ), tell=tell)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        (world.stop.now if world.stop.gently.is_set() else world.stop.gently).set()

    loop.add_signal_handler(signal.SIGTERM, stop)
    threading.Thread(target=_until_closed, args=(loop, world.stop.now.set), daemon=True).start()
    return await run(job, feed, world)


def _until_closed(loop: asyncio.AbstractEventLoop, closed: Callable[[], None]) -> None:
    while os.read(_STDIN, 1 << 16):
        pass
    try:
        loop.call_soon_threadsafe(closed)
    except RuntimeError:
        return  # the loop has ended already


def feed_of(job: Job) -> Feed:
    """The asks of the job's shard. Raises EngineError for a plan that is none."""
    from airectl.load.even import EvenFeed
    from airectl.load.plan import Plan, PlanError
    from airectl.load.workloads.feeds import feed

    if "even" in job.plan:
        return EvenFeed.from_json(job.plan["even"], job.shard, job.shards)
    try:
        return feed(Plan.from_json(job.plan), job.shard, job.shards)
    except PlanError as error:
        raise EngineError(str(error), help="this is a bug in airectl: please report it") from None


class _Teller:
    """Writes snapshots to stdout from a thread of its own: a parent that does not read must not stop the run.

    One that waits is replaced by the next, which says all that it said.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Snapshot | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def put(self, snapshot: Snapshot) -> None:
        """Tell it."""
        self._queue.put(snapshot)

    def close(self) -> None:
        """Wait until the last one is told."""
        self._queue.put(None)
        self._thread.join(10)

    def _write(self) -> None:
        over = False
        while not over:
            latest = self._queue.get()
            over = latest is None
            try:
                while True:
                    newer = self._queue.get_nowait()
                    over = over or newer is None
                    latest = newer or latest
            except Empty:
                pass
            if latest and not _written(latest.to_json().encode() + b"\n"):
                return


def _written(data: bytes) -> bool:
    """Whether there is still someone who reads."""
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(_STDOUT, view) :]
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
