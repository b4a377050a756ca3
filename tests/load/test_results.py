"""Results of whole runs: windows, counts, rates and what a run is worth, each by a worked example."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_runs import FOLDERS, TESTS, write

from airectl.core.goodput import Goal, State
from airectl.core.slo import Measure
from airectl.core.validity import Validity
from airectl.load.results import METRICS, Results, results_of
from airectl.runs.manifest import End
from airectl.runs.reading import open_run
from airectl.runs.record import ErrorClass, Record
from load_requests import MS, answered, failed
from run_folders import COMPLETE, manifest, write_client, write_run

E = ErrorClass
TTFT = Goal(id="ttft", measure=Measure.TTFT, target=Decimal("0.9"), threshold_s=Decimal("0.2"))


def results(folder: Path, records: list[Record], *goals: Goal, end: End | None = COMPLETE, **about: Any) -> Results:
    numbered = [replace(each, index=index) for index, each in enumerate(records)]
    return results_of(open_run(write_run(folder / "run", manifest(**about), numbered, processes=2, end=end)), goals)


def steady(count: int, every_ms: float = 100, **more: Any) -> list[Record]:
    return [answered(n * every_ms, 50, 10, **more) for n in range(count)]


def test_a_steady_run_by_hand(tmp_path: Path) -> None:
    """600 requests in a minute, two tokens each, of which the first ten seconds are warm-up."""
    records = [replace(each, warm_up=each.intended_ns < 10_000 * MS) for each in steady(600)]
    found = results(tmp_path, records, TTFT, warm_up_s=10.0, planned_requests=600)
    assert (found.counts.recorded, found.counts.warm_up, found.counts.measured) == (600, 100, 500)
    assert (found.counts.sent, found.counts.answered, found.counts.errors) == (500, 500, {})
    rates = found.rates
    assert (rates.requested_rps, rates.achieved_rps, rates.requests_per_s) == (10.0, 10.0, 10.0)
    assert (rates.output_tokens_per_s, rates.input_tokens_per_s) == (20.0, 100.0)
    assert (rates.goodput_rps, rates.goodput_ratio) == (10.0, 1.0)
    for since in ("sent", "intended"):
        assert [found.latencies[name][since].p99 for name in METRICS] == [0.05, 0.01, 0.01, 0.06]
        assert [found.latencies[name][since].mean for name in METRICS] == [0.05, 0.01, 0.01, 0.06]
    assert found.lag.max == 0
    assert found.judgement.validity is Validity.VALID
    assert (found.scores[0].good, found.scores[0].valid, found.scores[0].state) == (500, 500, State.MET)
    assert (found.tokens, found.models, found.finish_reasons) == ({"usage": 500}, {"llama": 500}, {"length": 500})


def test_what_is_called_warm_up_is_not_measured_whenever_it_was_sent(tmp_path: Path) -> None:
    found = results(tmp_path, [*steady(600), answered(30_050, 900, warm_up=True)])
    assert (found.counts.measured, found.counts.warm_up) == (600, 1)
    assert found.latencies["ttft_s"]["sent"].max == 0.05


def test_a_late_client_is_seen_in_intended_times_and_lag(tmp_path: Path) -> None:
    records = [answered(n * 100, 50, 10, sent_ms=n * 100 + (300 if n % 10 == 0 else 0)) for n in range(600)]
    found = results(tmp_path, records)
    ttft = found.latencies["ttft_s"]
    assert (ttft["sent"].p99, ttft["intended"].p95) == (0.05, 0.35)
    assert ttft["intended"].p90 == pytest.approx(0.05, rel=0.001)
    assert (found.lag.p50, found.lag.p99, found.lag.max) == (0.0, 0.3, 0.3)
    assert found.judgement.validity is Validity.CLIENT_LIMITED
    assert found.judgement.reasons == ["p99 of the schedule lag is 300.0 ms"]


def test_tokens_belong_to_the_time_at_which_they_came(tmp_path: Path) -> None:
    """An answer of four tokens over the end of the window: two of them are in it, and usage says eight in all."""
    across = answered(59_000, 500, 400, 400, 400, output_tokens=8)
    found = results(tmp_path, [across])
    assert found.rates.output_tokens_per_s == pytest.approx(4 / 60)
    assert found.rates.requests_per_s == 0
    assert (found.counts.measured, found.counts.answered) == (1, 1)


def test_an_answer_without_chunks_has_its_tokens_at_its_end(tmp_path: Path) -> None:
    whole = Record(index=0, intended_ns=0, sent_ns=0, end_ns=500 * MS, output_tokens=30, input_tokens=7)
    found = results(tmp_path, [whole], streamed=False)
    assert (found.rates.output_tokens_per_s, found.rates.input_tokens_per_s) == (0.5, 7 / 60)
    assert found.latencies["e2e_s"]["sent"].max == 0.5
    assert found.latencies["ttft_s"]["sent"].count == 0


def test_failed_requests_are_counted_and_in_no_latency(tmp_path: Path) -> None:
    kinds = [E.HTTP_5XX, E.HTTP_5XX, E.CONNECT, E.CANCELLED, E.DROPPED]
    bad = [failed(1000 * n + 50, kind, after_ms=9000, message=f"no {n}") for n, kind in enumerate(kinds)]
    found = results(tmp_path, steady(600) + bad, TTFT, caps={"in_flight": 4})
    assert found.counts.errors == {"connect": 1, "http 5xx": 2, "cancelled": 1, "dropped": 1}
    assert (found.counts.failed, found.counts.dropped, found.counts.answered) == (3, 1, 600)
    assert found.latencies["e2e_s"]["intended"].max == 0.06
    # The one that was cut off after nine seconds had no first token within 200 ms either.
    assert (found.scores[0].good, found.scores[0].valid) == (600, 605)
    assert found.rates.goodput_ratio == 600 / 605
    assert found.messages["http 5xx"] == ["no 0", "no 1"]


def test_a_run_in_which_all_fails_has_figures_of_none(tmp_path: Path) -> None:
    found = results(tmp_path, [failed(n * 100, E.HTTP_429) for n in range(600)], TTFT)
    assert found.latencies["ttft_s"]["sent"].p99 is None
    assert (found.rates.goodput_rps, found.rates.goodput_ratio, found.rates.requests_per_s) == (0, 0, 0)
    assert found.scores[0].state is State.MISSED
    assert found.judgement.validity is Validity.VALID


def test_an_empty_run_is_inconclusive(tmp_path: Path) -> None:
    found = results(tmp_path, [], TTFT)
    assert found.judgement.validity is Validity.INCONCLUSIVE
    assert found.scores[0].state is State.INCONCLUSIVE
    assert (found.counts.measured, found.rates.goodput_ratio, found.lag.p99) == (0, None, None)


def test_one_request_is_all_of_its_quantiles(tmp_path: Path) -> None:
    found = results(tmp_path, [answered(0, 123.456, 10)])
    ttft = found.latencies["ttft_s"]["sent"]
    assert {ttft.p50, ttft.p90, ttft.p95, ttft.p99, ttft.mean, ttft.max} == {0.123456}
    assert found.judgement.validity is Validity.INCONCLUSIVE


def test_a_run_that_ends_before_its_warm_up_measured_nothing(tmp_path: Path) -> None:
    found = results(tmp_path, steady(20), warm_up_s=30.0, end=End(how="interrupted", ended_s=3.0))
    assert found.rates.achieved_rps is None
    assert found.counts.measured == 0
    assert not found.complete


def test_an_interrupted_run_is_measured_up_to_its_end(tmp_path: Path) -> None:
    found = results(tmp_path, steady(200), planned_requests=600, end=End(how="interrupted", ended_s=20.0))
    assert (found.window.length_s, found.rates.requested_rps, found.counts.unrecorded) == (20.0, 10.0, 0)
    assert found.judgement.validity is Validity.VALID
    assert not found.complete


def test_a_run_that_was_stopped_is_measured_until_then(tmp_path: Path) -> None:
    """The drain has the last answers, and no requests: rates over it would be those of nobody's."""
    end = End(how="interrupted", ended_s=35.0, sent_until_s=20.0)
    found = results(tmp_path, steady(200), planned_requests=600, end=end)
    assert (found.window.length_s, found.window.ended_ns) == (20.0, 35 * 10**9)
    assert (found.rates.requested_rps, found.rates.output_tokens_per_s) == (10.0, 20.0)


def test_a_run_that_was_cut_off_ends_with_its_last_record(tmp_path: Path) -> None:
    found = results(tmp_path, steady(201), end=None)
    assert found.window.end_ns == round(20_060 * MS)
    assert not found.complete


def test_a_plan_without_an_end_in_time_ends_with_its_last_request(tmp_path: Path) -> None:
    found = results(tmp_path, steady(101), duration_s=0.0)
    assert found.window.length_s == pytest.approx(10.0)
    assert found.counts.measured == 101


@pytest.mark.parametrize(
    ("plan", "length_s"),
    [
        ({"arrivals": {"kind": "open"}, "requests": None}, 60.0),
        ({"arrivals": {"kind": "open"}, "requests": 30}, 58.5),
        ({"arrivals": {"kind": "closed"}, "requests": None}, 58.5),
        ({"arrivals": {"kind": "traced"}, "requests": None}, 58.5),
    ],
    ids=["rate", "requests", "closed", "trace"],
)
def test_the_silence_after_the_last_request_is_part_of_a_rate(
    plan: dict[str, Any], length_s: float, tmp_path: Path
) -> None:
    """One request in two seconds for a minute: the last one is answered before the minute is over."""
    found = results(tmp_path, steady(30, 2000), plan=plan, end=End(how="complete", ended_s=58.5))
    assert found.window.length_s == length_s
    assert found.rates.requested_rps == 30 / length_s


def test_requests_that_left_no_record_were_not_sent(tmp_path: Path) -> None:
    found = results(tmp_path, steady(500), planned_requests=600)
    assert found.counts.unrecorded == 100
    assert found.judgement.validity is Validity.CLIENT_LIMITED
    assert found.judgement.reasons == ["500 of 600 requests that were due were sent (83.3 %)"]


def test_what_is_sent_after_the_window_was_not_achieved(tmp_path: Path) -> None:
    records = [answered(n * 100, 50, sent_ms=n * 200) for n in range(600)]
    found = results(tmp_path, records)
    assert found.rates.requested_rps == 10.0
    assert found.rates.achieved_rps == pytest.approx(5.0, abs=0.05)
    assert found.judgement.validity is Validity.CLIENT_LIMITED


def test_a_closed_loop_has_no_rate_that_was_asked_for(tmp_path: Path) -> None:
    records = [replace(each, intended_ns=-1) for each in steady(600)]
    found = results(tmp_path, records, closed=True, arrivals="closed")
    assert (found.rates.requested_rps, found.counts.measured) == (None, 600)
    assert found.lag.max == 0
    assert found.judgement.validity is Validity.VALID


def test_the_client_is_its_busiest_process_in_its_busiest_five_seconds(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", manifest(), steady(600))
    write_client(folder, 0, 0.2, 60)
    lines = [f'{{"t_s": {t}, "cpu_s": {0.1 * t + (0.85 * min(max(t - 30, 0), 5))}}}' for t in range(61)]
    (folder / "client-001.jsonl").write_text("\n".join(lines), "utf-8")
    found = results_of(open_run(folder))
    assert found.client.cpu_ratio == {0: pytest.approx(0.2), 1: pytest.approx(0.95)}
    assert found.client.cpu_mean_ratio == pytest.approx(0.2 + 0.1 + 4.25 / 60)
    assert found.judgement.validity is Validity.CLIENT_LIMITED


@pytest.mark.parametrize("line", ['{"t_s": "now", "cpu_s": 1}', '{"t_s": 1e999, "cpu_s": 1}', '{"cpu_s": true}', "x"])
def test_lines_of_the_client_that_say_nothing_are_left_alone(tmp_path: Path, line: str) -> None:
    folder = write_run(tmp_path / "run", manifest(), steady(600))
    (folder / "client-000.jsonl").write_text(f"{line}\n", "utf-8")
    assert results_of(open_run(folder)).client.cpu_ratio == {}


def test_the_series_adds_up_to_the_counts(tmp_path: Path) -> None:
    bad = [failed(1000 * n, E.HTTP_5XX) for n in range(10)]
    series = results(tmp_path, steady(600) + bad).series
    assert series["step_s"] == 1
    assert len(series["t_s"]) == 61 == len(series["ttft_p99_s"])
    assert (sum(series["sent_rps"]), sum(series["answered_rps"]), sum(series["failed_rps"])) == (610, 600, 10)
    assert sum(series["output_tokens_per_s"]) == 1200
    # Ten answers of 60 ms a second, and one failure of 5 ms.
    assert series["in_flight"][5] == pytest.approx(0.605)
    assert series["ttft_p99_s"][5] == pytest.approx(0.05, rel=0.016)
    assert series["itl_p99_s"][5] == pytest.approx(0.01, rel=0.016)
    assert series["ttft_p99_s"][60] is None


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59_000), st.integers(1, 900), st.booleans()), min_size=1, max_size=40))
def test_processes_are_merged_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int, bool]]
) -> None:
    records = [answered(at, ttft, 10) if ok else failed(at, E.CONNECT) for at, ttft, ok in asked]
    folder = tmp_path_factory.mktemp("runs")
    one, three = (
        results_of(open_run(write_run(folder / str(n), manifest(), records, processes=n)), [TTFT]) for n in (1, 3)
    )
    assert (one.counts, one.rates, one.latencies, one.scores) == (
        three.counts, three.rates, three.latencies, three.scores,
    )  # fmt: skip
    assert one.counts.answered + sum(one.counts.errors.values()) == one.counts.measured == len(records)
    assert one.series == three.series


def omission(folder: Path, cap: int | None) -> Results:
    """A run of 30 s at 2,000 a second, against a server that takes 3 ms and stalls once for 1.4 s.

    With a cap on requests in flight the rest waits in the client; the server takes any number.
    """
    service, stall_from, stall_to = 3.0, 10_000.0, 11_400.0
    free = [0.0] * (cap or 0)
    records = []
    for n in range(60_000):
        intended = n * 0.5
        sent = intended if cap is None else max(intended, free[n % cap])
        # What the stall finds under way, or what comes in it, is done when it is over.
        end = sent + service if sent + service <= stall_from or sent >= stall_to else stall_to + service
        if cap:
            free[n % cap] = end
        sent_ns, end_ns = round(sent * MS), round(end * MS)
        records.append(
            Record(
                index=n, intended_ns=round(intended * MS), sent_ns=sent_ns, first_content_ns=end_ns,
                last_content_ns=end_ns, end_ns=end_ns, queued=sent > intended,
            )
        )  # fmt: skip
    about = manifest(duration_s=30.0, planned_requests=60_000, streamed=False, caps={"in_flight": cap})
    return results_of(open_run(write_run(folder, about, records, end=End(how="complete", ended_s=31.5))))


def test_coordinated_omission_shows_from_the_intended_time(tmp_path: Path) -> None:
    """p99 from the intended time is s - 0.01·T·(1 - λ/μ), with μ = cap / service time; from send it is the base."""
    cap, stall_s, seconds, rate, service_s = 20, 1.4, 30.0, 2000.0, 0.003
    found = omission(tmp_path / "capped", cap)
    e2e = found.latencies["e2e_s"]
    expected = stall_s - 0.01 * seconds * (1 - rate / (cap / service_s))
    assert e2e["intended"].p99 == pytest.approx(expected, rel=0.05)
    assert e2e["sent"].p99 == pytest.approx(service_s, rel=0.01)
    assert e2e["sent"].max == pytest.approx(stall_s + service_s, rel=0.01)
    # It sent all of them in time to be called valid, and says how many waited.
    assert found.counts.queued > rate * stall_s
    assert found.judgement.validity is Validity.VALID
    assert found.lag.p99 == pytest.approx(expected, rel=0.05)


def test_without_a_cap_the_stall_is_measured_from_send_too(tmp_path: Path) -> None:
    found = omission(tmp_path / "open", None)
    e2e = found.latencies["e2e_s"]
    assert e2e["sent"] == e2e["intended"]
    assert e2e["sent"].p99 == pytest.approx(1.4 - 0.01 * 30.0, rel=0.05)
    assert found.counts.queued == 0


@pytest.mark.parametrize("name", list(FOLDERS))
def test_the_folders_of_the_checkout_are_those_that_are_made(tmp_path: Path, name: str) -> None:
    write(tmp_path / "run", FOLDERS[name])
    files = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert sorted(path.name for path in (TESTS / name).iterdir()) == files
    assert [(TESTS / name / each).read_bytes() for each in files] == [
        (tmp_path / "run" / each).read_bytes() for each in files
    ]
