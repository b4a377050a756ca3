"""What is due when: asks made into requests ahead of their time, further turns of conversations, free places.

It knows no network and no clock of its own; times are nanoseconds of whatever clock its caller has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from airectl.load.feed import Ask, Feed

NEVER_NS: Final = 2**63 - 1
_SECOND_NS: Final = 10**9
# So far ahead asks are taken from the feed, and so many at most.
_AHEAD_NS: Final = _SECOND_NS // 2
_MOST_AHEAD: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What ends the sending: a time in seconds, a number of requests; 0: nothing but the feed. See load/job.py."""

    places: int = 0
    send_for_s: float = 0.0
    most_requests: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A request whose time has come, or will."""

    at_ns: int
    ask: Ask
    wire: bytes


class Schedule:
    """The asks of a feed in their order. `due_ns` is when the next request is due, NEVER_NS: none is known to be.

    With `places` it is a closed loop: an ask is due when a place is free, which its conversation then keeps until
    its last turn has ended; without, when the ask says.
    """

    def __init__(self, feed: Feed, encode: Callable[[Ask], bytes], bounds: Bounds) -> None:
        self._feed, self._encode, self._bounds = feed, encode, bounds
        self._ready: deque[tuple[int | None, Ask, bytes]] = deque()
        self._turns: list[tuple[int, int, Due]] = []
        self._free: deque[int] = deque()
        self._taken = 0
        self._start_ns = 0
        self._end_ns = NEVER_NS
        self.fed = False
        self.due_ns = NEVER_NS

    def start(self, start_ns: int) -> None:
        """The run begins, or will: from here on there are due times."""
        self._start_ns = start_ns
        if self._bounds.send_for_s:
            self._end_ns = start_ns + round(self._bounds.send_for_s * _SECOND_NS)
        self._free.extend([start_ns] * self._bounds.places)
        self._update()

    @property
    def done(self) -> bool:
        """Whether nothing will be due any more."""
        return self.fed and not self._ready and not self._turns

    @property
    def ahead(self) -> int:
        """Requests that are ready before they are due."""
        return len(self._ready)

    def fill(self, now_ns: int) -> bool:
        """Make one more ask ready. False: that is enough for now, or all there is."""
        if self.fed or len(self._ready) >= _MOST_AHEAD or self._far(now_ns):
            return False
        ask = self._feed.next()
        bounds = self._bounds
        if ask is None or (bounds.send_for_s and ask.intended_s is not None and ask.intended_s >= bounds.send_for_s):
            self.fed = True
        else:
            at_ns = None if ask.intended_s is None else round(ask.intended_s * _SECOND_NS)
            self._ready.append((at_ns, ask, self._encode(ask)))
            self._taken += 1
            self.fed = self._taken == bounds.most_requests
        self._update()
        return not self.fed

    def _far(self, now_ns: int) -> bool:
        """Whether what is ready reaches far enough ahead."""
        if not self._ready:
            return False
        last = self._ready[-1][0]
        if last is None:
            return len(self._ready) >= max(2 * len(self._free), min(self._bounds.places, _MOST_AHEAD // 2), 4)
        return self._start_ns + last > now_ns + _AHEAD_NS

    def pop(self, now_ns: int) -> Due | None:
        """The next request that is due; None: there is none as yet."""
        if self.due_ns > now_ns:
            return None
        if self._turns and self._turns[0][0] <= self.due_ns:
            due = heappop(self._turns)[2]
        else:
            _, ask, wire = self._ready.popleft()
            due = Due(self.due_ns, ask, wire)
            if self._bounds.places:
                self._free.popleft()
        self._update()
        return due

    def follow(self, ask: Ask, now_ns: int) -> bool:
        """The next turn of a conversation whose answer has just ended; False: there is no time for it."""
        at_ns = now_ns + round(ask.think_s * _SECOND_NS)
        if ask.intended_s is not None:
            at_ns = max(at_ns, self._start_ns + round(ask.intended_s * _SECOND_NS))
        if at_ns >= self._end_ns or self._stopped:
            return False
        # No two asks have the same number: those of the same time are sent in the order of the plan.
        heappush(self._turns, (at_ns, ask.index, Due(at_ns, ask, self._encode(ask))))
        self._update()
        return True

    def release(self, at_ns: int) -> None:
        """A place of a closed loop is free from then on."""
        if self._bounds.places:
            self._free.append(at_ns)
            self._update()

    def stop(self) -> None:
        """Nothing more is due."""
        self.fed = True
        self._end_ns = 0
        self._ready.clear()
        self._turns.clear()
        self._update()

    @property
    def _stopped(self) -> bool:
        return self._end_ns == 0

    def soon(self, until_ns: int) -> int:
        """How many requests are due until then."""
        count = 0
        for at_ns, _, _ in self._ready:
            if at_ns is None or self._start_ns + at_ns > until_ns:
                break
            count += 1
        return count

    def _update(self) -> None:
        self.due_ns = min(self._first(), self._turns[0][0] if self._turns else NEVER_NS)

    def _first(self) -> int:
        """When the first ask that is ready is due."""
        if not self._ready:
            return NEVER_NS
        offset_ns, ask, _ = self._ready[0]
        at_ns = self._start_ns + (offset_ns or 0)
        if not self._bounds.places:
            return at_ns
        if not self._free:
            return NEVER_NS
        at_ns = max(at_ns, self._free[0] + round(ask.think_s * _SECOND_NS))
        return at_ns if at_ns < self._end_ns else NEVER_NS
