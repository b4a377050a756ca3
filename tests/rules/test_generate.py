"""What is made of an SLO: records, alerts, and what is said where there are none."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from airectl.core.catalogue import Catalogue
from airectl.core.findings import Severity
from airectl.rules import tables
from airectl.rules.generate import Options, generate
from airectl.rules.model import BurnAlert, Generated, Kind, Rule, SloRules
from airectl.rules.windows import Pair, Table
from airectl.spec.build import build
from airectl.spec.connections import Connections
from generated_rules import generated, of_text
from spec_texts import read

HEAD: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, annotations: {{{annotations}}}, labels: {{{labels}}}}}
spec:
  service: chat
  indicator: {{metadata: {{name: {name}}}, spec: {{{sli}}}}}
  timeWindow: [{window}]
  budgetingMethod: {method}
  objectives: [{objectives}]
"""
DEFAULTS: Final = {
    "name": "ok",
    "annotations": "",
    "labels": "",
    "window": "{duration: 28d, isRolling: true}",
    "method": "Occurrences",
    "objectives": "{target: 0.999}",
}
CALENDAR: Final = '{duration: 1M, isRolling: false, calendar: {startTime: "2026-01-01 00:00:00", timeZone: UTC}}'


def query(text: str, kind: str = "Prometheus") -> str:
    return "{metricSource: {type: " + kind + ", spec: {query: '" + text + "'}}}"


def ratio(good: str = "", bad: str = "", total: str = "sum(all_total)", *, counter: bool = True) -> str:
    part = f"good: {query(good)}" if good else f"bad: {query(bad)}"
    return f"ratioMetric: {{counter: {str(counter).lower()}, {part}, total: {query(total)}}}"


GOOD: Final = ratio(good="sum(good_total)")
METRICSQL: Final = ratio(good="sum(good_total) default 0").replace("Prometheus", "VictoriaMetrics")
BAD: Final = ratio(bad="sum(bad_total)")


def spec(sli: str = GOOD, **fields: str) -> str:
    return HEAD.format(**{**DEFAULTS, **fields, "sli": sli})


def one(text: str) -> SloRules:
    (rules,) = of_text(text).slos
    return rules


def rules_of(made: SloRules) -> list[Rule]:
    return [rule for group in made.groups for rule in group.rules]


def record(made: SloRules, name: str) -> Rule:
    (found,) = [rule for rule in rules_of(made) if rule.record == name]
    return found


def expression(made: SloRules, name: str) -> str:
    return " ".join(record(made, name).expr.split())


def told(made: Generated) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in made.findings}


LABELS: Final = '{sloth_id="chat-ok", sloth_service="chat", sloth_slo="ok"}'


def test_bad_events_are_recorded_wherever_valid_ones_are() -> None:
    made = one(spec(BAD))
    assert made.sli.kind is Kind.EVENTS
    assert expression(made, "slo:sli_total:rate5m") == "sum(rate(all_total[5m]))"
    assert expression(made, "slo:sli_error:rate5m") == (
        f"(sum(rate(bad_total[5m])) or vector(0)) and on() slo:sli_total:rate5m{LABELS}"
    )


def test_good_events_leave_the_bad_ones() -> None:
    assert expression(one(spec()), "slo:sli_error:rate5m") == (
        f"clamp_min( slo:sli_total:rate5m{LABELS} - on() (sum(rate(good_total[5m])) or vector(0)), 0 )"
    )


def test_a_ratio_has_no_value_without_events() -> None:
    made = one(spec(BAD))
    assert expression(made, "slo:sli_error:ratio_rate1h") == (
        "(sum(rate(bad_total[1h])) or vector(0)) / (sum(rate(all_total[1h])) > 0)"
    )
    assert expression(made, "slo:sli_error:ratio_rate5m") == (
        f"slo:sli_error:rate5m{LABELS} / (slo:sli_total:rate5m{LABELS} > 0)"
    )


def test_the_period_is_weighted_by_events() -> None:
    assert expression(one(spec()), "slo:sli_error:ratio_rate4w") == (
        f"sum_over_time(slo:sli_error:rate5m{LABELS}[4w]) / (sum_over_time(slo:sli_total:rate5m{LABELS}[4w]) > 0)"
    )


def test_numbers_are_exact() -> None:
    made = one(spec(objectives="{target: 0.999}"))
    assert record(made, "slo:objective:ratio").expr == "vector(0.999)"
    assert record(made, "slo:error_budget:ratio").expr == "vector(0.001)"
    assert record(made, "slo:time_period:days").expr == "vector(28)"
    assert "> (13.44 * 0.001)" in next(rule.expr for rule in rules_of(made) if rule.alert)


def test_groups_are_kept_and_a_rare_one_counts_from_nothing() -> None:
    made = one(spec(BAD, annotations="airectl.dev/group-by: model"))
    assert expression(made, "slo:sli_total:rate5m") == "sum by (model) (rate(all_total[5m]))"
    assert "or 0 * sum by (model) (rate(all_total[1h]))" in expression(made, "slo:sli_error:ratio_rate1h")
    assert "and on(model)" in expression(made, "slo:sli_error:rate5m")


def test_a_part_that_may_be_nan_records_numbers_only() -> None:
    made = one(spec(ratio(bad="sum(rate(a_total[5m])) / 2", total="sum(rate(b_total[5m]))")))
    assert expression(made, "slo:sli_error:rate5m").endswith(">= 0")
    assert not expression(one(spec(BAD)), "slo:sli_error:rate5m").endswith(">= 0")


def test_samples_that_are_amounts_are_added_up() -> None:
    made = one(spec(ratio(bad="sum(bad)", total="sum(all)", counter=False)))
    assert expression(made, "slo:sli_total:rate5m") == "sum(sum_over_time(all[5m]))"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("1 - (sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}])))", "failure",
         "(1 - (sum(rate(a[1h])) / sum(rate(b[1h])))) >= -Inf"),
        ("share", "success", "(1 - avg(avg_over_time(share[1h]))) >= -Inf"),
    ],
)  # fmt: skip
def test_raw_ratios_are_taken_over_the_window(text: str, kind: str, found: str) -> None:
    made = one(spec(f"ratioMetric: {{raw: {query(text)}, rawType: {kind}}}"))
    assert made.sli.kind is Kind.RAW
    assert expression(made, "slo:sli_error:ratio_rate1h") == found
    assert expression(made, "slo:sli_error:ratio_rate4w") == f"avg_over_time(slo:sli_error:ratio_rate5m{LABELS}[4w])"


def test_other_raw_ratios_are_looked_at_every_minute() -> None:
    made = one(spec(f"ratioMetric: {{raw: {query('a / b')}, rawType: failure}}"))
    assert (made.sli.kind, made.sli.step_s) == (Kind.SLICES, 60)
    assert "[59999ms:1m]" in record(made, "slo:sli_slice_error:ratio").expr


@pytest.mark.parametrize(("op", "bad"), [("lte", "> bool 0.5"), ("lt", ">= bool 0.5"), ("gte", "< bool 0.5")])
def test_a_threshold_is_bad_on_the_other_side(op: str, bad: str) -> None:
    made = one(spec(f"thresholdMetric: {query('max(m)')}", objectives=f"{{target: 0.99, op: {op}, value: 0.5}}"))
    assert expression(made, "slo:sli_slice_error:ratio") == f"last_over_time(((max(m) >= -Inf) {bad})[59999ms:1m])"
    assert expression(made, "slo:sli_error:ratio_rate1h") == f"avg_over_time(slo:sli_slice_error:ratio{LABELS}[1h])"


@pytest.mark.parametrize(("sli", "verdict"), [(GOOD, "< bool 0.9"), (BAD, "> bool 0.1")])
def test_a_slice_is_judged_by_its_target(sli: str, verdict: str) -> None:
    slices = "{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m}"
    made = one(spec(sli, method="Timeslices", objectives=slices))
    text = expression(made, "slo:sli_slice_error:ratio")
    assert verdict in text
    assert text.endswith("[299999ms:5m])")
    assert made.groups[0].interval_s == 60


def test_ratios_of_slices_are_between_0_and_1() -> None:
    made = one(spec(method="RatioTimeslices", objectives="{target: 0.99, timeSliceWindow: 5m}"))
    assert "clamp(1 - " in expression(made, "slo:sli_slice_error:ratio")
    assert expression(made, "slo:sli_slice_error:ratio").endswith(", 0, 1)[299999ms:5m])")


def test_labels_are_ones_that_prometheus_takes() -> None:
    made = of_text(spec(labels="app.kubernetes.io/name: chat, tier: [a, b], sloth_id: no"))
    labels = record(made.slos[0], "slo:objective:ratio").labels
    assert labels["app_kubernetes_io_name"] == "chat"
    assert labels["tier"] == "a,b"
    assert labels["sloth_id"] == "chat-ok"


def test_labels_that_groups_have_are_those_of_the_groups() -> None:
    made = one(spec(annotations="airectl.dev/group-by: model", labels="model: all, team: a"))
    assert all("model" not in rule.labels and rule.labels.get("team") == "a" for rule in rules_of(made) if rule.record)


def test_labels_that_prometheus_keeps_for_itself_are_left_out() -> None:
    made = one(spec(labels="__name__: y, team: a"))
    assert all("__name__" not in rule.labels for rule in rules_of(made))
    assert record(made, "slo:objective:ratio").labels["team"] == "a"


def test_labels_of_the_run_are_on_every_record() -> None:
    made = generated(read(spec()).specs, labels={"cluster": "eu"})
    assert {rule.labels.get("cluster") for rule in rules_of(made.slos[0]) if rule.record} == {"eu"}


def test_parts_can_be_left_out() -> None:
    specs = read(spec()).specs
    no_alerts = generated(specs, alerts=False).slos[0]
    assert [rule.alert for rule in rules_of(no_alerts) if rule.alert] == []
    assert no_alerts.alerts == ()
    no_records = generated(specs, records=False).slos[0]
    assert [rule.record for rule in rules_of(no_records) if rule.record] == []
    assert [rule.alert for rule in rules_of(no_records)]


def pairs(made: SloRules) -> list[tuple[str, Decimal, str]]:
    return [(each.severity, round(each.factor, 2), f"{each.long_s}/{each.short_s}") for each in made.alerts]


@pytest.mark.parametrize(
    ("window", "factors"),
    [
        ("30d", ["14.40", "6.00", "3.00", "1.00"]),
        ("28d", ["13.44", "5.60", "2.80", "1.00"]),
        ("7d", ["16.80", "5.60", "2.80"]),
        ("90d", ["21.60", "10.80", "4.50"]),
        ("1M", ["14.40", "6.00", "3.00", "1.00"]),
        ("60d", ["28.80", "12.00", "6.00", "2.00"]),
        ("2d", ["4.80", "1.60", "1.00"]),
    ],
)
def test_factors_follow_from_the_window(window: str, factors: list[str]) -> None:
    made = one(spec(window=f"{{duration: {window}, isRolling: true}}"))
    assert [str(factor) for _, factor, _ in pairs(made)] == factors


def test_figures_of_an_alert_are_those_of_the_workbook() -> None:
    first = one(spec(window="{duration: 30d, isRolling: true}")).alerts[0]
    assert (first.budget_share, first.threshold, first.detection_s) == (
        Decimal("0.02"),
        Decimal("0.0144"),
        Decimal("51.84"),
    )
    assert first.url.startswith("https://sre.google/workbook/alerting-on-slos/")


def alert_at(target: str, **fields: str) -> BurnAlert:
    return one(spec(objectives=f"{{target: {target}}}", **fields)).alerts[0]


def test_an_alert_of_a_table_that_cannot_fire_is_lowered() -> None:
    low = alert_at("0.9")
    assert low.fires
    assert (low.asked, low.factor, low.threshold) == (Decimal("13.44"), Decimal(8), Decimal("0.8"))
    assert round(low.needed_target, 4) == Decimal("0.9256")
    assert low.detection_s == Decimal(2880)


def test_an_alert_that_could_only_be_lowered_below_1_is_left_out() -> None:
    made = of_text(spec(objectives="{target: 0.1}"))
    first = made.slos[0].alerts[0]
    assert (first.fires, first.detection_s) == (False, None)
    assert told(made)["AIR301"] is Severity.WARNING
    fired = [rule.alert for rule in rules_of(made.slos[0]) if rule.alert.endswith("BudgetBurn")]
    assert len(fired) == sum(each.fires for each in made.slos[0].alerts) > 0


def test_factors_below_1_are_taken_only_where_they_are_meant() -> None:
    pair = Pair(severity="ticket", long_s=259_200, short_s=21_600, share=Decimal("0.1"))
    table = Table(name="ours", period_s=28 * 86_400, pairs=(pair,))
    raised = of_text(spec(), table).slos[0].alerts[0]
    assert raised.factor == 1
    meant = Table(name="ours", period_s=28 * 86_400, pairs=(pair,), below_one=True)
    assert of_text(spec(), meant).slos[0].alerts[0].factor < 1


def policy(name: str, severity: str, condition: str, **fields: str) -> str:
    title = f", displayName: {fields['title']}" if "title" in fields else ""
    return (
        f"{{kind: AlertPolicy, metadata: {{name: {name}{title}}}, spec: {{{fields.get('switches', '')}"
        f"conditions: [{{kind: AlertCondition, metadata: {{name: {name}}}, spec: {{severity: {severity}, "
        f"condition: {{kind: burnrate, {condition}}}}}}}], notificationTargets: [{{targetRef: x}}]}}}}"
    )


def with_policies(*policies: str, **fields: str) -> str:
    return f"{spec(**fields)}  alertPolicies: [{', '.join(policies)}]\n"


FAST: Final = "op: gt, threshold: 10, lookbackWindow: 1h, alertAfter: 5m"


def alerts(made: SloRules) -> list[Rule]:
    return [rule for rule in rules_of(made) if rule.alert and not rule.alert.endswith("NoData")]


def test_policies_take_the_place_of_the_table() -> None:
    made = one(with_policies(policy("fast", "page", FAST)))
    (rule,) = alerts(made)
    assert (rule.alert, rule.for_s, rule.labels["severity"]) == ("fast", 300, "page")
    assert "ratio_rate5m" in rule.expr
    assert "ratio_rate1h" in rule.expr
    assert "> (10 * 0.001)" in rule.expr
    assert pairs(made) == [("page", Decimal("10.00"), "3600/300")]


def test_policies_with_one_title_are_one_rule() -> None:
    slow = "op: gt, threshold: 5, lookbackWindow: 6h, alertAfter: 5m"
    made = one(with_policies(policy("a", "page", FAST, title="Burn"), policy("b", "page", slow, title="Burn")))
    (rule,) = alerts(made)
    assert rule.alert == "Burn"
    assert rule.expr.count("\nor\n") == 1
    apart = one(with_policies(policy("a", "page", FAST, title="Burn"), policy("b", "ticket", slow, title="Burn")))
    assert [each.labels["severity"] for each in alerts(apart)] == ["page", "ticket"]


def test_gte_fires_at_the_threshold_too() -> None:
    made = one(with_policies(policy("fast", "page", FAST.replace("op: gt", "op: gte"))))
    assert ">= (10 * 0.001)" in alerts(made)[0].expr
    reached = with_policies(policy("a", "page", FAST.replace("gt", "gte")), objectives="{target: 0.9}")
    assert one(reached).alerts[0].fires
    assert not one(reached.replace("op: gte", "op: gt")).alerts[0].fires


@pytest.mark.parametrize(
    "condition",
    [
        "op: lt, threshold: 1, lookbackWindow: 1h",
        "op: lte, threshold: 1, lookbackWindow: 1h",
        "op: gt, threshold: 0, lookbackWindow: 1h",
        "op: gte, threshold: -1, lookbackWindow: 1h",
    ],
)
def test_a_condition_that_holds_while_all_is_well_makes_no_alert(condition: str) -> None:
    assert alerts(one(with_policies(policy("odd", "page", condition)))) == []


def test_a_policy_that_is_not_for_breaches_makes_no_alert() -> None:
    assert alerts(one(with_policies(policy("a", "page", FAST, switches="alertWhenBreaching: false, ")))) == []


def test_a_policy_keeps_its_own_threshold_and_is_left_out_where_it_cannot_fire() -> None:
    made = of_text(with_policies(policy("a", "page", FAST), objectives="{target: 0.8}"))
    assert alerts(made.slos[0]) == []
    assert told(made)["AIR301"] is Severity.WARNING


def test_a_lookback_beyond_the_window_is_left_out() -> None:
    late = policy("late", "ticket", "op: gt, threshold: 2, lookbackWindow: 3d")
    made = of_text(with_policies(late, window="{duration: 1d, isRolling: true}"))
    assert alerts(made.slos[0]) == []
    assert told(made)["AIR305"] is Severity.WARNING


def no_data(text: str) -> Rule | None:
    return next((rule for rule in rules_of(one(text)) if rule.alert.endswith("NoData")), None)


def test_metrics_that_are_gone_are_told() -> None:
    rule = no_data(spec())
    assert rule
    assert (rule.expr, rule.for_s, rule.labels["severity"]) == ("absent(sum(rate(all_total[5m])))", 600, "ticket")


@pytest.mark.parametrize(("policy", "severity"), [("bad", "page"), ("unknown", "ticket"), ("ignore", None)])
def test_the_policy_for_missing_data_decides(policy: str, severity: str | None) -> None:
    rule = no_data(spec(annotations=f"airectl.dev/no-data: {policy}"))
    assert (rule.labels["severity"] if rule else None) == severity


def test_alert_policies_decide_about_missing_data() -> None:
    off = "alertWhenNoData: false, "
    assert no_data(with_policies(policy("a", "page", FAST, switches=off))) is None
    said = no_data(with_policies(policy("a", "sms", FAST, switches="alertWhenNoData: true, ")))
    assert said
    assert said.labels["severity"] == "sms"


def test_an_slo_that_wants_no_alerts_has_none() -> None:
    made = one(spec(annotations="airectl.dev/alerts: none"))
    assert [rule.alert for rule in rules_of(made) if rule.alert] == []


def test_so_it_is_without_anything_known_of_policies() -> None:
    specs = read(spec(annotations="airectl.dev/alerts: none")).specs
    made = generate(build(specs, Connections(), Catalogue()).slos, Options(tables=tables.shipped()))
    assert made.slos[0].alerts == ()
    assert made.slos[0].no_data is None


def test_alerts_say_whose_they_are() -> None:
    made = one(spec())
    rules = [rule for rule in rules_of(made) if rule.alert]
    assert len(rules) == 3
    for rule in rules:
        assert made.labels.items() <= rule.labels.items()


@pytest.mark.parametrize(("target", "key"), [("https://example.com/r", "runbook_url"), ("runbooks/chat.md", "runbook")])
def test_runbooks_are_linked(target: str, key: str) -> None:
    made = one(spec(annotations=f'airectl.dev/runbook: "{target}", airectl.dev/dashboard: "https://g.example.com"'))
    for rule in (each for each in rules_of(made) if each.alert):
        assert rule.annotations[key] == target
        assert rule.annotations["dashboard_url"] == "https://g.example.com"


def test_a_calendar_window_has_its_nominal_length_and_says_so() -> None:
    made = of_text(spec(window=CALENDAR))
    (rules,) = made.slos
    assert rules.approximate
    assert record(rules, "slo:sli_error:ratio_rate30d").labels["airectl_approximate"] == "true"
    assert "airectl_approximate" not in record(rules, "slo:sli_error:ratio_rate1h").labels
    assert told(made) == {"AIR308": Severity.INFO}


def test_an_alert_over_the_whole_calendar_window_compares_like_with_like() -> None:
    policy = """\
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: whole}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: c}
            spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 1, lookbackWindow: 30d}}
"""
    made = one(spec(window=CALENDAR) + policy)
    (rule,) = [each for each in rules_of(made) if each.alert == "whole"]
    assert rule.expr.count("max without (sloth_window, airectl_approximate) (") == 2


def test_objectives_have_rules_of_their_own() -> None:
    two = "{displayName: fast, target: 0.9, op: lt, value: 1}, {displayName: slow, target: 0.99, op: lt, value: 5}"
    made = of_text(spec(f"thresholdMetric: {query('max(m)')}", objectives=two))
    assert [rules.id for rules in made.slos] == ["chat-ok-fast", "chat-ok-slow"]
    names = [group.name for rules in made.slos for group in rules.groups]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("sli", "code", "severity"),
    [
        (GOOD.replace("Prometheus", "Datadog"), "AIR302", Severity.INFO),
        (METRICSQL, "AIR303", Severity.ERROR),
        (ratio(good="sum(max_over_time(good[5m]))"), "AIR304", Severity.ERROR),
        (ratio(good="sum(good)", total="sum(max_over_time(all[5m]))"), "AIR304", Severity.ERROR),
    ],
)  # fmt: skip
def test_what_has_no_rules_is_said(sli: str, code: str, severity: Severity) -> None:
    made = of_text(spec(sli))
    assert made.slos == ()
    assert told(made) == {code: severity}


def test_one_id_for_two_slos_is_an_error() -> None:
    other = spec(name="b").replace("service: chat", "service: chat-a")
    made = of_text(f"{spec(name='a-b')}---\n{other}")
    assert told(made) == {"AIR306": Severity.ERROR}


def test_objectives_whose_names_come_out_alike_are_an_error() -> None:
    two = "{displayName: a b, target: 0.9, op: lt, value: 1}, {displayName: a-b, target: 0.99, op: lt, value: 5}"
    assert told(of_text(spec(f"thresholdMetric: {query('max(m)')}", objectives=two)))["AIR306"] is Severity.ERROR
