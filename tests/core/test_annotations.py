"""airectl's own annotations: what each takes, and what it refuses."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.annotations import KNOWN, PREFIX, Period, read
from airectl.core.slo import Measure


@pytest.mark.parametrize("name", KNOWN)
def test_every_example_can_be_read(name: str) -> None:
    KNOWN[name].read(KNOWN[name].example)


@pytest.mark.parametrize("name", KNOWN)
def test_no_annotation_may_be_empty(name: str) -> None:
    with pytest.raises(ValueError, match="must"):
        KNOWN[name].read(" ")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("signal", "ttft", Measure.TTFT),
        ("threshold", "200ms", (Decimal("0.2"), "s")),
        ("threshold", "0.95", (Decimal("0.95"), "")),
        ("no-data", "bad", "bad"),
        ("minimum-events", "300", 300),
        ("confidence", "95%", Decimal("0.95")),
        ("confidence", "0.95", Decimal("0.95")),
        ("label-delay", "2d", Decimal(172_800)),
        ("sampled", "true", True),
        ("sampled", "false", False),
        ("group-by", "model, region", ("model", "region")),
        ("depends-on", "auth/logins, store/reads", (("auth", "logins"), ("store", "reads"))),
        ("telemetry-version", "0.11.2", "0.11.2"),
    ],
)
def test_values_are_read_exactly(name: str, text: str, value: Any) -> None:
    assert read({PREFIX + name: text}, name) == value


def test_a_policy_is_a_name_or_its_terms() -> None:
    assert read({f"{PREFIX}policy": "strict"}, "policy") == "strict"
    assert read({f"{PREFIX}policy": '{"thresholds": [{"consumed": 0.5}]}'}, "policy").warn_at == Decimal("0.5")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("two words", "must be the name of a policy, or a policy as JSON"),
        ("{max_burn: 14.4}", "must be the name of a policy, or a policy as JSON"),
        ('{"max_burn": 14.4}', "is no policy: `max_burn` must be a table with factor, over, consequence"),
        ('{"colour": 1}', "must not hold `colour`: it takes thresholds, max_burn, lookbacks"),
    ],
)
def test_what_is_no_policy_is_told_in_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"policy|must") as caught:
        KNOWN["policy"].read(text)
    assert str(caught.value) == message


def test_exclusions_are_periods_in_utc() -> None:
    text = "2026-12-01T23:00+01:00/2026-12-02T02:00Z"
    assert read({f"{PREFIX}exclusions": text}, "exclusions") == (
        Period(start=datetime(2026, 12, 1, 22, tzinfo=UTC), end=datetime(2026, 12, 2, 2, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("signal", "latency"),
        ("signal", "TTFT"),
        ("threshold", "fast"),
        ("threshold", "inf"),
        ("no-data", "BAD"),
        ("minimum-events", "0"),
        ("minimum-events", "1.5"),
        ("minimum-events", "\u0663"),
        ("confidence", "95"),
        ("confidence", "1"),
        ("confidence", "0.4"),
        ("confidence", "nan"),
        ("label-delay", "2"),
        ("sampled", "yes"),
        ("group-by", "model region"),
        ("group-by", "model,"),
        ("depends-on", "logins"),
        ("depends-on", "a/b/c"),
        ("exclusions", "2026-12-01/2026-12-02"),
        ("exclusions", "2026-12-02T00:00Z/2026-12-01T00:00Z"),
        ("exclusions", "2026-12-01T00:00Z"),
        ("telemetry-version", "latest"),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_guessed(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        KNOWN[name].read(text)
    assert read({PREFIX + name: text}, name) is None


def test_absent_and_not_a_text_are_none() -> None:
    assert read({}, "owner") is None
    assert read({f"{PREFIX}minimum-events": 300}, "minimum-events") is None


@given(st.sampled_from(sorted(KNOWN)), st.text(max_size=40))
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    read({PREFIX + name: text}, name)


def test_an_address_is_no_url_since_that_of_a_webhook_is_a_secret() -> None:
    assert read({f"{PREFIX}address": "#chat-alerts"}, "address") == "#chat-alerts"
    for text in ("https://hooks.example.com/T0/B0/abc", "two words", "{{ .X }}"):
        assert read({f"{PREFIX}address": text}, "address") is None
