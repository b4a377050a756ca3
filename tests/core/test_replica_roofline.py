"""What a replica holds and what a step costs: examples that others worked out, and what always holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.replica.profile import Accelerator, Efficiency, Model, Profile, Serving
from airectl.core.replica.roofline import Batch, cost
from replicas import by_the_second

# https://jax-ml.github.io/scaling-book/applied-inference/ works with these figures.
LLAMA_70B = Model(
    name="llama-3-70b", parameters=70e9, layers=80, heads=64, kv_heads=8, head_dim=128, value_bytes=2, max_tokens=8192
)
V5E = Accelerator(
    name="TPU v5e",
    kind="tpu",
    count=16,
    memory_bytes=16e9,
    bandwidth_bytes_per_s=8.2e11,
    flops_per_s=1.97e14,
    power_w=1,
)
ALL_OF_IT = Efficiency(compute_ratio=1, bandwidth_ratio=1, overhead_s=0)
SIXTEEN = Profile(
    name="v5e-16",
    title="",
    accelerator=V5E,
    model=LLAMA_70B,
    serving=Serving(memory_ratio=1, activation_bytes=0),
    efficiency=ALL_OF_IT,
)


def test_the_kv_cache_of_a_token_in_int8_has_160_kibibytes() -> None:
    assert replace(LLAMA_70B, value_bytes=1).kv_bytes == 160 * 1024


def test_43_caches_of_8k_fit_beside_the_weights_on_16_chips() -> None:
    assert SIXTEEN.kv_tokens // 8192 == 43


def test_a_step_over_a_full_memory_takes_19_milliseconds_and_serves_4_4_requests_a_second() -> None:
    batch = Batch()
    for _ in range(43):
        batch.add(1, 8191)
    price = cost(SIXTEEN, batch)
    assert price.step_s == pytest.approx(0.019, abs=0.0006)
    assert 43 / (price.step_s * 512) == pytest.approx(4.42, rel=0.03)
    assert not price.compute_bound


@pytest.mark.parametrize(("sequences", "computes"), [(240, False), (241, True)])
def test_matrices_are_bound_by_compute_from_240_sequences_on(sequences: int, computes: bool) -> None:
    small = replace(LLAMA_70B, layers=1, heads=1, kv_heads=1, head_dim=1)
    batch = Batch()
    for _ in range(sequences):
        batch.add(1, 0)
    assert cost(replace(SIXTEEN, model=small), batch).compute_bound is computes


def test_prefill_of_8k_tokens_is_bound_by_compute() -> None:
    # Every pair of a token and one before it counts once for Q·K and once for the sum over V.
    eight = replace(
        SIXTEEN,
        accelerator=replace(V5E, count=8, flops_per_s=3.93e14),
        model=replace(LLAMA_70B, value_bytes=1),
    )
    batch = Batch()
    batch.add(8192, 0)
    matrices, attention = 2 * 70e9 * 8192, 4 * 80 * 64 * 128 * 8192 * 8193 / 2
    assert cost(eight, batch).step_s == pytest.approx((matrices + attention) / (8 * 3.93e14))
    assert attention / matrices == pytest.approx(0.077, abs=0.001)


def test_no_tokens_are_no_step() -> None:
    assert cost(SIXTEEN, Batch()).step_s == 0


def test_weights_that_fill_the_memory_leave_no_cache() -> None:
    assert replace(SIXTEEN, accelerator=replace(V5E, count=8)).kv_blocks == 0


def test_the_overhead_is_added() -> None:
    batch = Batch()
    batch.add(5, 7)
    assert cost(by_the_second(), batch).step_s == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 5000)), min_size=1, max_size=20), st.integers(1, 500))
def test_a_prompt_in_parts_is_as_much_work_and_more_work_never_takes_less(
    sequences: list[tuple[int, int]], more: int
) -> None:
    batch = Batch()
    for tokens, cached in sequences:
        batch.add(tokens, cached)
    before = cost(SIXTEEN, batch)
    whole, parts = Batch(), Batch()
    whole.add(sequences[0][0] + more, 0)
    parts.add(sequences[0][0], 0)
    parts.add(more, sequences[0][0])
    assert parts.attended == pytest.approx(whole.attended)
    batch.add(more, 3)
    after = cost(SIXTEEN, batch)
    assert after.compute_s > before.compute_s
    assert after.memory_s > before.memory_s
    assert after.step_s >= before.step_s
