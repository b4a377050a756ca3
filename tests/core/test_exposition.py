"""Pages of /metrics: what they say, and what is wrong with them, with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from airectl.core.exposition import MAX_FAULTS, read

PAGE = """\
# HELP vllm:time_to_first_token_seconds Histogram of time to first token in seconds.
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.25",model_name="a}b"} 3
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="a}b"} 4.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="a}b"} 4 1700000000000
vllm:time_to_first_token_seconds_sum{engine="0",model_name="a}b"} 1.5e-3

# TYPE up gauge
up 1
loose{path="C:\\\\dir\\n\\"x\\""} NaN
"""


def test_a_page_says_its_families_types_labels_and_values() -> None:
    page = read(PAGE)
    ttft = page.families["vllm:time_to_first_token_seconds"]
    assert (ttft.type, ttft.samples, ttft.line) == ("histogram", 4, 1)
    assert ttft.help == "Histogram of time to first token in seconds."
    assert ttft.values("le") == ("0.25", "+Inf")
    assert ttft.values("model_name") == ("a}b",)
    assert page.families["loose"].values("path") == ('C:\\dir\n"x"',)
    assert page.families["loose"].type == ""
    assert page.values == {"up": 1.0}
    assert page.samples == 6
    assert page.faults == ()


def test_a_series_belongs_to_the_family_that_shows_it() -> None:
    page = read(PAGE)
    found = page.family_of("vllm:time_to_first_token_seconds_bucket")
    assert found is page.families["vllm:time_to_first_token_seconds"]
    assert page.family_of("vllm:time_to_first_token_seconds") is None
    assert page.family_of("vllm:time_to_first_token_seconds_total") is None


@pytest.mark.parametrize(
    ("text", "line", "col", "message"),
    [
        ("", 1, 1, "the page is empty"),
        (" \n<!doctype html><html>", 1, 1, "this is HTML, not metrics"),
        ('{"status":"ok"}', 1, 1, "this is JSON, not metrics"),
        ("# nothing here\n", 1, 1, "the page has no metric"),
        ("up 1\nup", 2, 3, "a value is missing"),
        ("up 1\ndown 1", 2, 1, "the page is cut off: its last line has no end"),
        ("up one\n", 1, 4, "`one` is no number"),
        ("up 1_0\n", 1, 4, "`1_0` is no number"),
        ("up 1 soon\n", 1, 6, "`soon` is no time of a sample"),
        ('up{a="1} 1\n', 1, 3, "the labels do not end on this line"),
        ('up{a="1"}\n', 1, 10, "a value is missing"),
        ("up{a=1} 1\n", 1, 4, "the labels cannot be read"),
        ('up{a="1" b="2"} 1\n', 1, 10, "the labels cannot be read"),
        ('up{a="1",a="2"} 1\n', 1, 4, "a label stands there twice"),
        ("9up 1\n", 1, 1, "this is no name of a metric"),
        ("# TYPE up speed\nup 1\n", 1, 11, "`speed` is no type of a metric"),
        ("up 1\n# EOF\nup 2\n", 3, 1, "something follows `# EOF`"),
    ],
)
def test_what_is_wrong_has_its_place(text: str, line: int, col: int, message: str) -> None:
    fault = read(text).faults[0]
    assert (fault.line, fault.col, fault.message) == (line, col, message)


def test_all_faults_are_told_up_to_a_bound_and_the_rest_is_read() -> None:
    page = read("up 1\n" + "nonsense\n" * 100 + "down 0\n")
    assert len(page.faults) == MAX_FAULTS
    assert set(page.families) == {"up", "down"}


def test_a_server_that_promised_openmetrics_has_to_end_so() -> None:
    assert read("up 1\n").faults == ()
    assert "does not end with `# EOF`" in read("up 1\n", open_metrics=True).faults[0].message
    whole = read("up 1\n# EOF\n", open_metrics=True)
    assert whole.faults == ()
    assert whole.open_metrics


def test_pages_of_the_python_client_in_both_formats() -> None:
    registry = CollectorRegistry()
    Counter("requests", "Requests", ["code"], registry=registry).labels("200").inc()
    Gauge("queue_size", "Queue", registry=registry).set(3)
    Histogram("wait_seconds", "Wait", buckets=(0.1, 1), registry=registry).observe(0.5, {"trace_id": "a # b"})
    Summary("predict_seconds", "Predict", registry=registry).observe(1)
    old = read(generate_latest(registry).decode())
    new = read(openmetrics.generate_latest(registry).decode())  # type: ignore[no-untyped-call]  # it has no types
    assert old.faults == new.faults == ()
    assert (old.open_metrics, new.open_metrics) == (False, True)
    assert old.families["requests_total"].type == "counter"
    assert new.families["requests"].series == {"requests_total": None, "requests_created": None}
    for page in (old, new):
        assert page.families["wait_seconds"].values("le") == ("0.1", "1.0", "+Inf")
        assert page.families["predict_seconds"].type == "summary"
        assert page.values["queue_size"] == 3


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["}", '"', "\\", "\n", ",", "=", '",x="', "# EOF", "{", " "]
)
_names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: not name.startswith("__"))


@given(st.dictionaries(_names, _texts, max_size=4), st.floats(allow_nan=False))
def test_labels_of_any_text_are_read_as_the_client_library_reads_them(labels: dict[str, str], value: float) -> None:
    registry = CollectorRegistry()
    Gauge("thing", "A thing", list(labels), registry=registry).labels(*labels.values()).set(value) if labels else Gauge(
        "thing", "A thing", registry=registry
    ).set(value)
    text = generate_latest(registry).decode()
    page = read(text)
    (theirs,) = text_string_to_metric_families(text)
    assert page.faults == ()
    assert {name: set(values) for name, values in page.families["thing"].labels.items()} == {
        name: {each} for name, each in theirs.samples[0].labels.items()
    }
    if not labels:
        assert page.values["thing"] == theirs.samples[0].value


@given(st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    page = read(text)
    assert page.families or page.faults
