"""Faults: how they are written, when they happen, and to which requests."""

from __future__ import annotations

import pytest

from airectl.sim.faults import NAMES, Fault, FaultError, Kind, chosen, parse


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stall", Fault(kind=Kind.STALL)),
        ("stall=2s", Fault(kind=Kind.STALL, seconds=2)),
        ("stall@30s-60s:0.1", Fault(kind=Kind.STALL, from_s=30, to_s=60, share=0.1)),
        ("429@1m-", Fault(kind=Kind.TOO_MANY, from_s=60)),
        ("slow-first-token", Fault(kind=Kind.SLOW_FIRST_TOKEN, seconds=5)),
        ("slow-first-token=250ms@0s-1m:1", Fault(kind=Kind.SLOW_FIRST_TOKEN, seconds=0.25, to_s=60)),
        ("wrong-model:0.5", Fault(kind=Kind.WRONG_MODEL, share=0.5)),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    assert parse(text) == fault


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_fault(name: str) -> None:
    assert parse(name).kind.value == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "stall@30s-60s:0.1"),
        ("stal", "one of: slow-headers"),
        ("stall:0", "a share is above 0"),
        ("stall:1.5", "a share is above 0"),
        ("stall:1.2.3", "a share is above 0"),
        ("stall@60s-30s", "ends before it begins"),
        ("reset=3s", "reset takes no time"),
        ("stall@30-60", "stall@30s-60s:0.1"),
        ("stall=1.2.3s", "not a time with a unit"),
    ],
)
def test_what_is_no_fault_is_told(text: str, said: str) -> None:
    with pytest.raises(FaultError, match=said):
        parse(text)


def test_it_happens_in_its_time() -> None:
    faults = [parse("stall@30s-60s")]
    assert [bool(chosen(faults, 0, 0, at_s)) for at_s in (0, 29.9, 30, 59.9, 60)] == [False, False, True, True, False]


def test_it_happens_to_its_share_by_the_seed() -> None:
    faults = [parse("stall:0.1"), parse("reset:0.2")]
    drawn = [chosen(faults, 1, number, 0) for number in range(5000)]
    kinds = [each.kind if each else None for each in drawn]
    assert kinds.count(Kind.STALL) == pytest.approx(500, rel=0.15)
    assert kinds.count(Kind.RESET) == pytest.approx(0.9 * 1000, rel=0.15)
    assert drawn == [chosen(faults, 1, number, 0) for number in range(5000)]
    assert drawn != [chosen(faults, 2, number, 0) for number in range(5000)]


def test_a_further_fault_changes_nothing_about_the_first() -> None:
    alone, both = [parse("stall:0.3")], [parse("stall:0.3"), parse("reset:0.3")]
    stalls = [number for number in range(500) if chosen(alone, 0, number, 0)]
    assert stalls == [n for n in range(500) if (each := chosen(both, 0, n, 0)) and each.kind is Kind.STALL]
