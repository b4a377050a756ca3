"""Which alerts go to which targets, in as few routes as say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from airectl.core.alerting import Alerting, AlertPolicy, NotificationTarget
from airectl.core.findings import Location
from airectl.rules.model import Generated, SloRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One alert of one SLO and whom it is for. `sloth_id` is the label that all rules of the SLO have.

    `resolved`: whether to tell when it is over; None leaves it to Alertmanager. `at` is where the SLO stands.
    """

    slo: str
    sloth_id: str
    service: str
    alert: str
    severity: str
    targets: tuple[NotificationTarget, ...] = ()
    resolved: bool | None = None
    at: Location

    @property
    def goes_to(self) -> tuple[tuple[tuple[str, str, str], ...], bool | None]:
        """Equal for two notices that one receiver serves."""
        return tuple((each.name, each.kind, each.address) for each in self.targets), self.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Alerts of a service and a severity for the same targets. No `sloth_ids`: all SLOs; no `alerts`: all names."""

    service: str
    severity: str
    sloth_ids: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    targets: tuple[NotificationTarget, ...]
    resolved: bool | None


def notices(generated: Generated, alerting: Mapping[str, Alerting]) -> Iterator[Notice]:
    """One for each alert and policy; `alerting` is by SERVICE/NAME. An alert that cannot fire has none."""
    for rules in generated.slos:
        policies = alerting[rules.slo.id].policies if rules.slo.id in alerting else ()
        named = {policy.name: policy for policy in policies}
        for alert in rules.alerts:
            if alert.fires:
                yield _notice(rules, alert.alert, alert.severity, named.get(alert.policy))
        if rules.no_data:
            for policy in _of_no_data(policies, rules.no_data.severity):
                yield _notice(rules, rules.no_data.alert, rules.no_data.severity, policy)


def _of_no_data(policies: Sequence[AlertPolicy], severity: str) -> Sequence[AlertPolicy | None]:
    """Those that ask to be told, else those of the same severity, else none."""
    asked = [policy for policy in policies if policy.when_no_data]
    return asked or [policy for policy in policies if policy.condition.severity == severity] or [None]


def _notice(rules: SloRules, alert: str, severity: str, policy: AlertPolicy | None) -> Notice:
    return Notice(
        slo=rules.slo.id,
        sloth_id=rules.id,
        service=rules.slo.service,
        alert=alert,
        severity=severity,
        targets=policy.targets if policy else (),
        resolved=policy.when_resolved if policy else None,
        at=rules.slo.at,
    )


def merged(notices: Iterable[Notice]) -> list[Notice]:
    """One notice for each alert: two policies of one alert are heard by the targets of both."""
    found: dict[tuple[str, str, str], Notice] = {}
    for notice in notices:
        key = (notice.sloth_id, notice.alert, notice.severity)
        found[key] = _joined(found[key], notice) if key in found else notice
    return list(found.values())


def _joined(one: Notice, other: Notice) -> Notice:
    known = {(each.name, each.kind, each.address) for each in one.targets}
    more = (each for each in other.targets if (each.name, each.kind, each.address) not in known)
    said = [each.resolved for each in (one, other) if each.resolved is not None]
    return replace(one, targets=(*one.targets, *more), resolved=any(said) if said else None)


def routes(notices: Iterable[Notice]) -> list[Route]:
    """Routes for notices that are already merged, by service and severity. An alert without targets gets none."""
    together: dict[tuple[str, str], list[Notice]] = {}
    for notice in notices:
        together.setdefault((notice.service, notice.severity), []).append(notice)
    return [route for key in sorted(together) for route in _routes(together[key])]


def _routes(notices: Sequence[Notice]) -> Iterator[Route]:
    """Routes within one service and severity: the narrower ones first, since the first that matches is taken."""
    of_slo: dict[str, set[object]] = {}
    for notice in notices:
        of_slo.setdefault(notice.sloth_id, set()).add(notice.goes_to)
    whole = len({notice.goes_to for notice in notices}) == 1
    for notice in notices:
        if len(of_slo[notice.sloth_id]) > 1 and notice.targets:
            yield _route([notice], (notice.sloth_id,), (notice.alert,))
    alike: dict[object, list[Notice]] = {}
    for notice in notices:
        if len(of_slo[notice.sloth_id]) == 1 and notice.targets:
            alike.setdefault(notice.goes_to, []).append(notice)
    for found in alike.values():
        yield _route(found, () if whole else tuple(dict.fromkeys(each.sloth_id for each in found)), ())


def _route(notices: Sequence[Notice], sloth_ids: tuple[str, ...], alerts: tuple[str, ...]) -> Route:
    first = notices[0]
    return Route(
        service=first.service,
        severity=first.severity,
        sloth_ids=sloth_ids,
        alerts=alerts,
        targets=first.targets,
        resolved=first.resolved,
    )
