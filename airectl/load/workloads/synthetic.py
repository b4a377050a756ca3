"""Synthetic prompts, by their lengths."""

from __future__ import annotations

from collections.abc import Iterator

from airectl.core.arrivals import BLOCK
from airectl.core.lengths import Lengths
from airectl.load.feed import Ask
from airectl.load.plan import Plan, Synthetic
from airectl.load.workloads.drawing import Due, Stream, due, generator
from airectl.load.workloads.words import Texts


class SyntheticFeed:
    """The asks of one shard."""

    def __init__(self, plan: Plan, workload: Synthetic, shard: int, shards: int) -> None:
        self._plan, self._workload = plan, workload
        self._shard, self._shards = shard, shards
        self._texts = Texts(plan.seed, plan.salt)
        self._asks = self._all()

    def next(self) -> Ask | None:
        """The next one."""
        return next(self._asks, None)

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """None: these have one turn."""
        return None

    def _all(self) -> Iterator[Ask]:
        work, plan = self._workload, self._plan
        inputs, outputs = generator(plan, Stream.INPUT), generator(plan, Stream.OUTPUT)
        prefixes = generator(plan, Stream.PREFIX)
        for block in due(plan):
            lengths = work.input.draw(inputs, BLOCK)
            answers = (work.output or Lengths(mean=-1, least=-1)).draw(outputs, BLOCK)
            chosen = prefixes.integers(0, work.prefix.count if work.prefix else 1, BLOCK)
            for at in range((self._shard - block.first) % self._shards, block.size, self._shards):
                yield self._ask(block, at, int(lengths[at]), int(answers[at]), int(chosen[at]))

    def _ask(self, block: Due, at: int, tokens: int, answer: int, prefix: int) -> Ask:
        index = block.first + at
        when = None if block.times_s is None else float(block.times_s[at])
        return Ask(
            index=index,
            intended_s=when,
            prompt=self._prompt(index, tokens, prefix),
            input_tokens=tokens,
            output_tokens=answer,
            warm_up=when is not None and when < self._plan.warm_up_s,
        )

    def _prompt(self, index: int, tokens: int, prefix: int) -> str:
        words, shared = self._plan.calibration.words(tokens), self._workload.prefix
        if shared is None:
            return self._texts.distinct(index, words)
        alike = min(words - 1, self._plan.calibration.inner_words(shared.tokens or shared.share * tokens))
        return self._texts.prefix(prefix, alike) + self._texts.distinct(index, words - alike)
