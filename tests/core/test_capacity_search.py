"""The capacity search: on servers whose knee is known exactly, and on the scheduler model in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import exp

import numpy as np
import pytest

from airectl.core.capacity_search import (
    Ending,
    Measure,
    Measured,
    Options,
    Tally,
    Verdict,
    Wanted,
    judged,
    search,
)
from airectl.core.replica.profile import Profile
from airectl.core.replica.scheduler import Ask
from airectl.core.replica.virtual import Arrival, Served, play
from airectl.sim.profiles import shipped

P99 = Options(targets=[0.99])


@dataclass
class Server:
    """A server that fails a share of requests that rises with the rate: exactly 1 % at `knee_rps`."""

    knee_rps: float
    seed: int = 0
    steepness: float = 12.0
    breaks_rps: float = float("inf")
    client_rps: float = float("inf")
    asked: list[Wanted] = field(default_factory=list)

    def share(self, rate_rps: float) -> float:
        return min(0.01 * exp(min(self.steepness * (rate_rps / self.knee_rps - 1), 99.0)), 1.0)

    def __call__(self, wanted: Wanted) -> Measured:
        self.asked.append(wanted)
        rng = np.random.default_rng([self.seed, wanted.number])
        bad = int(rng.binomial(wanted.requests, self.share(wanted.rate_rps)))
        return Measured(
            wanted=wanted,
            tallies=[Tally(name="ttft", target=0.99, valid=wanted.requests, bad=bad)],
            steady=wanted.rate_rps < self.breaks_rps,
            client_limited=wanted.rate_rps > self.client_rps,
            achieved_rps=wanted.rate_rps,
            output_tokens_per_s=wanted.rate_rps * 100,
        )


@pytest.mark.parametrize("knee_rps", [0.3, 2.0, 17.0, 240.0, 3000.0])
def test_the_knee_of_a_server_is_found_at_any_size(knee_rps: float) -> None:
    within, middles = 0, []
    for seed in range(20):
        found = search(Server(knee_rps, seed), P99)
        assert found.ending is Ending.FOUND
        assert found.low_rps is not None
        assert found.high_rps is not None
        within += found.low_rps <= knee_rps <= found.high_rps
        middles.append((found.low_rps + found.high_rps) / 2 / knee_rps)
        assert found.tokens_per_request == pytest.approx(100)
    # Each of the two bounds is 99 % sure, and several rates are looked at.
    assert within >= 17
    assert max(abs(middle - 1) for middle in middles) <= 0.1


def test_it_does_not_ask_for_more_than_is_needed() -> None:
    server = Server(20.0)
    search(server, P99)
    assert len(server.asked) <= 30
    assert [each.number for each in server.asked] == list(range(len(server.asked)))
    assert {each.requests for each in server.asked} == {210, 838}


def test_a_queue_that_grows_is_a_failure_whatever_the_times_say() -> None:
    found = search(Server(1e6, breaks_rps=50.0), P99)
    assert found.low_rps is not None
    assert found.high_rps is not None
    assert 50.0 / 1.1 <= found.low_rps < 50.0 <= found.high_rps <= 50.0 * 1.15


def test_the_lowest_rate_may_fail_already() -> None:
    found = search(Server(0.01), P99)
    assert (found.ending, found.low_rps) == (Ending.NONE_PASSED, None)
    assert min(step.wanted.rate_rps for step in found.steps) == P99.lowest_rps


def test_the_highest_rate_may_pass_still() -> None:
    found = search(Server(1e6), Options(targets=[0.99], highest_rps=100.0))
    assert (found.ending, found.low_rps, found.high_rps) == (Ending.AT_LEAST, 100.0, None)


def test_a_client_at_its_limit_ends_the_search() -> None:
    found = search(Server(1e6, client_rps=40.0), P99)
    assert found.ending is Ending.CLIENT_LIMITED
    assert found.high_rps is None
    assert [step.wanted.rate_rps for step in found.steps if step.client_limited] == [64.0, 64.0]


def test_a_host_that_was_busy_once_is_asked_again() -> None:
    server = Server(20.0)

    def measure(wanted: Wanted) -> Measured:
        return replace(server(wanted), client_limited=wanted.number in (2, 5))

    found = search(measure, P99)
    assert found.ending is Ending.FOUND
    assert sum(step.client_limited for step in found.steps) == 2
    assert found.low_rps is not None
    assert found.low_rps < 20.0


def test_what_the_user_stops_says_what_it_knows() -> None:
    server = Server(20.0)

    def measure(wanted: Wanted) -> Measured:
        done = server(wanted)
        return done if wanted.number < 3 else Measured(wanted=wanted, tallies=(), steady=True, stopped=True)

    assert search(measure, P99).ending is Ending.STOPPED


def test_too_few_steps_decide_nothing() -> None:
    found = search(Server(20.0), Options(targets=[0.99], most_steps=5))
    assert (found.ending, found.low_rps, found.high_rps) == (Ending.UNDECIDED, None, None)
    assert len(found.steps) == 5


def replicate(bad: int, valid: int = 838, *, steady: bool = True) -> Measured:
    """A measurement of one objective of p99."""
    wanted = Wanted(number=0, rate_rps=1.0, requests=valid, replicate=0)
    return Measured(wanted=wanted, tallies=[Tally(name="x", target=0.99, valid=valid, bad=bad)], steady=steady)


@pytest.mark.parametrize(
    ("replicates", "verdict"),
    [
        ([replicate(2)], Verdict.PASSED),
        ([replicate(3)], Verdict.UNDECIDED),
        ([replicate(3), replicate(3)], Verdict.PASSED),
        ([replicate(18)], Verdict.FAILED),
        ([replicate(14)], Verdict.UNDECIDED),
        ([replicate(15), replicate(15)], Verdict.FAILED),
        ([replicate(0, steady=False)], Verdict.FAILED),
        ([replicate(0), replicate(0, steady=False)], Verdict.UNDECIDED),
        ([replicate(0), replicate(0, steady=False), replicate(0)], Verdict.PASSED),
        ([replicate(0, valid=0)], Verdict.UNDECIDED),
    ],
    ids=str,
)
def test_replicates_are_judged_together(replicates: list[Measured], verdict: Verdict) -> None:
    assert judged(replicates, P99) is verdict


@dataclass(frozen=True)
class Case:
    """A replica, lengths of its requests in tokens, and the objectives of its p99."""

    profile: str
    prompt: int
    output: int
    ttft_s: float
    tpot_s: float
    seed: int


CASES = (
    Case("h100-llama-8b", 512, 16, 0.15, 0.05, 1),
    Case("h100-llama-8b", 2048, 8, 0.5, 0.1, 2),
    Case("xeon-llama-8b", 64, 8, 2.0, 0.3, 3),
    Case("v5e-8-llama-8b", 256, 16, 0.1, 0.02, 4),
)
WARM_UP = 50


def served(profile: Profile, case: Case, rate_rps: float, requests: int, seed: int) -> list[Served]:
    """What becomes of requests at random times and of random lengths, without the first ones."""
    rng = np.random.default_rng([case.seed, seed])
    count = requests + WARM_UP
    times = np.cumsum(rng.exponential(1 / rate_rps, count))
    prompts = np.maximum(rng.poisson(case.prompt, count), 1)
    outputs = np.maximum(rng.poisson(case.output, count), 2)
    arrivals = (
        Arrival(at_s=float(at), ask=Ask(prompt_tokens=int(prompt), output_tokens=int(output)))
        for at, prompt, output in zip(times, prompts, outputs, strict=True)
    )
    return play(profile, arrivals)[WARM_UP:]


def tallies(case: Case, done: list[Served]) -> list[Tally]:
    """How many were too late."""
    first = sum(each.ttft_s is None or each.ttft_s > case.ttft_s for each in done)
    each_token = sum(each.tpot_s is None or each.tpot_s > case.tpot_s for each in done)
    return [
        Tally(name=name, target=0.99, valid=len(done), bad=bad) for name, bad in (("ttft", first), ("tpot", each_token))
    ]


def in_virtual_time(profile: Profile, case: Case) -> Measure:
    """Measures the scheduler model."""

    def measure(wanted: Wanted) -> Measured:
        done = served(profile, case, wanted.rate_rps, wanted.requests, wanted.number)
        tokens = sum(each.arrival.ask.output_tokens for each in done) / len(done)
        return Measured(
            wanted=wanted,
            tallies=tallies(case, done),
            steady=True,
            achieved_rps=wanted.rate_rps,
            output_tokens_per_s=wanted.rate_rps * tokens,
        )

    return measure


def knee_of(good: Callable[[float], bool], low: float, high: float) -> float:
    """Where `good` ends, to 2 %."""
    assert good(low)
    assert not good(high)
    while high / low > 1.02:
        middle = (low + high) / 2
        low, high = (middle, high) if good(middle) else (low, middle)
    return (low + high) / 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.profile}-{case.prompt}-{case.output}")
def test_the_search_finds_the_knee_of_the_scheduler_model(case: Case) -> None:
    profile = shipped(case.profile)
    found = search(in_virtual_time(profile, case), P99)
    assert found.ending is Ending.FOUND
    assert found.low_rps is not None
    assert found.high_rps is not None

    def good(rate_rps: float) -> bool:
        done = served(profile, case, rate_rps, 6000, 10_000)
        return all(each.bad <= 0.01 * each.valid for each in tallies(case, done))

    knee_rps = knee_of(good, found.low_rps * 0.8, found.high_rps * 1.25)
    assert (found.low_rps + found.high_rps) / 2 == pytest.approx(knee_rps, rel=0.1)
