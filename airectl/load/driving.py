"""Looks after a run from its start to its end, whoever sends: processes of this machine, or workers of others."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from typing import Final

from airectl.env import Stop
from airectl.load.job import Snapshot, State
from airectl.load.progress import Progress, merged
from airectl.load.safety import Count, StormRule, storm
from airectl.runs.manifest import COMPLETE

_LOOK_EVERY_S: Final = 0.25
_LOOKS_KEPT: Final = 2400
_STORM: Final = StormRule()
# What does not end so long after the last moment that it was given is ended.
GRACE_S: Final = 15.0


class How(StrEnum):
    """How a run ended."""

    COMPLETE = COMPLETE
    INTERRUPTED = "interrupted"
    STORM = "error storm"
    LOST = "lost worker"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A sender that is gone before its work was done: what it is called, what became of it, and its last snapshot."""

    name: str
    fate: str
    last: Snapshot | None


class Senders(typing.Protocol):
    """What sends. Once stopped they send no more and end; killed, they are gone."""

    @property
    def ended(self) -> bool:
        """Whether all are done or gone."""

    def wait(self, seconds: float) -> None:
        """Until there is something new, no longer than this."""

    def snapshots(self) -> Sequence[Snapshot]:
        """The latest of each that has given one."""

    def losses(self) -> Sequence[Loss]:
        """Those that are gone before their work was done."""

    def stop(self) -> None:
        """Ask all to send no more."""

    def kill(self) -> None:
        """End all at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended, what is not in the records, and the last picture. `message` and `help`: why nothing could begin.

    `stopped_s` on the monotonic clock is when all were asked to send no more; None where nobody had to.
    """

    how: How
    progress: Progress
    snapshots: Sequence[Snapshot]
    lost: tuple[str, ...] = ()
    message: str = ""
    help: str = ""
    stopped_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how far it is, and of each sender that is lost; and whether the user wants it to end."""

    observe: Callable[[Progress], None]
    say: Callable[[str], None]
    stop: Stop


def drive(senders: Senders, watch: Watch, *, until_s: float | None, drain_s: float) -> Ended:
    """Wait until all have ended, telling `watch` how far they are.

    They are asked to stop when the user asks for it, when nearly everything fails, and when one could not begin;
    `until_s` on the monotonic clock is when they should have ended by themselves.
    """
    how, counts, last_s, told = How.COMPLETE, list[Count](), until_s, 0
    stopped_s: float | None = None
    while not senders.ended:
        senders.wait(_LOOK_EVERY_S)
        now = merged(senders.snapshots())
        watch.observe(now)
        for loss in senders.losses()[told:]:
            told += 1
            watch.say(f"{loss.name} {loss.fate}; the others go on")
        if how is How.COMPLETE:
            how = _trouble(senders, now, counts, watch.stop)
            if how is not How.COMPLETE:
                senders.stop()
                stopped_s = monotonic()
                last_s = stopped_s + drain_s
        if last_s is not None and monotonic() > last_s + GRACE_S:
            senders.kill()
    return replace(_ended(senders, how), stopped_s=stopped_s)


def _trouble(senders: Senders, now: Progress, counts: list[Count], stop: Stop) -> How:
    if stop:
        return How.INTERRUPTED
    if any(each.state is State.FAILED for each in senders.snapshots()):
        return How.FAILED
    counts.append(Count(t_s=now.t_s, ended=now.ended, failed=now.failed))
    # A storm looks back over some hundred requests, which are within the last looks unless there are very few.
    del counts[:-_LOOKS_KEPT]
    return How.STORM if storm(counts, _STORM) else How.COMPLETE


def _ended(senders: Senders, how: How) -> Ended:
    snapshots = senders.snapshots()
    losses = senders.losses()
    failed = next((each for each in snapshots if each.state is State.FAILED), None)
    if failed:
        how = How.FAILED
    elif losses and how is How.COMPLETE:
        how = How.LOST
    return Ended(
        how=how,
        progress=merged(snapshots),
        snapshots=snapshots,
        lost=tuple(_said(loss) for loss in losses),
        message=failed.message if failed else "",
        help=failed.help if failed else "",
    )


def _said(loss: Loss) -> str:
    """What is missing of it: what it had in flight, and what ended since it last wrote to disk."""
    if loss.last is None:
        return f"{loss.name} {loss.fate} before it sent anything"
    last = loss.last
    return (
        f"{loss.name} {loss.fate} after {last.t_s:.1f} s: up to {last.in_flight:,} requests that were in flight, "
        f"what ended in its last second, and the rest of its share of the plan"
    )
