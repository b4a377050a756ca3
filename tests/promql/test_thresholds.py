"""Alerts of Sloth and airectl are read back: which record is compared with which number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from airectl.promql.parse import parse
from airectl.promql.thresholds import alternatives, constant

BURN = """
(
    max(slo:sli_error:ratio_rate5m{sloth_id="a"} > (14.4 * 0.001)) without (sloth_window)
    and
    max(slo:sli_error:ratio_rate1h{sloth_id="a"} > (14.4 * 0.001)) without (sloth_window)
)
or
(
    max without (sloth_window) (slo:sli_error:ratio_rate30m{sloth_id="a"}) >= 0.006
    and
    0.006 <= max without (sloth_window) (slo:sli_error:ratio_rate6h{sloth_id="a"})
)
"""


def read(text: str) -> list[list[tuple[str, str, Decimal]]]:
    return [[(each.name, each.op, each.value) for each in found] for found in alternatives(parse(text))]


def test_pairs_of_windows_are_read_from_an_alert() -> None:
    record, page, low = "slo:sli_error:ratio_rate", Decimal("0.0144"), Decimal("0.006")
    assert read(BURN) == [
        [(f"{record}5m", ">", page), (f"{record}1h", ">", page)],
        [(f"{record}30m", ">=", low), (f"{record}6h", ">=", low)],
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("up == 0", []),
        ("absent(up)", []),
        ("a > b", []),
        ("a > 1 and b", [[("a", ">", Decimal(1))]]),
        ("a > 1 unless b > 2", [[("a", ">", Decimal(1))]]),
        ("(a > 1 or b > 2) and c < 3",
         [[("a", ">", Decimal(1)), ("c", "<", Decimal(3))], [("b", ">", Decimal(2)), ("c", "<", Decimal(3))]]),
        ("a > 1 / 0", []),
        ("rate(a[5m]) / rate(b[5m]) > 1", []),
    ],
)  # fmt: skip
def test_what_is_no_comparison_of_one_selector_is_left_out(text: str, found: list[object]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("vector(0.999)", "0.999"),
        ("vector(1-0.9990000000000001)", "0.0009999999999999"),
        ("-(2 + 3) * 4 / 8", "-2.5"),
        ("up", None),
        ("1 % 2", None),
        ("1 / 0", None),
        ("Inf", None),
    ],
)
def test_numbers_are_exact(text: str, number: str | None) -> None:
    assert constant(parse(text).tree) == (None if number is None else Decimal(number))
