"""The policy that annotations ask for."""

from decimal import Decimal

from airectl.core.policy import Agreed, Exclusion, Policy, policy_of
from airectl.core.terms import Terms, Threshold


def test_without_annotations_it_is_the_default() -> None:
    assert policy_of({}) == Policy()
    assert Policy().warn_at == Decimal("0.75")


def test_every_annotation_is_read() -> None:
    policy = policy_of({
        "airectl.dev/no-data": "bad",
        "airectl.dev/minimum-events": "300",
        "airectl.dev/sampled": "true",
        "airectl.dev/confidence": "90%",
        "airectl.dev/label-delay": "2d",
        "airectl.dev/exclusions": "1970-01-01T00:01Z/1970-01-01T00:02Z",
    })  # fmt: skip
    assert policy == Policy(
        no_data="bad",
        minimum_events=300,
        sampled=True,
        confidence=Decimal("0.9"),
        label_delay_s=172_800,
        exclusions=(Exclusion(start_s=60, end_s=120),),
    )


def test_what_cannot_be_read_is_the_default() -> None:
    assert policy_of({"airectl.dev/no-data": "green", "airectl.dev/minimum-events": "-1"}) == Policy()


def test_a_policy_is_named_or_written_out_and_the_default_can_be_set() -> None:
    strict = Terms(thresholds=(Threshold(consumed=Decimal("0.5")), Threshold(consumed=Decimal(1), gates=True)))
    named, both = Agreed(policies={"strict": strict}), Agreed(policies={"strict": strict, "default": strict})
    assert policy_of({"airectl.dev/policy": "strict"}, named).terms == strict
    assert policy_of({}, named).terms == Terms()
    assert policy_of({}, both).terms == strict
    assert policy_of({"airectl.dev/policy": '{"thresholds": [{"consumed": 0.5}]}'}, both).terms == strict
    assert policy_of({"airectl.dev/policy": "{}"}, both).terms == Terms()
    assert policy_of({"airectl.dev/policy": "lost"}, named).terms == Terms()


def test_exclusions_hold_for_those_they_name() -> None:
    everyone = Exclusion(start_s=0, end_s=60, reason="move")
    service = Exclusion(start_s=60, end_s=120, services=frozenset({"chat"}))
    slo = Exclusion(start_s=120, end_s=180, slos=frozenset({"chat/ttft"}))
    agreed = Agreed(exclusions=(everyone, service, slo))
    assert policy_of({}, agreed, "chat/ttft").exclusions == (everyone, service, slo)
    assert policy_of({}, agreed, "chat/availability").exclusions == (everyone, service)
    assert policy_of({}, agreed, "embed/ttft").exclusions == (everyone,)


def test_an_exclusion_takes_in_the_second_it_ends_in() -> None:
    (each,) = policy_of({"airectl.dev/exclusions": "1970-01-01T00:01:00.5Z/1970-01-01T00:02:00.5Z"}).exclusions
    assert (each.start_s, each.end_s) == (60, 121)
