"""A feed of requests that are all alike, at even distances: what `calibrate` sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airectl.load.feed import Ask


@dataclass(slots=True)
class EvenFeed:
    """`count` requests, one every `every_s` seconds from `first_s`; `every_s` None: for a closed loop.

    Each asks for an answer of `output_tokens`. Those before `warm_up_s` are warm-up.
    """

    count: int
    every_s: float | None = None
    first_s: float = 0.0
    output_tokens: int = 100
    prompt: str = "hello"
    input_tokens: int = -1
    warm_up_s: float = 0.0
    shard: int = 0
    shards: int = 1
    _next: int = -1

    @classmethod
    def from_json(cls, data: Mapping[str, Any], shard: int, shards: int) -> EvenFeed:
        """The feed of one shard."""
        return cls(**data, shard=shard, shards=shards)

    def next(self) -> Ask | None:
        """The next one; requests go to the shards in turn."""
        self._next = self.shard if self._next < 0 else self._next + self.shards
        index = self._next
        if index >= self.count:
            return None
        intended_s = None if self.every_s is None else self.first_s + index * self.every_s
        return Ask(
            index=index,
            intended_s=intended_s,
            prompt=self.prompt,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            warm_up=intended_s is not None and intended_s < self.warm_up_s,
        )

    def follow(self, ask: Ask, text: str) -> Ask | None:
        """No request follows from another."""
        return None
