"""Lengths in tokens, as a distribution. Its draws are whole numbers; the generator is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST: Final = 10_000_000


class Shape(StrEnum):
    """How lengths are spread."""

    FIXED = "fixed"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """`mean` and `deviation` are those of the lengths themselves, also of lognormal ones.

    What falls outside of `least` and `most` is set to them. UNIFORM has no other parameters, FIXED only `mean`.
    """

    shape: Shape = Shape.FIXED
    mean: float = 0.0
    deviation: float = 0.0
    least: int = 1
    most: int = LONGEST

    @property
    def expected(self) -> float:
        """The mean, without what `least` and `most` change of it."""
        return (self.least + self.most) / 2 if self.shape is Shape.UNIFORM else self.mean

    def draw(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        """So many lengths."""
        drawn: NDArray[np.int64] = self._raw(rng, count).round().clip(self.least, self.most).astype("int64")
        return drawn

    def _raw(self, rng: np.random.Generator, count: int) -> Any:
        match self.shape:
            case Shape.UNIFORM:
                return rng.integers(self.least, self.most, count, endpoint=True)
            case Shape.NORMAL:
                return rng.normal(self.mean, self.deviation, count)
            case Shape.LOGNORMAL:
                mu, sigma = logarithmic(self.mean, self.deviation)
                return rng.lognormal(mu, sigma, count)
            case Shape.FIXED:
                # It draws too: the numbers that follow do not depend on the shape.
                return rng.normal(self.mean, 0.0, count)


def logarithmic(mean: float, deviation: float) -> tuple[float, float]:
    """Mean and deviation of the logarithm: σ² = ln(1 + deviation²/mean²), μ = ln(mean) - σ²/2; mean above 0.

    Source: https://en.wikipedia.org/wiki/Log-normal_distribution#Arithmetic_moments
    """
    variance = math.log1p((deviation / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)
