"""Bodies of answers: the quick reader and the slow one agree, and what is no answer is said to be none."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.sources.prometheus.server import answers
from airectl.sources.prometheus.server.answers import Found, Grid, HistogramsError, NoAnswerError

START, STEP = 1_700_000_000, 60


def body(series: list[dict[str, Any]], *, compact: bool = True, kind: str = "matrix", **more: Any) -> bytes:
    whole = {"status": "success", "data": {"resultType": kind, "result": series}, **more}
    return json.dumps(whole, separators=(",", ":") if compact else None).encode()


def plain(found: Found) -> list[tuple[dict[str, str], list[float], list[str]]]:
    """All of an answer, so that NaN equals NaN."""
    return [(dict(each.labels), list(each.times), [repr(value) for value in each.values]) for each in found]


SOUND = {"metric": {}, "values": [[START, "1"]]}
NASTY = st.text(st.sampled_from('ab"\\{}[]:,é\n'), max_size=12) | st.sampled_from(
    ['{"metric":', '","values":[["', "]]}", ',"values":[[1,"2"]]}']
)
VALUES = st.floats(allow_nan=False).map(repr) | st.sampled_from(["NaN", "+Inf", "-Inf", "0", "1e+06", "12345678901"])


@st.composite
def matrices(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Grid]:
    length = draw(st.integers(1, 8))
    grid = Grid(start_s=START, end_s=START + STEP * (length - 1), step_s=STEP)
    found = []
    for _ in range(draw(st.integers(1, 3))):
        times = draw(st.lists(st.sampled_from(list(grid.times)), min_size=1, unique=True))
        labels = draw(st.dictionaries(st.sampled_from(["job", "metric", "values", "__name__"]), NASTY, max_size=3))
        found.append({"metric": labels, "values": [[time, draw(VALUES)] for time in sorted(times)]})
    return found, grid


@given(matrices())
def test_the_quick_reader_reads_what_the_slow_one_does(made: tuple[list[dict[str, Any]], Grid]) -> None:
    series, grid = made
    quick = answers.read(body(series), grid)
    assert plain(quick) == plain(answers.read(body(series, compact=False), grid))
    assert plain(quick) == [
        (each["metric"], [time for time, _ in each["values"]], [repr(float(value)) for _, value in each["values"]])
        for each in series
    ]


@pytest.mark.parametrize(("first", "last"), [(0, 2), (1, 2), (0, 1), (1, 1)])
def test_a_series_without_a_hole_keeps_no_time_of_its_own(first: int, last: int) -> None:
    grid = Grid(start_s=START, end_s=START + 2 * STEP, step_s=STEP)
    values = [[START + STEP * i, str(i)] for i in range(first, last + 1)]
    found = answers.read(body([{"metric": {}, "values": values}]), grid)
    assert found[0].times == range(START + STEP * first, START + STEP * last + 1, STEP)


@pytest.mark.parametrize("times", [[START + 10, START + 70], [START - STEP, START], [START, START + 61]])
@pytest.mark.parametrize("compact", [True, False])
def test_times_that_nobody_asked_for_are_no_answer(times: list[int], *, compact: bool) -> None:
    series = [{"metric": {}, "values": [[time, "1"] for time in times]}]
    with pytest.raises(NoAnswerError, match="its times are not those that were asked for"):
        answers.read(body(series, compact=compact), Grid(start_s=START, end_s=START + STEP, step_s=STEP))


def test_times_of_raw_samples_may_be_broken() -> None:
    found = answers.read(body([{"metric": {}, "values": [[START + 0.125, "1"], [START + 15.125, "2"]]}]))
    assert list(found[0].times) == [START + 0.125, START + 15.125]


def test_a_vector_a_scalar_and_nothing() -> None:
    vector = answers.read(body([{"metric": {"a": "b"}, "value": [START, "NaN"]}], kind="vector"))
    assert (vector[0].labels, vector[0].times) == ({"a": "b"}, (START,))
    assert math.isnan(vector[0].values[0])
    scalar = answers.read(
        json.dumps({"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}}).encode()
    )
    assert list(scalar[0].values) == [3.0]
    assert len(answers.read(body([]))) == 0


@pytest.mark.parametrize("compact", [True, False])
def test_what_the_server_says_comes_with_the_answer(*, compact: bool) -> None:
    series = [{"metric": {}, "values": [[START, "1"]]}]
    found = answers.read(body(series, compact=compact, warnings=["a"], infos=["b"], isPartial=True))
    assert (found.warnings, found.infos, found.partial) == (("a",), ("b",), True)


def test_histograms_are_no_numbers() -> None:
    histogram = [START, {"count": "3", "sum": "1.5"}]
    for each in ({"metric": {}, "histogram": histogram}, {"metric": {"a": "b"}, "histograms": [histogram]}):
        with pytest.raises(HistogramsError):
            answers.read(body([each]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "it is a web page"),
        (b"\n <html>", "it is a web page"),
        (b"", "it is empty"),
        (b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2', "it is cut off"),
        (b"pong", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"null", "it does not say that it succeeded"),
        (b'{"ok":true}', "it does not say that it succeeded"),
        (b'{"status":"success"}', "it holds no result"),
        (b'{"status":"success","data":[]}', "it holds no result"),
        (b'{"status":"success","data":{"result":7}}', "not written as those of Prometheus"),
        (b'{"status":"success","data":{"resultType":"scalar","result":[]}}', "not written as those of Prometheus"),
        (body([{"metric": {}, "values": [[START, "one"]]}]), "not written as those of Prometheus"),
        (body([{"metric": {}, "values": [[START, "1", "2"]]}]), "not written as those of Prometheus"),
        (body([{"metric": {}}]), "not written as those of Prometheus"),
        (body([SOUND, {"odd": 1}, SOUND]), "not written as those of Prometheus"),
        (body([{"metric": {}, "values": [[START, "1"], [START, "2"]]}]).replace(b'"2"', b'"2'), "it is cut off"),
        (body([SOUND]).replace(b"]]}", b"]]}}"), "it is cut off"),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(text: bytes, said: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        answers.read(text, Grid(start_s=START, end_s=START, step_s=STEP))
    assert said in str(caught.value)


@given(matrices(), st.data())
def test_a_cut_answer_is_never_taken_for_a_whole_one(
    made: tuple[list[dict[str, Any]], Grid], data: st.DataObject
) -> None:
    series, grid = made
    whole = body(series)
    with pytest.raises(NoAnswerError):
        answers.read(whole[: data.draw(st.integers(0, len(whole) - 1))], grid)
