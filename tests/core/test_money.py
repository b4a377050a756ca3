"""Prices by the token, and what to reserve."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.money import Prices, active_shares, per_million, purchase

H100 = Prices(on_demand=Decimal("4.00"), reserved=Decimal("2.40"), spot=Decimal("1.50"))


def test_a_million_tokens_by_hand() -> None:
    # 4 $/h at 1,000 tokens a second: 3.6 million tokens an hour.
    assert per_million(Decimal(4), 1000.0) == pytest.approx(Decimal("1.1111"), abs=Decimal("0.0001"))
    assert per_million(Decimal(4), 0.0) is None


def test_active_shares_by_hand() -> None:
    assert active_shares([2, 1, 2, 3], 4) == [Fraction(1), Fraction(3, 4), Fraction(1, 4), Fraction(0)]
    assert active_shares([], 2) == [0, 0]


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(0, 12))
def test_active_shares_are_counted(needed: list[int], most: int) -> None:
    counted = [Fraction(sum(each >= k for each in needed), len(needed)) for k in range(1, most + 1)]
    assert active_shares(needed, most) == counted


def test_an_accelerator_is_reserved_above_the_break_even() -> None:
    # reserved/on demand is 0.6: a share of exactly 0.6 is not more than that.
    lots = purchase([Fraction(1), Fraction(61, 100), Fraction(60, 100), Fraction(1, 10), Fraction(0)], H100)
    assert [(lot.how, lot.count) for lot in lots] == [("reserved", 2), ("on-demand", 2), ("spot", 1)]
    assert lots[0].monthly == Decimal("2.40") * 2 * 730
    assert lots[1].monthly == Decimal("4.00") * 730 * Decimal("0.7")
    assert lots[2].monthly == 0


@pytest.mark.parametrize(
    ("prices", "hows"),
    [
        (Prices(on_demand=Decimal(4)), [("on-demand", 3)]),
        (Prices(reserved=Decimal(2)), [("reserved", 3)]),
        (Prices(reserved=Decimal(2), on_demand=Decimal(3)), [("reserved", 1), ("on-demand", 2)]),
        (Prices(spot=Decimal(1)), [("spot", 3)]),
        (Prices(reserved=Decimal(2), spot=Decimal(1)), [("reserved", 2), ("spot", 1)]),
        (Prices(), []),
    ],
)
def test_what_is_not_offered_is_not_bought(prices: Prices, hows: list[tuple[str, int]]) -> None:
    lots = purchase([Fraction(1), Fraction(1, 2), Fraction(0)], prices)
    assert [(lot.how, lot.count) for lot in lots] == hows


@given(st.lists(st.fractions(0, 1, max_denominator=50), max_size=20), st.integers(1, 400), st.integers(1, 400))
def test_no_other_choice_of_how_many_to_reserve_is_cheaper(shares: list[Fraction], low: int, high: int) -> None:
    prices = Prices(on_demand=Decimal(high) / 100, reserved=Decimal(low) / 100)
    ordered = sorted(shares, reverse=True)
    chosen = sum(Fraction(lot.monthly) for lot in purchase(ordered, prices))
    for count in range(len(ordered) + 1):
        reserved = Fraction(low, 100) * 730 * count
        rest = sum((Fraction(high, 100) * 730 * share for share in ordered[count:]), Fraction(0))
        assert chosen <= reserved + rest + Fraction(1, 10**9)
