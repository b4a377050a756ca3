"""Synthetic prompts by their lengths, alone or as turns of conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from airectl.core.arrivals import BLOCK
from airectl.core.lengths import Lengths
from airectl.load.feed import Ask
from airectl.load.plan import Plan, Synthetic
from airectl.load.workloads.conversations import after, numbered, thinking_s
from airectl.load.workloads.drawing import Due, Stream, due, generator
from airectl.load.workloads.words import Texts, mix

_UNSAID = Lengths(mean=-1, least=-1)


class SyntheticFeed:
    """The asks of one shard."""

    def __init__(self, plan: Plan, workload: Synthetic, shard: int, shards: int) -> None:
        self._plan, self._workload = plan, workload
        self._shard, self._shards = shard, shards
        self._texts = Texts(plan.seed, plan.salt)
        self._talks = workload.turns != Lengths(mean=1)
        self._turns: dict[int, int] = {}
        self._asks = self._all()

    def next(self) -> Ask | None:
        """The next one."""
        return next(self._asks, None)

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """The next turn; None after the last one."""
        turns = self._turns.get(ask.session, 1)
        turn = ask.turn + 1
        if turn >= turns:
            self._turns.pop(ask.session, None)
            return None
        work = self._workload
        rng = generator(self._plan, Stream.LATER, 0, ask.session, turn)
        tokens = int(work.input.draw(rng, 1)[0])
        # Later turns are texts of their own: their numbers are drawn from another corner than those of first ones.
        number = mix(numbered(ask.session, turn)) & 0xFFFFFFFF
        said = self._texts.distinct(number, max(1, self._plan.calibration.inner_words(tokens)))
        return replace(
            ask,
            index=numbered(ask.session, turn),
            intended_s=None,
            think_s=thinking_s(self._plan, work.think, ask.session, turn),
            prompt="",
            messages=after(ask, text, said),
            input_tokens=-1,
            output_tokens=int((work.output or _UNSAID).draw(rng, 1)[0]),
            turn=turn,
        )

    def _all(self) -> Iterator[Ask]:
        work, plan = self._workload, self._plan
        inputs, outputs = generator(plan, Stream.INPUT), generator(plan, Stream.OUTPUT)
        prefixes, turns = generator(plan, Stream.PREFIX), generator(plan, Stream.TURNS)
        for block in due(plan):
            lengths = work.input.draw(inputs, BLOCK)
            answers = (work.output or _UNSAID).draw(outputs, BLOCK)
            chosen = prefixes.integers(0, work.prefix.count if work.prefix else 1, BLOCK)
            talks = work.turns.draw(turns, BLOCK)
            for at in range((self._shard - block.first) % self._shards, block.size, self._shards):
                if talks[at] > 1:
                    self._turns[block.first + at] = int(talks[at])
                yield self._ask(block, at, (int(lengths[at]), int(answers[at]), int(chosen[at])))

    def _ask(self, block: Due, at: int, drawn: tuple[int, int, int]) -> Ask:
        index = block.first + at
        when = None if block.times_s is None else float(block.times_s[at])
        tokens, answer, prefix = drawn
        prompt = self._prompt(index, tokens, prefix)
        return Ask(
            index=index,
            intended_s=when,
            prompt="" if self._talks else prompt,
            messages=(("user", prompt),) if self._talks else (),
            input_tokens=tokens,
            output_tokens=answer,
            session=index if self._talks else -1,
            warm_up=when is not None and when < self._plan.warm_up_s,
        )

    def _prompt(self, index: int, tokens: int, prefix: int) -> str:
        words, shared = self._plan.calibration.words(tokens), self._workload.prefix
        if shared is None:
            return self._texts.distinct(index, words)
        alike = min(words - 1, self._plan.calibration.inner_words(shared.tokens or shared.share * tokens))
        return self._texts.prefix(prefix, alike) + self._texts.distinct(index, words - alike)
