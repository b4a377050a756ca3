"""The limit of a replica in closed form is the one that it has in virtual time, and there is a knee."""

from __future__ import annotations

from statistics import mean

import pytest

from airectl.core.replica.saturation import Bound, Full, saturation
from airectl.core.replica.virtual import Served, play
from airectl.sim.profiles import names, shipped
from replicas import arrivals

# Requests that fill the replica so many times, and so many at least; the first and last third are not counted.
TURNS = 8
LEAST = 1500


def throughput(served: list[Served]) -> float:
    """Requests a second in the middle third of all that ended."""
    ends = sorted(each.arrival.at_s + each.e2e_s for each in served if each.e2e_s is not None)
    third = len(ends) // 3
    return third / (ends[2 * third] - ends[third])


@pytest.mark.parametrize(
    ("profile", "prompt", "answer"),
    [
        ("xeon-llama-8b", 512, 128),
        ("xeon-llama-8b", 128, 256),
        ("xeon-llama-8b", 2048, 32),
        ("h100-llama-8b", 512, 64),
        ("h100-llama-8b", 1024, 128),
        ("v5e-8-llama-8b", 512, 64),
    ],
)
def test_the_limit_is_that_of_virtual_time(profile: str, prompt: int, answer: int) -> None:
    limit = saturation(shipped(profile), prompt, answer)
    count = max(int(limit.running * TURNS), LEAST)
    assert limit.full is not Full.KV_CACHE
    served = play(shipped(profile), arrivals(7, 2 * limit.rate_rps, count, (prompt, answer)))
    assert throughput(served) == pytest.approx(limit.rate_rps, rel=0.05)


def test_a_full_kv_cache_stays_below_the_limit() -> None:
    profile = shipped("h100-llama-8b")
    limit = saturation(profile, 8000, 100)
    assert limit.full is Full.KV_CACHE
    served = play(profile, arrivals(7, 2 * limit.rate_rps, int(limit.running * TURNS), (8000, 100)))
    assert 0.6 * limit.rate_rps < throughput(served) <= 1.02 * limit.rate_rps
    assert sum(each.preemptions for each in served) > 0


def test_there_is_a_knee() -> None:
    profile = shipped("xeon-llama-8b")
    limit = saturation(profile, 512, 128).rate_rps
    waits = {}
    for share in (0.3, 0.7, 1.5):
        served = play(profile, arrivals(3, share * limit, 600, (512, 128)))
        waits[share] = mean(each.ttft_s for each in served if each.ttft_s is not None)
        if share < 1:
            assert throughput(served) == pytest.approx(share * limit, rel=0.15)
    assert waits[0.7] < 4 * waits[0.3]
    assert waits[1.5] > 20 * waits[0.3]


@pytest.mark.parametrize("seed", range(5))
def test_more_load_never_makes_the_first_token_sooner(seed: int) -> None:
    profile = shipped("xeon-llama-8b")
    limit = saturation(profile, 256, 64).rate_rps
    waits = []
    for share in (0.05, 0.2, 0.4, 0.6, 0.8, 1, 1.3):
        served = play(profile, arrivals(seed, share * limit, 400, (256, 64)))
        waits.append(mean(each.ttft_s for each in served if each.ttft_s is not None))
    assert waits == sorted(waits)


def test_each_profile_is_bound_by_what_its_lengths_say() -> None:
    for name in names():
        assert saturation(shipped(name), 16, 1024).bound is Bound.BANDWIDTH
        assert saturation(shipped(name), 4000, 16).bound is Bound.COMPUTE
        assert saturation(shipped(name), 4000, 1).rate_rps > 0


def test_half_the_lengths_are_more_requests() -> None:
    for name in names():
        rates = [saturation(shipped(name), length, length).rate_rps for length in (64, 128, 256, 512, 1024)]
        assert rates == sorted(rates, reverse=True)
