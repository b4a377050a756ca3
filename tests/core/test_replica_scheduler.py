"""Continuous batching, worked out by hand on a replica whose steps all take one second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.replica.scheduler import Ask, Job, QueueFullError, Scheduler, TooLongError
from airectl.core.replica.virtual import Arrival, Served, play
from replicas import by_the_second


def ask(prompt: int, output: int, keys: tuple[int, ...] = ()) -> Ask:
    return Ask(prompt_tokens=prompt, output_tokens=output, keys=keys)


def at(at_s: float, prompt: int, output: int, keys: tuple[int, ...] = ()) -> Arrival:
    return Arrival(at_s=at_s, ask=ask(prompt, output, keys))


def times(served: list[Served]) -> list[tuple[float | None, float | None]]:
    return [(each.ttft_s, each.e2e_s) for each in served]


def close(*pairs: tuple[float, float]) -> list[tuple[object, object]]:
    return [(pytest.approx(first), pytest.approx(last)) for first, last in pairs]


def test_the_first_step_gives_the_first_token_and_each_further_one_the_next() -> None:
    assert times(play(by_the_second(), [at(0, 4, 3)])) == close((1, 3))
    assert play(by_the_second(), [at(0, 4, 3)])[0].tpot_s == pytest.approx(1)


def test_who_comes_during_a_step_joins_the_next_one() -> None:
    assert times(play(by_the_second(), [at(0, 4, 3), at(0.5, 4, 1)])) == close((1, 3), (1.5, 1.5))


def test_more_than_may_run_wait_in_their_order() -> None:
    served = play(by_the_second(sequences=1), [at(0, 4, 3), at(0, 4, 2), at(0, 4, 1)])
    assert times(served) == close((1, 3), (4, 5), (6, 6))


def test_a_long_prompt_is_computed_in_parts() -> None:
    assert times(play(by_the_second(batched=4), [at(0, 10, 1)])) == close((3, 3))


def test_answers_go_on_while_a_prompt_is_computed_in_parts() -> None:
    # The answer takes one token of each step, so the prompt of 9 gets 3 in each of three.
    served = play(by_the_second(batched=4), [at(0, 2, 5), at(0.5, 9, 1)])
    assert times(served) == close((1, 5), (3.5, 3.5))


def test_an_embedding_ends_with_its_prompt() -> None:
    assert times(play(by_the_second(), [at(0, 8, 0)])) == close((1, 1))


def test_a_shared_prompt_is_found_but_for_what_the_next_token_needs() -> None:
    keys = (1, 2)
    served = play(
        by_the_second(), [at(0, 8, 1, keys), at(5, 8, 1, keys), at(9, 12, 1, (1, 2, 3)), at(12, 8, 1, (9, 2))]
    )
    assert [each.cached_tokens for each in served] == [0, 4, 8, 0]


def test_what_is_found_is_not_computed() -> None:
    profile = by_the_second(batched=4)
    served = play(profile, [at(0, 12, 1, (1, 2, 3)), at(10, 12, 1, (1, 2, 3))])
    assert times(served) == close((3, 3), (1, 1))


def test_the_one_that_came_last_gives_way_and_computes_again() -> None:
    # 4 blocks of 2 tokens. Both prompts take one block each; at 4 tokens each all blocks are taken, and the fifth token
    # of the first takes one from the second, which begins again once the first has ended.
    profile = by_the_second(blocks=4, block_tokens=2)
    first, second = play(profile, [at(0, 2, 5), at(0, 2, 5)])
    assert times([first, second]) == close((1, 5), (1, 7))
    assert (first.preemptions, second.preemptions) == (0, 1)


def test_who_gave_way_comes_before_those_that_wait() -> None:
    profile = by_the_second(blocks=4, block_tokens=2)
    served = play(profile, [at(0, 2, 5), at(0, 2, 5), at(0, 7, 1)])
    assert times(served) == close((1, 5), (1, 7), (8, 8))


def test_a_prompt_waits_until_there_is_room_for_it() -> None:
    served = play(by_the_second(blocks=4, block_tokens=2), [at(0, 6, 2), at(0, 4, 1)])
    assert times(served) == close((1, 2), (3, 3))


def test_what_can_never_be_held_is_refused() -> None:
    scheduler = Scheduler(by_the_second(blocks=2, block_tokens=4))
    scheduler.submit(ask(7, 1), 0)
    with pytest.raises(TooLongError, match="1 to 8 tokens"):
        scheduler.submit(ask(7, 2), 0)
    with pytest.raises(TooLongError):
        scheduler.submit(ask(0, 2), 0)


def test_a_full_queue_refuses() -> None:
    scheduler = Scheduler(by_the_second(sequences=1, queued=1))
    scheduler.submit(ask(4, 4), 0)
    with pytest.raises(QueueFullError):
        scheduler.submit(ask(4, 4), 0)
    scheduler.begin(0)
    scheduler.submit(ask(4, 4), 0)
    served = play(by_the_second(sequences=1, queued=1), [at(0, 4, 4), at(0.1, 4, 4), at(0.2, 4, 4)])
    assert [each.rejected for each in served] == [False, False, True]


def test_who_is_taken_out_frees_its_blocks_at_once() -> None:
    scheduler = Scheduler(by_the_second())
    running, waiting = scheduler.submit(ask(8, 4), 0), scheduler.submit(ask(8, 4), 0)
    scheduler.begin(0)
    late = scheduler.submit(ask(8, 4), 0)
    assert scheduler.cache.used == 4
    scheduler.take_out(running)
    scheduler.take_out(late)
    assert (scheduler.cache.used, list(scheduler.waiting)) == (2, [])
    assert scheduler.end() == [waiting]
    scheduler.take_out(running)  # once more is nothing
    assert scheduler.cache.used == 2


def test_nothing_to_do_is_no_step() -> None:
    scheduler = Scheduler(by_the_second())
    assert scheduler.begin(0) is None
    assert scheduler.end() == []


_KEYS = st.sampled_from([(), (1,), (1, 2), (1, 2, 3), (4,)])
_ASKS = st.lists(st.tuples(st.integers(12, 20), st.integers(0, 12), _KEYS, st.floats(0, 3)), min_size=1, max_size=25)


@given(_ASKS, st.integers(8, 30), st.integers(1, 6), st.integers(1, 40), st.integers(0, 10_000))
def test_every_request_is_served_within_all_limits(
    asks: list[tuple[int, int, tuple[int, ...], float]], blocks: int, sequences: int, batched: int, leaves: int
) -> None:
    profile = by_the_second(blocks=blocks, sequences=sequences, batched=batched)
    scheduler = Scheduler(profile)
    jobs = [scheduler.submit(ask(prompt, output, keys), 0) for prompt, output, keys, _ in asks]
    gone = jobs[leaves % len(jobs)] if leaves % 3 == 0 else None
    tokens: dict[Job, int] = dict.fromkeys(jobs, 0)
    now_s = 0.0
    while step := scheduler.begin(now_s):
        assert 0 < step.batch.tokens <= batched
        assert len(scheduler.running) <= sequences
        assert 0 <= scheduler.cache.used <= blocks
        assert all(job.held.blocks * 4 >= job.computed + job.chunk for job in step.jobs)
        if gone and now_s >= 2:
            scheduler.take_out(gone)
        now_s = step.end_s
        for job in scheduler.end():
            tokens[job] += 1
            assert job.last_s == now_s
    assert (scheduler.cache.used, scheduler.running, list(scheduler.waiting)) == (0, [], [])
    for job in jobs:
        assert job.done
        if job is not gone:
            assert tokens[job] == max(job.ask.output_tokens, 1)
            assert job.produced == job.ask.output_tokens


@given(_ASKS)
def test_the_same_requests_have_the_same_fate(asks: list[tuple[int, int, tuple[int, ...], float]]) -> None:
    arrivals = sorted(
        (at(at_s, prompt, output, keys) for prompt, output, keys, at_s in asks), key=lambda each: each.at_s
    )
    profile = by_the_second(blocks=12, sequences=3)
    assert play(profile, arrivals) == play(profile, arrivals)
    assert [each.arrival for each in play(profile, arrivals)] == arrivals
