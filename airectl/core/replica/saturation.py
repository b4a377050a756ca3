"""The most that a replica can do: requests per second at given lengths, in closed form.

Where the KV cache is what is full it is an upper bound: sequences that have to give way are computed twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, exp, sqrt

from airectl.core.replica.profile import Profile
from airectl.core.replica.roofline import Batch, Cost, cost


class Bound(StrEnum):
    """What a step mostly waits for at the limit."""

    COMPUTE = "compute"
    BANDWIDTH = "bandwidth"


class Full(StrEnum):
    """What keeps more requests from running."""

    KV_CACHE = "KV cache"
    SEQUENCES = "sequences"
    TOKENS = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saturation:
    """The limit: `rate_rps` requests a second, `running` of them at a time, in steps of `step_s` on average."""

    rate_rps: float
    output_tokens_per_s: float
    running: float
    step_s: float
    bound: Bound
    full: Full


def saturation(profile: Profile, prompt_tokens: int, output_tokens: int) -> Saturation:
    """The limit for prompts of p and answers of o tokens on average, both at least 1.

    B = min(max_sequences, KV tokens / (p + o/2)) run at a time, since a sequence holds p + o/2 tokens on average over
    its life. It lives o steps, the first of which computes its prompt, so x = B/o requests begin and end in each
    step, never more than M/(p + o - 1), where M are the tokens of a step. As lengths vary, a step has k new prompts
    with Poisson's probability of k at mean x; its mean time is Σ P(k)·step(k), and the rate is x over that.
    """
    serving = profile.serving
    mean = prompt_tokens + output_tokens / 2
    # The last block of a sequence is half empty on average.
    by_memory = profile.kv_tokens / (mean + serving.block_tokens / 2)
    running, full = min((by_memory, Full.KV_CACHE), (float(serving.max_sequences), Full.SEQUENCES))
    begun = running / output_tokens
    by_tokens = serving.max_batched_tokens / (prompt_tokens + output_tokens - 1)
    if by_tokens < begun:
        begun, full = by_tokens, Full.TOKENS
    step_s = computing_s = 0.0
    # Full steps are all alike: a prompt that does not fit goes on in the next one.
    for prompts, share in [(begun, 1.0)] if full is Full.TOKENS else _poisson(begun):
        price = _step(profile, prompt_tokens, mean, begun * (output_tokens - 1), prompts)
        step_s += share * price.step_s
        computing_s += share * price.step_s * price.compute_bound
    return Saturation(
        rate_rps=begun / step_s,
        output_tokens_per_s=begun * output_tokens / step_s,
        running=running,
        step_s=step_s,
        bound=Bound.COMPUTE if computing_s * 2 > step_s else Bound.BANDWIDTH,
        full=full,
    )


def _poisson(mean: float) -> Iterator[tuple[float, float]]:
    """Each count with its probability, as far as they matter; of large means the mean itself is enough."""
    if mean > 100:
        yield mean, 1.0
        return
    share = exp(-mean)
    for count in range(ceil(mean + 10 * sqrt(mean) + 10)):
        yield count, share
        share *= mean / (count + 1)


def _step(profile: Profile, prompt_tokens: int, context: float, decoding: float, prompts: float) -> Cost:
    """A step with so many sequences that decode at a mean context, and so many whole prompts."""
    new, read = prompts * prompt_tokens, decoding * (context + 1)
    batch = Batch(
        tokens=max(round(new + decoding), 1),
        attended=new * (prompt_tokens + 1) / 2 + read,
        kv_tokens=round(new + read),
    )
    return cost(profile, batch)
