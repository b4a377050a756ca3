"""What a load test's result is worth: each limit, and the test of stability on seeded series and the replica model."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from airectl.core.validity import BLOCKS, Check, Load, Numbers, State, Validity, judge, trend
from virtual_runs import Virtual, records

FLAT = [10.0 + n % 3 for n in range(240)]
GOOD = Load(intended=1000, sent=1000, lag_p99_s=0.001, cpu_ratio={0: 0.3, 1: 0.5}, counts=FLAT, waits_s=FLAT)


def check(load: Load, name: str) -> Check:
    return next(each for each in judge(load).checks if each.name == name)


def test_a_good_run_is_valid_and_says_its_figures() -> None:
    found = judge(GOOD)
    assert found.validity is Validity.VALID
    assert found.reasons == []
    assert {each.name: each.figure for each in found.checks if each.name != "in_flight_growth_ratio"} == {
        "achieved_ratio": 1.0, "schedule_lag_p99_s": 0.001, "cpu_ratio": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "validity"),
    [
        ({"sent": 990}, Validity.VALID),
        ({"sent": 989}, Validity.CLIENT_LIMITED),
        ({"lag_p99_s": 0.020}, Validity.VALID),
        ({"lag_p99_s": 0.0201}, Validity.CLIENT_LIMITED),
        ({"cpu_ratio": {0: 0.1, 1: 0.85}}, Validity.VALID),
        ({"cpu_ratio": {0: 0.1, 1: 0.86}}, Validity.CLIENT_LIMITED),
        ({"intended": 19, "sent": 19}, Validity.INCONCLUSIVE),
        ({"intended": 20, "sent": 20}, Validity.VALID),
        ({"intended": 0, "sent": 0}, Validity.INCONCLUSIVE),
        ({"intended": 100, "sent": 10}, Validity.CLIENT_LIMITED),
    ],
    ids=str,
)
def test_each_limit_holds_at_itself_and_not_beyond(change: dict[str, Any], validity: Validity) -> None:
    assert judge(replace(GOOD, **change)).validity is validity


def test_every_reason_is_said() -> None:
    found = judge(replace(GOOD, sent=500, queued=300, dropped=7, in_flight=8, lag_p99_s=42.7, cpu_ratio={3: 1.0}))
    assert found.reasons == [
        "500 of 1,000 requests that were due were sent (50.0 %); at most 8 may be in flight, so 300 waited and 7 were "
        "dropped",
        "p99 of the schedule lag is 42,700.0 ms",
        "client process 3 used up to 100 % of a core",
    ]


def test_a_closed_loop_has_neither_rate_nor_schedule() -> None:
    found = judge(replace(GOOD, closed=True, sent=20, lag_p99_s=9.0))
    assert found.validity is Validity.VALID
    assert [each.state for each in found.checks] == [State.SKIPPED, State.SKIPPED, State.OK, State.SKIPPED]


def test_what_nobody_told_is_unknown_and_not_good() -> None:
    load = replace(GOOD, lag_p99_s=None, cpu_ratio={}, counts=FLAT[: BLOCKS * 2 - 1])
    states = {each.name: each.state for each in judge(load).checks}
    assert states == {
        "achieved_ratio": State.OK, "schedule_lag_p99_s": State.UNKNOWN, "cpu_ratio": State.UNKNOWN,
        "in_flight_growth_ratio": State.UNKNOWN,
    }  # fmt: skip


def growing(by: float) -> Numbers:
    rng = np.random.default_rng(1)
    return np.asarray(np.linspace(20, 20 + by, 240) + rng.normal(0, 2, 240))


@pytest.mark.parametrize(
    ("counts", "waits", "validity"),
    [
        (growing(40), growing(60), Validity.UNSTABLE),
        (growing(40)[::-1], growing(60)[::-1], Validity.UNSTABLE),
        (growing(40), growing(0), Validity.VALID),  # it only fills up: nobody waits longer
        (growing(0), growing(60), Validity.VALID),
        (growing(40), growing(60)[::-1], Validity.VALID),
    ],
    ids=["grows", "falls", "fills up", "waits alone", "against each other"],
)
def test_a_pile_needs_more_requests_and_longer_waits(counts: Numbers, waits: Numbers, validity: Validity) -> None:
    assert judge(replace(GOOD, counts=counts, waits_s=waits)).validity is validity


def test_a_rate_that_changes_by_plan_is_not_called_unstable() -> None:
    load = replace(GOOD, counts=growing(40), waits_s=growing(60), steady=False)
    assert judge(load).validity is Validity.VALID
    assert check(load, "in_flight_growth_ratio").state is State.SKIPPED


def test_a_line_is_found_with_its_ends() -> None:
    found = trend(np.arange(240.0))
    assert found is not None
    assert (round(found.mean, 1), round(found.growth), round(found.first, 1), round(found.last, 1)) == (
        119.5, 240, 0.0, 239.5,
    )  # fmt: skip


def test_gaps_are_like_what_came_before() -> None:
    values = np.full(240, np.nan)
    assert trend(values) is None
    values[0] = 3.0
    found = trend(values)
    assert found is not None
    assert (found.mean, found.growth, found.t) == (3.0, 0.0, 0.0)


def queue(seed: int, rate: float, service_s: float, seconds: float) -> Load:
    """Requests that come at random and take as long as they take, however many there are."""
    rng = np.random.default_rng(seed)
    sent = np.sort(rng.uniform(0, seconds, rng.poisson(rate * seconds)))
    took = rng.lognormal(np.log(service_s), 0.6, len(sent))
    return load_of(sent, sent + took, took, seconds)


def load_of(sent: Any, ended: Any, waited: Any, seconds: float) -> Load:
    """As results.py makes it: the first part, in which the window fills up, is left out."""
    edges = np.linspace(0, seconds, 241)
    middles = (edges[1:] + edges[:-1]) / 2
    counts = np.searchsorted(np.sort(sent), middles) - np.searchsorted(np.sort(ended), middles)
    place = np.minimum((sent / seconds * 240).astype(int), 239)
    with np.errstate(invalid="ignore"):
        waits = np.bincount(place, waited, 240) / np.bincount(place, minlength=240)
    filled = min(int(np.ceil(np.quantile(ended - sent, 0.9) / seconds * 240)), 60)
    return replace(GOOD, counts=counts[filled:].astype(float), waits_s=waits[filled:])


@pytest.mark.parametrize("service_s", [0.3, 2.0, 8.0])
@pytest.mark.parametrize("rate", [5.0, 60.0])
def test_a_stationary_queue_is_hardly_ever_called_unstable(service_s: float, rate: float) -> None:
    found = [judge(queue(seed, rate, service_s, 30.0)).validity for seed in range(60)]
    assert found.count(Validity.UNSTABLE) <= 1


@pytest.mark.parametrize(
    ("load", "least", "most"),
    [(0.5, 0, 0), (0.8, 0, 1), (1.25, 7, 8), (1.6, 8, 8)],
)
def test_the_replica_is_called_unstable_above_what_it_can_do(load: float, least: int, most: int) -> None:
    unstable = 0
    for seed in range(8):
        made = records(Virtual(seed=seed, load=load, seconds=12.0, prompt_tokens=500, output_tokens=30))
        sent, first, end = (np.array([getattr(each, name) for each in made]) / 1e9 for name in (
            "sent_ns", "first_content_ns", "end_ns",
        ))  # fmt: skip
        unstable += judge(load_of(sent, end, first - sent, 12.0)).validity is Validity.UNSTABLE
    assert least <= unstable <= most


def test_a_run_that_lost_a_process_is_not_valid() -> None:
    """Whatever was measured until then: what the process still had to send is in no record."""
    lost = replace(GOOD, lost=("process 0 was ended by SIGKILL after 4.6 s",))
    assert judge(GOOD).validity is Validity.VALID
    assert judge(lost).validity is Validity.CLIENT_LIMITED
    assert judge(lost).reasons == ["process 0 was ended by SIGKILL after 4.6 s"]
