"""SLOs to rules. Pure: nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from airectl.core import naming
from airectl.core.alerting import Alerting
from airectl.core.annotations import read
from airectl.core.findings import Finding
from airectl.core.slo import Objective, Slo, queries
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse
from airectl.rules import remarks
from airectl.rules.alerting_rules import alert_group, no_data_alert
from airectl.rules.burning import Burning, from_policies, from_table
from airectl.rules.model import Generated, SloRules
from airectl.rules.recordings import Subject, recordings
from airectl.rules.sli import BASE_S, NotPossibleError, sli, text_of
from airectl.rules.windows import Table, choose
from airectl.spec.queries import is_promql

_NOT_A_LABEL: Final = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is wanted. `tables` are those to choose from, `labels` are added to every record.

    `alerts` and `records` false leave out the one or the other. `runbooks` is the URL of a folder of runbooks, ending
    in `/`, for SLOs that name none.
    """

    tables: tuple[Table, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    alerts: bool = True
    records: bool = True
    runbooks: str = ""


def generate(slos: Iterable[Slo], options: Options, alerting: Mapping[str, Alerting] | None = None) -> Generated:
    """The rules of every objective of `slos`, in order.

    `alerting` has the alert policies by SERVICE/NAME; without them an SLO gets the alerts of a table. What has no
    rules is a finding; one that is an error says that nothing is to be written.
    """
    slos, alerting = tuple(slos), alerting or {}
    findings = list(remarks.same_name(slos))
    made: list[SloRules] = []
    for slo in slos:
        try:
            _check(slo)
            found = [_objective(slo, each, options, alerting.get(slo.id)) for each in slo.objectives]
        except NotPossibleError as error:
            findings.append(remarks.not_possible(slo, error))
            continue
        made += [rules for rules, _ in found]
        findings += [finding for _, remarked in found for finding in remarked]
        findings += remarks.of_slo(slo)
    return Generated(slos=tuple(made), findings=tuple(findings))


def _check(slo: Slo) -> None:
    """Raises NotPossibleError for an SLO whose queries are not PromQL."""
    for objective in slo.objectives:
        for query in queries(slo.indicator_of(objective)):
            if not is_promql(query.type):
                raise NotPossibleError(f"it is asked of `{query.type}`", query, code="AIR302")
            try:
                parse(text_of(query))
            except PromqlError as error:
                raise NotPossibleError(f"it is no PromQL: {error}", query, code="AIR303") from None


def _objective(
    slo: Slo, objective: Objective, options: Options, alerting: Alerting | None
) -> tuple[SloRules, list[Finding]]:
    alerting = alerting or Alerting(silent=read(slo.annotations, "alerts") == "none")
    burning = _burning(slo, objective, options, alerting)
    of = _subject(slo, objective, options, burning)
    silent = alerting.silent or not options.alerts
    no_data = None if silent else no_data_alert(of, alerting.policies)
    rules = SloRules(
        slo=slo,
        objective=objective,
        id=of.labels[naming.ID],
        name=of.labels[naming.SLO],
        labels=of.labels,
        sli=of.sli,
        period_s=of.period_s,
        windows_s=of.windows_s,
        approximate=not slo.window.rolling,
        groups=(
            *(recordings(of) if options.records else ()),
            *alert_group(of, burning.alerts, no_data, alerting.policies),
        ),
        alerts=burning.alerts,
        no_data=no_data,
    )
    return rules, list(remarks.of_alerts(slo, objective, burning))


def _burning(slo: Slo, objective: Objective, options: Options, alerting: Alerting) -> Burning:
    if alerting.silent or not options.alerts:
        return Burning()
    if alerting.policies:
        return from_policies(slo, objective, alerting.policies)
    return from_table(slo, objective, choose(options.tables, slo.window.duration.nominal_s))


def _subject(slo: Slo, objective: Objective, options: Options, burning: Burning) -> Subject:
    period_s = slo.window.duration.nominal_s
    table = choose(options.tables, period_s)
    looked_at = [(each.long_s, each.short_s) for each in burning.alerts]
    usual = [(each.long_s, each.short_s) for each in table.pairs]
    windows = {BASE_S, *(length_s for pair in (*looked_at, *usual) for length_s in pair)}
    labels = {_label(key): value for key, value in {**slo.labels, **options.labels}.items() if not key.startswith("__")}
    made = sli(slo, objective)
    return Subject(
        slo=slo,
        objective=objective,
        sli=made,
        labels=naming.identity(slo, objective),
        # A label of the rule would take the place of the groups', and all groups would be one series.
        extra={key: value for key, value in sorted(labels.items()) if value and key not in made.group_by},
        period_s=period_s,
        windows_s=tuple(sorted(length_s for length_s in windows if length_s < period_s)),
        runbooks=options.runbooks,
    )


def _label(name: str) -> str:
    """A name that Prometheus takes: `app.kubernetes.io/name` as `app_kubernetes_io_name`, as service discovery does."""
    plain = _NOT_A_LABEL.sub("_", name)
    return f"_{plain}" if plain[:1].isdigit() else plain
