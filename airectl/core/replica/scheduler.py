"""Continuous batching: which sequences a step computes, as vLLM's scheduler decides it. It knows no clock.

Each step gives every running sequence its next token, or the next part of its prompt, within `max_batched_tokens`;
what is left goes to those that wait, first come first served. Where the KV cache is full, the sequence that came
last gives up its blocks and computes them anew later.

Source: https://docs.vllm.ai/en/stable/configuration/optimization/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from airectl.core.replica.kv_cache import Held, Key, KvCache
from airectl.core.replica.profile import Profile
from airectl.core.replica.roofline import Batch, Cost, cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request: the length of its prompt and of its answer, in tokens; an answer of 0 is an embedding.

    `keys` stand for the full blocks of the prompt, in order; empty: nobody shares it.
    """

    prompt_tokens: int
    output_tokens: int
    keys: Sequence[Key] = ()


@dataclass(slots=True, eq=False)
class Job:
    """A request in the replica. Times are in seconds of whoever drives it, None until then.

    `computed` tokens are in the KV cache, of which `cached` were found there; `produced` are the tokens of its
    answer so far. `done`: it has its answer, or was taken out.
    """

    ask: Ask
    arrived_s: float
    begun_s: float | None = None
    first_s: float | None = None
    last_s: float | None = None
    computed: int = 0
    produced: int = 0
    cached: int = 0
    preemptions: int = 0
    done: bool = False
    held: Held = field(default_factory=Held)
    chunk: int = 0

    @property
    def length(self) -> int:
        """Tokens that have to be in the KV cache before the next one of the answer."""
        return self.ask.prompt_tokens + self.produced


@dataclass(frozen=True, slots=True)
class Step:
    """A step that runs: from when to when, what it costs, and who is in it."""

    begun_s: float
    end_s: float
    cost: Cost
    batch: Batch
    jobs: Sequence[Job]


class TooLongError(ValueError):
    """The request could never be held by the KV cache."""


class QueueFullError(Exception):
    """As many requests wait as may."""


class Scheduler:
    """One replica. Submit requests, begin a step, and end it at the time that it says."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.cache = KvCache(profile.kv_blocks)
        self.running: list[Job] = []
        self.waiting: deque[Job] = deque()
        self.step: Step | None = None
        self.preemptions = 0
        self.busy_s = 0.0

    def submit(self, ask: Ask, at_s: float) -> Job:
        """A new request. Raises TooLongError and QueueFullError."""
        if ask.prompt_tokens < 1 or ask.prompt_tokens + ask.output_tokens > self.profile.max_tokens:
            raise TooLongError(f"a request of 1 to {self.profile.max_tokens} tokens can be held")
        limit = self.profile.serving.max_queued
        if limit is not None and len(self.waiting) >= limit:
            raise QueueFullError(f"{limit} requests wait already")
        job = Job(ask, at_s)
        self.waiting.append(job)
        return job

    def take_out(self, job: Job) -> None:
        """End a request before its time, as when its client went away."""
        if job.done:
            return
        job.done = True
        if job.held.blocks:
            self.running.remove(job)
            self.cache.release(job.held)
        else:
            self.waiting.remove(job)

    def begin(self, at_s: float) -> Step | None:
        """Begin the next step; None where there is nothing to do. A step must not be running."""
        batch = Batch()
        jobs: list[Job] = []
        left, preempted = self._continue(batch, jobs)
        if not preempted:
            self._admit(batch, jobs, left, at_s)
        if not jobs:
            return None
        price = cost(self.profile, batch)
        self.step = Step(at_s, at_s + price.step_s, price, batch, jobs)
        return self.step

    def _continue(self, batch: Batch, jobs: list[Job]) -> tuple[int, bool]:
        """The running sequences. What is left of the budget, and whether one had to give way."""
        left, preempted, block = self.profile.serving.max_batched_tokens, False, self.profile.serving.block_tokens
        at = 0
        while at < len(self.running) and left:
            job = self.running[at]
            chunk = min(job.length - job.computed, left)
            more = -(-(job.computed + chunk) // block) - job.held.blocks
            while more > 0 and not self.cache.take(job.held, more):
                preempted = True
                if self._preempt() is job:
                    return left, preempted
            job.chunk = chunk
            batch.add(chunk, job.computed)
            jobs.append(job)
            left -= chunk
            at += 1
        return left, preempted

    def _preempt(self) -> Job:
        """The sequence that came last gives way and waits as the first one."""
        last = self.running.pop()
        self.cache.release(last.held)
        last.computed = 0
        last.preemptions += 1
        self.preemptions += 1
        self.waiting.appendleft(last)
        return last

    def _admit(self, batch: Batch, jobs: list[Job], left: int, at_s: float) -> None:
        """Those that wait, as long as there is room."""
        block = self.profile.serving.block_tokens
        while self.waiting and left and len(self.running) < self.profile.serving.max_sequences:
            job = self.waiting[0]
            # The last token of a prompt is computed in any case, or there would be nothing to go on from.
            usable = job.ask.keys[: (job.length - 1) // block]
            keys = usable[: self.cache.found(usable)]
            cached = len(keys) * block
            chunk = min(job.length - cached, left)
            more = -(-(cached + chunk) // block) - len(keys)
            if more + self.cache.idle(keys) > self.cache.available:
                return
            self.cache.share(job.held, keys)
            self.cache.take(job.held, more)
            self.running.append(self.waiting.popleft())
            if job.begun_s is None:
                job.begun_s, job.cached = at_s, cached
            job.computed, job.chunk = cached, chunk
            batch.add(chunk, cached)
            jobs.append(job)
            left -= chunk

    def end(self) -> list[Job]:
        """End the step: the sequences that have a new token, or are done without one. Times are those of the step."""
        step = self.step
        if step is None:
            return []
        self.step = None
        self.busy_s += step.cost.step_s
        return [job for job in step.jobs if not job.done and self._advance(job, step.end_s)]

    def _advance(self, job: Job, at_s: float) -> bool:
        """Whether the sequence came to a token, or to its end."""
        job.computed += job.chunk
        if job.computed < job.length:
            return False
        if not job.produced:
            keys = job.ask.keys[len(job.held.shared) :]
            if keys:
                self.cache.publish(job.held, keys)
            job.first_s = at_s
        job.last_s = at_s
        job.produced += job.ask.output_tokens > 0
        if job.produced >= job.ask.output_tokens:
            self.take_out(job)
        return True
