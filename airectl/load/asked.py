"""What the user asks for, from a scenario and from flags, before any file is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from airectl.core.lengths import Lengths
from airectl.core.schedule import Arrivals
from airectl.core.slo import Measure
from airectl.load.plan import Synthetic, Think
from airectl.load.traces.rows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At least the share `target` of requests, or of gaps for itl, must be within `threshold_s`."""

    measure: Measure
    threshold_s: Decimal
    target: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsFile:
    """The prompts of a file. `output` is for rows that do not say how long answers shall be."""

    path: str
    output: Lengths | None = None
    shuffled: bool = False
    think: Think = field(default_factory=Think)
    skip_faulty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFile:
    """Part of a trace."""

    path: str
    window: Window = field(default_factory=Window)
    skip_faulty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All of it; empty, 0 or None where nobody said.

    `target` is a URL or the name of a probe. `timeouts` are in seconds, by their names in a job without `_s`.
    """

    name: str = ""
    title: str = ""
    sources: tuple[str, ...] = ()
    target: str = ""
    protocol: str = ""
    model: str = ""
    seed: int = 0
    duration_s: float | None = None
    warm_up_s: float = 0.0
    requests: int | None = None
    arrivals: Arrivals | None = None
    workload: Synthetic | PromptsFile | TraceFile | None = None
    most_in_flight: int = 0
    when_full: str = "queue"
    options: Mapping[str, Any] = field(default_factory=dict)
    timeouts: Mapping[str, float] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    tokenizer: str = ""
