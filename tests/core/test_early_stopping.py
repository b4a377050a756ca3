"""The early-stopping rule: MLPerf's figures, and sums that are probabilities."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.early_stopping import at_most, fails, least_events, passes


@pytest.mark.parametrize(("failures", "events"), [(0, 459), (1, 662), (2, 838), (5, 1307)])
def test_mlperfs_figures_for_p99_at_99_percent(failures: int, events: int) -> None:
    """Source: https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc"""
    assert least_events(failures, 0.99, 0.99) == events
    assert passes(failures, events, 0.99, 0.99)
    assert not passes(failures, events - 1, 0.99, 0.99)


@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.01, 0.99))
def test_it_is_the_binomial_distribution(events: int, failures: int, ratio: float) -> None:
    exact = sum(comb(events, k) * ratio**k * (1 - ratio) ** (events - k) for k in range(min(failures, events) + 1))
    assert at_most(failures, events, ratio) == pytest.approx(exact, abs=1e-12)


@given(st.integers(1, 100_000), st.floats(0, 1), st.floats(0.5, 0.999), st.floats(0.8, 0.999))
def test_nothing_both_passes_and_fails(events: int, share: float, target: float, confidence: float) -> None:
    failures = round(events * share)
    assert not (passes(failures, events, target, confidence) and fails(failures, events, target, confidence))


def test_no_event_decides_nothing() -> None:
    assert not passes(0, 0, 0.99, 0.99)
    assert not fails(0, 0, 0.99, 0.99)


def test_a_million_events_do_not_overflow() -> None:
    assert at_most(10_000, 1_000_000, 0.01) == pytest.approx(0.5, abs=0.01)
    assert fails(10_400, 1_000_000, 0.99, 0.99)
    assert passes(9_600, 1_000_000, 0.99, 0.99)


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_share_that_no_count_shows(target: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1"):
        least_events(0, target, 0.99)
