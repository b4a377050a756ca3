"""Rules in words: what each alert means, and the same as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from airectl.core.naming import rules_file, window_name
from airectl.core.report import Column, Kind, Lines, Table
from airectl.rules.model import BurnAlert, Generated, SloRules

_COLUMNS: Final = (
    Column(title="SLO"),
    Column(title="ALERT"),
    Column(title="WINDOWS"),
    Column(title="BUDGET", kind=Kind.RATIO, digits=1),
    Column(title="FACTOR", kind=Kind.NUMBER, digits=2),
    Column(title="BAD ABOVE", kind=Kind.RATIO, digits=2),
    Column(title="OUTAGE SEEN", kind=Kind.DURATION, digits=0),
)


def alert_table(generated: Generated) -> Table:
    """One row for each pair of windows that can fire."""
    return Table(columns=_COLUMNS, rows=[_row(of, each) for of in generated.slos for each in of.alerts if each.fires])


def _row(of: SloRules, alert: BurnAlert) -> tuple[Any, ...]:
    return (
        f"{of.slo.service}/{of.name}",
        alert.severity,
        f"{window_name(alert.long_s)}/{window_name(alert.short_s)}",
        alert.budget_share,
        alert.factor,
        alert.threshold,
        alert.detection_s,
    )


def explained(generated: Generated) -> Iterator[Lines]:
    """How the table is to be read."""
    if any(each.fires for of in generated.slos for each in of.alerts):
        yield Lines(
            lines=[
                "An alert fires while the error ratio of both windows is above BAD ABOVE: the long",
                "one says that BUDGET of the error budget is gone, the short one that it still goes.",
                "FACTOR is how many times too fast that is, OUTAGE SEEN how long a total outage takes",
                "to fire it.",
            ]
        )
    no_data = sorted({plain_minutes(of.no_data.for_s) for of in generated.slos if of.no_data})
    if no_data:
        yield Lines(lines=[f"Metrics that are gone are no good news: an alert says so after {no_data[0]}."])


def plain_minutes(seconds: int) -> str:
    """`10 minutes`."""
    return f"{seconds // 60} minutes"


def counted(generated: Generated) -> str:
    """`3 SLOs, 57 records, 8 alerts`."""
    rules = [rule for of in generated.slos for group in of.groups for rule in group.rules]
    records = sum(1 for rule in rules if rule.record)
    return f"{many(len(generated.slos), 'SLO')}, {many(records, 'record')}, {many(len(rules) - records, 'alert')}"


def many(count: int, noun: str) -> str:
    """`1 SLO`, `2 SLOs`."""
    return f"{count} {noun}{'s' if count != 1 else ''}"


def data_of(generated: Generated) -> list[dict[str, Any]]:
    """Every SLO with its alerts, for other programs."""
    return [_slo(of) for of in generated.slos]


def _slo(of: SloRules) -> dict[str, Any]:
    records = sum(1 for group in of.groups for rule in group.rules if rule.record)
    return {
        "service": of.slo.service,
        "slo": of.slo.id,
        "objective": of.objective.name,
        "id": of.id,
        "file": rules_file(of.slo),
        "target_ratio": of.objective.target,
        "period_s": of.period_s,
        "approximate": of.approximate,
        "records": records,
        "windows_s": list(of.windows_s),
        "alerts": [_alert(each) for each in of.alerts],
        "no_data_alert": {"alert": of.no_data.alert, "severity": of.no_data.severity, "for_s": of.no_data.for_s}
        if of.no_data
        else None,
    }


def _alert(alert: BurnAlert) -> dict[str, Any]:
    return {
        "alert": alert.alert,
        "severity": alert.severity,
        "long_s": alert.long_s,
        "short_s": alert.short_s,
        "factor": alert.factor,
        "asked_factor": alert.asked,
        "threshold_ratio": alert.threshold,
        "budget_share_ratio": alert.budget_share,
        "detection_s": alert.detection_s,
        "for_s": alert.for_s,
        "fires": alert.fires,
        "source": alert.source,
        "source_url": alert.url or None,
    }
