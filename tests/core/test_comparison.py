"""Comparisons: identical code never fails, a fifth slower does, and what cannot be known is not said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from airectl.core.comparison import HALF_BITS, Change, Options, Sample, State, compare, paired
from airectl.core.latency import buckets
from airectl.load.blocks import BLOCKS, sample_of
from airectl.runs.reading import open_run
from virtual_runs import Virtual, virtual_run

BINS = int(buckets(np.array([2**47]), HALF_BITS)[0]) + 1


def sample(seed: int, scale: float = 1.0, *, noise: float = 0.1, count: int = 100, side: int = 0) -> Sample:
    """A run whose times are lognormal around `scale` times 100 ms, of blocks that differ by `noise`.

    The blocks' luck is that of the requests, which are those of the seed; the spread within is the server's.
    """
    luck, server = default_rng(seed).normal(0, noise, 20), default_rng([seed, side])
    counts = np.zeros((20, BINS), dtype=np.int32)
    for block in range(20):
        values = 1e8 * scale * np.exp(luck[block] + server.normal(0, 0.3, count))
        counts[block] = np.bincount(buckets(values.astype(np.int64), HALF_BITS), minlength=BINS)
    return Sample(
        seed=seed, block_s=1.0, counts={"e2e_s": counts}, tokens=np.full(20, 50.0 / scale),
        failed=np.zeros(20), requests=np.full(20, float(count)),
    )  # fmt: skip


def named(changes: list[Change]) -> dict[str, Change]:
    return {each.name: each for each in changes}


def verdict(changes: list[Change]) -> str:
    states = {each.state for each in changes}
    return "worse" if State.WORSE in states else "unknown" if State.INCONCLUSIVE in states else "same"


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("same_seeds", [True, False], ids=["paired", "unpaired"])
def test_identical_code_never_fails(runs: int, same_seeds: bool) -> None:
    found = []
    for case in range(20):
        first = [sample(case * 100 + n) for n in range(runs)]
        second = [sample(case * 100 + n + (0 if same_seeds else 50), side=1) for n in range(runs)]
        assert paired(first, second) == same_seeds
        found.append(verdict(compare(first, second, Options(resamples=400), default_rng(case))))
    assert "worse" not in found


@pytest.mark.parametrize("runs", [1, 3])
def test_a_fifth_slower_is_seen(runs: int) -> None:
    found = []
    for case in range(20):
        first = [sample(case * 100 + n) for n in range(runs)]
        second = [sample(case * 100 + n, 1.2, side=1) for n in range(runs)]
        found.append(verdict(compare(first, second, Options(resamples=400), default_rng(case))))
    assert found.count("worse") >= 19


def test_what_is_less_than_the_minimum_effect_is_none() -> None:
    first, second = [sample(1, noise=0.0)], [sample(1, 1.05, noise=0.0)]
    assert named(compare(first, second, Options(), default_rng(0)))["e2e_s.p50"].state is State.SAME
    strict = named(compare(first, second, Options(effect_ratio=0.01), default_rng(0)))["e2e_s.p50"]
    assert strict.state is State.WORSE
    assert strict.worse == pytest.approx(0.05, abs=0.03)


def test_faster_is_better() -> None:
    found = named(compare([sample(1)], [sample(1, 0.7)], Options(), default_rng(0)))
    assert found["e2e_s.p50"].state is State.BETTER


def test_few_requests_are_inconclusive_and_have_no_p99() -> None:
    found = named(compare([sample(1, count=3)], [sample(2, 1.05, count=3)], Options(), default_rng(0)))
    assert "e2e_s.p99" not in found
    assert found["e2e_s.p50"].state is State.INCONCLUSIVE


def test_a_side_without_enough_values_has_no_interval() -> None:
    found = named(compare([sample(1)], [sample(1, count=3)], Options(), default_rng(0)))["e2e_s.p99"]
    assert (found.state, found.worse, found.second) == (State.INCONCLUSIVE, None, None)


def test_the_hosts_own_error_is_no_difference() -> None:
    options = Options(error_s={"e2e_s": 0.025})
    found = named(compare([sample(1, noise=0.0)], [sample(1, 1.2, noise=0.0)], options, default_rng(0)))["e2e_s.p50"]
    assert found.state is not State.WORSE
    assert found.limit == pytest.approx(0.25, rel=0.02)


def tailed(seed: int, factor: float, *, side: int = 0) -> Sample:
    """Of a hundred requests in a block three take `factor` times as long as the rest ever does."""
    made = sample(seed, side=side)
    counts = made.counts["e2e_s"].copy()
    late = int(4e8 * factor * np.exp(default_rng([seed, side, 1]).normal(0, 0.05)))
    counts[:, buckets(np.array([late]), HALF_BITS)[0]] += 3
    return replace(made, counts={"e2e_s": counts})


@pytest.mark.parametrize(("runs", "state"), [(1, State.INCONCLUSIVE), (3, State.WORSE)])
def test_a_tail_is_called_worse_by_several_runs_only(runs: int, state: State) -> None:
    first, second = [tailed(n, 1.0) for n in range(runs)], [tailed(n, 3.0, side=1) for n in range(runs)]
    found = named(compare(first, second, Options(), default_rng(0)))
    assert (found["e2e_s.p99"].state, found["e2e_s.p50"].state) == (state, State.SAME)


def test_a_tail_that_differs_from_run_to_run_is_not_called_worse() -> None:
    first, second = [tailed(1, 1.0), tailed(2, 1.3), tailed(3, 1.1)], [tailed(1, 1.4), tailed(2, 1.8), tailed(3, 2.6)]
    assert named(compare(first, second, Options(), default_rng(0)))["e2e_s.p99"].state is State.INCONCLUSIVE


def test_times_of_nothing_on_both_sides_are_the_same_and_on_one_are_not_compared() -> None:
    """Tokens that come in one packet have no gaps between them."""
    none = np.zeros((20, BINS), dtype=np.int32)
    none[:, 0] = 100
    first, other = [replace(sample(1), counts={"e2e_s": none})], [sample(1)]
    assert named(compare(first, first, Options(), default_rng(0)))["e2e_s.p50"].state is State.SAME
    assert named(compare(first, other, Options(), default_rng(0)))["e2e_s.p50"].state is State.INCONCLUSIVE


def test_failures_are_compared_as_shares() -> None:
    first, second = [sample(1)], [replace(sample(1), failed=np.full(20, 5.0))]
    found = named(compare(first, second, Options(), default_rng(0)))["failed_ratio"]
    assert (found.first, found.second, found.state) == (0.0, 0.05, State.WORSE)
    assert named(compare(first, first, Options(), default_rng(0)))["failed_ratio"].state is State.SAME


def test_throughput_is_compared_where_the_server_sets_it() -> None:
    first, second = [sample(1)], [sample(1, 1.25)]
    assert "output_tokens_per_s" not in named(compare(first, second, Options(), default_rng(0)))
    found = named(compare(first, second, Options(throughput=True), default_rng(0)))["output_tokens_per_s"]
    assert found.worse == pytest.approx(0.25)
    assert found.state is State.WORSE


def test_pairs_need_the_same_seeds_in_the_same_order() -> None:
    one, two = sample(1), sample(2)
    assert paired([one, two], [one, two])
    assert not paired([one, two], [two, one])
    assert not paired([one], [one, one])
    assert not paired([one], [replace(one, requests=one.requests[:5])])


def test_the_same_draw_gives_the_same_interval() -> None:
    first, second = [sample(1)], [sample(2)]
    assert compare(first, second, Options(), default_rng(3)) == compare(first, second, Options(), default_rng(3))


def made(folder: Path, of: Virtual) -> Sample:
    return sample_of(open_run(virtual_run(folder, of)))


def test_the_replica_in_virtual_time(tmp_path: Path) -> None:
    """A replica whose steps take a fifth longer, at half of what it can do; and one that was asked other things."""
    first = made(tmp_path / "a", Virtual(seed=1, seconds=8.0))
    slower = made(tmp_path / "b", Virtual(seed=1, seconds=8.0, slower=1.2))
    other = made(tmp_path / "c", Virtual(seed=2, seconds=8.0))
    assert first.blocks == BLOCKS
    assert verdict(compare([first], [slower], Options(), default_rng(0))) == "worse"
    assert verdict(compare([first], [other], Options(), default_rng(0))) != "worse"
    assert set(first.counts) == {"ttft_s", "itl_s", "tpot_s", "e2e_s"}
    assert first.tokens.sum() == first.counts["itl_s"].sum() + first.counts["e2e_s"].sum()
