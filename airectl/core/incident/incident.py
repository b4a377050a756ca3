"""An incident as the front matter of its postmortem tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from airectl.core.incident.burned import Burned
from airectl.core.incident.markers import Mark, Marker, Moment
from airectl.core.incident.metrics import Metrics, metrics

SCHEMA: Final = "airectl/postmortem/v1"
STATUSES: Final = ("draft", "in_review", "reviewed", "closed")
SEVERITIES: Final = ("sev1", "sev2", "sev3", "sev4", "sev5")
ACTION_TYPES: Final = ("mitigate", "prevent", "process")
ACTION_STATUSES: Final = ("open", "done", "dropped")
# What has to be known of a model to say which one it was, and what surrounded it.
MODEL_STATE: Final[Mapping[str, str]] = {
    "model": "the model's name and version",
    "weights_digest": "the digest of its weights",
    "prompt_revision": "the revision of the system prompt",
    "router_slice": "which share of traffic was routed to it",
    "judge_config": "the configuration of judges and evals",
    "retrieval_index": "the retrieval index and its build",
    "tool_schemas": "the revision of the tool schemas",
    "traffic_mix": "what kinds of requests there were",
    "hardware": "accelerators and their drivers",
    "compiler": "compiler and kernels",
    "quantisation": "the quantisation",
}
# What a contributing cause goes through, in order.
PHASES: Final = ("introduced", "amplified", "detected", "mitigated", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One contributing cause and when it went through each of PHASES, as far as known; `trigger`: what set it off."""

    cause: str
    trigger: bool = False
    phases: Mapping[str, Moment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action item. `type` is one of ACTION_TYPES, `status` one of ACTION_STATUSES."""

    action: str
    type: str = ""
    owner: str = ""
    due: date | None = None
    ticket: str = ""
    status: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A count and its bounds, where they are known."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What users had of it. `outage` is total, partial or none; `requests` are those that were bad."""

    minutes: Decimal | None = None
    outage: str = ""
    requests: Amount | None = None
    users: Amount | None = None
    cost: Decimal | None = None
    currency: str = ""
    budgets: tuple[Burned, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a regulator is to be told: by which rule, on which of its grounds, since when it was known, when told."""

    rule: str
    ground: str = ""
    aware: Moment | None = None
    reported: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident. A text is empty, and anything else None or absent, where a blank is left or nothing stands."""

    id: str = ""
    title: str = ""
    status: str = ""
    severity: str = ""
    owner: str = ""
    class_name: str = ""
    template: str = ""
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    markers: Mapping[Marker, Mark] = field(default_factory=dict)
    model_state: Mapping[str, str] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    impact: Impact = field(default_factory=Impact)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def metrics(self) -> Metrics:
        """TTD, TTA, TTM and TTR."""
        return metrics(self.markers)
