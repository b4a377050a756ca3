"""When demand outgrows a capacity."""

from __future__ import annotations

from typing import Final

import numpy as np

from airectl.core.forecast.model import NEVER, Crossing, Floats, Ints

SUSTAINED: Final = 3


def crossing_days(peaks: Floats, capacity: float) -> Ints:
    """Of daily peaks [..., days]: the first day (1 is the first) above the capacity, as are the two days after it.

    `NEVER` where there is none. The last two days cannot be the first one, so give two more than are asked about.
    """
    over = peaks > capacity
    lasting = over[..., : over.shape[-1] - SUSTAINED + 1].copy()
    for later in range(1, SUSTAINED):
        lasting &= over[..., later : over.shape[-1] - SUSTAINED + 1 + later]
    return np.where(lasting.any(axis=-1), lasting.argmax(axis=-1) + 1, NEVER)


def crossing(history: Floats, paths: Floats, capacity: float) -> Crossing:
    """Of one series: daily peaks [days] of its history, and of its futures [paths, days + 2].

    Where the last three days of the history exceed the capacity, it is crossed already: day 0.
    """
    last = history[np.isfinite(history)][-SUSTAINED:]
    horizon = paths.shape[1] - SUSTAINED + 1
    if len(last) == SUSTAINED and (last > capacity).all():
        return Crossing(days=np.zeros(len(paths), np.int64), horizon_days=horizon)
    # The end of the history may begin what the future sustains, but no crossing lies before the first day ahead.
    return Crossing(days=np.sort(crossing_days(paths, capacity)), horizon_days=horizon)
