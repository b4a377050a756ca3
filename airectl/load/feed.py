"""What is sent, in terms of no protocol, and where a sending process gets it from."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request of a plan.

    `index` is its number over all shards. `intended_s` is when it is due, in seconds since the start of the run;
    None: as soon as there is a place, which is what a closed loop wants, and `think_s` seconds later. A text to
    continue is a `prompt`, a conversation so far `messages` of (role, text); `extra` holds whatever else a protocol
    or a template takes: tensors, variables, inputs of embeddings. `input_tokens` is how long the prompt was meant
    to be, `output_tokens` how long the answer shall be; -1: nobody said. `session` numbers conversations, `turn`
    counts from 0. `warm_up`: it is sent, and not measured.
    """

    index: int
    intended_s: float | None = None
    think_s: float = 0.0
    prompt: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    input_tokens: int = -1
    output_tokens: int = -1
    session: int = -1
    turn: int = 0
    warm_up: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


class Feed(typing.Protocol):
    """The asks of one shard. It is made in the process that sends them, from the plan, by its seed."""

    def next(self) -> Ask | None:
        """The next one in the order of `intended_s`; None: there are no more."""

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """The turn that follows `ask` in its conversation, now that its answer is there; None: it was the last.

        It is due `think_s` after the end of that answer, or at `intended_s` if that is later. Only an answer
        without an error has a turn that follows it.
        """
