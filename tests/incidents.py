"""Incidents for tests by property: any that a front matter can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from airectl.core.incident.blanks import is_blank
from airectl.core.incident.burned import Basis, Burned, Unit
from airectl.core.incident.incident import (
    ACTION_STATUSES,
    ACTION_TYPES,
    MODEL_STATE,
    PHASES,
    SEVERITIES,
    STATUSES,
    Action,
    Amount,
    Cause,
    Impact,
    Incident,
    Notice,
)
from airectl.core.incident.markers import Granularity, Mark, Marker, cut
from airectl.core.units import parse_duration

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: not is_blank(text)
)
MOMENTS = st.builds(
    cut,
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the zone stands beside
    st.sampled_from(Granularity),
)
NUMBERS = st.decimals(0, 10**9, places=3).map(lambda number: number.normalize())
FRACTIONS = st.integers(0, 10**15).map(lambda number: Fraction(number, 1000))
BUDGETS = st.builds(
    Burned,
    slo=WORDS,
    target=st.decimals(0, Decimal("0.9999"), places=4),
    window=st.sampled_from(["28d", "30d", "1M", "90d"]).map(parse_duration),
    basis=st.sampled_from(Basis),
    unit=st.sampled_from(Unit),
    bad=FRACTIONS,
    counted=FRACTIONS.filter(bool),
    low_bad=st.none() | FRACTIONS,
    high_bad=st.none() | FRACTIONS,
    left=st.none() | st.integers(-(10**6), 1000).map(lambda number: Fraction(number, 1000)),
)
INCIDENTS = st.builds(
    Incident,
    id=st.just("2026-11-14-chat"),
    title=WORDS,
    status=st.sampled_from(STATUSES),
    severity=st.sampled_from(SEVERITIES),
    owner=WORDS,
    class_name=st.just("drift"),
    template=WORDS,
    services=st.lists(WORDS, max_size=3).map(tuple),
    slos=st.lists(WORDS, max_size=3).map(tuple),
    markers=st.dictionaries(
        st.sampled_from(Marker), st.builds(Mark, moment=MOMENTS, source=st.just("") | WORDS, proposed=st.booleans())
    ),
    model_state=st.dictionaries(st.sampled_from(list(MODEL_STATE)), WORDS, max_size=3),
    causes=st.lists(
        st.builds(Cause, cause=WORDS, trigger=st.booleans(), phases=st.dictionaries(st.sampled_from(PHASES), MOMENTS)),
        max_size=3,
    ).map(tuple),
    impact=st.builds(
        Impact,
        minutes=st.none() | NUMBERS,
        outage=st.sampled_from(["", "total", "partial", "none"]),
        requests=st.none() | st.builds(Amount, value=NUMBERS, low=st.none() | NUMBERS, high=st.none() | NUMBERS),
        users=st.none() | st.builds(Amount, value=NUMBERS),
        budgets=st.lists(BUDGETS, max_size=2).map(tuple),
    ),
    tags=st.fixed_dictionaries(
        {}, optional={"atlas": st.just(("AML.T0051",)), "owasp_llm": st.just(("LLM01:2025",)), "other": st.just(("x",))}
    ),
    notices=st.lists(
        st.builds(Notice, rule=WORDS, ground=st.just("") | WORDS, aware=st.none() | MOMENTS, reported=st.none()),
        max_size=2,
    ).map(tuple),
    actions=st.lists(
        st.builds(
            Action,
            action=WORDS,
            type=st.sampled_from(ACTION_TYPES),
            owner=WORDS,
            due=st.none() | st.dates(date(2000, 1, 1), date(2099, 1, 1)),
            status=st.sampled_from(ACTION_STATUSES),
        ),
        max_size=2,
    ).map(tuple),
)
