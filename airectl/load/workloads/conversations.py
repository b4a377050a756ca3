"""Conversations: turns that follow an answer, with all that was said before."""

from __future__ import annotations

from airectl.load.feed import Ask
from airectl.load.plan import Plan, Think
from airectl.load.workloads.drawing import Stream, generator

# The number of a later turn: no request of the plan has one as large.
_TURN: int = 1 << 32


def numbered(session: int, turn: int) -> int:
    """The number of a turn in the plan, over all shards."""
    return turn * _TURN + session


def after(ask: Ask, text: str, said: str) -> tuple[tuple[str, str], ...]:
    """The conversation so far, when `text` was the answer to `ask` and the user goes on with `said`."""
    before = ask.messages or (("user", ask.prompt),)
    return (*before, ("assistant", text), ("user", said))


def thinking_s(plan: Plan, think: Think, session: int, turn: int) -> float:
    """How long the user thinks before this turn."""
    if not think.random:
        return think.mean_s
    return float(generator(plan, Stream.LATER, 1, session, turn).exponential(think.mean_s))
