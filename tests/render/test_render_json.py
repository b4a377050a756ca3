import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from report_examples import empty, hostile, readable, view_of

from airectl.core.report import Kind, Outcome, Report, Status
from airectl.exits import Exit
from airectl.render.exact import dumps, instant
from airectl.render.json import render


class Colour(Enum):
    RED = 1


@pytest.mark.parametrize("report", [readable(), hostile(), empty()], ids=["readable", "hostile", "empty"])
def test_every_report_is_valid_by_the_shipped_schema(report: Report, report_schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(report_schema)
    validator = Draft202012Validator(report_schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(json.loads(render(view_of(report))))) == []


def test_the_schema_knows_every_exit_status_and_outcome(report_schema: dict[str, Any]) -> None:
    properties = report_schema["properties"]
    assert set(properties["exit_code"]["enum"]) == set(map(int, Exit))
    assert set(properties["status"]["enum"]) == {each.value for each in Status}
    assert set(report_schema["$defs"]["gate"]["properties"]["outcome"]["enum"]) == {each.value for each in Outcome}


@pytest.mark.parametrize("member", ["schema", "gates", "findings", "partial", "data"])
def test_the_schema_misses_a_member_that_is_gone(member: str, report_schema: dict[str, Any]) -> None:
    report = json.loads(render(view_of(readable())))
    del report[member]
    assert not Draft202012Validator(report_schema).is_valid(report)


def test_numbers_are_written_exactly() -> None:
    text = render(view_of(readable()))
    assert '"target_ratio": 0.950,' in text
    assert '"tiny_ratio": 0.0000001,' in text
    assert '"sli_ratio": 0.91199,' in text
    assert '"valid_events": null,' in text
    assert '"to": "2026-11-20T12:00:00Z"' in text
    assert '"outcome": "failed"' in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.999"), "0.999"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0"), "-0.0"),
        (Decimal("1E-400000"), "1E-400000"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000.0"),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        (12, "12"),
        (Kind.RATIO, '"ratio"'),
        (Colour.RED, "1"),
        (Exit.FAILED, "1"),
        (PurePosixPath("a/b"), '"a/b"'),
        ({}, "{}"),
        ((), "[]"),
        ([[]], "[\n  []\n]"),
        ("é 模型 \u202e \udcff \U000e0041", r'"é 模型 \u202e \udcff \udb40\udc41"'),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert dumps(value) == text + "\n"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity")])
def test_there_is_no_nan(number: float | Decimal) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        dumps({"x": [number]})


@pytest.mark.parametrize("value", [{1: 2}, {"x": object()}, {"x": {1, 2}}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        dumps(value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec=None))
    | st.decimals(allow_nan=False, allow_infinity=False, places=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def as_utf16(value: Any) -> Any:
    """Text as its UTF-16 units: JSON cannot tell a pair of lone surrogates from the character that they make."""
    if isinstance(value, str):
        return value.encode("utf-16-be", "surrogatepass")
    if isinstance(value, Mapping):
        return {as_utf16(key): as_utf16(each) for key, each in value.items()}
    return [as_utf16(each) for each in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert as_utf16(json.loads(dumps(value), parse_float=Decimal)) == as_utf16(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_back(number: float) -> None:
    assert json.loads(dumps(number)) == number


def test_times_are_in_utc_with_a_z() -> None:
    assert instant(datetime(2026, 11, 20, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))) == (
        "2026-11-20T12:00:00.000005Z"
    )
    assert instant(datetime(2026, 11, 20, tzinfo=UTC)) == "2026-11-20T00:00:00Z"
