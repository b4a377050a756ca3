"""Lengths in tokens: bounds, means, deviations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.lengths import Lengths, Shape, logarithmic


def test_fixed_is_what_it_says() -> None:
    assert set(Lengths(mean=512).draw(np.random.default_rng(0), 100).tolist()) == {512}


@pytest.mark.parametrize("shape", [Shape.NORMAL, Shape.LOGNORMAL])
def test_the_mean_and_the_deviation_are_those_of_the_lengths(shape: Shape) -> None:
    drawn = Lengths(shape=shape, mean=1000, deviation=250).draw(np.random.default_rng(1), 200_000)
    assert drawn.mean() == pytest.approx(1000, rel=0.01)
    assert drawn.std() == pytest.approx(250, rel=0.02)


def test_lognormal_parameters_of_a_worked_example() -> None:
    # A mean of 1 and a variance of e - 1 are those of the standard one, -1/2 and 1.
    mu, sigma = logarithmic(1.0, float(np.sqrt(np.e - 1)))
    assert mu == pytest.approx(-0.5)
    assert sigma == pytest.approx(1.0)


def test_uniform_has_both_ends() -> None:
    drawn = Lengths(shape=Shape.UNIFORM, least=3, most=5).draw(np.random.default_rng(0), 1000)
    assert set(drawn.tolist()) == {3, 4, 5}


@given(st.sampled_from(list(Shape)), st.floats(1, 1e5), st.floats(0, 1e6), st.integers(1, 500), st.integers(500, 10**6))
def test_nothing_is_outside_of_the_bounds(shape: Shape, mean: float, deviation: float, least: int, most: int) -> None:
    spread = Lengths(shape=shape, mean=mean, deviation=deviation, least=least, most=most)
    drawn = spread.draw(np.random.default_rng(0), 200)
    assert drawn.dtype == np.int64
    assert drawn.min() >= least
    assert drawn.max() <= most
