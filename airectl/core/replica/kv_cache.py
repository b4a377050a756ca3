"""The KV cache: blocks that sequences hold, and blocks of prompts that stay for others until the room is needed.

Source: https://docs.vllm.ai/en/stable/design/prefix_caching/
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

# What a block of a prompt holds, and all before it: two prompts that begin alike have the same keys.
Key = int


@dataclass(slots=True)
class Held:
    """The blocks of one sequence: `own` are its alone, `shared` are those of its prompt that others may use too."""

    own: int = 0
    shared: list[Key] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        """How many it holds."""
        return self.own + len(self.shared)


class KvCache:
    """`blocks` blocks. Those that nobody holds stay findable by their key and are reused least recently used first.

    A block without a key is reused before any with one, so prompts that nobody shares push out no shared one.
    """

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self._free = blocks
        self._holders: dict[Key, int] = {}
        self._idle: OrderedDict[Key, None] = OrderedDict()

    @property
    def used(self) -> int:
        """Blocks that sequences hold."""
        return self.blocks - self._free - len(self._idle)

    @property
    def available(self) -> int:
        """Blocks that can be had."""
        return self._free + len(self._idle)

    def found(self, keys: Sequence[Key]) -> int:
        """How many of a prompt's first blocks are there."""
        for count, key in enumerate(keys):
            if key not in self._holders:
                return count
        return len(keys)

    def idle(self, keys: Sequence[Key]) -> int:
        """How many of these nobody holds: to use them takes room that `available` counts."""
        return sum(key in self._idle for key in keys)

    def share(self, held: Held, keys: Sequence[Key]) -> None:
        """Hold blocks that were found."""
        for key in keys:
            self._holders[key] += 1
            self._idle.pop(key, None)
        held.shared.extend(keys)

    def take(self, held: Held, count: int) -> bool:
        """Hold `count` more blocks; False, and none, where there are not as many."""
        if count > self._free + len(self._idle):
            return False
        while count > self._free:
            key, _ = self._idle.popitem(last=False)
            del self._holders[key]
            self._free += 1
        self._free -= count
        held.own += count
        return True

    def publish(self, held: Held, keys: Sequence[Key]) -> None:
        """Blocks of a prompt are computed: others may use them. One that another published before stays its own."""
        for key in keys:
            if key not in self._holders:
                self._holders[key] = 1
                held.shared.append(key)
                held.own -= 1

    def release(self, held: Held) -> None:
        """Hold nothing any more. The end of a prompt goes before its beginning, which more others share."""
        self._free += held.own
        for key in reversed(held.shared):
            self._holders[key] -= 1
            if not self._holders[key]:
                self._idle[key] = None
        held.own = 0
        held.shared.clear()
