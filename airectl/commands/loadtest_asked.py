"""What a command line wants of a load test, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from airectl.commands import loadtest_goals as goals
from airectl.commands.loadtest_plan import Wanted
from airectl.commands.loadtest_target import Token
from airectl.commands.simulated import time_of
from airectl.core.load_bounds import Bounds
from airectl.errors import UsageError
from airectl.load.job import Timeouts, WhenFull


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, as times with their unit; None: the default."""

    connect: str | None = None
    first_token: str | None = None
    between: str | None = None
    total: str | None = None
    drain: str | None = None

    @property
    def timeouts(self) -> Timeouts:
        """In seconds. Raises UsageError."""
        usual = Timeouts()
        return Timeouts(
            connect_s=_time("--connect-timeout", self.connect, usual.connect_s),
            first_token_s=_time("--first-token-timeout", self.first_token, usual.first_token_s),
            between_tokens_s=_time("--stall-timeout", self.between, usual.between_tokens_s),
            total_s=_time("--timeout", self.total, usual.total_s),
        )

    @property
    def drain_s(self) -> float:
        """How long to wait for the last answers."""
        return _time("--drain", self.drain, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may be sent; None: as airectl.toml says, or as is shipped."""

    rate: float | None = None
    duration: str | None = None
    requests: int | None = None

    def over(self, bounds: Bounds) -> Bounds:
        """The bounds with what the flags say in their place. Raises UsageError."""
        return replace(
            bounds,
            max_rate_rps=bounds.max_rate_rps if self.rate is None else self.rate,
            max_duration_s=_time("--max-duration", self.duration, bounds.max_duration_s),
            max_requests=bounds.max_requests if self.requests is None else self.requests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The machines of a load test on several."""

    workers: int | None = None
    bind: str = "127.0.0.1"
    port: int = 5557
    wait: str = "60s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the capacity is searched for."""

    wanted: bool = False
    confidence: float = 0.99
    step: str = "10s"
    limits: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All of it. `options` are those of the protocol."""

    target: str
    plan: Wanted
    protocol: str | None = None
    model: str | None = None
    options: Sequence[str] = ()
    token: Token = field(default_factory=Token)
    max_in_flight: str | None = None
    processes: int | None = None
    patience: Patience = field(default_factory=Patience)
    caps: Caps = field(default_factory=Caps)
    goals: goals.Wanted = field(default_factory=goals.Wanted)
    metrics: Sequence[str] = ()
    accelerator: str | None = None
    price: str | None = None
    engine: str = "local"
    cluster: Cluster = field(default_factory=Cluster)
    search: Search = field(default_factory=Search)
    out: str | None = None
    name: str | None = None
    yes: bool = False
    dry_run: bool = False
    calibrate: bool = True

    @property
    def in_flight(self) -> tuple[int, WhenFull]:
        """`--max-in-flight N` or `N:drop`; 0: any number. Raises UsageError."""
        if self.max_in_flight is None:
            return 0, WhenFull.QUEUE
        count, _, full = self.max_in_flight.partition(":")
        if not (count.isascii() and count.isdigit() and int(count) > 0) or full not in ("", "queue", "drop"):
            raise UsageError(
                f"--max-in-flight cannot be `{self.max_in_flight}`",
                help="write a number; with `:drop` a request that finds no place is dropped, else it waits in a queue",
            )
        return int(count), WhenFull(full or "queue")


def _time(option: str, text: str | None, usual: float) -> float:
    return usual if text is None else time_of(option, text)
