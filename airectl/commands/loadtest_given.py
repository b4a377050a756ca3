"""What a command line gives of a load test, in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airectl.commands import loadtest_goals as goals
from airectl.commands.loadtest_target import Token
from airectl.commands.simulated import time_of
from airectl.core.load_bounds import Bounds
from airectl.errors import UsageError
from airectl.load.job import Timeouts
from airectl.load.overrides import Overrides

_OPTIONS = {
    "connect_s": "--connect-timeout",
    "first_token_s": "--first-token-timeout",
    "between_tokens_s": "--stall-timeout",
    "total_s": "--timeout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, as times with their unit; None: not given."""

    connect_s: str | None = None
    first_token_s: str | None = None
    between_tokens_s: str | None = None
    total_s: str | None = None
    drain: str | None = None

    def timeouts(self, scenario: Mapping[str, float]) -> Timeouts:
        """What the flags say, else the scenario, else what is usual. Raises UsageError."""
        said = {f"{name}_s": seconds for name, seconds in scenario.items()}
        for name, option in _OPTIONS.items():
            if (text := getattr(self, name)) is not None:
                said[name] = time_of(option, text)
        return Timeouts(**said)

    @property
    def drain_s(self) -> float:
        """How long to wait for the last answers."""
        return 30.0 if self.drain is None else time_of("--drain", self.drain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may be sent; None: as airectl.toml says, or as is shipped."""

    rate: float | None = None
    duration: str | None = None
    requests: int | None = None

    def over(self, bounds: Bounds) -> Bounds:
        """The bounds with what the flags say in their place. Raises UsageError."""
        duration = self.duration
        return replace(
            bounds,
            max_rate_rps=bounds.max_rate_rps if self.rate is None else self.rate,
            max_duration_s=bounds.max_duration_s if duration is None else time_of("--max-duration", duration),
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
    resolution: float = 0.05
    replicates: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How requests go: by the proxies of the environment or not, over connections that are used again or not."""

    proxies: bool = False
    keep_alive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """All of it. `target` is a URL, the name of a probe or a scenario's file."""

    target: str
    overrides: Overrides
    options: Sequence[str] = ()
    token: Token = field(default_factory=Token)
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
    yes: bool = False
    dry_run: bool = False
    calibrate: bool = True
    wire: Wire = field(default_factory=Wire)


def options_of(texts: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE` of --option; a value that is JSON is that, any other a text. Raises UsageError."""
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"--option cannot be `{text}`", help="write KEY=VALUE, such as stream=false")
        try:
            found[key] = json.loads(value)
        except (ValueError, RecursionError):
            found[key] = value
    return found
