"""Tables of burn-rate alerts: the shipped ones are their sources', a user's own is read strictly."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.rules import tables
from airectl.rules.windows import Pair, Table, choose

DAY_S = 86_400
OURS = """\
name: ours
period: 28d
source: https://wiki.example.com/alerting
alerts:
  - {severity: page, budget_percent: 2, long: 1h, short: 5m, keep_firing_for: 10m}
  - {severity: ticket, factor: 1.5, long: 3d, short: 6h, for: 30m, source: https://wiki.example.com/slow}
"""


def factors(table: Table) -> list[tuple[str, Decimal]]:
    return [(pair.severity, pair.factor_of(table.period_s)) for pair in table.pairs]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("google-30d", [("page", "14.4"), ("page", "6"), ("ticket", "3"), ("ticket", "1")]),
        ("google-28d", [("page", "13.44"), ("page", "5.6"), ("ticket", "2.8"), ("ticket", "14/15")]),
        ("datadog-7d", [("page", "16.8"), ("page", "5.6"), ("ticket", "2.8")]),
        ("datadog-90d", [("page", "21.6"), ("page", "10.8"), ("ticket", "4.5")]),
    ],
)
def test_shipped_factors_are_those_of_their_sources(name: str, expected: list[tuple[str, str]]) -> None:
    (table,) = [each for each in tables.shipped() if each.name == name]
    wanted = [(severity, Decimal(14) / 15 if "/" in text else Decimal(text)) for severity, text in expected]
    assert factors(table) == wanted


def test_every_shipped_pair_names_its_source_and_has_a_short_window_of_a_twelfth() -> None:
    found = [pair for table in tables.shipped() for pair in table.pairs]
    assert len(found) > 12
    for pair in found:
        assert pair.url.startswith("https://")
        assert pair.short_s * 12 == pair.long_s


@given(st.integers(1, 3650))
def test_there_is_a_table_for_every_period(days: int) -> None:
    chosen = choose(tables.shipped(), days * DAY_S)
    shorter = [table.period_s for table in tables.shipped() if table.period_s <= days * DAY_S]
    assert chosen.period_s == (max(shorter) if shorter else 7 * DAY_S)


def test_without_tables_there_is_none_to_choose() -> None:
    with pytest.raises(ValueError, match="no tables"):
        choose([], DAY_S)


@given(st.integers(1, 100), st.integers(1, 90))
def test_a_share_stays_in_any_period(percent: int, days: int) -> None:
    pair = Pair(severity="page", long_s=3600, short_s=300, share=Decimal(percent) / 100)
    period_s = days * DAY_S
    assert pair.factor_of(period_s) * 3600 / period_s == pytest.approx(Decimal(percent) / 100)


def test_a_users_table_is_read() -> None:
    found = tables.read("ours.yaml", OURS)
    assert found.findings == ()
    assert found.table
    assert found.table.own
    assert factors(found.table) == [("page", Decimal("13.44")), ("ticket", Decimal("1.5"))]
    page, ticket = found.table.pairs
    assert (page.keep_firing_for_s, page.for_s, page.url) == (600, 0, "https://wiki.example.com/alerting")
    assert (ticket.keep_firing_for_s, ticket.for_s, ticket.url) == (None, 1800, "https://wiki.example.com/slow")


@pytest.mark.parametrize(
    ("changed", "to", "code", "line"),
    [
        ("period: 28d", "periode: 28d", "AIR011", 2),
        ("period: 28d\n", "", "AIR010", 1),
        ("28d", "28", "AIR012", 2),
        ("28d", "4 weeks", "AIR013", 2),
        ("budget_percent: 2", "budget_percent: 120", "AIR013", 5),
        ("budget_percent: 2", "budget_percent: 2, factor: 3", "AIR015", 5),
        ("budget_percent: 2, ", "", "AIR015", 5),
        ("short: 5m", "short: 1h", "AIR309", 5),
        ("long: 3d", "long: 30d", "AIR309", 6),
        ("name: ours", "name: ours\nname: two", "AIR003", 2),
        ("name: ours", "name: [", "AIR002", 3),
    ],
)
def test_a_wrong_table_is_told_at_its_place(changed: str, to: str, code: str, line: int) -> None:
    assert changed in OURS
    found = tables.read("ours.yaml", OURS.replace(changed, to, 1))
    assert found.table is None
    assert code in {f.code for f in found.findings}
    assert {f.at.line for f in found.findings if f.at and f.code == code} == {line}


@pytest.mark.parametrize("text", ["", "- 1\n", f"{OURS}---\n{OURS}", "text\n"])
def test_a_file_holds_one_table(text: str) -> None:
    found = tables.read("ours.yaml", dedent(text))
    assert found.table is None
    assert [f.code for f in found.findings] == ["AIR309"]
