"""What is written reads back as it was, by airectl and by any other YAML reader."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl.spec.composer import compose
from airectl.spec.emit import emit
from airectl.spec.tree import to_plain

TRAPS = (
    "on", "off", "yes", "No", "y", "N", "true", "null", "~", "", " ", "=", "<<", "-", "?", ":",
    "!x", "&a", "*a", "%a", "@a", "`a", "#b", "- a", "[a", "{a", "|", ">", "'", '"', "\\", "---", "...",
    "010", "08", "0o17", "0x1F", "0b11", "1_000", "12:30:00", "1e3", "1.5e3", ".5", "1.", "+1", "-0", ".inf", ".NaN",
    "9" * 70, "2022-01-01", "2022-01-01 12:00:00", "2022-13-45", "99.9%", "a: b", "a #b", " a", "a ",
    "a\n", "\na", "a\n b\n", "a \nb", "a\n\n\nb\n\n", "a\n---\nb", "\ta", "a\tb\nc", "a\rb",
    "a\x85b", "a\u2028b\n", "\ufeffa", "\x00", "\x07", "😀\nb", "é", "x" * 500, ("x " * 200).strip(),
    "{{.window}}", "$x", 'sum(rate(a{b="c"}[5m]))',
)  # fmt: skip

# Anything but lone surrogates, which no file in UTF-8 can hold.
texts = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
numbers = st.one_of(
    st.integers(min_value=-(10**30), max_value=10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**9), max_value=10**9),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
    .filter(lambda x: not 0 < abs(x) < 1e-290)
    .map(lambda x: Decimal(repr(x))),
)
leaves = st.one_of(texts, numbers, st.booleans(), st.none())
documents = st.dictionaries(
    texts,
    st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
        max_leaves=12,
    ),
    max_size=5,
)


def as_floats(value: Any) -> Any:
    """Data as a reader without exact decimals holds them; what is written without a point is an int."""
    if isinstance(value, Decimal):
        whole = f"{value:f}"
        return int(whole) if "." not in whole and len(whole) <= 40 else float(value)
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return value


@settings(max_examples=200, deadline=None)
@given(st.lists(documents, min_size=1, max_size=3))
def test_what_is_written_reads_back_the_same(written: list[dict[str, Any]]) -> None:
    text = emit(written, "openslo-v1")
    read = compose("x.yaml", text)
    assert read.findings == []
    assert [to_plain(each) for each in read.documents] == written
    assert list(yaml.safe_load_all(text)) == as_floats(written)
    assert list(yaml.load_all(text, Loader=yaml.CSafeLoader)) == as_floats(written)


@pytest.mark.parametrize("text", TRAPS)
def test_a_text_stays_a_text_as_value_and_as_key(text: str) -> None:
    written = emit([{"a": text, text: ["b", text]}], "openslo-v1")
    read = compose("x.yaml", written)
    assert (read.findings, read.documents) == ([], [{"a": text, text: ["b", text]}])
    assert yaml.safe_load(written) == {"a": text, text: ["b", text]}


@pytest.mark.parametrize(
    "number", ["0.999", "99.9", "0.9990", "0.00001", "14.4", "5", "300", "0.1234567890123456789", "-0.5"]
)
def test_a_number_keeps_its_digits(number: str) -> None:
    assert emit([{"a": Decimal(number)}], "openslo-v1") == f"a: {number}\n"


@pytest.mark.parametrize(("number", "written"), [("1E+300", "1.0e+300"), ("1.25E-50", "1.25e-50"), ("1E+2", "100")])
def test_a_number_with_an_exponent_is_one_to_every_reader(number: str, written: str) -> None:
    text = emit([{"a": Decimal(number)}], "openslo-v1")
    assert text == f"a: {written}\n"
    assert yaml.safe_load(text) == {"a": float(number)}
    assert compose("x.yaml", text).documents == [{"a": Decimal(number)}]


def test_a_query_of_several_lines_is_a_block() -> None:
    assert emit([{"query": "sum(\n  a\n)\n", "other": "a\nb"}], "openslo-v1") == (
        "query: |\n  sum(\n    a\n  )\nother: |-\n  a\n  b\n"
    )


def test_keys_stand_in_the_order_of_the_schema() -> None:
    slo = {
        "spec": {
            "objectives": [{"target": Decimal("0.9"), "op": "lt", "displayName": "x"}],
            "service": "web",
            "alertPolicies": [{"spec": {}, "kind": "AlertPolicy"}, {"alertPolicyRef": "a"}],
            "indicator": {"spec": {"thresholdMetric": {"metricSource": {"spec": {"z": 1, "a": 2}, "type": "Any"}}}},
        },
        "metadata": {"labels": {"z": "1", "a": "2"}, "name": "x"},
        "kind": "SLO",
        "apiVersion": "openslo/v1",
    }
    assert emit([slo], "openslo-v1") == (
        "apiVersion: openslo/v1\nkind: SLO\n"
        'metadata:\n  name: x\n  labels:\n    z: "1"\n    a: "2"\n'
        "spec:\n  service: web\n"
        "  indicator:\n    spec:\n      thresholdMetric:\n        metricSource:\n          type: Any\n"
        "          spec:\n            z: 1\n            a: 2\n"
        "  objectives:\n    - displayName: x\n      op: lt\n      target: 0.9\n"
        "  alertPolicies:\n    - kind: AlertPolicy\n      spec: {}\n    - alertPolicyRef: a\n"
    )


def test_documents_are_set_apart_and_an_empty_stream_is_empty() -> None:
    assert emit([{"a": 1}, {"b": 2}], "openslo-v1") == "a: 1\n---\nb: 2\n"
    assert emit([], "openslo-v1") == ""
