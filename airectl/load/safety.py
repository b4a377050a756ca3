"""Whether a load test may be sent, and whether it has to stop. Decisions only: who asks has looked up the facts.

Nothing is sent to another machine unless somebody said so, nothing beyond the bounds, and nothing on and on to a
server that only fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from airectl.core.load_bounds import Bounds, allows, is_loopback
from airectl.core.units import spoken_seconds
from airectl.errors import UsageError
from airectl.runs.record import ErrorClass

# What is this side's own doing says nothing about the server.
_OURS: Final = (ErrorClass.NONE, ErrorClass.CANCELLED, ErrorClass.DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A target as it was looked up. `addresses` are all that its name resolves to; none: a proxy looks it up.

    Connections go to these addresses: what was judged is what is sent to, whatever the name says later.
    """

    host: str
    addresses: tuple[str, ...]

    @property
    def loopback(self) -> bool:
        """Whether all of them are this machine. A name that leads here and elsewhere leads elsewhere."""
        return bool(self.addresses) and all(map(is_loopback, self.addresses))


def permit(place: Place, bounds: Bounds, *, yes: bool = False) -> None:
    """Raise UsageError where a load test may not go to this place: neither loopback nor allowed, nor said yes to."""
    if yes or place.loopback or allows(bounds.allow, place.host, place.addresses):
        return
    shown = ", ".join(place.addresses[:3]) + (", ..." if len(place.addresses) > 3 else "")
    where = "" if place.addresses == (place.host,) else f" ({shown or 'behind a proxy'})"
    raise UsageError(
        f"`{place.host}`{where} is not this machine, and a load test can take a server down",
        help=f'use --yes if you may load it, or write `allow = ["{place.host}"]` below `[loadtest]` in airectl.toml',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a plan asks for; None where the plan does not say, as a closed loop does not know its rate.

    `highest_rps` is the highest rate over a second or more, `ends_s` when nothing more is sent, `requests` the mean.
    """

    highest_rps: float | None
    ends_s: float | None
    requests: float | None


def bound(demand: Demand, bounds: Bounds) -> None:
    """Raise UsageError for a plan that asks for more than the bounds allow, or that has no end at all."""
    if demand.highest_rps is not None and demand.highest_rps > bounds.max_rate_rps:
        raise _beyond(f"{demand.highest_rps:,.6g} requests per second", f"{bounds.max_rate_rps:,.6g}", "--max-rate")
    if demand.ends_s is not None and demand.ends_s > bounds.max_duration_s:
        most = _time(bounds.max_duration_s)
        raise _beyond(f"a run of {_time(demand.ends_s)}", most, "--max-duration")
    if demand.requests is not None and demand.requests > bounds.max_requests:
        raise _beyond(f"{demand.requests:,.0f} requests", f"{bounds.max_requests:,}", "--max-requests")
    if demand.ends_s is None and demand.requests is None:
        raise UsageError("the load test has no end", help="give --duration, --requests, or both")


def _time(seconds: float) -> str:
    return spoken_seconds(Decimal(str(seconds)))


def _beyond(asked: str, most: str, option: str) -> UsageError:
    key = option.removeprefix("--").replace("-", "_")
    help = f"ask for less, or raise the bound with {option}, or with `{key}` below `[loadtest]` in airectl.toml"
    return UsageError(f"the plan asks for {asked}, and {most} is the most", help=help)


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRule:
    """When errors are a storm: at least `least` requests ended, and of the last `last` or more failed over `share`."""

    least: int = 100
    last: int = 200
    share: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many requests had ended by a time, and how many of these failed; both count from the start of the run."""

    t_s: float
    ended: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Too many errors: `failed` of `ended` requests, from `since_s` to `t_s`."""

    since_s: float
    t_s: float
    ended: int
    failed: int

    def __str__(self) -> str:
        return f"{self.failed:,} of the last {self.ended:,} requests failed"


def storm(counts: Sequence[Count], rule: StormRule | None = None) -> Storm | None:
    """The storm that the last of `counts` is in, whose times and numbers ascend; None: there is none.

    Looks back to the latest count with at least `last` requests after it, else to the start.
    """
    rule = rule or StormRule()
    if not counts or counts[-1].ended < rule.least:
        return None
    now, start = counts[-1], Count(t_s=0.0, ended=0, failed=0)
    since = next((each for each in reversed(counts) if now.ended - each.ended >= rule.last), start)
    ended, failed = now.ended - since.ended, now.failed - since.failed
    if failed <= rule.share * ended:
        return None
    return Storm(since_s=since.t_s, t_s=now.t_s, ended=ended, failed=failed)


def failures(errors: Mapping[str, int]) -> int:
    """How many of the errors, counted by class, are failures of the server or of the way to it."""
    return sum(count for error, count in errors.items() if error not in _OURS)
