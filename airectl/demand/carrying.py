"""What replicas carry: as a load test measured it, or as the model of one has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from airectl.core.replica.fleet import Load, Promise, highest_rate_rps, replicas_for
from airectl.core.replica.profile import Profile
from airectl.core.sizing import replicas_at


class Carrying(Protocol):
    """Demand in the unit of the series, and replicas."""

    @property
    def measured(self) -> bool:
        """Whether a load test, or the user, says so, and no model."""
        ...

    def replicas(self, demand: float) -> int | None:
        """The fewest that carry a demand; None where no number does."""
        ...

    def limit(self, replicas: int) -> float:
        """The most that so many carry."""
        ...

    @property
    def per_replica(self) -> float:
        """What one carries."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A load test's: the lower bound of its interval, times a `factor` where the model says how a change does."""

    low: float
    high: float | None = None
    factor: float = 1.0
    measured: bool = True

    @property
    def per_replica(self) -> float:
        """The lower bound, times the factor."""
        return self.low * self.factor

    def replicas(self, demand: float) -> int | None:
        """Demand over capacity, rounded up; None where a replica carries nothing."""
        return replicas_at(demand, self.per_replica) if self.per_replica > 0 else None

    def limit(self, replicas: int) -> float:
        """All replicas' capacity."""
        return replicas * self.per_replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Modelled:
    """The model's: of requests like those of `load`, within what is promised.

    `per_request` is how much of the series' unit one request is: 1 for requests, the tokens of an answer for tokens.
    """

    profile: Profile
    load: Load
    promise: Promise
    per_request: float = 1.0
    measured: bool = False

    @property
    def per_replica(self) -> float:
        """What one alone carries: several carry more each, as they share what waits."""
        return self.limit(1)

    def replicas(self, demand: float) -> int | None:
        """The fewest that keep what is promised; None where no number does."""
        if demand <= 0:
            return 0
        return replicas_for(self.profile, replace(self.load, rate_rps=demand / self.per_request), self.promise)

    def limit(self, replicas: int) -> float:
        """The highest demand at which so many keep what is promised."""
        return highest_rate_rps(self.profile, self.load, replicas, self.promise) * self.per_request
