"""Whether values look like two units: one level a known factor above the other, in the order of time or mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from airectl.core.resample import Floats

# A factor between two levels that looks like another unit: a minute, milli and mega, kibi, an hour.
_UNITS: Final = (60.0, 1000.0, 1024.0, 3600.0, 1_000_000.0)
_NEAR_RATIO: Final = 0.1
# Nothing lies between two units: the widest gap between values is at least so many times wide.
_PARTED: Final = 5.0
# Fewer values than this share are spikes, and no unit.
_LEAST_RATIO: Final = 0.02
_LEAST: Final = 10


def unit_factor(before: float, after: float) -> float | None:
    """The factor by which the larger level is the other, where it is that of two units."""
    if before <= 0 or after <= 0:
        return None
    ratio = max(before, after) / min(before, after)
    return next((each for each in _UNITS if abs(ratio / each - 1) < _NEAR_RATIO), None)


def mixed_units(values: Floats) -> tuple[int, float] | None:
    """How many values are a unit's factor above the others, and that factor; None where they are of one unit.

    Values that are 0 or unknown say nothing. The median of those above the widest gap is compared with that of those
    below it.
    """
    ordered = np.sort(values[np.isfinite(values) & (values > 0)])
    if len(ordered) < 2:
        return None
    steps = ordered[1:] / ordered[:-1]
    below = int(steps.argmax()) + 1
    fewer = min(below, len(ordered) - below)
    if steps[below - 1] < _PARTED or fewer < max(_LEAST, _LEAST_RATIO * len(ordered)):
        return None
    factor = unit_factor(float(np.median(ordered[:below])), float(np.median(ordered[below:])))
    return None if factor is None else (len(ordered) - below, factor)
