"""Demand to replicas to accelerators: what is kept in reserve, and in which numbers accelerators can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

# A quotient that misses a whole number by less is that number: 30 / 0.1 is 300 replicas.
_NEAR: Final = 1e-9


class SizeError(ValueError):
    """No such number of accelerators can be had; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How accelerators come. `per_replica` chips serve one replica (tensor parallel size), `node` come in one node.

    `slices` are the sizes that can be had where chips come in slices, as of a TPU, ascending; those above
    `single_host` span several hosts. Empty: they come in nodes.
    """

    per_replica: int = 1
    node: int = 1
    slices: tuple[int, ...] = ()
    single_host: int = 0

    @property
    def slice_size(self) -> int:
        """The chips of the slice that one replica gets. Raises SizeError where none is large enough."""
        for size in self.slices:
            if size >= self.per_replica:
                return size
        raise SizeError(f"no slice holds {self.per_replica:,} chips; the largest has {self.slices[-1]:,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What is kept beside the demand. `headroom_ratio` is put on the demand itself (0.2: a fifth more).

    `failure_replicas` may fail together while the rest carries the demand; `surge_replicas` are started before as
    many are stopped in a rolling update.
    """

    headroom_ratio: float = 0.0
    failure_replicas: int = 1
    surge_replicas: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`carrying` replicas for the demand with its headroom, more for failures and updates, and the accelerators."""

    demand: float
    carrying: int
    failure_replicas: int
    surge_replicas: int
    replicas: int
    accelerators: int

    @property
    def running(self) -> int:
        """Replicas that run all the time: without those of an update."""
        return self.carrying + self.failure_replicas


def replicas_at(demand: float, per_replica: float) -> int:
    """ceil(demand / capacity of a replica), at least 0. The load test has the queueing in it already."""
    return max(ceil(demand / per_replica - _NEAR), 0)


def accelerators(replicas: int, packing: Packing) -> int:
    """The accelerators of so many replicas, rounded up to what can be had.

    In nodes: as many replicas share one as fit whole, or one replica takes whole nodes. In slices: one a replica.
    Raises SizeError.
    """
    if packing.slices:
        return replicas * packing.slice_size
    each, node = packing.per_replica, packing.node
    if each >= node:
        return replicas * ceil(each / node) * node
    return ceil(replicas / (node // each)) * node


def size(demand: float, carrying: Callable[[float], int], reserve: Reserve, packing: Packing) -> Plan:
    """The plan for a demand. `carrying` says how many replicas a demand takes. Raises SizeError."""
    count = carrying(demand * (1 + reserve.headroom_ratio))
    replicas = count + reserve.failure_replicas + reserve.surge_replicas if count else 0
    return Plan(
        demand=demand,
        carrying=count,
        failure_replicas=reserve.failure_replicas if count else 0,
        surge_replicas=reserve.surge_replicas if count else 0,
        replicas=replicas,
        accelerators=accelerators(replicas, packing),
    )
