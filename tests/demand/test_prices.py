"""Prices from the user's file: exact, dated, and of the accelerator that is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from airectl.core.findings import Finding, Severity
from airectl.core.money import Prices
from airectl.demand.prices import PriceList, read

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TWO = """date: "2026-11-01"
currency: EUR
accelerators:
  h100: {on_demand: 4.10, reserved: 2.05, spot: 1.5, source: https://prices.example.com}
  v5e: {on_demand: 1.2}
"""


def listed(text: str) -> PriceList:
    found = read("prices.yaml", text, NOW)
    assert isinstance(found, PriceList)
    return found


def test_prices_are_exact() -> None:
    found = listed(TWO)
    assert found.currency == "EUR"
    assert found.of("H100") == Prices(on_demand=Decimal("4.10"), reserved=Decimal("2.05"), spot=Decimal("1.5"))
    assert not found.findings


def test_the_only_accelerator_need_not_be_named() -> None:
    assert listed('date: "2026-11-01"\ncurrency: USD\naccelerators: {l4: {spot: 0.2}}\n').of("") == Prices(
        spot=Decimal("0.2")
    )


@pytest.mark.parametrize(("name", "help"), [("", "name it with"), ("h10", "did you mean `h100`?"), ("xx", "there are")])
def test_an_accelerator_without_a_price(name: str, help: str) -> None:
    found = listed(TWO).of(name)
    assert isinstance(found, Finding)
    assert help in found.help


@pytest.mark.parametrize(
    ("day", "more", "messages"),
    [
        ("2026-08-20", "", []),
        ("2026-08-01", "", ["the prices are 111 days old"]),
        ("2026-12-01", "", ["the prices are of a day to come"]),
        ("2026-11-01", "example: true\n", ["the prices are an example"]),
    ],
)
def test_prices_have_a_day(day: str, more: str, messages: list[str]) -> None:
    found = listed(TWO.replace("2026-11-01", day) + more)
    assert [f.message for f in found.findings] == messages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "AIR520"),
        ("- 1\n", "AIR520"),
        ("date: x\n", "AIR010"),
        (TWO.replace("2026-11-01", "2026-13-01"), "AIR520"),
        (TWO.replace("4.10", "0"), "AIR013"),
        (TWO.replace("4.10", "much"), "AIR012"),
        (TWO.replace("spot", "spots"), "AIR011"),
        (TWO.replace("EUR", "euro"), "AIR013"),
        ("date: [", "AIR002"),
    ],
    ids=range(9),
)
def test_files_that_are_no_prices(text: str, code: str) -> None:
    found = read("prices.yaml", text, NOW)
    assert not isinstance(found, PriceList)
    assert code in [f.code for f in found]


def test_what_cannot_be_read_is_an_error() -> None:
    found = read("prices.yaml", "date: 2026-13-01\ncurrency: EUR\n", NOW)
    assert not isinstance(found, PriceList)
    assert [(each.code, each.severity) for each in found] == [("AIR006", Severity.ERROR)]
