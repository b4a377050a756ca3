"""Erlang's formula against its published figures, waits against closed forms, dispersion against known processes."""

from __future__ import annotations

import random
from fractions import Fraction
from math import factorial, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.queueing import Traffic, dispersion, erlang_c, fewest, highest_utilisation, mean_wait_s


@pytest.mark.parametrize(
    ("servers", "utilisation"),
    [(1, 0.05), (2, 0.17), (4, 0.33), (8, 0.48), (16, 0.61), (32, 0.72), (64, 0.79), (128, 0.85)],
)
def test_the_utilisation_at_which_one_in_twenty_waits(servers: int, utilisation: float) -> None:
    assert highest_utilisation(servers, 0.05) == pytest.approx(utilisation, abs=0.0051)


def by_definition(servers: int, offered: Fraction) -> Fraction:
    """Erlang C as the sum of states."""
    last = offered**servers / factorial(servers) * servers / (servers - offered)
    return last / (sum((offered**k / factorial(k) for k in range(servers)), Fraction(0)) + last)


@given(st.integers(1, 20), st.fractions(0, Fraction(99, 100), max_denominator=100))
def test_the_recursion_is_the_sum(servers: int, utilisation: Fraction) -> None:
    offered = utilisation * servers
    assert erlang_c(servers, float(offered)) == pytest.approx(float(by_definition(servers, offered)), rel=1e-9)


def test_a_queue_that_grows_without_end() -> None:
    assert erlang_c(3, 3.0) == 1
    assert mean_wait_s(3, Traffic(3.0, 1.0)) == inf
    assert mean_wait_s(3, Traffic(3.0, 0.0)) == 0


def test_the_wait_of_one_server_is_that_of_textbooks() -> None:
    # M/M/1 at a utilisation of 0.8 and 1 s of service: 0.8/(1 - 0.8) s; M/D/1 half of it.
    assert mean_wait_s(1, Traffic(0.8, 1.0)) == pytest.approx(4.0)
    assert mean_wait_s(1, Traffic(0.8, 1.0, service_scv=0.0)) == pytest.approx(2.0)


def test_bursts_make_it_longer_in_proportion() -> None:
    poisson, bursty = Traffic(6.0, 1.0), Traffic(6.0, 1.0, arrival_scv=159.0)
    assert mean_wait_s(8, bursty) == pytest.approx(80 * mean_wait_s(8, poisson))


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_fewest_that_are_enough(least: int, most: int) -> None:
    assert fewest(lambda count: count >= least, most) == (least if least <= most else None)


def test_dispersion_by_hand() -> None:
    # Counts of 2, 0 and 1: mean 1, variance 2/3.
    assert dispersion([5.0, 64.9, 130.0]) == pytest.approx(2 / 3)


def test_dispersion_needs_two_stretches() -> None:
    assert dispersion([]) is None
    assert dispersion([0.0, 59.9]) is None


def test_dispersion_counts_from_the_first_request() -> None:
    assert dispersion([1_000_030.0, 1_000_089.9, 1_000_090.0]) == pytest.approx(1 / 6)


def test_poisson_arrivals_have_a_dispersion_of_one_and_regular_ones_none() -> None:
    rng, now, times = random.Random(7), 0.0, []  # noqa: S311  # it plays arrivals
    while now < 200_000:
        times.append(now := now + rng.expovariate(1.0))
    assert dispersion(times) == pytest.approx(1, abs=0.08)
    assert dispersion(range(6000)) == 0
