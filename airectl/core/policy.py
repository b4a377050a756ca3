"""The error budget policy of an SLO: when to warn, what to do without data, what counts as enough, what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Any, Final

from airectl.core.annotations import read
from airectl.core.stats import DEFAULT_CONFIDENCE
from airectl.core.terms import Terms

# The policy of this name in airectl.toml is that of every SLO which names none.
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """From `start_s` to `end_s` (epoch, exclusive) nothing counts, for `reason`.

    `services` and `slos` (SERVICE/NAME) say for whom; both empty: for all.
    """

    start_s: int
    end_s: int
    reason: str = ""
    services: frozenset[str] = frozenset()
    slos: frozenset[str] = frozenset()

    def holds_for(self, service: str, slo: str) -> bool:
        """Whether it is for this SLO."""
        return service in self.services or slo in self.slos or not (self.services or self.slos)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What holds for many SLOs, as airectl.toml says: policies by name, and maintenance."""

    policies: Mapping[str, Terms] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a budget is judged.

    `terms` are thresholds, consequences and lookbacks. `no_data` is what missing slices are: unknown,
    bad or ignore. `minimum_events` None means ln 0.05 / ln t. `sampled`: the events are a sample, so an
    interval at `confidence` decides. `label_delay_s` shifts the window into the past.
    """

    terms: Terms = field(default_factory=Terms)
    no_data: str = "unknown"
    missing_allowed: Decimal = Decimal("0.01")
    minimum_events: int | None = None
    sampled: bool = False
    confidence: Decimal = DEFAULT_CONFIDENCE
    label_delay_s: int = 0
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def warn_at(self) -> Decimal:
        """The consumed ratio from which it is a warning; above 1 it is exhausted."""
        return self.terms.warn_at


def policy_of(annotations: Mapping[str, Any], agreed: Agreed | None = None, slo: str = "") -> Policy:
    """The policy that an SLO's annotations ask for; what is absent or unreadable is the default.

    `slo` is SERVICE/NAME, for the exclusions that were agreed on.
    """
    agreed = agreed or Agreed()
    service = slo.partition("/")[0]
    periods = read(annotations, "exclusions") or ()
    own = (Exclusion(start_s=int(p.start.timestamp()), end_s=ceil(p.end.timestamp())) for p in periods)
    return Policy(
        terms=_terms(read(annotations, "policy"), agreed.policies),
        no_data=read(annotations, "no-data") or "unknown",
        minimum_events=read(annotations, "minimum-events"),
        sampled=bool(read(annotations, "sampled")),
        confidence=read(annotations, "confidence") or DEFAULT_CONFIDENCE,
        label_delay_s=int(read(annotations, "label-delay") or 0),
        exclusions=(*own, *(each for each in agreed.exclusions if each.holds_for(service, slo))),
    )


def _terms(written: str | Terms | None, policies: Mapping[str, Terms]) -> Terms:
    if isinstance(written, Terms):
        return written
    return policies.get(written or DEFAULT) or policies.get(DEFAULT) or Terms()
