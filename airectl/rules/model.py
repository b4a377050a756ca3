"""What the generator makes of SLOs and every writer reads: rules, groups, alerts and what they mean.

Plain data; times are whole seconds. PromQL in it is ready for Prometheus 2.42 and later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from airectl.core.findings import Finding
from airectl.core.slo import Objective, Slo


class Kind(StrEnum):
    """What the error ratio of an SLO is made from."""

    EVENTS = "events"  # bad / valid events, each over the window
    RAW = "raw"  # a ratio that the query gives for any window
    SLICES = "slices"  # the mean over slices, each recorded once a minute at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: a recording where `record` is set, an alert where `alert` is. `expr` may have several lines."""

    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    record: str = ""
    alert: str = ""
    for_s: int = 0
    keep_firing_for_s: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other; `interval_s` None: at Prometheus' own interval."""

    name: str
    rules: tuple[Rule, ...]
    interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnAlert:
    """One pair of windows of an alert; pairs with one `alert` and `severity` are one rule, joined by `or`.

    It fires while the error ratio over `long_s` and over `short_s` is above `threshold` = `factor` · (1 - target),
    or reaches it where `inclusive`. `budget_share` is what of the period's budget is gone then:
    factor · long / period. `detection_s` is how long a total outage takes to fire it, `for_s` included; None where
    it cannot fire. `fires`: whether it can, so whether it is among the rules. `asked` is the factor that was asked
    for; it differs from `factor` where that was scaled. `needed_target` is the target above which `asked` can be
    reached. `source` names the table or the policy, `url` where its figures are from.
    """

    alert: str
    severity: str
    long_s: int
    short_s: int
    factor: Decimal
    asked: Decimal
    threshold: Decimal
    budget_share: Decimal
    detection_s: Decimal | None
    fires: bool
    needed_target: Decimal
    inclusive: bool = False
    for_s: int = 0
    keep_firing_for_s: int = 0
    source: str = ""
    url: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDataAlert:
    """The alert for an SLO whose metrics are gone: it fires when there were none for `for_s`."""

    alert: str
    severity: str
    for_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sli:
    """The SLI in PromQL. Windows are put in place of `promql.ranged.WINDOW`.

    EVENTS: `total` is valid events a second over a window (or in it, where the query is no rate), and one of `bad`
    and `good` those that are. RAW: `bad` is the error ratio over a window. SLICES: `bad` is the error ratio of the
    slice of `step_s` that just ended, without WINDOW. `absent`, without WINDOW, has a value while there are no
    samples at all. `doubtful`: the part may be NaN.
    """

    kind: Kind
    absent: str
    bad: str = ""
    good: str = ""
    total: str = ""
    step_s: int = 0
    group_by: tuple[str, ...] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SloRules:
    """Everything that is made of one objective.

    `id` and `name` are the values of `sloth_id` and `sloth_slo`, `labels` the identity that every record and alert
    carries (core.naming.IDENTITY). `windows_s` are those with a record of the error ratio, ascending, without the
    period's own. `approximate`: the SLO's window is a calendar period, the rules take its nominal length.
    `alerts` has also those that cannot fire.
    """

    slo: Slo
    objective: Objective
    id: str
    name: str
    labels: Mapping[str, str]
    sli: Sli
    period_s: int
    windows_s: tuple[int, ...]
    approximate: bool
    groups: tuple[Group, ...]
    alerts: tuple[BurnAlert, ...] = ()
    no_data: NoDataAlert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The rules of every SLO that has any, in order, and what is to be said. An error: nothing is to be written."""

    slos: tuple[SloRules, ...]
    findings: tuple[Finding, ...] = ()
