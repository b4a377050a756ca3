"""What is asked about a demand: how far to look, what carries it, how long accelerators take, what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from airectl.core.findings import Location
from airectl.core.sizing import Packing, Reserve

if TYPE_CHECKING:
    from airectl.core.money import Prices
    from airectl.demand.accelerators import Kind
    from airectl.demand.capacity import Capacity
    from airectl.demand.carrying import Carrying, Modelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A stretch of days with a demand of its own, from midnight UTC. `effect` multiplies it; None: as in the past."""

    label: str
    day: date
    days: int = 1
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Demand grows by `ratio` each `over_s` seconds on top of what the history shows; 0: at once."""

    ratio: float
    over_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How far to look and in which steps (None: by the rows), and what is known of the time to come.

    `lead_time_s` is how long an order takes; it is placed before `order_quantile` of the futures have crossed.
    `fail_within_s`: a crossing within it fails the gate.
    """

    horizon_s: int
    step_s: int | None = None
    seasons_s: tuple[int, ...] = ()
    events: tuple[Day, ...] = ()
    growth: Growth | None = None
    lead_time_s: int | None = None
    order_quantile: float = 0.1
    fail_within_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What carries the demand now and would later.

    `carrying` None: nothing is known of it. `replicas` run now. `kind` is the accelerator, where it is known by name,
    `packing` how it is had. `budget` is how many accelerators there may be. `capacity` is what the load test said.
    """

    carrying: Carrying | None = None
    capacity: Capacity | None = None
    model: Modelled | None = None
    replicas: int = 1
    reserve: Reserve = field(default_factory=Reserve)
    packing: Packing = field(default_factory=Packing)
    kind: Kind | None = None
    accelerator: str = ""
    prices: Prices | None = None
    currency: str = ""
    tokens_per_unit: Decimal | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One demand with all that is asked about it. `unit` is that of its series; `at` is where a plan names it."""

    name: str
    unit: str
    timing: Timing
    sizing: Sizing
    model: str = ""
    assumptions: Sequence[str] = ()
    at: Location | None = None
