"""Alerts and targets for the tests of routes."""

from __future__ import annotations

from typing import Final

from airectl.core.alerting import NotificationTarget
from airectl.core.findings import Location
from airectl.rules.routing import Notice

AT: Final = Location(path="chat.yaml", line=3, col=5)


def target(name: str, kind: str, address: str = "") -> NotificationTarget:
    return NotificationTarget(name=name, target=kind, at=AT, target_at=AT, address=address, description=f"the {name}")


def notice(
    slo: str, severity: str, *targets: NotificationTarget, alert: str = "Burns", resolved: bool | None = None
) -> Notice:
    """An alert of the SLO SERVICE/NAME."""
    service, _, name = slo.partition("/")
    return Notice(
        slo=slo,
        sloth_id=f"{service}-{name}",
        service=service,
        alert=alert,
        severity=severity,
        targets=targets,
        resolved=resolved,
        at=AT,
    )
