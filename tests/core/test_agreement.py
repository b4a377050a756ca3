"""Policies and exclusions as airectl.toml has them."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest

from airectl.core.agreement import AgreementError, read_exclusions, read_policies
from airectl.core.policy import Exclusion

ONE: dict[str, Any] = {"from": "2026-12-01T23:00:00+01:00", "to": "2026-12-02T02:00:00.5Z", "reason": "switches"}


def test_an_exclusion_has_a_time_a_reason_and_whom_it_is_for() -> None:
    text = """
    [[exclusions]]
    from = 2026-12-01T22:00:00Z
    to = 2026-12-02T02:00:00Z
    reason = "new switches"
    service = ["chat", "embed"]
    slo = "rag/groundedness"
    """
    assert read_exclusions(tomllib.loads(text)["exclusions"]) == (
        Exclusion(
            start_s=1_796_162_400,
            end_s=1_796_176_800,
            reason="new switches",
            services=frozenset({"chat", "embed"}),
            slos=frozenset({"rag/groundedness"}),
        ),
    )


def test_times_may_be_texts_and_parts_of_a_second_are_taken_in() -> None:
    (each,) = read_exclusions([ONE])
    assert (each.start_s, each.end_s) == (1_796_162_400, 1_796_176_801)
    assert each.holds_for("any", "any/slo")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": "2026-12-01T22:00:00"}, "`from` must be a time with its zone"),
        ({"to": 3}, "`to` must be a time with its zone"),
        ({"to": "soon"}, "`to` must be a time with its zone"),
        ({"from": "0001-01-01T00:00:00+23:00"}, "`from` must be a time with its zone"),
        ({"to": ONE["from"]}, "`to` must be after `from`"),
        ({"reason": " "}, "`reason` must say why"),
        ({"service": []}, "`service` must name one at least"),
        ({"service": [1]}, "`service` must be a name or a list of names"),
        ({"slo": "ttft"}, "`slo` must hold SLOs as SERVICE/NAME"),
        ({"slo": "/ttft"}, "`slo` must hold SLOs as SERVICE/NAME"),
        ({"servise": "chat"}, "it must not hold `servise`: did you mean `service`?"),
    ],
)
def test_what_is_wrong_with_an_exclusion_is_told_with_its_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AgreementError, match="exclusions") as caught:
        read_exclusions([ONE, ONE | change])
    assert str(caught.value).startswith(f"`exclusions`: {message}")
    assert caught.value.index == 1


def test_policies_have_names() -> None:
    (policy,) = read_policies({"strict": {"thresholds": [{"consumed": 0.5}]}}).values()
    assert policy.warn_at == Decimal("0.5")
    with pytest.raises(AgreementError, match=r"`policies\.lax`: it must be a table") as caught:
        read_policies({"lax": 3})
    assert caught.value.name == "policies.lax"
