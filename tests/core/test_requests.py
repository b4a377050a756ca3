"""The metrics of a load test by worked examples, each by its definition."""

from array import array

import pytest

from airectl.core.requests import DEFINITIONS, Fate, Requests
from airectl.runs.measured import FATES
from airectl.runs.record import ERRORS, ErrorClass
from load_requests import MS, answered, columns, failed


def ms(values: object) -> list[float]:
    return [value / MS for value in values]  # type: ignore[attr-defined]  # any array of nanoseconds


def test_ttft_is_first_content_minus_send_and_from_intended_more() -> None:
    found = columns([answered(100, 50, sent_ms=130)])
    assert ms(found.since(found.first_ns, intended=False)) == [50]
    assert ms(found.since(found.first_ns, intended=True)) == [80]


def test_itl_pools_gaps_and_divides_each_by_the_tokens_of_the_later_chunk() -> None:
    # Chunks of 1, 3 and 2 tokens; the gaps are 30 and 10 ms: 30/3 and 10/2. The other request has one gap of 8.
    found = columns([answered(0, 50, 30, 10, chunk_tokens=[1, 3, 2]), answered(5, 40), answered(9, 20, 8)])
    assert ms(found.itl_ns) == [10, 5, 8]
    assert found.gap_owner.tolist() == [0, 0, 2]


def test_a_chunk_of_no_token_divides_by_one() -> None:
    assert ms(columns([answered(0, 50, 30, chunk_tokens=[1, 0])]).itl_ns) == [30]


def test_tpot_is_by_output_tokens_less_one() -> None:
    # Usage says 11 tokens in three chunks: 100 ms over 10.
    found = columns([answered(0, 50, 60, 40, output_tokens=11), answered(0, 50), answered(0, 50, 20, output_tokens=-1)])
    assert found.has_tpot.tolist() == [True, False, True]
    assert ms(found.tpot_ns[found.has_tpot]) == [10, 20]


def test_e2e_ends_with_the_last_content_and_not_with_the_answer() -> None:
    found = columns([answered(0, 50, 20, end_ns=500 * MS)])
    assert ms(found.since(found.done_ns, intended=False)) == [70]


def test_e2e_of_an_answer_without_content_is_its_end() -> None:
    found = columns([answered(0, 50, first_content_ns=-1, last_content_ns=-1, end_ns=90 * MS, chunk_us=array("I"))])
    assert ms(found.since(found.done_ns, intended=False)) == [90]
    assert found.has_first.tolist() == [False]


def test_failed_requests_are_in_no_latency() -> None:
    found = columns([answered(0, 50, 20, error=ErrorClass.TRUNCATED), failed(0, ErrorClass.HTTP_5XX)])
    assert not found.ok.any()
    assert not found.has_first.any()
    assert not found.has_tpot.any()


def test_tokens_are_those_that_somebody_counted_else_those_of_chunks() -> None:
    found = columns([answered(0, 50, 20, output_tokens=7), answered(0, 50, 20, 20, output_tokens=-1)])
    assert found.answer_tokens.tolist() == [7, 3]


def test_a_choice_of_requests_keeps_their_chunks() -> None:
    found = columns([answered(0, 50, 30), answered(0, 40, 10, 20), answered(0, 30)])
    kept = found.where(found.first_ns < 45 * MS)
    assert len(kept) == 2
    assert ms(kept.itl_ns) == [10, 20]
    assert kept.offsets.tolist() == [0, 3, 4]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_a_fate(error: ErrorClass) -> None:
    assert (FATES.get(error, Fate.REFUSED) is Fate.ANSWERED) == (not error)


def test_nothing_is_requests_too() -> None:
    found: Requests = columns([answered(0, 50)]).where(columns([answered(0, 50)]).sent_ns < 0)
    assert len(found) == 0
    assert len(found.itl_ns) == 0


@pytest.mark.parametrize("name", ["ttft_s", "itl_s", "tpot_s", "e2e_s", "goodput_rps", "schedule_lag_s"])
def test_each_figure_has_its_definition(name: str) -> None:
    assert DEFINITIONS[name]
