"""Rounds of probes: one after the other, or one every so often until the user asks to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import floor
from time import monotonic
from typing import Final

from airectl.env import Stop
from airectl.net.flight import Deadline
from airectl.probing.golden import Prompt
from airectl.probing.prober import Prober, Result

# A wait has no deadline of its own.
_NO_LIMIT_S: Final = 10 * 365 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`rounds`, None: until the user asks to end; one every `interval_s`, None: one right after the other."""

    rounds: int | None = 1
    interval_s: float | None = None

    def wait_s(self, since_s: float) -> float:
        """From `since_s` after the first round began to the beginning of the next. What was missed is left out."""
        if self.interval_s is None:
            return 0.0
        return (floor(since_s / self.interval_s) + 1) * self.interval_s - since_s


def rounds(prober: Prober, prompts: Sequence[Prompt], schedule: Schedule, stop: Stop) -> Iterator[Iterator[Result]]:
    """Each round when it is due, to be read before the next. Raises StoppedError when the user asks to end."""
    begun_s = monotonic()
    for number in count(1):
        yield prober.round(prompts)
        if number == schedule.rounds:
            return
        Deadline(_NO_LIMIT_S, stop).pause(schedule.wait_s(monotonic() - begun_s))
