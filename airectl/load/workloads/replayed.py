"""A trace, sent again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from airectl.core.schedule import Traced
from airectl.load.feed import Ask
from airectl.load.plan import Plan, PlanError, Replay
from airectl.load.traces.rows import Trace
from airectl.load.workloads.drawing import due
from airectl.load.workloads.packing import PackedError, pack_column, unpack_column
from airectl.load.workloads.words import Texts

_COLUMNS = ("times_ns", "inputs", "outputs", "sessions", "block_counts", "blocks")


def replay(trace: Trace) -> Replay:
    """The workload of a trace. Columns that say the same of every row are not packed."""
    columns = {name: pack_column(getattr(trace, name)) for name in _COLUMNS[:3]}
    if bool((trace.sessions >= 0).any()):
        columns["sessions"] = pack_column(trace.sessions)
    if trace.block_tokens:
        columns |= {name: pack_column(getattr(trace, name)) for name in _COLUMNS[4:]}
    return Replay(rows=len(trace.times_ns), columns=columns, block_tokens=trace.block_tokens)


class ReplayFeed:
    """The asks of one shard: rows of the trace at the plan's times, which are the trace's own unless it says so."""

    def __init__(self, plan: Plan, workload: Replay, shard: int, shards: int) -> None:
        self._plan, self._shard, self._shards = plan, shard, shards
        self._block_tokens = workload.block_tokens
        try:
            self._columns = {name: unpack_column(text) for name, text in workload.columns.items()}
        except PackedError as error:
            raise PlanError(str(error)) from None
        if any(len(self._columns[name]) != workload.rows for name in _COLUMNS[:3]):
            raise PlanError("the columns of the trace are of different lengths")
        self._starts = np.concatenate(([0], np.cumsum(self._columns.get("block_counts", []), dtype=np.int64)))
        self._rows = workload.rows
        self._texts = Texts(plan.seed, plan.salt)
        self._asks = self._all()

    def next(self) -> Ask | None:
        """The next one."""
        return next(self._asks, None)

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """None: a trace has the times of all its turns."""
        return None

    def _all(self) -> Iterator[Ask]:
        if isinstance(self._plan.arrivals, Traced):
            yield from self._traced(self._plan.arrivals.time_scale)
            return
        for block in due(self._plan):
            for at in range((self._shard - block.first) % self._shards, block.size, self._shards):
                if block.first + at >= self._rows:
                    return
                yield self._ask(block.first + at, None if block.times_s is None else float(block.times_s[at]))

    def _traced(self, time_scale: float) -> Iterator[Ask]:
        last = self._rows if self._plan.requests is None else min(self._rows, self._plan.requests)
        times, ends_s = self._columns["times_ns"], self._plan.ends_s
        for index in range(self._shard, last, self._shards):
            intended_s = int(times[index]) / (time_scale * 1e9)
            if ends_s is not None and intended_s >= ends_s:
                return
            yield self._ask(index, intended_s)

    def _ask(self, index: int, intended_s: float | None) -> Ask:
        tokens = int(self._columns["inputs"][index])
        sessions = self._columns.get("sessions")
        return Ask(
            index=index,
            intended_s=intended_s,
            prompt=self._prompt(index, tokens),
            input_tokens=tokens,
            output_tokens=int(self._columns["outputs"][index]),
            session=-1 if sessions is None else int(sessions[index]),
            warm_up=intended_s is not None and intended_s < self._plan.warm_up_s,
        )

    def _prompt(self, index: int, tokens: int) -> str:
        """Words of the blocks that the row lists, then words of its own."""
        words = self._plan.calibration.words(tokens)
        if not self._block_tokens:
            return self._texts.distinct(index, words)
        size = max(1, self._plan.calibration.inner_words(self._block_tokens))
        parts = []
        for block in self._columns["blocks"][self._starts[index] : self._starts[index + 1]].tolist():
            if words <= 0:
                break
            parts.append(self._texts.prefix(block, min(size, words)))
            words -= size
        if words > 0:
            parts.append(self._texts.distinct(index, words))
        return "".join(parts).rstrip()
