"""What a replica is made of: accelerators, a model, and the limits of the server. All that follows is arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """The hardware of one replica: `count` chips, or CPU sockets, that work as one.

    `memory_bytes`, `bandwidth_bytes_per_s`, `flops_per_s` (dense, in the model's precision) and `power_w` are
    those of one chip as its vendor publishes them. `kind` is cpu, gpu or tpu.
    """

    name: str
    kind: str
    count: int
    memory_bytes: float
    bandwidth_bytes_per_s: float
    flops_per_s: float
    power_w: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A dense decoder-only transformer. `value_bytes` is the size of a weight and of a value in the KV cache."""

    name: str
    parameters: float
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    value_bytes: int
    max_tokens: int
    source: str = ""

    @property
    def weight_bytes(self) -> float:
        """All weights, which every step reads once."""
        return self.parameters * self.value_bytes

    @property
    def kv_bytes(self) -> int:
        """The KV cache of one token: 2 (key and value) · layers · kv_heads · head_dim · value_bytes.

        Source: https://jax-ml.github.io/scaling-book/applied-inference/ (Llama 3 70B in int8: 160 KiB)
        """
        return 2 * self.layers * self.kv_heads * self.head_dim * self.value_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The limits of the server, as vLLM has them.

    `memory_ratio` of the memory is used, of which `activation_bytes` a chip are not for the KV cache.
    `block_tokens` is the size of a block of it, `max_sequences` run at a time, `max_batched_tokens` are computed in
    one step, `max_queued` requests may wait (None: any number).
    """

    memory_ratio: float
    activation_bytes: float
    block_tokens: int = 16
    max_sequences: int = 256
    max_batched_tokens: int = 8192
    max_queued: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Efficiency:
    """How much of the published figures is reached; ratios from 0 to 1, and seconds that each step costs besides."""

    compute_ratio: float
    bandwidth_ratio: float
    overhead_s: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One replica."""

    name: str
    title: str
    accelerator: Accelerator
    model: Model
    serving: Serving
    efficiency: Efficiency

    @property
    def flops_per_s(self) -> float:
        """What is reached of the compute of all chips."""
        return self.accelerator.flops_per_s * self.accelerator.count * self.efficiency.compute_ratio

    @property
    def bandwidth_bytes_per_s(self) -> float:
        """What is reached of the memory bandwidth of all chips."""
        return self.accelerator.bandwidth_bytes_per_s * self.accelerator.count * self.efficiency.bandwidth_ratio

    @property
    def kv_blocks(self) -> int:
        """How many blocks of KV cache fit beside the weights; 0 where not even these fit.

        chips · (memory · memory_ratio - activations) - weights, over the size of a block.
        """
        chip = self.accelerator.memory_bytes * self.serving.memory_ratio - self.serving.activation_bytes
        left = chip * self.accelerator.count - self.model.weight_bytes
        return max(floor(left / (self.model.kv_bytes * self.serving.block_tokens)), 0)

    @property
    def kv_tokens(self) -> int:
        """The same in tokens."""
        return self.kv_blocks * self.serving.block_tokens

    @property
    def max_tokens(self) -> int:
        """The longest request, prompt and answer together, that the model and the KV cache can hold."""
        return min(self.model.max_tokens, self.kv_tokens)
