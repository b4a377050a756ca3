"""What an SLO wants alerts for and whom they go to: OpenSLO's alert policies, with every reference resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from airectl.core.findings import Location

# The short window of a burn-rate alert is a twelfth of the long one. OpenSLO's condition names one lookback, the
# long one; the short one makes the alert end soon after the burn does.
# Source: https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
SHORT_SHARE: Final = 12
# Prometheus evaluates rules about once a minute; a shorter window would see one sample or none.
LEAST_SHORT_S: Final = 60
# Severities that wake someone up; every other one waits.
URGENT: Final = ("page", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationTarget:
    """Where alerts go. `target` is OpenSLO's word as written: email, slack, pagerduty, opsgenie, webhook or another.

    `address` is the email address or the channel there, where the target names one; never a credential.
    """

    name: str
    target: str
    at: Location
    target_at: Location
    address: str = ""
    display_name: str = ""
    description: str = ""

    @property
    def kind(self) -> str:
        """`target` in lower case, by which receivers are chosen."""
        return self.target.strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """It holds while the burn rate over `lookback_s` is `op` (gt, gte, lt, lte) `threshold`.

    A burn rate of 1 spends the budget in just the SLO's window. `after_s`: for how long it must hold
    before anyone is told. `severity` is page, ticket or the user's own word, as written.
    """

    name: str
    severity: str
    op: str
    threshold: Decimal
    lookback_s: int
    after_s: int = 0
    at: Location
    threshold_at: Location
    lookback_at: Location
    display_name: str = ""
    description: str = ""

    @property
    def short_s(self) -> int:
        """The short window: a twelfth of the lookback, in whole minutes, one minute at least."""
        return max(self.lookback_s // SHORT_SHARE // 60 * 60, LEAST_SHORT_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """One condition and whom to tell. `at` is where the SLO names the policy.

    `when_breaching`, `when_resolved` and `when_no_data` are OpenSLO's switches; None where the policy
    says nothing. `labels` and `annotations` are those that Prometheus takes; `runbook` is a URL or a path.
    """

    name: str
    condition: Condition
    targets: tuple[NotificationTarget, ...] = ()
    at: Location
    display_name: str = ""
    description: str = ""
    runbook: str = ""
    when_breaching: bool | None = None
    when_resolved: bool | None = None
    when_no_data: bool | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What people call it; policies of one SLO with one title and severity are one alert."""
        return self.display_name or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """The alert policies of one SLO, in its order.

    `silent`: the SLO says that it wants no alerts (`airectl.dev/alerts: none`). Without policies and
    not silent, it gets the usual ones.
    """

    policies: tuple[AlertPolicy, ...] = ()
    silent: bool = False

    @property
    def usual(self) -> bool:
        """Whether it is to have the alerts of the default table."""
        return not (self.policies or self.silent)
