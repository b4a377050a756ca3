"""The error budget policy of an SLO: when to warn, what to do without data, what counts as enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from airectl.core.annotations import read
from airectl.core.stats import DEFAULT_CONFIDENCE

LOOKBACKS: Final[Mapping[str, int]] = {"5m": 300, "1h": 3600, "6h": 21_600, "1d": 86_400, "3d": 259_200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a budget is judged.

    `warn_at` is the consumed ratio from which it is a warning; above 1 it is exhausted. `no_data` is
    what missing slices are: unknown, bad or ignore. `minimum_events` None means ln 0.05 / ln t.
    `sampled`: the events are a sample, so an interval at `confidence` decides. `label_delay_s` shifts
    the window into the past; `exclusions` are spans of epoch seconds that do not count.
    """

    warn_at: Decimal = Decimal("0.75")
    no_data: str = "unknown"
    missing_allowed: Decimal = Decimal("0.01")
    minimum_events: int | None = None
    sampled: bool = False
    confidence: Decimal = DEFAULT_CONFIDENCE
    label_delay_s: int = 0
    exclusions: tuple[tuple[int, int], ...] = ()


def policy_of(annotations: Mapping[str, Any]) -> Policy:
    """The policy that an SLO's annotations ask for; what is absent or unreadable is the default."""
    exclusions = read(annotations, "exclusions") or ()
    return Policy(
        no_data=read(annotations, "no-data") or "unknown",
        minimum_events=read(annotations, "minimum-events"),
        sampled=bool(read(annotations, "sampled")),
        confidence=read(annotations, "confidence") or DEFAULT_CONFIDENCE,
        label_delay_s=int(read(annotations, "label-delay") or 0),
        exclusions=tuple((int(p.start.timestamp()), int(p.end.timestamp())) for p in exclusions),
    )
