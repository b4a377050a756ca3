"""How many replicas a rate of requests takes, from a model of one replica: for where no load test has said it.

Sources: https://jax-ml.github.io/scaling-book/applied-inference/ (prefill and decode)
https://docs.vllm.ai/en/stable/configuration/conserving_memory/ (what is left for the KV cache)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from airectl.core.queueing import Traffic, fewest, mean_wait_s
from airectl.core.replica.profile import Profile

MOST_REPLICAS: Final = 10_000
_HALVINGS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Of requests, in tokens: mean prompt and answer, and the mean context that is in flight.

    A long answer is in flight for longer, so `context_tokens` is E[o·(p + o/2)]/E[o] over prompts p and answers o.
    `input_scv` and `output_scv` are variances over means squared. `cached_ratio` of a prompt (0 to 1) is found in the
    prefix cache.
    """

    input_tokens: float
    output_tokens: float
    context_tokens: float
    input_scv: float = 1.0
    output_scv: float = 1.0
    cached_ratio: float = 0.0


def fixed_lengths(input_tokens: float, output_tokens: float, cached_ratio: float = 0.0) -> Lengths:
    """Means alone, for want of a trace: contexts of p + o/2, and lengths that vary as much as exponential ones."""
    return Lengths(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        context_tokens=input_tokens + output_tokens / 2,
        cached_ratio=cached_ratio,
    )


def lengths_of(requests: Iterable[tuple[int, int]], cached_ratio: float = 0.0) -> Lengths | None:
    """The lengths of a trace's requests, prompt and answer each; None where all of either are 0."""
    pairs = list(requests)
    inputs, outputs = sum(prompt for prompt, _ in pairs), sum(answer for _, answer in pairs)
    if not (inputs and outputs):
        return None
    count = len(pairs)
    return Lengths(
        input_tokens=inputs / count,
        output_tokens=outputs / count,
        context_tokens=sum(answer * (2 * prompt + answer) for prompt, answer in pairs) / 2 / outputs,
        input_scv=count * sum(prompt * prompt for prompt, _ in pairs) / inputs**2 - 1,
        output_scv=count * sum(answer * answer for _, answer in pairs) / outputs**2 - 1,
        cached_ratio=cached_ratio,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What requests are promised, in seconds; None: nothing. `queue_ratio` of the TTFT may be spent waiting."""

    ttft_s: float | None = None
    itl_s: float | None = None
    queue_ratio: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests on all replicas together: their rate, lengths, and burstiness (`arrival_scv`, 1 is Poisson)."""

    rate_rps: float
    lengths: Lengths
    arrival_scv: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a number of replicas comes to under a load.

    `prefill_ratio` and `decode_ratio` are shares of a replica's time, at most 1 together. `slots` requests run at a
    time on all replicas, each for `service_s`; `in_flight` do so on average (Little: λ·service). `itl_s` is the time
    between two tokens. `wait_s` is the mean wait before the first token is worked on: for a slot, then for the prefills
    of those who came before.
    """

    prefill_ratio: float
    decode_ratio: float
    slots: int
    in_flight: float
    prefill_s: float
    itl_s: float
    service_s: float
    wait_s: float


def state(profile: Profile, load: Load, replicas: int, promise: Promise) -> State | None:
    """How `replicas` carry a load; None where they cannot.

    prefill = ISL·(1 - cached)·2·P / flops per second, of a request; its share is λ/replicas times that.
    slots of a replica: B = min(KV tokens / context, max sequences, what keeps the ITL); step(B) = (weights +
    B·context·KV bytes) / bandwidth + overhead; decode share = λ/replicas · OSL · step(B)/B.
    ITL = step(B)/(1 - prefill share); service = prefill + OSL·ITL. Waits are those of Allen-Cunneen: before
    replicas · B slots for the service, and before `replicas` servers for prefill/(1 - decode share), as a replica
    computes one prompt after the other. Few slots are ever full where prompts are what takes the time.
    """
    lengths, rate = load.lengths, load.rate_rps / replicas
    computed = lengths.input_tokens * (1 - lengths.cached_ratio)
    prefill_s = computed * 2 * profile.model.parameters / profile.flops_per_s
    prefill = rate * prefill_s
    if prefill >= 1:
        return None
    slots = floor(_slots(profile, lengths, promise, 1 - prefill))
    if slots < 1:
        return None
    step_s = _step_s(profile, lengths, slots)
    decode = rate * lengths.output_tokens * step_s / slots
    itl_s = step_s / (1 - prefill)
    service_s = prefill_s + lengths.output_tokens * itl_s
    if prefill + decode >= 1 or load.rate_rps * service_s >= replicas * slots:
        return None
    bursts = load.arrival_scv
    decoding = Traffic(load.rate_rps, service_s, arrival_scv=bursts, service_scv=lengths.output_scv)
    computing = Traffic(load.rate_rps, prefill_s / (1 - decode), arrival_scv=bursts, service_scv=lengths.input_scv)
    wait_s = mean_wait_s(replicas * slots, decoding) + mean_wait_s(replicas, computing)
    if promise.ttft_s is not None and not _keeps(promise.ttft_s, wait_s, prefill_s, promise.queue_ratio):
        return None
    return State(
        prefill_ratio=prefill,
        decode_ratio=decode,
        slots=replicas * slots,
        in_flight=decoding.offered,
        prefill_s=prefill_s,
        itl_s=itl_s,
        service_s=service_s,
        wait_s=wait_s,
    )


def _keeps(ttft_s: float, wait_s: float, prefill_s: float, queue_ratio: float) -> bool:
    return wait_s <= queue_ratio * ttft_s and wait_s + prefill_s <= ttft_s


def _slots(profile: Profile, lengths: Lengths, promise: Promise, left: float) -> float:
    """How many requests run on a replica at a time; `left` is the share of its time that is not prefill."""
    most = min(profile.kv_tokens / lengths.context_tokens, float(profile.serving.max_sequences))
    if promise.itl_s is None:
        return most
    read = (promise.itl_s * left - profile.efficiency.overhead_s) * profile.bandwidth_bytes_per_s
    return min(most, (read - profile.model.weight_bytes) / (lengths.context_tokens * profile.model.kv_bytes))


def _step_s(profile: Profile, lengths: Lengths, slots: int) -> float:
    read = profile.model.weight_bytes + slots * lengths.context_tokens * profile.model.kv_bytes
    return read / profile.bandwidth_bytes_per_s + profile.efficiency.overhead_s


def replicas_for(profile: Profile, load: Load, promise: Promise) -> int | None:
    """The fewest replicas that carry a load; None where no number up to `MOST_REPLICAS` does."""
    return fewest(lambda count: state(profile, load, count, promise) is not None, MOST_REPLICAS)


def highest_rate_rps(profile: Profile, load: Load, replicas: int, promise: Promise) -> float:
    """The highest rate of such requests that `replicas` carry; 0 where they carry none."""
    low, high = 0.0, 1.0
    while high < 1e9 and state(profile, replace(load, rate_rps=high), replicas, promise):
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = state(profile, replace(load, rate_rps=middle), replicas, promise) is not None
        low, high = (middle, high) if fits else (low, middle)
    return low
