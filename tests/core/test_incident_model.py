"""What an incident says: moments, what is measured between them, budgets burned, blanks, its front matter."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.incident import reading, writing
from airectl.core.incident.blanks import blank, blanks, is_blank
from airectl.core.incident.burned import Basis, Burned, Goal, Unit, estimated
from airectl.core.incident.incident import (
    Incident,
)
from airectl.core.incident.markers import Granularity, Mark, Marker, Moment, cut, moment
from airectl.core.incident.metrics import DEFINITIONS, Span, definition, metrics
from airectl.core.incident.timeline import Row, What, first_signal, in_order
from airectl.core.units import parse_duration
from incidents import INCIDENTS

THREE_NINES = Goal(slo="api/availability", target=Decimal("0.999"), window=parse_duration("30d"))


def mark(text: str) -> Mark:
    return Mark(moment=moment(text))


@pytest.mark.parametrize(
    ("minutes", "percent"),
    [(262, "606.5"), (148, "342.6")],
    ids=["OpenAI 2024-12-11, 15:16 to 19:38", "Cloudflare 2025-06-12, 2 h 28 min"],
)
def test_published_outages_as_if_total(minutes: int, percent: str) -> None:
    burned = estimated(THREE_NINES, minutes * 60)
    assert burned.consumed is not None
    assert f"{float(burned.consumed) * 100:.1f}" == percent
    assert burned.basis is Basis.UPPER_BOUND
    assert burned.minutes == minutes
    assert burned.overdraft == burned.consumed - 1


def test_a_share_of_failed_requests_is_an_estimate_and_no_bound() -> None:
    burned = estimated(THREE_NINES, 3600, Fraction(148, 419))
    assert burned.basis is Basis.ESTIMATE
    assert burned.minutes == 60 * Fraction(148, 419)


def test_a_target_without_a_window_of_events_burned_nothing_that_can_be_told() -> None:
    burned = Burned(
        slo="a/b",
        target=Decimal("0.99"),
        window=parse_duration("28d"),
        basis=Basis.MEASURED,
        unit=Unit.EVENTS,
        bad=Fraction(0),
        counted=Fraction(0),
    )
    assert [burned.consumed, burned.low, burned.minutes] == [None, None, None]
    assert burned.overdraft == 0


def test_an_overdraft_is_that_of_the_window_where_it_is_known() -> None:
    burned = Burned(
        slo="a/b",
        target=Decimal("0.9"),
        window=parse_duration("28d"),
        basis=Basis.MEASURED,
        unit=Unit.EVENTS,
        bad=Fraction(6),
        counted=Fraction(100),
        low_bad=Fraction(5),
        high_bad=Fraction(8),
        left=Fraction(-1, 4),
    )
    assert (burned.consumed, burned.low, burned.high) == (Fraction(6, 10), Fraction(5, 10), Fraction(8, 10))
    assert burned.overdraft == Fraction(1, 4)


@pytest.mark.parametrize(
    ("text", "granularity"),
    [
        ("2026-11-14", Granularity.DAY),
        ("2026-11-14T02Z", Granularity.HOUR),
        ("2026-11-14T02:35Z", Granularity.MINUTE),
        ("2026-11-14T02:35:10Z", Granularity.SECOND),
    ],
)
def test_a_moment_is_as_exact_as_it_is_written(text: str, granularity: Granularity) -> None:
    found = moment(text)
    assert found.granularity is granularity
    assert str(found) == text
    assert (found.until - found.at).total_seconds() == granularity.width_s


def test_other_ways_to_write_utc_are_read() -> None:
    wanted = datetime(2026, 11, 14, 2, 35, 10, tzinfo=UTC)
    for text in ("2026-11-14 02:35:10 UTC", "2026-11-14T02:35:10+00:00", " 2026-11-14t02:35:10.25z "):
        assert moment(text).at == wanted


@pytest.mark.parametrize(
    "text", ["", "0202-01-01", "2026-11-14T02:35", "2026-11-14T02:35+01:00", "2026-02-30", "2026-11-14T25:00Z", "8:40"]
)
def test_what_is_no_moment_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment(text)


def test_a_time_is_cut_to_the_start_of_its_stretch() -> None:
    time = datetime(2026, 11, 14, 2, 35, 59, tzinfo=UTC)
    assert str(cut(time, Granularity.MINUTE)) == "2026-11-14T02:35Z"
    assert str(cut(time, Granularity.DAY)) == "2026-11-14"


def test_metrics_by_hand() -> None:
    found = metrics(
        {
            Marker.DEGRADED: mark("2026-11-14T02:35Z"),
            Marker.DETECTED: mark("2026-11-14T02:41:30Z"),
            Marker.DECLARED: mark("2026-11-14T02:50Z"),
            Marker.MITIGATED: mark("2026-11-14T03:35Z"),
            Marker.RECOVERED: mark("2026-11-14T04:10Z"),
        }
    )
    assert found.ttd == Span(seconds=390, low_s=330, high_s=391)
    assert found.tta == Span(seconds=510, low_s=509, high_s=570)
    assert found.ttm is not None
    assert found.ttm.seconds == 3600
    assert found.ttr is not None
    assert found.ttr.seconds == 5700


def test_a_metric_whose_marker_is_missing_is_not_known() -> None:
    found = metrics({Marker.DETECTED: mark("2026-11-14T02:41Z"), Marker.RECOVERED: mark("2026-11-14T04:10Z")})
    assert (found.ttd, found.tta, found.ttm, found.ttr) == (None, None, None, None)


def test_definitions_are_told_as_they_are_computed() -> None:
    assert {name: definition(name) for name in DEFINITIONS} == {
        "ttd": "detected - degraded",
        "tta": "declared - detected",
        "ttm": "mitigated - degraded",
        "ttr": "recovered - degraded",
    }


def test_blanks_are_found_where_they_stand() -> None:
    text = f"# A\n\n{blank('who noticed | and how?')}\n| 10:00 | {blank('what?')} | x |\nowner: '{blank('who?')}'\n"
    found = [(each.question, each.line, each.col) for each in blanks(text)]
    assert found == [("who noticed / and how?", 3, 1), ("what?", 4, 11), ("who?", 5, 9)]
    assert is_blank(blank("x"))
    assert not is_blank("to do: x")


def row(text: str, what: What, *, event: str = "x", backfilled: bool = False) -> Row:
    return Row(moment=moment(text), event=event, what=what, backfilled=backfilled)


def test_the_first_signal_is_an_alert_or_a_page_that_was_not_written_later() -> None:
    rows = [
        row("2026-11-14T02:30Z", What.TALK),
        row("2026-11-14T02:31Z", What.PAGE, backfilled=True),
        row("2026-11-14T02:41Z", What.PAGE),
        row("2026-11-14T02:40Z", What.ALERT, event="first"),
    ]
    found = first_signal(rows)
    assert found is not None
    assert found.event == "first"
    assert first_signal(rows[:2]) is None
    assert [each.at.minute for each in in_order([*rows, *rows])] == [30, 31, 40, 41]


@given(INCIDENTS)
def test_an_incident_reads_back_as_it_was_written(incident: Incident) -> None:
    assert reading.read(writing.write(incident)) == incident


KEYS = st.sampled_from(
    ["markers", "degraded", "at", "impact", "budgets", "target", "bad", "window", "causes", "cause", "action_items",
     "action", "due", "tags", "atlas", "notices", "rule", "services", "model_state", "users", "value", "granularity"]
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, ANYTHING, max_size=6))
def test_any_front_matter_reads_without_an_error(data: dict[str, object]) -> None:
    reading.read(data)


def test_a_blank_is_no_value() -> None:
    left = blank("who?")
    data = {"owner": left, "services": [left, "chat"], "markers": {"detected": {"at": left}}, "impact": {"users": left}}
    found = reading.read(data)
    assert (found.owner, found.services, found.markers, found.impact.users) == ("", ("chat",), {}, None)


def test_a_granularity_that_is_given_holds() -> None:
    data = {"markers": {"detected": {"at": "2026-11-14T02:00Z", "granularity": "hour"}, "degraded": "2026-11-14"}}
    markers = reading.read(data).markers
    assert markers[Marker.DETECTED].moment == Moment(
        at=datetime(2026, 11, 14, 2, tzinfo=UTC), granularity=Granularity.HOUR
    )
    assert markers[Marker.DEGRADED].moment.granularity is Granularity.DAY
