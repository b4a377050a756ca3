"""How an SLO is watched, in the numbers that decide when someone is told: from a spec's rules or from a rule file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from airectl.core.alerting import URGENT, Alerting
from airectl.core.naming import SEVERITY
from airectl.rules.model import BurnAlert, SloRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """It fires while the error ratio over `long_s` and over `short_s` is above `threshold` for `for_s`.

    `threshold` is a ratio; `factor` the burn rate that it is, None where the target is not known.
    """

    alert: str
    severity: str
    long_s: int
    short_s: int
    threshold: Decimal
    factor: Decimal | None = None
    for_s: int = 0

    def detects_s(self, error_ratio: Decimal) -> Decimal | None:
        """Seconds from the first error until it fires, at an even error ratio in (0, 1] after none; None for never.

        threshold · long / error ratio + for: the long window fills with errors at their ratio. How often
        rules are evaluated comes on top.
        Source: https://sre.google/workbook/alerting-on-slos/
        """
        if error_ratio <= self.threshold:
            return None
        return self.threshold * self.long_s / error_ratio + self.for_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One objective and all that watches it. None of `target`, `period_s`, `targets`: its source does not say.

    `no_data_s`: after so long without samples someone is told; None for never. `targets` are names of
    notification targets by severity, `labels` those of each alert by (alert, severity).
    """

    id: str
    service: str
    name: str
    target: Decimal | None = None
    period_s: int | None = None
    pairs: tuple[Pair, ...] = ()
    no_data_s: int | None = None
    targets: Mapping[str, tuple[str, ...]] | None = None
    labels: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)


def detection_s(pairs: Iterable[Pair], error_ratio: Decimal) -> Decimal | None:
    """Seconds until the first of them fires; None for never."""
    return min((each for pair in pairs if (each := pair.detects_s(error_ratio)) is not None), default=None)


def urgent(pairs: Iterable[Pair]) -> list[Pair]:
    """Those that wake someone up."""
    return [pair for pair in pairs if pair.severity.lower() in URGENT]


def watch_of(rules: SloRules, alerting: Alerting | None = None) -> Watch:
    """What the rules of one objective watch; `alerting` says whom they tell."""
    return Watch(
        id=rules.id,
        service=rules.slo.service,
        name=rules.name,
        target=rules.objective.target,
        period_s=rules.period_s,
        pairs=tuple(_pair(each) for each in rules.alerts if each.fires),
        no_data_s=rules.no_data.for_s if rules.no_data else None,
        targets=_targets(alerting) if alerting else None,
        labels={
            (rule.alert, rule.labels.get(SEVERITY, "")): {
                name: text for name, text in rule.labels.items() if name not in rules.labels
            }
            for group in rules.groups
            for rule in group.rules
            if rule.alert
        },
    )


def _pair(alert: BurnAlert) -> Pair:
    return Pair(
        alert=alert.alert,
        severity=alert.severity,
        long_s=alert.long_s,
        short_s=alert.short_s,
        threshold=alert.threshold,
        factor=alert.factor,
        for_s=alert.for_s,
    )


def _targets(alerting: Alerting) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for policy in alerting.policies:
        names = found.setdefault(policy.condition.severity, {})
        names.update(dict.fromkeys(f"{each.name} ({each.target})" for each in policy.targets))
    return {severity: tuple(names) for severity, names in found.items()}
