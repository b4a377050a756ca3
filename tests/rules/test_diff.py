"""A change of alerts is told by what it means: who is told later, less, or no more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.rules.diff import Kind, SloChange, diff
from airectl.rules.watch import Pair, Watch, detection_s


def pair(severity: str, long_s: int, threshold: str, *, for_s: int = 0) -> Pair:
    return Pair(
        alert="Burns",
        severity=severity,
        long_s=long_s,
        short_s=long_s // 12,
        threshold=Decimal(threshold),
        factor=Decimal(threshold) * 1000,
        for_s=for_s,
    )


FAST, SLOW, TICKET = pair("page", 3600, "0.0144"), pair("page", 21_600, "0.006"), pair("ticket", 259_200, "0.001")
WATCH: Final = Watch(
    id="chat-ttft",
    service="chat",
    name="ttft",
    target=Decimal("0.999"),
    period_s=30 * 86_400,
    pairs=(FAST, SLOW, TICKET),
    no_data_s=600,
    targets={"page": ("on-call (pagerduty)",)},
    labels={("Burns", "page"): {"team": "chat"}},
)


def changed(new: Watch, old: Watch = WATCH) -> SloChange:
    (change,) = diff([old], [new])
    return change


def kinds(change: SloChange) -> list[Kind]:
    return [each.kind for each in change.changes]


def test_nothing_changes() -> None:
    assert diff([WATCH], [WATCH]) == ()


def test_a_total_outage_of_a_999_slo_pages_after_52_seconds() -> None:
    """14.4 · 0.001 · 3,600 s = 51.84 s, the SRE workbook's figure for a burn of 1,000."""
    assert detection_s([FAST, SLOW, TICKET], Decimal(1)) == Decimal("51.84")


@pytest.mark.parametrize(
    ("ratio", "seconds"), [("0.02", "2592"), ("0.0144", "9000"), ("0.006", "43200"), ("0.001", None), ("0.0005", None)]
)
def test_an_alert_fires_only_above_its_threshold(ratio: str, seconds: str | None) -> None:
    assert detection_s([FAST, SLOW, TICKET], Decimal(ratio)) == (None if seconds is None else Decimal(seconds))


def test_a_higher_threshold_is_weaker_and_a_lower_one_is_not() -> None:
    higher = replace(WATCH, pairs=(replace(FAST, threshold=Decimal("0.02")), SLOW, TICKET))
    assert changed(higher).weaker
    assert changed(higher).slower is not None
    lower = changed(WATCH, old=higher)
    assert kinds(lower) == [Kind.ALERT]
    assert not lower.weaker


def test_waiting_longer_is_weaker() -> None:
    assert changed(replace(WATCH, pairs=(replace(FAST, for_s=300), SLOW, TICKET))).weaker


def test_an_alert_that_vanishes_is_weaker_and_named() -> None:
    change = changed(replace(WATCH, pairs=(FAST, SLOW)))
    (only,) = change.changes
    assert (only.kind, only.before, only.after, only.about) == (Kind.ALERT, TICKET, None, "ticket")
    assert change.weaker


def test_an_alert_that_vanishes_is_weaker_though_another_one_is_always_first() -> None:
    later = replace(FAST, long_s=7200, short_s=600)
    change = changed(WATCH, old=replace(WATCH, pairs=(*WATCH.pairs, later)))
    assert change.slower is None
    assert change.weaker


def test_a_page_that_becomes_a_ticket_is_weaker_though_someone_is_still_told() -> None:
    change = changed(replace(WATCH, pairs=(replace(FAST, severity="ticket"), SLOW, TICKET)))
    assert change.weaker
    assert change.slower is not None
    assert change.slower.urgent


def test_windows_are_matched_by_length_then_in_order() -> None:
    longer = replace(SLOW, long_s=43_200, short_s=3600)
    change = changed(replace(WATCH, pairs=(FAST, longer, TICKET)))
    assert [(each.before, each.after) for each in change.changes] == [(SLOW, longer)]


def test_a_new_alert_is_no_weakness() -> None:
    more = pair("ticket", 86_400, "0.003")
    change = changed(replace(WATCH, pairs=(*WATCH.pairs, more)))
    assert [(each.before, each.after) for each in change.changes] == [(None, more)]
    assert not change.weaker


def test_objective_and_window_are_told_and_judged_by_their_thresholds() -> None:
    change = changed(replace(WATCH, target=Decimal("0.99"), period_s=28 * 86_400))
    assert kinds(change) == [Kind.OBJECTIVE, Kind.WINDOW]
    assert not change.weaker


def test_what_a_source_does_not_say_is_no_change() -> None:
    assert diff([WATCH], [replace(WATCH, target=None, period_s=None, targets=None)]) == ()


@pytest.mark.parametrize(("after", "weaker"), [(None, True), (1200, True), (300, False)])
def test_the_alert_for_missing_data(after: int | None, weaker: bool) -> None:
    change = changed(replace(WATCH, no_data_s=after))
    assert (kinds(change), change.weaker) == ([Kind.NO_DATA], weaker)


def test_fewer_targets_are_weaker_more_are_not() -> None:
    assert changed(replace(WATCH, targets={})).weaker
    assert not changed(replace(WATCH, targets={"page": ("on-call (pagerduty)", "room (slack)")})).weaker


def test_labels_and_names_are_told_and_are_no_weakness() -> None:
    renamed = tuple(replace(each, alert="Melts") for each in WATCH.pairs)
    labels = {("Burns", "page"): {"team": "platform"}}
    change = changed(replace(WATCH, pairs=renamed, labels=labels))
    assert kinds(change) == [Kind.NAME, Kind.NAME, Kind.NAME, Kind.LABELS]
    assert not change.weaker


def test_an_slo_that_goes_is_weaker_one_that_comes_is_not() -> None:
    (gone,) = diff([WATCH], [])
    (new,) = diff([], [WATCH])
    assert (gone.weaker, new.weaker) == (True, False)
    assert kinds(gone) == kinds(new) == [Kind.SLO]


def test_thresholds_that_differ_as_doubles_do_are_the_same() -> None:
    """Sloth writes 0.0009999999999999432 for 0.001."""
    sloths = replace(FAST, threshold=Decimal("14.4") * Decimal("0.0009999999999999432"))
    assert diff([WATCH], [replace(WATCH, pairs=(sloths, SLOW, TICKET))]) == ()


PAIRS = st.lists(
    st.builds(
        pair,
        st.sampled_from(["page", "ticket"]),
        st.sampled_from([300, 3600, 21_600, 86_400]),
        st.sampled_from(["0.0001", "0.001", "0.01", "0.1", "0.5"]),
        for_s=st.sampled_from([0, 60, 3600]),
    ),
    max_size=4,
)


@given(PAIRS, PAIRS, st.sampled_from(["1", "0.9", "0.3", "0.05", "0.003", "0.0002"]))
def test_what_is_not_called_slower_is_nowhere_much_slower(old: list[Pair], new: list[Pair], ratio: str) -> None:
    """Exact where no alert waits; a wait moves the crossing between two thresholds by itself at most."""
    found = diff([replace(WATCH, pairs=tuple(old))], [replace(WATCH, pairs=tuple(new))])
    if any(change.slower for change in found):
        return
    before, after = detection_s(old, Decimal(ratio)), detection_s(new, Decimal(ratio))
    if before is not None:
        assert after is not None
        assert after <= before * (1 + Decimal("1e-8")) + 3600
