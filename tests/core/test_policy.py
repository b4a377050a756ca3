"""The policy that annotations ask for."""

from decimal import Decimal

from airectl.core.policy import Policy, policy_of


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
        exclusions=((60, 120),),
    )


def test_what_cannot_be_read_is_the_default() -> None:
    assert policy_of({"airectl.dev/no-data": "green", "airectl.dev/minimum-events": "-1"}) == Policy()
