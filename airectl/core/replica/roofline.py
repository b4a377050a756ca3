"""What a step costs: it computes, and it reads memory, and it takes as long as the longer of the two.

Sources: https://jax-ml.github.io/scaling-book/applied-inference/
https://jax-ml.github.io/scaling-book/transformers/
"""

from __future__ import annotations

from dataclasses import dataclass

from airectl.core.replica.profile import Profile


@dataclass(slots=True)
class Batch:
    """What one step computes, summed over its sequences.

    `tokens` is Σ n, where n are the new tokens of a sequence. `attended` is Σ n·(c + (n+1)/2), the pairs of a new
    token and one that it attends to, where c are the tokens that are in the KV cache already. `kv_tokens` is
    Σ (c + n), whose keys and values are read or written.
    """

    tokens: int = 0
    attended: float = 0
    kv_tokens: int = 0

    def add(self, tokens: int, cached: int) -> None:
        """One more sequence: `tokens` new ones behind `cached` ones."""
        self.tokens += tokens
        self.attended += tokens * (cached + (tokens + 1) / 2)
        self.kv_tokens += cached + tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How long a step computes and how long it reads memory, in seconds, and how long it takes in all."""

    compute_s: float
    memory_s: float
    step_s: float

    @property
    def compute_bound(self) -> bool:
        """Whether computing is what it waits for."""
        return self.compute_s > self.memory_s


def cost(profile: Profile, batch: Batch) -> Cost:
    """The cost of a step.

    flops = 2·P·tokens + 4·L·H·d·attended, with P parameters, L layers, H heads of d values: a multiplication and an
    addition for each weight, and for each pair in Q·K and in the sum over V.
    bytes = weights + KV bytes per token · kv_tokens.
    step_s = max(flops / flops per second, bytes / bandwidth) + overhead. A batch without tokens is no step: 0.
    """
    if batch.tokens == 0:
        return Cost(compute_s=0.0, memory_s=0.0, step_s=0.0)
    model = profile.model
    flops = 2 * model.parameters * batch.tokens + 4 * model.layers * model.heads * model.head_dim * batch.attended
    moved = model.weight_bytes + model.kv_bytes * batch.kv_tokens
    compute_s, memory_s = flops / profile.flops_per_s, moved / profile.bandwidth_bytes_per_s
    return Cost(compute_s=compute_s, memory_s=memory_s, step_s=max(compute_s, memory_s) + profile.efficiency.overhead_s)
