"""Replicas for a rate of requests, from the model of one: by hand, against the simulator's limit, and for bursts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from airectl.core.queueing import dispersion
from airectl.core.replica.fleet import (
    Lengths,
    Load,
    Promise,
    fixed_lengths,
    highest_rate_rps,
    lengths_of,
    replicas_for,
    state,
)
from airectl.core.replica.profile import Profile
from airectl.core.replica.saturation import saturation
from airectl.sim import profiles

H100 = profiles.shipped("h100-llama-8b")
ALWAYS = Promise()


def load(rate_rps: float, lengths: Lengths | None = None, scv: float = 1.0) -> Load:
    return Load(rate_rps=rate_rps, lengths=lengths or fixed_lengths(1000, 200), arrival_scv=scv)


def test_a_long_answer_is_in_flight_for_longer() -> None:
    # Prompts of 100: an answer of 10 and one of 90; in flight are 105 for a tenth of the time and 145 for the rest.
    found = lengths_of([(100, 10), (100, 90)])
    assert found is not None
    assert found.context_tokens == pytest.approx(0.1 * 105 + 0.9 * 145)
    assert (found.input_tokens, found.output_tokens, found.input_scv) == (100, 50, 0)
    assert found.output_scv == pytest.approx((40 / 50) ** 2)


@pytest.mark.parametrize("requests", [[], [(100, 0)], [(0, 100)]])
def test_lengths_without_prompts_or_answers(requests: list[tuple[int, int]]) -> None:
    assert lengths_of(requests) is None


def test_one_replica_by_hand() -> None:
    found = state(H100, load(10), 1, ALWAYS)
    assert found is not None
    prefill_s = 1000 * 2 * 8.03e9 / (989e12 * 0.5)
    step_s = (16.06e9 + 256 * 1100 * 131_072) / (3350e9 * 0.8) + 0.001
    assert found.prefill_s == pytest.approx(prefill_s)
    assert found.prefill_ratio == pytest.approx(10 * prefill_s)
    assert found.decode_ratio == pytest.approx(10 * 200 * step_s / 256)
    assert found.slots == 256
    assert found.itl_s == pytest.approx(step_s / (1 - 10 * prefill_s))
    assert found.in_flight == pytest.approx(10 * found.service_s)


def test_the_kv_cache_bounds_what_runs() -> None:
    found = state(H100, load(1, fixed_lengths(20_000, 200)), 1, ALWAYS)
    assert found is not None
    assert found.slots == H100.kv_tokens // 20_100


def test_the_time_between_tokens_bounds_what_runs() -> None:
    loose, tight = state(H100, load(2), 1, ALWAYS), state(H100, load(2), 1, Promise(itl_s=0.012))
    assert loose is not None
    assert tight is not None
    assert loose.itl_s > 0.012 >= tight.itl_s
    assert state(H100, load(2), 1, Promise(itl_s=0.005)) is None  # the weights alone take longer to read


@pytest.mark.parametrize("tokens", [(200, 200), (1000, 200), (4000, 50), (500, 800)])
def test_the_highest_rate_is_near_the_limit_of_the_simulated_replica(tokens: tuple[int, int]) -> None:
    limit = saturation(H100, *tokens).rate_rps
    assert highest_rate_rps(H100, load(1, fixed_lengths(*tokens)), 1, ALWAYS) == pytest.approx(limit, rel=0.25)


def test_replicas_and_the_highest_rate_agree() -> None:
    promise = Promise(ttft_s=0.5)
    for count in (1, 3, 8):
        most = highest_rate_rps(H100, load(1), count, promise)
        assert replicas_for(H100, load(most * 0.999), promise) == count
        assert replicas_for(H100, load(most * 1.001), promise) == count + 1


def test_a_promise_that_no_number_of_replicas_keeps() -> None:
    assert replicas_for(H100, load(1), Promise(ttft_s=0.001)) is None
    assert highest_rate_rps(H100, load(1), 1, Promise(ttft_s=0.001)) == 0


def test_what_the_prefix_cache_holds_is_not_computed() -> None:
    cached = replace(fixed_lengths(4000, 50), cached_ratio=0.8)
    assert highest_rate_rps(H100, load(1, cached), 1, ALWAYS) > 2 * highest_rate_rps(
        H100, load(1, fixed_lengths(4000, 50)), 1, ALWAYS
    )


def azure(folder: Path, name: str) -> Iterator[tuple[float, int, int]]:
    with (folder / "traces" / f"azure-llm-2023-{name}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            time = datetime.fromisoformat(row["TIMESTAMP"][:26]).timestamp()
            yield time, int(row["ContextTokens"]), int(row["GeneratedTokens"])


def test_azures_code_trace_takes_more_replicas_than_poisson(conformance: Path) -> None:
    rows = list(azure(conformance, "code"))
    bursts = dispersion(time for time, _, _ in rows)
    lengths = lengths_of((prompt, answer) for _, prompt, answer in rows)
    assert bursts is not None
    assert bursts == pytest.approx(160.5, abs=0.1)
    assert lengths is not None
    rate = len(rows) / (rows[-1][0] - rows[0][0])
    for times in (1, 10, 100):
        counts = [replicas_for(H100, load(rate * times, lengths, scv), Promise(ttft_s=0.5)) for scv in (1.0, bursts)]
        assert counts[0] is not None
        assert counts[1] is not None
        assert counts[1] > counts[0]


def test_dispersion_of_azures_conversations(conformance: Path) -> None:
    assert dispersion(time for time, _, _ in azure(conformance, "conv")) == pytest.approx(20.55, abs=0.01)


def profile_with(**given: float) -> Profile:
    return replace(H100, accelerator=replace(H100.accelerator, **given))  # type: ignore[arg-type]  # numbers by name


def test_faster_memory_and_compute_carry_more() -> None:
    base = highest_rate_rps(H100, load(1), 1, ALWAYS)
    assert highest_rate_rps(profile_with(flops_per_s=2 * 989e12), load(1), 1, ALWAYS) > base
    assert highest_rate_rps(profile_with(bandwidth_bytes_per_s=4800e9), load(1), 1, ALWAYS) > base
