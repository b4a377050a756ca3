"""When something has waited for too long: looked at a few dozen times a second, and never when a token comes.

What is watched says itself when its time is over, and says it anew when it is asked: a token that comes moves the
deadline without anything being done for it.
"""

from __future__ import annotations

import typing
from heapq import heapify, heappop, heappush
from typing import Final

# So many may be kept for nothing before they are sorted out.
_FEWEST: Final = 4096


class Watched(typing.Protocol):
    """Something with a deadline. `watched_ns` is kept for it: when it will be looked at, 0: not at all.

    Whoever sets it to 0 is forgotten.
    """

    watched_ns: int

    def check(self, now_ns: int) -> None:
        """Give up if it is time, else be watched again."""


class Deadlines:
    """Looks at each thing when its deadline as it was told has passed."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Watched]] = []
        self._count, self._most = 0, _FEWEST

    def watch(self, item: Watched, at_ns: int) -> None:
        """Look at it then, or earlier if that was asked for."""
        if item.watched_ns and item.watched_ns <= at_ns:
            return
        item.watched_ns = at_ns
        self._count += 1  # two of one time are not compared
        heappush(self._heap, (at_ns, self._count, item))
        if len(self._heap) > self._most:
            self._heap = [entry for entry in self._heap if entry[2].watched_ns == entry[0]]
            heapify(self._heap)
            self._most = max(_FEWEST, 2 * len(self._heap))

    def look(self, now_ns: int) -> None:
        """At all whose time has come."""
        while self._heap and self._heap[0][0] <= now_ns:
            at_ns, _, item = heappop(self._heap)
            if item.watched_ns == at_ns:
                item.watched_ns = 0
                item.check(now_ns)
