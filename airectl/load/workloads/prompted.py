"""The prompts of a file, sent in their order or in one of the seed's, and again when all were sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airectl.core.arrivals import BLOCK
from airectl.core.lengths import Lengths
from airectl.load.feed import Ask
from airectl.load.plan import Plan, PlanError, Prompts
from airectl.load.workloads.conversations import after, numbered, thinking_s
from airectl.load.workloads.drawing import Stream, due, generator
from airectl.load.workloads.packing import PackedError, unpack_rows

_UNSAID = Lengths(mean=-1, least=-1)


class PromptsFeed:
    """The asks of one shard."""

    def __init__(self, plan: Plan, workload: Prompts, shard: int, shards: int) -> None:
        self._plan, self._workload = plan, workload
        self._shard, self._shards = shard, shards
        try:
            self._rows: list[dict[str, Any]] = unpack_rows(workload.packed)
        except PackedError as error:
            raise PlanError(str(error)) from None
        if len(self._rows) != workload.rows or not self._rows:
            raise PlanError("the plan has not as many prompts as it says")
        self._orders: dict[int, NDArray[np.int64]] = {}
        self._asks = self._all()

    def next(self) -> Ask | None:
        """The next one."""
        return next(self._asks, None)

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """The next turn of a row that has turns; None after the last one."""
        if ask.session < 0:
            return None
        row, turn = self._row(ask.session), ask.turn + 1
        if turn >= len(row["t"]):
            return None
        return replace(
            ask,
            index=numbered(ask.session, turn),
            intended_s=None,
            think_s=thinking_s(self._plan, self._workload.think, ask.session, turn),
            messages=after(ask, text, row["t"][turn]),
            input_tokens=-1,
            turn=turn,
        )

    def _all(self) -> Iterator[Ask]:
        outputs = generator(self._plan, Stream.OUTPUT)
        for block in due(self._plan):
            answers = (self._workload.output or _UNSAID).draw(outputs, BLOCK)
            for at in range((self._shard - block.first) % self._shards, block.size, self._shards):
                when = None if block.times_s is None else float(block.times_s[at])
                yield self._ask(block.first + at, when, int(answers[at]))

    def _ask(self, index: int, when: float | None, answer: int) -> Ask:
        row = self._row(index)
        said = row.get("t")
        messages = [("user", said[0])] if said else [(role, text) for role, text in row.get("m", ())]
        return Ask(
            index=index,
            intended_s=when,
            prompt=row.get("p", ""),
            messages=tuple(messages),
            input_tokens=row.get("i", -1),
            output_tokens=row.get("o", answer),
            session=index if said else -1,
            warm_up=when is not None and when < self._plan.warm_up_s,
            extra=row.get("x", {}),
        )

    def _row(self, index: int) -> dict[str, Any]:
        turn, at = divmod(index, len(self._rows))
        return self._rows[int(self._order(turn)[at]) if self._workload.shuffled else at]

    def _order(self, turn: int) -> NDArray[np.int64]:
        """The order of the rows the `turn`th time; the last few are kept."""
        if turn not in self._orders:
            self._orders[turn] = generator(self._plan, Stream.ORDER, turn).permutation(len(self._rows))
            self._orders.pop(turn - 8, None)
        return self._orders[turn]
