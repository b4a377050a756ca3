"""Blocks of the KV cache: who holds them, who finds them, and that none is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airectl.core.replica.kv_cache import Held, KvCache


def test_blocks_are_taken_all_or_none() -> None:
    cache, held = KvCache(4), Held()
    assert cache.take(held, 3)
    assert not cache.take(held, 2)
    assert (held.own, cache.used, cache.available) == (3, 3, 1)
    cache.release(held)
    assert (held.blocks, cache.used, cache.available) == (0, 0, 4)


def test_a_prompt_that_was_computed_is_found_by_another() -> None:
    cache, first, second = KvCache(8), Held(), Held()
    cache.take(first, 3)
    cache.publish(first, [1, 2])
    assert cache.found([1, 2, 3]) == 2
    cache.share(second, [1, 2])
    assert (cache.used, first.blocks, second.blocks) == (3, 3, 2)
    cache.release(first)
    assert cache.used == 2
    cache.release(second)
    assert (cache.used, cache.available, cache.found([1, 2])) == (0, 8, 2)


def test_a_chain_is_found_up_to_its_first_gap() -> None:
    cache, held = KvCache(8), Held()
    cache.take(held, 2)
    cache.publish(held, [1, 3])
    assert cache.found([1, 2, 3]) == 1


def test_what_was_used_longest_ago_goes_first_and_ends_go_before_beginnings() -> None:
    cache = KvCache(4)
    for keys in ([1, 2], [7, 8]):
        held = Held()
        cache.take(held, 2)
        cache.publish(held, keys)
        cache.release(held)
    other = Held()
    assert cache.take(other, 1)
    assert (cache.found([1, 2]), cache.found([7, 8])) == (1, 2)
    assert cache.take(other, 1)
    assert (cache.found([1, 2]), cache.found([7, 8])) == (0, 2)


def test_two_that_compute_the_same_prompt_at_once_hold_it_twice() -> None:
    cache, first, second = KvCache(4), Held(), Held()
    for held in (first, second):
        cache.take(held, 1)
        cache.publish(held, [5])
    assert (cache.used, first.shared, second.own) == (2, [5], 1)


def test_blocks_that_nobody_holds_count_when_they_are_shared() -> None:
    cache, held = KvCache(2), Held()
    cache.take(held, 1)
    cache.publish(held, [5])
    assert cache.idle([5]) == 0
    cache.release(held)
    assert cache.idle([5]) == 1


_PROMPTS = st.lists(st.integers(0, 3), min_size=0, max_size=4)


@given(st.lists(st.tuples(_PROMPTS, st.integers(0, 5), st.booleans()), max_size=40))
def test_no_block_is_ever_lost_or_held_twice(operations: list[tuple[list[int], int, bool]]) -> None:
    cache, holding = KvCache(10), list[Held]()
    for words, more, release in operations:
        if release and holding:
            cache.release(holding.pop(0))
        # The key of a block stands for all before it, as those of prompts do.
        keys = [hash(tuple(words[: end + 1])) for end in range(len(words))]
        held, found = Held(), keys[: cache.found(keys)]
        rest = len(keys) - len(found)
        if rest + more + cache.idle(found) > cache.available:
            continue
        cache.share(held, found)
        assert cache.take(held, rest + more)
        cache.publish(held, keys[len(found) :])
        holding.append(held)
        assert 0 <= cache.used <= cache.blocks
        assert cache.used + cache.available == cache.blocks
        shared = {key for each in holding for key in each.shared}
        assert cache.used == len(shared) + sum(each.own for each in holding)
    for held in holding:
        cache.release(held)
    assert cache.used == 0
