"""Snapshots of several processes as one picture of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from airectl.load.job import Snapshot, State, seconds_of
from airectl.load.safety import failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The run so far, over all processes. `lag_p99_s` is the worst of the last second."""

    t_s: float
    processes: int
    planned: int = 0
    sent: int = 0
    ended: int = 0
    ok: int = 0
    in_flight: int = 0
    queued: int = 0
    waiting: int = 0
    dropped: int = 0
    output_tokens: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    lag_p99_s: float = 0.0
    cpu_s: float = 0.0
    ttft: Mapping[int, int] = field(default_factory=dict)
    draining: bool = False

    @property
    def failed(self) -> int:
        """Requests that the server failed, or the way to it."""
        return failures(self.errors)

    def ttft_s(self, ratio: float) -> float | None:
        """A quantile of the time to the first token, as far as it is known; None: there was none yet."""
        total, sum_ = sum(self.ttft.values()), 0
        for number in sorted(self.ttft):
            sum_ += self.ttft[number]
            if sum_ >= ratio * total:
                return seconds_of(number)
        return None


def merged(snapshots: Sequence[Snapshot]) -> Progress:
    """One picture of all processes. Counts are added, so it is as old as the oldest of them."""
    errors: Counter[str] = Counter()
    ttft: Counter[int] = Counter()
    for each in snapshots:
        errors.update(each.errors)
        ttft.update({int(number): count for number, count in each.ttft.items()})
    return Progress(
        t_s=max((each.t_s for each in snapshots), default=0.0),
        processes=len(snapshots),
        **{name: sum(getattr(each, name) for each in snapshots) for name in _SUMMED},
        errors=dict(errors),
        lag_p99_s=max((each.lag_s[1] for each in snapshots if each.lag_s), default=0.0),
        cpu_s=sum(each.cpu_s for each in snapshots),
        ttft=dict(ttft),
        draining=bool(snapshots) and all(each.state not in (State.WAITING, State.SENDING) for each in snapshots),
    )


_SUMMED: Final = (
    "planned", "sent", "ended", "ok", "in_flight", "queued", "waiting", "dropped", "output_tokens",
)  # fmt: skip
