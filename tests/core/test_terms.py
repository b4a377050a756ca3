"""Error budget policies: what they say, and what cannot be one."""

import json
import tomllib
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from airectl.core.terms import LOOKBACKS, MaxBurn, Terms, Threshold, parse_terms, read_terms

WHOLE = """
lookbacks = ["1h", "2d"]
max_burn = { factor = 14.4, over = "30m", consequence = "no deploys" }

[[thresholds]]
consumed = 0.5
consequence = "only fixes"
gates = true

[[thresholds]]
consumed = "90%"

[[thresholds]]
consumed = 2
consequence = "an outside review"
"""


def test_the_default_warns_at_three_quarters_and_gates_above_one() -> None:
    assert read_terms({}) == Terms()
    assert Terms().warn_at == Decimal("0.75")
    assert Terms().lookbacks == LOOKBACKS
    assert Terms().reached(Fraction(3, 4)) == (Threshold(consumed=Decimal("0.75")),)
    assert Terms().reached(Fraction(1))[-1].gates is False
    assert Terms().reached(Fraction(1001, 1000))[-1].gates is True


def test_every_key_is_read_exactly() -> None:
    terms = read_terms(tomllib.loads(WHOLE))
    assert terms.thresholds == (
        Threshold(consumed=Decimal("0.5"), consequence="only fixes", gates=True),
        Threshold(consumed=Decimal("0.9")),
        Threshold(consumed=Decimal(1), gates=True),
        Threshold(consumed=Decimal(2), consequence="an outside review"),
    )
    assert terms.max_burn == MaxBurn(factor=Decimal("14.4"), over="30m", consequence="no deploys")
    assert list(terms.lookbacks.items()) == [("30m", 1800), ("1h", 3600), ("2d", 172_800)]
    assert terms.warn_at == Decimal("0.5")


def test_json_says_the_same_as_toml() -> None:
    assert parse_terms(json.dumps(tomllib.loads(WHOLE))) == read_terms(tomllib.loads(WHOLE))


def test_a_policy_may_let_an_exhausted_budget_pass_and_warn_of_nothing() -> None:
    terms = read_terms({"thresholds": [{"consumed": 1, "gates": False, "consequence": "talk about it"}]})
    assert terms.warn_at == 1
    assert terms.reached(Fraction(1)) == ()
    assert terms.reached(Fraction(2)) == (Threshold(consumed=Decimal(1), consequence="talk about it"),)


def test_a_burn_breaks_the_limit_only_above_it() -> None:
    terms = read_terms({"max_burn": {"factor": 14.4, "over": "1h"}})
    assert terms.broken({"1h": Fraction("14.4")}) is None
    assert terms.broken({"1h": Fraction("14.41")}) == terms.max_burn
    assert terms.broken({"1h": None}) is None
    assert Terms().broken({"1h": Fraction(1000)}) is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], "must be a table with thresholds, max_burn, lookbacks"),
        ({"treshold": []}, "must not hold `treshold`: did you mean `thresholds`?"),
        ({"colour": 1}, "must not hold `colour`: it takes thresholds, max_burn, lookbacks"),
        ({"thresholds": {}}, "`thresholds` must be a list"),
        ({"thresholds": []}, "`thresholds` must be a list"),
        ({"thresholds": ["0.5"]}, "`thresholds` must be a table with consumed, consequence, gates"),
        ({"thresholds": [{}]}, '`consumed` must be a ratio of the budget such as 0.5, or "50%"'),
        ({"thresholds": [{"consumed": 0}]}, '`consumed` must be a ratio of the budget such as 0.5, or "50%"'),
        ({"thresholds": [{"consumed": "half"}]}, '`consumed` must be a ratio of the budget such as 0.5, or "50%"'),
        ({"thresholds": [{"consumed": True}]}, '`consumed` must be a ratio of the budget such as 0.5, or "50%"'),
        ({"thresholds": [{"consumed": float("nan")}]}, "`consumed` must be a ratio of the budget such as 0.5"),
        ({"thresholds": [{"consumed": 75}]}, "`consumed` must be a ratio such as 0.5"),
        ({"thresholds": [{"consumed": 0.5}, {"consumed": "50%"}]}, "`thresholds` must not hold `0.5` twice"),
        ({"thresholds": [{"consumed": 0.5, "gates": "yes"}]}, "`gates` must be true or false"),
        ({"thresholds": [{"consumed": 0.5, "consequence": 1}]}, "`consequence` must be a text"),
        ({"max_burn": 14.4}, "`max_burn` must be a table with factor, over, consequence"),
        ({"max_burn": {"factor": 14.4}}, "must have lookbacks such as 5m, 1h or 3d: `` is none"),
        ({"max_burn": {"factor": -1, "over": "1h"}}, "`factor` must be a burn rate above 0 such as 14.4"),
        ({"lookbacks": ["1h", 3]}, "must have lookbacks such as 5m, 1h or 3d: `3` is none"),
        ({"lookbacks": ["1M"]}, "must have lookbacks in minutes, hours, days or weeks: `1M` is none"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_policy_is_told_in_words(table: Any, message: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        read_terms(table)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["{", "{]", "[" * 100_000, '{"max_burn": {"factor": Infinity, "over": "1h"}}'])
def test_what_is_no_json_is_told_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_terms(text)
