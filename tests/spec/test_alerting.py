"""Alert policies reach the rules with every reference resolved, and with the places for findings."""

from decimal import Decimal

from airectl.core.alerting import Alerting, Condition
from airectl.core.findings import Location
from airectl.spec.alerting import alerting
from spec_texts import PATH, read

SLO = """
    apiVersion: openslo/v1
    kind: SLO
    metadata:
      name: answers
      annotations: {ANNOTATIONS}
    spec:
      service: chat
      indicatorRef: answers
      timeWindow: [{duration: 28d, isRolling: true}]
      budgetingMethod: Occurrences
      objectives: [{target: 0.999}]
      alertPolicies:
        POLICIES
    """
CONDITION = """{severity: Page,
             condition: {kind: burnrate, op: gt, threshold: 14.40, lookbackWindow: 1h, alertAfter: 5m}}"""
APART = f"""
    ---
    apiVersion: openslo/v1
    kind: AlertPolicy
    metadata:
      name: fast
      displayName: ChatBurns
      labels: {{tier: "1", teams: [a, b], not-a-label: x}}
      annotations: {{summary: It burns, airectl.dev/runbook: https://runbooks.example.com/chat}}
    spec:
      description: wakes someone up
      alertWhenBreaching: true
      alertWhenNoData: false
      conditions: [{{conditionRef: fast}}]
      notificationTargets: [{{targetRef: mail}}, {{targetRef: nobody}}]
    ---
    apiVersion: openslo/v1
    kind: AlertCondition
    metadata: {{name: fast, displayName: Fast}}
    spec: {CONDITION}
    ---
    apiVersion: openslo/v1
    kind: AlertNotificationTarget
    metadata: {{name: mail, displayName: Mail, annotations: {{airectl.dev/address: chat@example.com}}}}
    spec: {{target: Email, description: the team}}
    """
INLINE = f"""
        - kind: AlertPolicy
          metadata: {{name: fast}}
          spec:
            conditions: [{{kind: AlertCondition, metadata: {{name: fast}}, spec: {CONDITION}}}]
            notificationTargets:
              - {{kind: AlertNotificationTarget, metadata: {{name: mail}}, spec: {{target: Email}}}}"""


def of(policies: str, *, annotations: str = "", more: str = "") -> Alerting:
    text = SLO.replace("POLICIES", policies.strip()).replace("ANNOTATIONS", annotations) + more
    return alerting(read(text).specs)["chat/answers"]


def test_what_is_referred_to_is_resolved() -> None:
    (policy,) = of("- alertPolicyRef: fast", more=APART).policies
    assert (policy.name, policy.title, policy.description) == ("fast", "ChatBurns", "wakes someone up")
    assert (policy.when_breaching, policy.when_no_data, policy.when_resolved) == (True, False, None)
    assert policy.runbook == "https://runbooks.example.com/chat"
    condition = policy.condition
    assert (condition.severity, condition.op, condition.threshold) == ("Page", "gt", Decimal("14.4"))
    assert (condition.lookback_s, condition.after_s, condition.display_name) == (3600, 300, "Fast")


def test_of_the_metadata_what_prometheus_takes_as_labels_and_annotations() -> None:
    (policy,) = of("- alertPolicyRef: fast", more=APART).policies
    assert policy.labels == {"tier": "1", "teams": "a,b"}
    assert policy.annotations == {"summary": "It burns"}


def test_a_target_knows_its_kind_and_its_address_and_a_broken_one_is_left_out() -> None:
    (target,) = of("- alertPolicyRef: fast", more=APART).policies[0].targets
    assert (target.name, target.target, target.kind) == ("mail", "Email", "email")
    assert (target.address, target.display_name, target.description) == ("chat@example.com", "Mail", "the team")


def test_inline_and_referred_to_say_the_same() -> None:
    (inline,), (apart,) = of(INLINE).policies, of("- alertPolicyRef: fast", more=APART).policies
    for field in ("severity", "op", "threshold", "lookback_s", "after_s", "short_s"):
        assert getattr(inline.condition, field) == getattr(apart.condition, field)
    assert [target.kind for target in inline.targets] == [target.kind for target in apart.targets]


def test_places_are_those_that_the_user_wrote() -> None:
    (policy,) = of("- alertPolicyRef: fast", more=APART).policies
    assert policy.at == Location(path=PATH, line=14, col=23, end_line=14, end_col=27)
    assert policy.condition.threshold_at.line == policy.condition.lookback_at.line == policy.condition.at.line + 2
    assert policy.targets[0].target_at.line == policy.targets[0].at.line + 1


def test_the_order_is_that_of_the_slo() -> None:
    policies = of("- alertPolicyRef: fast" + INLINE.replace("name: fast", "name: slow", 1), more=APART).policies
    assert [policy.name for policy in policies] == ["fast", "slow"]


def test_what_is_broken_is_left_out() -> None:
    assert of("- alertPolicyRef: nowhere").policies == ()
    assert of(INLINE.replace("threshold: 14.40", "threshold: high")).policies == ()
    assert of(INLINE.replace("lookbackWindow: 1h", "lookbackWindow: long")).policies == ()


def test_without_policies_the_usual_alerts_unless_none_are_wanted() -> None:
    assert of("[]").usual
    assert not of(INLINE).usual
    silent = of("[]", annotations="airectl.dev/alerts: none")
    assert (silent.silent, silent.usual) == (True, False)


def condition(lookback_s: int) -> Condition:
    nowhere = Location(path=PATH)
    return Condition(
        name="c",
        severity="page",
        op="gt",
        threshold=Decimal(1),
        lookback_s=lookback_s,
        at=nowhere,
        threshold_at=nowhere,
        lookback_at=nowhere,
    )


def test_the_short_window_is_a_twelfth_in_whole_minutes() -> None:
    assert [condition(s).short_s for s in (3600, 21_600, 86_400, 259_200)] == [300, 1800, 7200, 21_600]
    assert condition(1000).short_s == 60
    assert condition(60).short_s == 60


def test_conditions_of_sloth_keep_its_windows() -> None:
    text = """
        version: prometheus/v1
        service: shop
        slos:
          - name: requests
            objective: 99.9
            sli: {raw: {error_ratio_query: "a[{{.window}}]"}}
            alerting: {name: ShopErrors, page_alert: {labels: {severity: page}}, ticket_alert: {disable: true}}
        """
    policies = alerting(read(text).specs)["shop/requests"].policies
    burns = [(p.title, p.condition.severity, p.condition.lookback_s, p.condition.short_s) for p in policies]
    assert burns == [("ShopErrors", "page", 3600, 300), ("ShopErrors", "page", 21_600, 1800)]
    assert policies[0].labels == {"severity": "page"}
