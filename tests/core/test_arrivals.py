"""Times of requests: their rate, their spread, and that a schedule is what its definition says."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from airectl.core.arrivals import BLOCK, at, times
from airectl.core.schedule import EVEN, POISSON, Open, Segment, steady


def all_times(schedule: Open, seed: int = 0, until_s: float | None = None, blocks: int = 200) -> NDArray[np.float64]:
    made = list(islice(times(schedule, np.random.default_rng(seed), until_s=until_s), blocks))
    return np.concatenate(made) if made else np.empty(0)


def test_constant_is_one_every_so_often_and_exact_after_a_million() -> None:
    found = all_times(steady(8.0, EVEN), blocks=500)
    assert found[:4].tolist() == [0.0, 0.125, 0.25, 0.375]
    assert found[999_999] == 999_999 / 8


def test_a_ramp_is_the_square_root() -> None:
    ramp = Open(segments=(Segment(duration_s=10, from_rps=0, to_rps=10),), burstiness=EVEN)
    # The n-th is due at the t with 10/2·t²/10 = n.
    assert all_times(ramp, until_s=10).tolist() == pytest.approx([np.sqrt(2 * n) for n in range(50)])


def test_steps_follow_one_another_and_the_last_one_stays() -> None:
    steps = Open(
        segments=(
            Segment(duration_s=2, from_rps=1, to_rps=1),
            Segment(duration_s=2, from_rps=0, to_rps=0),
            Segment(duration_s=1, from_rps=4, to_rps=4),
        ),
        burstiness=EVEN,
    )
    assert all_times(steps, until_s=6).tolist() == [0, 1, 4, 4.25, 4.5, 4.75, 5, 5.25, 5.5, 5.75]


def test_a_ramp_down_to_nothing_ends() -> None:
    down = Open(segments=(Segment(duration_s=10, from_rps=10, to_rps=0),), burstiness=EVEN)
    found = all_times(down)
    assert len(found) == 50
    assert found[-1] < 10


@pytest.mark.parametrize("burstiness", [0.25, 0.5, POISSON, 4.0])
def test_gaps_have_the_mean_and_the_spread_of_their_gamma(burstiness: float) -> None:
    gaps = np.diff(all_times(steady(20.0, burstiness), seed=7))
    assert gaps.mean() == pytest.approx(1 / 20, rel=0.02)
    # Coefficient of variation of Gamma(k, θ): 1/√k.
    assert gaps.std() / gaps.mean() == pytest.approx(burstiness**-0.5, rel=0.02)


def test_poisson_counts_are_as_spread_as_their_mean() -> None:
    counts = np.bincount(all_times(steady(10.0), seed=3).astype(int))[:-1]
    assert counts.mean() == pytest.approx(10, rel=0.02)
    assert counts.var() / counts.mean() == pytest.approx(1, rel=0.05)


RATES = st.floats(0, 50) | st.just(0.0)
SEGMENTS = st.lists(
    st.builds(lambda d, a, b: Segment(duration_s=d, from_rps=a, to_rps=b), st.floats(0.1, 30), RATES, RATES),
    min_size=1,
    max_size=5,
)


@given(SEGMENTS, st.sampled_from([EVEN, 0.3, POISSON, 3.0]), st.integers(0, 2**32 - 1), st.floats(0.1, 60))
@settings(max_examples=60)
def test_times_ascend_below_the_end_and_are_the_same_again(
    segments: list[Segment], burstiness: float | None, seed: int, until_s: float
) -> None:
    schedule = Open(segments=tuple(segments), burstiness=burstiness)
    found = all_times(schedule, seed, until_s)
    assert (np.diff(found) >= 0).all()
    assert found.size == 0 or (found[0] >= 0 and found[-1] < until_s)
    assert all_times(schedule, seed, until_s).tolist() == found.tolist()


@given(SEGMENTS, st.floats(0.1, 60))
@settings(max_examples=60)
def test_evenly_spaced_ones_are_as_many_as_the_rate_says(segments: list[Segment], until_s: float) -> None:
    schedule = Open(segments=tuple(segments), burstiness=EVEN)
    assert abs(all_times(schedule, until_s=until_s).size - schedule.requests(until_s)) <= 1.001


@given(SEGMENTS, st.floats(0, 40))
@settings(max_examples=60)
def test_laying_points_on_a_schedule_undoes_counting_its_requests(segments: list[Segment], when_s: float) -> None:
    schedule = Open(segments=tuple(segments))
    requests = schedule.requests(when_s)
    found = float(at(schedule, np.array([requests]))[0])
    if np.isfinite(found):
        assert schedule.requests(found) == pytest.approx(requests, rel=1e-6, abs=1e-6)


def test_random_ones_are_as_many_as_the_rate_says_on_average() -> None:
    ramp = Open(segments=(Segment(duration_s=30, from_rps=10, to_rps=50),))
    counts = [all_times(ramp, seed, until_s=30).size for seed in range(200)]
    assert np.mean(counts) == pytest.approx(ramp.requests(30), rel=0.01)


def test_no_request_at_all_is_no_block() -> None:
    assert list(times(steady(0.001), np.random.default_rng(0), until_s=0.001)) == []
    nothing = Open(segments=(Segment(duration_s=1, from_rps=0, to_rps=0),))
    assert all_times(nothing).size == 0


def test_blocks_are_never_larger() -> None:
    assert {block.size for block in islice(times(steady(5.0), np.random.default_rng(0)), 3)} == {BLOCK}
