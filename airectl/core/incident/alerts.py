"""Alerts as runbooks tell of them: which objectives one is about, when it fires, whom it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from airectl.core.alerting import URGENT
from airectl.core.slo import Measure, Objective, Slo


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two windows of an alert: it fires while the error ratio over both is above `threshold`.

    `factor` is how many times too fast the budget goes then, `share` what of it is gone (a ratio). `detection_s` is
    how long a total outage takes to fire it; None: it is not known.
    """

    severity: str
    long_s: int
    short_s: int
    factor: Decimal
    threshold: Decimal
    share: Decimal
    detection_s: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One objective that an alert is about.

    `id` is the value of the label `sloth_id`; `system` exposes its metrics (empty: not known), `matchers` are what
    its queries ask of every series, such as `job="chat"`. `pairs` are empty for an alert about missing data, which
    fires after `no_data_s`. `queries` are the SLI's own by their role.
    """

    slo: Slo
    objective: Objective
    id: str
    system: str = ""
    matchers: str = ""
    pairs: tuple[Pair, ...] = ()
    no_data_s: int = 0
    queries: tuple[tuple[str, str], ...] = ()

    @property
    def measure(self) -> Measure | None:
        """What the objective is about; None where nobody says."""
        return self.objective.signal.measure if self.objective.signal else None

    @property
    def title(self) -> str:
        """`chat/chat-ttft, ttft < 500 ms`; the objective's name is left out where it says nothing more."""
        name = self.objective.name
        return self.slo.id if name in (self.slo.name, "") else f"{self.slo.id}, {name}"

    @property
    def budget_s(self) -> Decimal:
        """How long everything may fail in the SLO's window, in seconds."""
        return (1 - self.objective.target) * self.slo.window.duration.nominal_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a service, by its name in the rules; `watched` are its objectives, one at least.

    `targets` say whom it reaches, such as `chat-on-call (pagerduty)`; `links` what its rules link to as the runbook.
    """

    service: str
    name: str
    severities: tuple[str, ...]
    watched: tuple[Watched, ...]
    targets: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def urgent(self) -> bool:
        """Whether it wakes someone up."""
        return any(severity in URGENT for severity in self.severities)

    @property
    def missing_data(self) -> bool:
        """Whether it is about metrics that are gone."""
        return not any(each.pairs for each in self.watched)
