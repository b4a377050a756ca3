"""Plans as data, and the requests that are made of them: the same in every process, each in one shard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl.core.arrivals import BLOCK
from airectl.core.lengths import Lengths, Shape
from airectl.core.schedule import EVEN, Arrivals, Closed, Open, Segment, Traced, steady
from airectl.load.feed import Ask
from airectl.load.plan import Plan, PlanError, Prefix, Prompts, Replay, Synthetic, Think, Workload, share_of
from airectl.load.tokens import Calibration
from airectl.load.traces.rows import Columns, Row, Window
from airectl.load.workloads.feeds import feed
from airectl.load.workloads.packing import PackedError, pack_column, pack_rows, unpack_column, unpack_rows
from airectl.load.workloads.replayed import replay

SYNTHETIC = Synthetic(
    input=Lengths(shape=Shape.LOGNORMAL, mean=300, deviation=200, most=4096),
    output=Lengths(shape=Shape.NORMAL, mean=100, deviation=20),
)
TALK = Synthetic(
    input=Lengths(mean=20), output=Lengths(mean=5), turns=Lengths(shape=Shape.UNIFORM, least=1, most=4),
    think=Think(mean_s=2.0, random=True),
)  # fmt: skip
ROWS = [{"p": "a", "o": 5}, {"m": [["system", "s"], ["user", "u"]]}, {"t": ["x", "y", "z"]}, {"x": {"k": [1]}}]
PROMPTS = Prompts(rows=len(ROWS), packed=pack_rows(ROWS), output=Lengths(mean=9), shuffled=True)


def traced(count: int = 50) -> Replay:
    columns = Columns(window=Window(), block_tokens=512)
    for n in range(count):
        blocks = [0, 1, n + 2] if n % 2 else ()
        columns.add(Row(n * 10**8, 1500, 5 + n, n % 3, blocks))
    return replay(columns.trace("mooncake"))


PLANS: dict[str, Plan] = {
    "synthetic": Plan(arrivals=steady(100), workload=SYNTHETIC, duration_s=3, warm_up_s=0.5, seed=3, salt=4),
    "prefix": Plan(
        arrivals=steady(100, EVEN), workload=replace(SYNTHETIC, prefix=Prefix(count=3, share=0.5)), requests=200
    ),
    "ramp": Plan(
        arrivals=Open(segments=(Segment(duration_s=4, from_rps=0, to_rps=100),), burstiness=0.5),
        workload=SYNTHETIC,
        duration_s=6,
    ),
    "closed": Plan(arrivals=Closed(concurrency=7), workload=SYNTHETIC, requests=101),
    "talk": Plan(arrivals=steady(50), workload=TALK, requests=60),
    "prompts": Plan(arrivals=steady(50), workload=PROMPTS, requests=30),
    "traced": Plan(arrivals=Traced(time_scale=10), workload=traced()),
    "lengths of a trace": Plan(arrivals=steady(50), workload=traced(), requests=50),
}
each_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def asks(plan: Plan, shard: int = 0, shards: int = 1) -> Iterator[Ask]:
    found = feed(plan, shard, shards)
    while ask := found.next():
        yield ask


@each_plan
def test_a_plan_is_json_and_back(plan: Plan) -> None:
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
    assert list(asks(again)) == list(asks(plan))


@each_plan
@pytest.mark.parametrize("shards", [2, 3, 7])
def test_shards_together_are_the_whole_plan(plan: Plan, shards: int) -> None:
    whole = {ask.index: ask for ask in asks(plan)}
    parts = [list(asks(plan, shard, shards)) for shard in range(shards)]
    assert {ask.index: ask for part in parts for ask in part} == whole
    assert sum(map(len, parts)) == len(whole)
    for shard, part in enumerate(parts):
        assert all(ask.index % shards == shard for ask in part)
        times = [ask.intended_s for ask in part if ask.intended_s is not None]
        assert times == sorted(times)


@each_plan
def test_prompts_are_distinct_and_as_long_as_said(plan: Plan) -> None:
    if isinstance(plan.workload, Prompts):
        return
    found = list(asks(plan))
    texts = [ask.prompt or ask.messages[-1][1] for ask in found]
    assert len(set(texts)) == len(texts)
    for ask, text in zip(found, texts, strict=True):
        assert len(text.split(" ")) == ask.input_tokens
        assert text == text.strip()


def test_another_seed_is_another_plan_and_another_salt_only_other_words() -> None:
    plan = PLANS["synthetic"]
    first = list(asks(plan))
    salted = list(asks(replace(plan, salt=5)))
    assert [(a.intended_s, a.input_tokens, a.output_tokens) for a in first] == [
        (a.intended_s, a.input_tokens, a.output_tokens) for a in salted
    ]
    assert not {a.prompt for a in first} & {a.prompt for a in salted}
    assert [a.intended_s for a in first] != [a.intended_s for a in asks(replace(plan, seed=4))]


def test_the_warm_up_comes_before_the_time_that_is_measured() -> None:
    found = list(asks(PLANS["synthetic"]))
    assert all(ask.warm_up == (ask.intended_s is not None and ask.intended_s < 0.5) for ask in found)
    assert {ask.warm_up for ask in found} == {True, False}
    assert max(ask.intended_s or 0 for ask in found) < 3.5


def test_requests_are_never_more_than_asked_for() -> None:
    assert [ask.index for ask in asks(PLANS["closed"])] == list(range(101))
    assert all(ask.intended_s is None for ask in asks(PLANS["closed"]))


def test_half_of_each_prompt_is_one_of_three_prefixes() -> None:
    prompts = [ask.prompt.split(" ") for ask in asks(PLANS["prefix"]) if ask.input_tokens >= 20]
    groups: dict[str, list[list[str]]] = {}
    for words in prompts:
        groups.setdefault(" ".join(words[:8]), []).append(words)
    assert len(groups) == 3
    for group in groups.values():
        longest = max(group, key=len)
        for words in group:
            half = round(len(words) / 2)
            assert words[:half] == longest[:half]
            assert words is longest or words[half : half + 8] != longest[half : half + 8]


def test_a_prefix_of_so_many_tokens_is_calibrated() -> None:
    work = replace(SYNTHETIC, input=Lengths(mean=400), prefix=Prefix(tokens=100))
    calibration = Calibration(overhead=20, per_word=2.0)
    plan = Plan(arrivals=steady(10), workload=work, requests=5, calibration=calibration)
    prompts = [ask.prompt.split(" ") for ask in asks(plan)]
    assert {len(words) for words in prompts} == {190}
    assert len({tuple(words[:50]) for words in prompts}) == 1
    assert len({tuple(words[50:58]) for words in prompts}) == 5


def test_a_conversation_goes_on_with_all_that_was_said() -> None:
    found = feed(PLANS["talk"])
    lengths = []
    while ask := found.next():
        turns: list[Ask] = [ask]
        while later := found.follow(turns[-1], f"answer {turns[-1].turn}"):
            turns.append(later)
        lengths.append(len(turns))
        said = [text for _, text in turns[-1].messages]
        assert [role for role, _ in turns[-1].messages] == ["user", *["assistant", "user"] * (len(turns) - 1)]
        assert said[1::2] == [f"answer {n}" for n in range(len(turns) - 1)]
        assert [each.turn for each in turns] == list(range(len(turns)))
        assert {each.session for each in turns} == {ask.index}
        assert all(each.intended_s is None and each.think_s > 0 for each in turns[1:])
        assert len({each.index for each in turns}) == len(turns)
    assert set(lengths) == {1, 2, 3, 4}


def test_turns_are_the_same_whoever_asks_for_them() -> None:
    def talk(shard: int, shards: int) -> list[Ask]:
        found = feed(PLANS["talk"], shard, shards)
        seen = []
        while ask := found.next():
            seen.append(ask)
            while later := found.follow(seen[-1], "yes"):
                seen.append(later)
        return seen

    whole = {ask.index: ask for ask in talk(0, 1)}
    assert {ask.index: ask for shard in range(3) for ask in talk(shard, 3)} == whole
    assert len(whole) > 60


def test_prompts_of_a_file_come_again_in_another_order() -> None:
    found = list(asks(PLANS["prompts"]))
    rounds = [[_key(ask) for ask in found[n : n + 4]] for n in range(0, 28, 4)]
    assert {tuple(sorted(each)) for each in rounds} == {tuple(sorted(rounds[0]))}
    assert len({tuple(each) for each in rounds}) > 1
    in_order = replace(PLANS["prompts"], workload=replace(PROMPTS, shuffled=False))
    assert [ask.prompt for ask in islice(asks(in_order), 5)] == ["a", "", "", "", "a"]


def _key(ask: Ask) -> str:
    return ask.prompt or str(ask.messages) or str(ask.extra)


def test_rows_say_what_they_say_themselves() -> None:
    plan = Plan(arrivals=steady(5), workload=replace(PROMPTS, shuffled=False), requests=4)
    text, messages, turns, extra = asks(plan)
    assert (text.prompt, text.output_tokens) == ("a", 5)
    assert (messages.messages, messages.output_tokens) == ((("system", "s"), ("user", "u")), 9)
    assert (extra.extra, extra.prompt) == ({"k": [1]}, "")
    found = feed(plan)
    second = found.follow(turns, "ok")
    assert second is not None
    assert second.messages == (("user", "x"), ("assistant", "ok"), ("user", "y"))
    third = found.follow(second, "ok")
    assert third is not None
    assert found.follow(third, "ok") is None
    assert found.follow(text, "ok") is None


def test_blocks_of_a_trace_are_the_same_text_and_the_rest_is_not() -> None:
    found = list(asks(PLANS["traced"]))
    listed = [ask.prompt.split(" ") for ask in found[1::2]]
    assert len({tuple(words[:1024]) for words in listed}) == 1
    assert len({tuple(words[1024:1032]) for words in listed}) == len(listed)
    assert not {ask.prompt[:40] for ask in found[::2]} & {ask.prompt[:40] for ask in found[1::2]}
    assert [ask.session for ask in found[:4]] == [0, 1, 2, 0]
    assert [ask.intended_s for ask in found] == [n / 100 for n in range(50)]


def test_a_trace_ends_with_its_rows_its_time_or_its_requests() -> None:
    plan = PLANS["traced"]
    assert len(list(asks(replace(plan, duration_s=0.1)))) == 10
    assert len(list(asks(replace(plan, requests=7)))) == 7
    assert len(list(asks(replace(PLANS["lengths of a trace"], requests=None, duration_s=1000)))) == 50


def test_shares_are_even_and_complete() -> None:
    for total in (0, 1, 7, 100):
        for shards in (1, 3, 8):
            parts = [share_of(total, shard, shards) for shard in range(shards)]
            assert sum(parts) == total
            assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize(
    "change",
    [
        {"arrivals": {"kind": "sometimes"}},
        {"arrivals": {"kind": "open", "segments": [], "burstiness": 1}},
        {"arrivals": {"kind": "closed"}},
        {"arrivals": None},
        {"workload": {"kind": "poetry", "think": {}, "output": None}},
        {"workload": {}},
        {"seed": 1, "more": 2},
    ],
)
def test_what_is_no_plan_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        Plan.from_json({**PLANS["synthetic"].to_json(), **change})
    with pytest.raises(PlanError):
        Plan.from_json({})


@pytest.mark.parametrize(
    "workload",
    [
        Prompts(rows=1, packed="!"),
        Prompts(rows=2, packed=pack_rows([{}])),
        Prompts(rows=0, packed=pack_rows([])),
        replace(traced(), rows=49),
        replace(traced(), columns={**traced().columns, "inputs": "????"}),
    ],
)
def test_damaged_data_are_no_plan(workload: Workload) -> None:
    with pytest.raises(PlanError):
        feed(Plan(arrivals=steady(1), workload=workload, requests=1))


@given(st.lists(st.integers(-(2**62), 2**62), max_size=50))
@settings(max_examples=50)
def test_columns_are_packed_exactly(values: list[int]) -> None:
    assert unpack_column(pack_column(np.array(values, np.int64))).tolist() == values


@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), max_size=9))
@settings(max_examples=50)
def test_rows_are_packed_exactly(rows: list[Any]) -> None:
    assert unpack_rows(pack_rows(rows)) == rows


def test_what_was_not_packed_is_refused() -> None:
    good = pack_column(np.arange(100))
    for bad in ("", "x", good[:-8], good[4:], pack_rows(["seven"])):
        with pytest.raises(PackedError):
            unpack_column(bad)
    with pytest.raises(PackedError):
        unpack_rows(good)


def test_a_plan_says_when_it_ends() -> None:
    plan = PLANS["synthetic"]
    assert plan.ends_s == 3.5
    assert replace(plan, duration_s=None).ends_s is None
    assert (plan.concurrency, PLANS["closed"].concurrency) == (0, 7)


def _arrivals() -> list[Arrivals]:
    return [plan.arrivals for plan in PLANS.values()]


def test_every_kind_of_arrivals_is_tried() -> None:
    assert {type(each) for each in _arrivals()} == {Open, Closed, Traced}


@pytest.mark.parametrize(
    "workload", [Synthetic(input=Lengths(mean=3)), replace(PROMPTS, shuffled=False), traced(5_000)]
)
def test_shards_agree_beyond_what_is_drawn_at_once(workload: Workload) -> None:
    plan = Plan(arrivals=steady(1000), workload=workload, requests=2 * BLOCK + 100)
    whole = [(ask.index, ask.intended_s) for ask in asks(plan)]
    assert [index for index, _ in whole] == list(range(2 * BLOCK + 100))
    parts = [(shard, ask) for shard in range(3) for ask in asks(plan, shard, 3)]
    assert sorted((ask.index, ask.intended_s) for _, ask in parts) == whole
    assert all(ask.index % 3 == shard for shard, ask in parts)
