"""A replica in virtual time: what becomes of requests that come at given times. Nothing waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from airectl.core.replica.profile import Profile
from airectl.core.replica.scheduler import Ask, Job, QueueFullError, Scheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request and when it comes, in seconds."""

    at_s: float
    ask: Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What became of a request; times in seconds from its arrival, both None where it was `rejected`.

    `ttft_s` is to the end of the step with its first token, `e2e_s` to that with its last.
    """

    arrival: Arrival
    ttft_s: float | None
    e2e_s: float | None
    cached_tokens: int = 0
    preemptions: int = 0

    @property
    def rejected(self) -> bool:
        """Whether the queue was full."""
        return self.e2e_s is None

    @property
    def tpot_s(self) -> float | None:
        """(e2e - TTFT) / (output tokens - 1); None below two tokens."""
        tokens = self.arrival.ask.output_tokens
        if tokens < 2 or self.e2e_s is None or self.ttft_s is None:
            return None
        return (self.e2e_s - self.ttft_s) / (tokens - 1)


def play(profile: Profile, arrivals: Iterable[Arrival]) -> list[Served]:
    """Serve all of these, whose times ascend, until the last one is done; in the order of their arrival.

    Raises TooLongError for one that the replica cannot hold.
    """
    scheduler = Scheduler(profile)
    coming = deque(arrivals)
    pairs: list[tuple[Arrival, Job | None]] = []
    now_s = 0.0
    while coming or scheduler.waiting or scheduler.running:
        while coming and coming[0].at_s <= now_s:
            pairs.append(_submitted(scheduler, coming.popleft()))
        if step := scheduler.begin(now_s):
            now_s = step.end_s
            # Who comes while it runs waits in the queue, and is rejected where that is full.
            while coming and coming[0].at_s < now_s:
                pairs.append(_submitted(scheduler, coming.popleft()))
            scheduler.end()
        elif coming:
            now_s = max(now_s, coming[0].at_s)
    return [_served(arrival, job) for arrival, job in pairs]


def _submitted(scheduler: Scheduler, arrival: Arrival) -> tuple[Arrival, Job | None]:
    try:
        return arrival, scheduler.submit(arrival.ask, arrival.at_s)
    except QueueFullError:
        return arrival, None


def _served(arrival: Arrival, job: Job | None) -> Served:
    if job is None or job.first_s is None or job.last_s is None:
        return Served(arrival=arrival, ttft_s=None, e2e_s=None)
    return Served(
        arrival=arrival,
        ttft_s=job.first_s - arrival.at_s,
        e2e_s=job.last_s - arrival.at_s,
        cached_tokens=job.cached,
        preemptions=job.preemptions,
    )
