"""When tokens come in real time: as the model of a replica has it, or at fixed times whatever the load.

Both run on the event loop's clock, which is time.monotonic.
"""

from __future__ import annotations

import asyncio
import typing
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from airectl.core.replica.profile import Profile
from airectl.core.replica.scheduler import Ask, Job, Scheduler, Step
from airectl.sim.engine_metrics import EngineMetrics

# Called for each token, and once for a request without any.
Told = Callable[[], None]


@dataclass(slots=True)
class Lag:
    """How late this machine is, in seconds: the worst, and the sum over `count` steps."""

    worst_s: float = 0.0
    sum_s: float = 0.0
    count: int = 0

    def add(self, seconds: float) -> None:
        """One step was so late."""
        self.worst_s = max(self.worst_s, seconds)
        self.sum_s += seconds
        self.count += 1


class Pace(typing.Protocol):
    """One replica in real time."""

    metrics: EngineMetrics
    lag: Lag

    @property
    def load(self) -> int:
        """Requests that it has."""

    def submit(self, ask: Ask, told: Told) -> Job:
        """Begin a request. Raises TooLongError and QueueFullError."""

    def cancel(self, job: Job) -> None:
        """End it before its time."""

    def level(self) -> None:
        """Bring the gauges up to date."""


class ReplicaPace:
    """A replica whose steps take as long as the model says, over `metrics.speed`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, profile: Profile, metrics: EngineMetrics) -> None:
        self._loop = loop
        self._scheduler = Scheduler(profile)
        self._told: dict[Job, Told] = {}
        self._start_s = loop.time()
        self._ending = False
        self.metrics = metrics
        self.lag = Lag()

    @property
    def load(self) -> int:
        """Requests that run or wait."""
        return len(self._told)

    def submit(self, ask: Ask, told: Told) -> Job:
        """Begin a request. Raises TooLongError and QueueFullError."""
        now_s = self._model_s(self._loop.time())
        job = self._scheduler.submit(ask, now_s)
        self._told[job] = told
        if self._scheduler.step is None and not self._ending:
            self._begin(now_s)
        return job

    def cancel(self, job: Job) -> None:
        """End it before its time; its blocks are free at once."""
        self._scheduler.take_out(job)
        self._told.pop(job, None)

    def level(self) -> None:
        """Bring the gauges up to date."""
        level, scheduler = self.metrics.level, self._scheduler
        level.running, level.waiting = len(scheduler.running), len(scheduler.waiting)
        level.kv_ratio = scheduler.cache.used / scheduler.cache.blocks
        self.metrics.preemptions = scheduler.preemptions
        self.metrics.work.busy_s = scheduler.busy_s / self.metrics.speed

    def _model_s(self, loop_s: float) -> float:
        return (loop_s - self._start_s) * self.metrics.speed

    def _begin(self, at_s: float) -> None:
        step = self._scheduler.begin(at_s)
        if step:
            self._loop.call_at(self._start_s + step.end_s / self.metrics.speed, self._end)

    def _end(self) -> None:
        step = self._scheduler.step
        if step is None:
            return
        self.lag.add(self._loop.time() - (self._start_s + step.end_s / self.metrics.speed))
        metrics = self.metrics
        metrics.step(step.batch.tokens)
        metrics.work.flops += step.cost.compute_s * self._scheduler.profile.flops_per_s
        metrics.work.bytes += step.cost.memory_s * self._scheduler.profile.bandwidth_bytes_per_s
        self._tell(step)
        self._begin(step.end_s)

    def _tell(self, step: Step) -> None:
        """Count the tokens of a step and hand them on. Whoever is told may submit another request."""
        metrics, before = self.metrics, {job: job.last_s for job in step.jobs}
        self._ending = True
        for job in self._scheduler.end():
            earlier_s = before[job]
            if earlier_s is None:
                metrics.prompt(job, step.end_s)
            else:
                metrics.token(step.end_s - earlier_s)
            told = self._told.pop(job, None) if job.done else self._told.get(job)
            if told:
                told()
        self._ending = False


@dataclass(slots=True, eq=False)
class _Due:
    job: Job
    told: Told
    at_s: float


class FixedPace:
    """Tokens at fixed times: the first after `ttft_s`, each further one `itl_s` later, whatever the load.

    As all gaps are equal, what comes next stands in front of two queues: nothing has to be sorted.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ttft_s: float, itl_s: float, metrics: EngineMetrics) -> None:
        self._loop = loop
        self._ttft_s, self._itl_s = ttft_s, itl_s
        self._firsts: deque[_Due] = deque()
        self._nexts: deque[_Due] = deque()
        self._jobs = 0
        # A loop may give a time that is past no timer, but a plain call: when it will run is known here alone.
        self._timer: asyncio.Handle | None = None
        self._timer_s = 0.0
        self.metrics = metrics
        self.lag = Lag()

    @property
    def load(self) -> int:
        """Requests that are answered."""
        return self._jobs

    def submit(self, ask: Ask, told: Told) -> Job:
        """Begin a request."""
        now_s = self._loop.time()
        job = Job(ask, now_s, begun_s=now_s)
        self._jobs += 1
        self._firsts.append(_Due(job, told, now_s + self._ttft_s))
        if self._timer is None or self._timer_s > now_s + self._ttft_s:
            self._arm()
        return job

    def cancel(self, job: Job) -> None:
        """End it before its time."""
        if not job.done:
            job.done = True
            self._jobs -= 1

    def level(self) -> None:
        """Bring the gauges up to date."""
        self.metrics.level.running = self._jobs

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
        heads = [queue[0].at_s for queue in (self._firsts, self._nexts) if queue]
        self._timer_s = min(heads, default=0.0)
        self._timer = self._loop.call_at(self._timer_s, self._run) if heads else None

    def _run(self) -> None:
        """All that is due. What comes due meanwhile is left to the next turn, so that others have theirs."""
        now_s = self._loop.time()
        for queue in (self._firsts, self._nexts):
            if queue and queue[0].at_s <= now_s:
                self.lag.add(now_s - queue[0].at_s)
            while queue and queue[0].at_s <= now_s:
                self._token(queue.popleft())
        self._timer = None
        self._arm()

    def _token(self, due: _Due) -> None:
        job = due.job
        if job.done:
            return
        job.last_s = due.at_s
        if job.first_s is None:
            job.first_s = due.at_s
            self.metrics.prompt(job, due.at_s)
        else:
            self.metrics.token(self._itl_s)
        job.produced += job.ask.output_tokens > 0
        if job.produced >= job.ask.output_tokens:
            self.cancel(job)
        else:
            due.at_s += self._itl_s
            self._nexts.append(due)
        due.told()
