"""A Grafana dashboard for each service, which reads the records of its rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Final

from airectl.core.alerting import URGENT
from airectl.core.annotations import read
from airectl.core.naming import (
    CURRENT_BURN_RATE,
    ERROR_BUDGET,
    ERROR_RATE,
    ID,
    IDENTITY,
    INFO,
    OBJECTIVE,
    PERIOD_BUDGET_REMAINING,
    PERIOD_BURN_RATE,
    SERVICE,
    SEVERITY,
    SLO,
    TOTAL_RATE,
    dashboard_file,
    error_ratio,
    slug,
    window_name,
)
from airectl.core.units import plain
from airectl.rules import panels
from airectl.rules.model import Generated, Kind, SloRules
from airectl.rules.panels import LEFT, RATE, RATIO, Json, Look, Query

_JOINED: Final = f"on({', '.join(IDENTITY)}) group_left()"
_VARIABLE: Final = "slo"
_FIRING: Final = {1: ("pending", "orange"), 2: ("firing", "red")}
# Grafana takes at most 40 characters.
_UID_DIGITS: Final = 16


def files(generated: Generated) -> dict[str, str]:
    """Path to content of every dashboard; the same SLOs give the same bytes."""
    services: dict[str, list[SloRules]] = {}
    for each in generated.slos:
        services.setdefault(each.slo.service, []).append(each)
    return {dashboard_file(service): _text(dashboard(service, slos)) for service, slos in services.items()}


def _text(made: Json) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def dashboard(service: str, slos: Sequence[SloRules]) -> Json:
    """The dashboard of one service as Grafana's JSON."""
    return {
        "uid": f"airectl-{hashlib.sha256(service.encode()).hexdigest()[:_UID_DIGITS]}",
        "title": f"{service}: SLOs",
        "description": f"SLIs, error budgets, burn rates and alerts of {service}, from the rules that airectl wrote.",
        "tags": ["airectl", "slo"],
        "timezone": "utc",
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "schemaVersion": panels.SCHEMA_VERSION,
        "time": {"from": "now-7d", "to": "now"},
        "timepicker": {"hidden": False, "refresh_intervals": ["30s", "1m", "5m", "15m"], "time_options": []},
        "templating": {"list": list(_variables(service))},
        "annotations": {"list": []},
        "links": list(_links(slos)),
        "panels": panels.placed(list(_rows(_Service(service, slos)))),
    }


def _variables(service: str) -> Iterator[Json]:
    """The data source, and the SLOs, where each objective of an SLO with several is one."""
    yield {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "hide": 0,
           "description": "Prometheus, or what speaks its API, such as VictoriaMetrics"}  # fmt: skip
    yield {
        "type": "query",
        "name": _VARIABLE,
        "label": "SLO and objective",
        "description": "an SLO with several objectives is here once for each",
        "datasource": dict(panels.SOURCE),
        "query": f"label_values({INFO}{{{_matcher(SERVICE, service)}}}, {SLO})",
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
    }


def _links(slos: Sequence[SloRules]) -> Iterator[Json]:
    """To runbooks that have a URL, each once; of a folder of runbooks, to the service's own part."""
    found: dict[str, str] = {}
    for each in slos:
        url = read(each.slo.annotations, "runbook") or ""
        if url.startswith(("https://", "http://")):
            folder = url.endswith("/")
            name = f"Runbooks: {each.slo.service}" if folder else f"Runbook: {each.slo.display_name or each.slo.name}"
            found.setdefault(f"{url}{slug(each.slo.service)}/" if folder else url, name)
    for url, name in found.items():
        yield {"type": "link", "title": name, "url": url, "icon": "doc", "tooltip": "what to do",
               "tags": [], "asDropdown": False, "targetBlank": True, "includeVars": False,
               "keepTime": False}  # fmt: skip


def _matcher(label: str, value: str) -> str:
    return f"{label}={json.dumps(value, ensure_ascii=False)}"


class _Service:
    """What the panels of one service are made from."""

    def __init__(self, name: str, slos: Sequence[SloRules]) -> None:
        self.name, self.slos = name, slos
        self.selector = f'{{{_matcher(SERVICE, name)}, {SLO}=~"${_VARIABLE}"}}'
        groups = dict.fromkeys(label for each in slos for label in each.sli.group_by)
        self.legend = " ".join((f"{{{{{SLO}}}}}", *(f"{{{{{label}}}}}" for label in groups)))
        self.windows = sorted({window for each in slos for window in each.windows_s})
        paging = [each for slo in slos for each in slo.alerts if each.fires and each.severity.lower() in URGENT]
        self.page_factor = float(min(each.factor for each in paging)) if paging else None

    def of(self, record: str) -> str:
        """The record, of the SLOs that are chosen."""
        return f"{record}{self.selector}"

    def sli(self) -> str:
        """The SLI over each SLO's own window."""
        return f"1 - {self.of(PERIOD_BURN_RATE)} * {_JOINED} {self.of(ERROR_BUDGET)}"

    def alerts(self, state: str) -> str:
        """Its alerts in a state."""
        return f'ALERTS{{{_matcher(SERVICE, self.name)}, {SLO}=~"${_VARIABLE}", alertstate="{state}"}}'


def _rows(service: _Service) -> Iterator[list[tuple[Json, int]]]:
    yield [(panel, 4) for panel in _stats(service)]
    yield [(_table(service), 9)]
    yield [(panels.row("Error budget and SLI"), 1)]
    yield [(_budget(service), 9), (_sli(service), 9)]
    yield [(panels.row("Burn rates and alerts"), 1)]
    yield [(_burn(service), 10), (_alerts(service), 10)]
    if any(each.sli.kind is Kind.EVENTS for each in service.slos):
        yield [(panels.row("Events"), 1)]
        yield [(_valid(service), 8), (_bad(service), 8)]


def _stats(service: _Service) -> Iterator[Json]:
    left, burn = service.of(PERIOD_BUDGET_REMAINING), service.of(CURRENT_BURN_RATE)
    yield panels.stat(
        "Least budget left",
        "The SLO with the smallest error budget left. Below 0 % it is spent: stop risky changes, and look at the "
        "table below for which one it is. `airectl budget --explain` says when the budget comes back.",
        Query(expr=f"min({left})"),
        LEFT,
    )
    yield panels.stat(
        "SLOs out of budget",
        "How many SLOs have spent their error budget. Each one is a promise that is not kept at present.",
        Query(expr=f"count({left} < 0) or vector(0)"),
        panels.COUNT_OF_BAD,
    )
    yield panels.stat(
        "Fastest burn now",
        "The highest burn rate of any SLO over the shortest window. 1 spends the budget in exactly the SLO's window. "
        "When it is high, find the SLO in the table and open its runbook.",
        Query(expr=f"max({burn})"),
        panels.burn_look(service.page_factor),
    )
    yield panels.stat(
        "Alerts firing",
        "Alerts of these SLOs that fire now. The timeline below shows which ones and since when.",
        Query(expr=f"count({service.alerts('firing')}) or vector(0)"),
        panels.COUNT_OF_BAD,
    )


def _table(service: _Service) -> Json:
    objective = f"max by ({SLO}) ({service.of(OBJECTIVE)})"
    left = f"min by ({SLO}) ({service.of(PERIOD_BUDGET_REMAINING)})"
    firing = f"count by ({SLO}) ({service.alerts('firing')}) or 0 * {objective}"
    columns = (
        ("Objective", objective, Look(unit=RATIO, decimals=3)),
        ("SLI", f"min by ({SLO}) ({service.sli()})", Look(unit=RATIO, decimals=3)),
        ("Budget left", left, LEFT),
        ("Burn rate now", f"max by ({SLO}) ({service.of(CURRENT_BURN_RATE)})", panels.burn_look(service.page_factor)),
        ("Alerts firing", firing, panels.COUNT_OF_BAD),
    )
    return panels.table(
        "SLOs",
        "One row for each SLO: what is promised, what is kept over the SLO's own window, and what is left of its "
        "error budget. Where an SLO is measured in groups, its worst group is shown. Begin with the red rows.",
        SLO,
        [(name, Query(expr=expr, instant=True), look) for name, expr, look in columns],
    )


def _budget(service: _Service) -> Json:
    return panels.lines(
        "Error budget left",
        "What is left of the budget of each SLO's window. A steep fall is an incident: what changed at its beginning? "
        "A line that falls day after day runs out: plan the repair before it reaches 0 %.",
        [Query(expr=service.of(PERIOD_BUDGET_REMAINING), legend=service.legend)],
        LEFT,
    )


def _sli(service: _Service) -> Json:
    return panels.lines(
        "SLI and objective",
        "The share of good events over each SLO's window, beside its objective. Below the objective the promise is "
        "broken. If it never comes near, the objective is too loose or is not measured where users are.",
        [
            Query(expr=service.sli(), legend=f"{service.legend} SLI"),
            Query(expr=service.of(OBJECTIVE), legend=f"{{{{{SLO}}}}} objective"),
        ],
        Look(unit=RATIO, decimals=3, maximum=1),
    )


def _burn(service: _Service) -> Json:
    queries = [
        Query(
            expr=f"{service.of(error_ratio(window))} / {_JOINED} {service.of(ERROR_BUDGET)}",
            legend=f"{service.legend} {window_name(window)}",
        )
        for window in service.windows
    ]
    return panels.lines(
        "Burn rates by window",
        "How fast the budget is spent: 1 spends it in exactly the SLO's window. An alert fires when both of its "
        f"windows are above its factor: {_factors(service.slos)}. Short windows show whether it is over, long ones "
        "how much it cost.",
        queries,
        panels.burn_look(service.page_factor),
    )


def _factors(slos: Sequence[SloRules]) -> str:
    """The pairs of windows with their factors, such as `page 14.4 over 1h and 5m`."""
    pairs = (
        f"{each.severity} {plain(each.factor)} over {window_name(each.long_s)} and {window_name(each.short_s)}"
        for slo in slos
        for each in slo.alerts
        if each.fires
    )
    return ", ".join(dict.fromkeys(pairs)) or "there are no burn-rate alerts"


def _alerts(service: _Service) -> Json:
    firing, pending = service.alerts("firing"), service.alerts("pending")
    return panels.states(
        "Alerts",
        "Since when an alert has been pending (its condition holds, not yet for long enough) or firing. "
        "No band: all is quiet, or the rules are not loaded; the table above is empty then.",
        Query(
            expr=f"max by (alertname, {SEVERITY}, {ID}) ({firing} * 2 or {pending})",
            legend=f"{{{{alertname}}}} ({{{{{SEVERITY}}}}})",
        ),
        _FIRING,
    )


def _valid(service: _Service) -> Json:
    return panels.lines(
        "Valid events",
        "Events a second that count. When it falls to 0 nothing is known about the service: is it idle, or is it not "
        "scraped any more? A ratio over few events jumps.",
        [Query(expr=service.of(TOTAL_RATE), legend=service.legend)],
        Look(unit=RATE, minimum=0),
    )


def _bad(service: _Service) -> Json:
    return panels.lines(
        "Bad events",
        "Events a second that spend the budget. Compare the moment it rises with deploys and changes of load.",
        [Query(expr=service.of(ERROR_RATE), legend=service.legend)],
        Look(unit=RATE, minimum=0),
    )
