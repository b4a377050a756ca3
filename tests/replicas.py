"""Replicas for tests: one whose steps all take a second, so that times can be worked out by hand."""

from __future__ import annotations

from random import Random

from airectl.core.replica.profile import Accelerator, Efficiency, Model, Profile, Serving
from airectl.core.replica.scheduler import Ask
from airectl.core.replica.virtual import Arrival


def by_the_second(
    *, blocks: int = 100, block_tokens: int = 4, sequences: int = 8, batched: int = 1000, queued: int | None = None
) -> Profile:
    """Computing and reading take no time, but each step costs a second."""
    model = Model(name="m", parameters=1, layers=1, heads=1, kv_heads=1, head_dim=1, value_bytes=1, max_tokens=10_000)
    # One byte of weights, two bytes of KV cache a token.
    memory = 1 + blocks * block_tokens * 2
    return Profile(
        name="by-the-second",
        title="",
        accelerator=Accelerator(
            name="a", kind="gpu", count=1, memory_bytes=memory, bandwidth_bytes_per_s=1e30, flops_per_s=1e30, power_w=1
        ),
        model=model,
        serving=Serving(
            memory_ratio=1,
            activation_bytes=0,
            block_tokens=block_tokens,
            max_sequences=sequences,
            max_batched_tokens=batched,
            max_queued=queued,
        ),
        efficiency=Efficiency(compute_ratio=1, bandwidth_ratio=1, overhead_s=1),
    )


def arrivals(seed: int, rate_rps: float, count: int, lengths: tuple[int, int]) -> list[Arrival]:
    """Poisson arrivals whose prompts and answers are up to half as long again, or as short, as `lengths`."""
    rng, at_s, found = Random(seed), 0.0, list[Arrival]()  # noqa: S311  # arrivals, and no secret
    for _ in range(count):
        at_s += rng.expovariate(rate_rps)
        prompt, answer = (max(round(length * rng.uniform(0.5, 1.5)), 1) for length in lengths)
        found.append(Arrival(at_s=at_s, ask=Ask(prompt_tokens=prompt, output_tokens=answer)))
    return found
